"""Time as an injected thing. Nothing above asks the operating system what time it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Wall time for records, monotonic time for measuring and waiting."""

    def now(self) -> datetime:
        """Aware UTC time."""
        ...

    def monotonic(self) -> float:
        """Seconds that never go back."""
        ...


class SystemClock:
    """The machine's clocks, but a wall clock that is set back is not followed at once.

    A pause of a second would become one of an hour. Time then passes at half its speed until the wall has caught up,
    so that it never goes back inside a process. A clock that is set forward is followed: pauses end early, at worst.
    """

    def __init__(self, *, wall: Callable[[], float] = time.time, steady: Callable[[], float] = time.monotonic) -> None:
        self._wall = wall
        self._steady = steady
        self._lock = threading.Lock()
        self._last_wall = wall()
        self._last_steady = steady()

    def now(self) -> datetime:
        with self._lock:
            steady = self._steady()
            slowest = self._last_wall + (steady - self._last_steady) / 2
            self._last_wall, self._last_steady = max(self._wall(), slowest), steady
            return datetime.fromtimestamp(self._last_wall, UTC)

    def monotonic(self) -> float:
        return self._steady()
