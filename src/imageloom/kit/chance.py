"""Random bytes from the system, fetched many at once: asking lets go of the interpreter, and others take it."""

from __future__ import annotations

import os
from threading import Lock

_FETCHED_BYTES = 1200


class Chance:
    """No byte is given twice, also not to a process that is forked."""

    def __init__(self) -> None:
        self.start()

    def start(self) -> None:
        self._lock = Lock()
        self._left = b""

    def take(self, count: int) -> bytes:
        """So many bytes, a hundred at most."""
        with self._lock:
            if len(self._left) < count:
                self._left = os.urandom(_FETCHED_BYTES)
            taken, self._left = self._left[:count], self._left[count:]
            return taken


CHANCE = Chance()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=CHANCE.start)
