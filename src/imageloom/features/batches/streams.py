"""Live progress of a batch as server-sent events: a snapshot, then deltas, resumable by ``Last-Event-ID``.

The id of an event is the id of the last outbox row it tells of. Many changes become one delta: a listener hears at most
four times a second, however fast the lanes are.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from fastapi.sse import ServerSentEvent
from sqlalchemy import func, select

from imageloom.contracts.provider import Model
from imageloom.features.batches.shapes import shape_counts
from imageloom.features.generation.models import Lane, Run, RunState
from imageloom.features.generation.repository import GenerationRepository
from imageloom.features.generation.service import GenerationService
from imageloom.features.generation.shapes import amount
from imageloom.runtime.actor import Actor
from imageloom.runtime.db.outbox import OutboxRow
from imageloom.runtime.scope import Scope, Scopes

DELTA_SECONDS = 0.25
BEAT_SECONDS = 15.0
ROWS_PER_DELTA = 500
RATE_WINDOW_SECONDS = 60.0
GUESS_SECONDS = 15.0


@dataclass
class Pace:
    """How fast items end, seen over the last minute."""

    samples: deque[tuple[float, int]] = field(default_factory=deque)

    def see(self, now: float, ended: int) -> None:
        self.samples.append((now, ended))
        while len(self.samples) > 2 and self.samples[0][0] < now - RATE_WINDOW_SECONDS:
            self.samples.popleft()

    def per_second(self) -> float | None:
        if len(self.samples) < 2:
            return None
        (start, before), (end, after) = self.samples[0], self.samples[-1]
        return (after - before) / (end - start) if end > start and after > before else None


@dataclass(frozen=True, kw_only=True)
class ProgressStream:
    """Makes the stream of one batch for one listener."""

    scopes: Scopes

    async def events(self, run_id: str, *, actor: Actor, after: int | None) -> AsyncIterator[ServerSentEvent]:
        """``after`` is the id of the last event the listener has seen. Ends with ``end`` when the batch is over."""
        pace = Pace()
        clock = self.scopes.ports.clock
        seen = await self._known(run_id, actor=actor, after=after)
        with self.scopes.ports.signals.listen(f"run:{run_id}") as wake:
            spoken_at = clock.monotonic()
            while True:
                kind, document, seen, over, more = await self._next(run_id, actor=actor, seen=seen, pace=pace)
                if document is not None:
                    yield ServerSentEvent(event=kind, id=str(seen), data=document)
                    spoken_at = clock.monotonic()
                elif clock.monotonic() - spoken_at > BEAT_SECONDS:
                    yield ServerSentEvent(comment="still here")
                    spoken_at = clock.monotonic()
                if over and not more:
                    yield ServerSentEvent(event="end", id=str(seen), data={})
                    return
                if not more:
                    await asyncio.sleep(DELTA_SECONDS)
                    await wake.wait(timeout_seconds=1.0)

    async def _known(self, run_id: str, *, actor: Actor, after: int | None) -> int | None:
        """Where the stream can go on; ``None`` when it must begin anew, because what came after is no longer kept."""
        if after is None:
            return None
        ports = self.scopes.ports
        async with self.scopes.open(actor, write=False) as scope:
            run = await GenerationService(scope).run(run_id)
            may_be_pruned = run.created_at < ports.clock.now() - timedelta(days=ports.settings.engine.retention_days)
            is_of_this_batch = after <= await _last_id(scope, run_id)
        return after if is_of_this_batch and not may_be_pruned else None

    async def _next(
        self, run_id: str, *, actor: Actor, seen: int | None, pace: Pace
    ) -> tuple[str, dict[str, Any] | None, int, bool, bool]:
        """The next event: its kind and document, the last outbox id, whether the batch is over, whether more waits."""
        async with self.scopes.open(actor, write=False) as scope:
            last = await _last_id(scope, run_id)
            rows: Sequence[OutboxRow] = [] if seen is None else await _rows(scope, run_id, after=seen)
            run = await GenerationService(scope).run(run_id)
            over = run.finished_at is not None
            pace.see(self.scopes.ports.clock.monotonic(), run.total - run.pending - run.running)
            if seen is None:
                document = await self._document(scope, run, pace)
                return "snapshot", document, last, over, False
            if not rows:
                return "delta", None, seen, over, False
            document = await self._document(scope, run, pace)
            document |= _changes(rows)
            return "delta", document, rows[-1].id, over, rows[-1].id < last

    async def _document(self, scope: Scope, run: Run, pace: Pace) -> dict[str, Any]:
        repository = GenerationRepository(scope.session)
        lanes = await repository.lanes_of_run(run.id)
        flying = await repository.in_flight_by_lane(run.id)
        return {
            "state": run.state,
            "reason": run.reason,
            "counts": shape_counts(run).model_dump(),
            "estimated": None if run.estimated_unknown == run.total else amount(run.estimated_micros),
            "estimated_unknown": run.estimated_unknown,
            "settled": amount(run.settled_micros),
            "settled_unknown": run.settled_unknown,
            "currency": run.currency,
            "eta_seconds": self._eta(run, lanes, pace),
            "lanes": [_lane(lane, waiting, flying.get(lane.id, 0)) for lane, waiting in lanes],
        }

    def _eta(self, run: Run, lanes: Sequence[tuple[Lane, int]], pace: Pace) -> float | None:
        """Seconds left; ``None`` when nothing moves or nobody can know."""
        left = run.pending + run.running
        if left == 0:
            return 0.0
        stuck = any(waiting and (lane.is_paused or lane.parked_reason) for lane, waiting in lanes)
        if run.state != RunState.running or stuck:
            return None
        rate = pace.per_second()
        if rate is not None:
            return round(left / rate, 1)
        guesses = [self._guess(lane, waiting) for lane, waiting in lanes if waiting]
        return round(max(guesses, default=GUESS_SECONDS), 1)

    def _guess(self, lane: Lane, waiting: int) -> float:
        provider = self.scopes.ports.providers.get(lane.provider)
        models: tuple[Model, ...] = () if provider is None else provider.models
        each = models[0].expected_seconds if models else GUESS_SECONDS
        concurrency = 1 if provider is None else provider.limits.concurrency
        return each * max(1.0, waiting / concurrency)


def _lane(lane: Lane, waiting: int, in_flight: int) -> dict[str, Any]:
    reason = "Paused by a person." if lane.is_paused else lane.parked_reason or lane.wait_reason
    return {
        "id": lane.id,
        "waiting": waiting,
        "in_flight": in_flight,
        "reason": reason,
        "resume_at": None if lane.resume_at is None else lane.resume_at.isoformat(),
        "is_parked": lane.parked_reason is not None,
    }


def _changes(rows: Sequence[OutboxRow]) -> dict[str, Any]:
    """Folds events: an item that changed twice is told of once, as it is now."""
    items: dict[str, dict[str, Any]] = {}
    previewed: list[str] = []
    for row in rows:
        if row.kind == "items.changed":
            items.update({item["id"]: item for item in row.payload["items"]})
        elif row.kind == "asset.previewed":
            previewed.append(row.payload["asset_id"])
    return {"items": list(items.values()), "previewed": previewed}


async def _last_id(scope: Scope, run_id: str) -> int:
    statement = select(func.max(OutboxRow.id)).where(OutboxRow.topic == f"run:{run_id}")
    return (await scope.session.execute(statement)).scalar_one() or 0


async def _rows(scope: Scope, run_id: str, *, after: int) -> Sequence[OutboxRow]:
    statement = (
        select(OutboxRow)
        .where(OutboxRow.topic == f"run:{run_id}", OutboxRow.id > after)
        .order_by(OutboxRow.id)
        .limit(ROWS_PER_DELTA)
    )
    return (await scope.session.scalars(statement)).all()
