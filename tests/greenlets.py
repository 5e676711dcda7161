"""Keeps the tests from a loop without end in the interpreter, which coverage and greenlets together can run into.

Coverage asks every thread for its greenlet and holds that in a weak dictionary. When a thread has ended, greenlet undoes its
greenlet in a *pending call* of the main thread, and there the dictionary's callback runs. If another thread ends meanwhile,
CPython 3.11 meets that traced callback with a pending call that is due and may not run yet, and goes round for ever.
A greenlet that somebody holds is not undone.
"""

from __future__ import annotations

import threading
from typing import Any

import greenlet  # type: ignore[import-untyped]

_kept: list[object] = []


def keep() -> None:
    """Of every thread that begins from now on. A few hundred bytes each."""
    thread: Any = threading.Thread
    begin = thread._bootstrap_inner

    def begin_kept(self: threading.Thread) -> None:
        _kept.append(greenlet.getcurrent())
        begin(self)

    thread._bootstrap_inner = begin_kept
    # It would look through all objects for whoever holds one.
    inner: Any = greenlet._greenlet
    inner.enable_optional_cleanup(False)
