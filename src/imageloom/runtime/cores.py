"""One core for the threads that take turns at the interpreter.

Only one of them computes at a time. Left alone, the kernel wakes each on whichever core rests, and since a database's
driver lets go of the interpreter at every statement, a request is handed from core to core a hundred times, each time
to caches that know nothing of it: that was a fifth of what it cost. So these threads stay where the event loop is, and
once in a while the kernel may choose again.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

STAY_SECONDS = 1.0
CHOOSE_SECONDS = 0.02
"""How long the kernel may choose: it does so whenever it wakes the loop."""
_APART = ("asyncio_", "AnyIO")
"""Threads of the standard library's pools: they hash and copy large files beside the interpreter, on any core."""
_CORE_FIELD = 36
"""Of what follows the name in a thread's ``stat``: where it ran last, see proc(5)."""

if sys.platform == "linux":
    ALL: frozenset[int] = frozenset(os.sched_getaffinity(0))
else:
    ALL = frozenset()
"""The cores that the process was given. Children inherit less, and take them back with :func:`take`."""


def take(cores: frozenset[int]) -> None:
    """Lets this process, which has one thread yet, run on all of these."""
    if sys.platform == "linux" and cores:
        os.sched_setaffinity(0, cores)


@asynccontextmanager
async def together() -> AsyncIterator[None]:
    """Within the block, in the main thread's loop. After it every thread may run anywhere again."""
    staying = asyncio.create_task(_stay(), name="cores") if len(ALL) > 1 else None
    try:
        yield
    finally:
        if staying is not None:
            staying.cancel()
            await asyncio.wait([staying])


async def _stay() -> None:
    try:
        while True:
            _let(ALL)
            await asyncio.sleep(CHOOSE_SECONDS)
            _let(frozenset({_current()}), but=_APART)
            await asyncio.sleep(STAY_SECONDS)
    finally:
        _let(ALL)


def _let(cores: frozenset[int], *, but: tuple[str, ...] = ()) -> None:
    if sys.platform != "linux":
        return
    for number in _threads(but):
        # One that has ended meanwhile, or a system that does not allow it.
        with suppress(OSError):
            os.sched_setaffinity(number, cores)


def _threads(but: tuple[str, ...]) -> Iterator[int]:
    for thread in threading.enumerate():
        if thread.native_id is not None and not (but and thread.name.startswith(but)):
            yield thread.native_id


def _current() -> int:
    """The core on which this thread runs."""
    return int(Path("/proc/thread-self/stat").read_text().rpartition(")")[2].split()[_CORE_FIELD])
