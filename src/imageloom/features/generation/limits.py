"""The limits of one lane, exact because one driver holds them: calls per minute and the circuit breaker. Pure."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Literal

MINUTE_SECONDS = 61.0
"""A second more than a minute: the provider counts arrivals, and a call that opens its connection first arrives later
than one that finds it open, so that 60 seconds between starts can be less between arrivals.
"""


@dataclass
class RateWindow:
    """At most ``per_minute`` starts in any minute, as the provider sees it. Times are monotonic seconds."""

    per_minute: int | None
    starts: deque[float] = field(default_factory=deque)

    def available(self, now: float) -> int:
        """How many may start now; a large number when there is no limit."""
        if self.per_minute is None:
            return 1_000_000
        self._forget(now)
        return max(0, self.per_minute - len(self.starts))

    def start(self, now: float, count: int) -> None:
        if self.per_minute is not None:
            self.starts.extend([now] * count)

    def opens_in(self, now: float) -> float:
        """Seconds until one more may start."""
        if self.available(now) > 0 or not self.starts:
            return 0.0
        return max(0.0, self.starts[0] + MINUTE_SECONDS - now)

    def _forget(self, now: float) -> None:
        while self.starts and self.starts[0] <= now - MINUTE_SECONDS:
            self.starts.popleft()


@dataclass
class Breaker:
    """Opens after so many ``unavailable`` answers in a row within a window; then lets single probes through."""

    failures: int
    window_seconds: float
    open_seconds: float
    _times: deque[float] = field(default_factory=deque)
    _opened_at: float | None = None
    _probe: str | None = None

    def state(self, now: float) -> Literal["closed", "open", "half_open"]:
        if self._opened_at is None:
            return "closed"
        return "open" if now < self._opened_at + self.open_seconds else "half_open"

    def slots(self, now: float, wished: int) -> int:
        """How many of the wished starts the breaker allows."""
        match self.state(now):
            case "closed":
                return wished
            case "open":
                return 0
            case "half_open":
                return 0 if self._probe is not None else min(1, wished)

    def opens_in(self, now: float) -> float:
        """Seconds until a probe is allowed; 0 when one is."""
        return 0.0 if self._opened_at is None else max(0.0, self._opened_at + self.open_seconds - now)

    def started(self, attempt: str, now: float) -> None:
        if self.state(now) == "half_open":
            self._probe = attempt

    def answered(self) -> None:
        """The provider answered like a working one: anything but ``unavailable``."""
        self._times.clear()
        self._opened_at = None
        self._probe = None

    def undecided(self, attempt: str) -> None:
        """An attempt ended without saying anything about the provider. If it was the probe, another may start."""
        if self._probe == attempt:
            self._probe = None

    def unavailable(self, attempt: str, now: float) -> bool:
        """Counts a failure; true when it belongs to an outage rather than to one item."""
        self.undecided(attempt)
        if self._opened_at is not None:
            self._opened_at = now
            return True
        self._times.append(now)
        while self._times and self._times[0] < now - self.window_seconds:
            self._times.popleft()
        if len(self._times) >= self.failures:
            self._opened_at = now
            return True
        return False
