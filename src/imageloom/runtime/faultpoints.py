"""Named places where a test may make the process die or fail. They do nothing until armed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

VARIABLE = "IMAGELOOM_FAULTPOINT"
_armed: dict[str, Callable[[], None]] = {}


def hit(name: str) -> None:
    """Marks a place. Costs a dictionary look-up."""
    action = _armed.get(name)
    if action is not None:
        action()


@contextmanager
def armed(name: str, action: Callable[[], None]) -> Iterator[None]:
    """Runs ``action`` whenever the place is hit, inside the block."""
    _armed[name] = action
    try:
        yield
    finally:
        del _armed[name]


def arm_from(environment: Mapping[str, str]) -> None:
    """Arms ``NAME:N`` of the variable: the N-th hit kills this process as ``kill -9`` would. For crash tests."""
    text = environment.get(VARIABLE)
    if not text:
        return
    name, _, count = text.partition(":")
    left = int(count or "1")

    def die() -> None:
        nonlocal left
        left -= 1
        if left <= 0:
            os.kill(os.getpid(), signal.SIGKILL)

    _armed[name] = die
