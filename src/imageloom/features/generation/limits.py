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


@dataclass(frozen=True)
class Failure:
    """An ``unavailable`` answer to a call for an item, at a monotonic time in seconds."""

    item: str
    at: float


@dataclass
class Breaker:
    """Opens after so many ``unavailable`` answers in a row within a window; then lets single probes through.

    Only a good answer to a call that began after the row did breaks it: a provider that takes no new work may still end
    well what it has. And most of what began since must have failed: of many calls at once, some fail any time.
    """

    failures: int
    window_seconds: float
    open_seconds: float
    _row: deque[Failure] = field(default_factory=deque)
    _starts: deque[float] = field(default_factory=deque)
    """When calls began since the row did."""
    _began: dict[str, float] = field(default_factory=dict)
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
        self._began[attempt] = now
        if self._row:
            self._starts.append(now)
        if self.state(now) == "half_open":
            self._probe = attempt

    def answered(self, attempt: str) -> None:
        """The provider answered like a working one: anything but ``unavailable``."""
        began = self._end(attempt)
        if self._row and (began is None or began <= self._row[0].at):
            return
        self._row.clear()
        self._starts.clear()
        self._opened_at = None
        self._probe = None

    def undecided(self, attempt: str) -> None:
        """An attempt ended without saying anything about the provider. If it was the probe, another may start."""
        self._end(attempt)

    def unavailable(self, attempt: str, item: str, now: float) -> bool:
        """Counts a failure; true when it belongs to an outage rather than to this item."""
        self._end(attempt)
        if self._opened_at is not None:
            self._opened_at = now
            return True
        self._row.append(Failure(item, now))
        self._forget(now)
        if 2 * len(self._row) < len(self._starts):
            return False
        if len(self._row) >= self.failures:
            self._opened_at = now
            return True
        return any(failure.item != item for failure in self._row)

    def _end(self, attempt: str) -> float | None:
        """When the attempt began; ``None`` for one that an earlier driver started."""
        if self._probe == attempt:
            self._probe = None
        return self._began.pop(attempt, None)

    def _forget(self, now: float) -> None:
        while self._row[0].at < now - self.window_seconds:
            self._row.popleft()
        while self._starts and self._starts[0] <= self._row[0].at:
            self._starts.popleft()
