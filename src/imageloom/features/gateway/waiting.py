"""Waiting for a batch to end: woken by the ledger, and looking once in a while, for another process cannot wake us."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from imageloom.features.gateway.repository import Hold, Made, Standing
from imageloom.runtime.db.together import Together
from imageloom.runtime.scope import Ports

LOOK_SECONDS = 1.0
BEAT_SECONDS = 3.0
FIRST_LOOK_SECONDS = 0.05
"""An order that was written just now has not ended, and has hardly begun."""
_NEVER = float("inf")


@dataclass(frozen=True, kw_only=True)
class Stuck:
    """Nothing of the batch is on its way, and its lane will not move in time. ``seconds`` until it may, if known."""

    hold: Hold
    seconds: float | None


class Gone(Exception):
    """The caller has left. What was ordered is made all the same."""


@dataclass(frozen=True, kw_only=True)
class Waiting:
    """Waits for one run. ``beat`` is called once in a while, and raises :class:`Gone` when nobody listens any more."""

    run_id: str
    is_new: bool
    ports: Ports
    looks: Together[str, tuple[Standing, list[Made]]]
    beat: Callable[[], Awaitable[None]]

    async def until_over(self) -> tuple[Standing, list[Made]] | Stuck:
        """Returns when the run is over, with its items; when it is stuck; or when the time is up."""
        clock = self.ports.clock
        deadline = clock.monotonic() + self.ports.settings.gateway.answer_seconds
        due = clock.monotonic() + BEAT_SECONDS
        ended = f"run.changed run:{self.run_id}"
        with self.ports.signals.listen(ended, "lanes.changed") as wake:
            if self.is_new:
                await wake.wait(timeout_seconds=self._next(FIRST_LOOK_SECONDS))
            while True:
                standing, items = await self.looks.ask(self.run_id)
                left = deadline - clock.monotonic()
                if standing.finished_at is not None or left <= 0:
                    return standing, items
                stuck = self._stuck(standing, left=left)
                if stuck is not None:
                    return stuck
                is_hinted = await wake.wait(timeout_seconds=min(self._next(LOOK_SECONDS), left))
                if not is_hinted and clock.monotonic() >= due:
                    due = clock.monotonic() + BEAT_SECONDS
                    await self.beat()

    def _next(self, seconds: float) -> float:
        """Until the next full one: whoever waits looks at the same time, so that all go to the database at once."""
        return seconds - self.ports.clock.monotonic() % seconds

    def why_stuck(self, standing: Standing, *, patience: float = 0.0) -> Stuck | None:
        """What holds it for longer than ``patience`` seconds: of several lanes that which holds longest."""
        waits = [(self._seconds(hold), hold) for hold in standing.holds]
        seconds, hold = max(waits, key=lambda wait: wait[0], default=(0.0, None))
        if hold is None or seconds <= patience:
            return None
        return Stuck(hold=hold, seconds=None if seconds == _NEVER else seconds)

    def _stuck(self, standing: Standing, *, left: float) -> Stuck | None:
        if standing.running or not standing.pending:
            return None
        return self.why_stuck(standing, patience=min(left, self.ports.settings.gateway.patience_seconds))

    def _seconds(self, hold: Hold) -> float:
        if hold.is_paused or hold.parked_reason is not None:
            return _NEVER
        moves_at = hold.resume_at
        if hold.cap_reason is not None:
            if hold.cap_more_at is None:
                return _NEVER
            moves_at = max(hold.cap_more_at, hold.resume_at or hold.cap_more_at)
        return 0.0 if moves_at is None else (moves_at - self.ports.clock.now()).total_seconds()
