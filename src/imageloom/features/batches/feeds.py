"""What happens to one batch, read once for everybody in this process who follows it, and kept as prepared bytes.

The id of an event is the id of the last outbox row it tells of. Many changes become one delta: a listener hears at most
four times a second, however fast the lanes are.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError

from imageloom.contracts.provider import Model
from imageloom.features.batches.shapes import shape_counts
from imageloom.features.generation.models import Lane, Run, RunLane, RunState
from imageloom.features.generation.repository import GenerationRepository
from imageloom.features.generation.service import GenerationService
from imageloom.features.generation.shapes import amount
from imageloom.features.quotas.tallies import QUOTA
from imageloom.runtime.actor import SYSTEM
from imageloom.runtime.db.outbox import OutboxRow
from imageloom.runtime.scope import Scope, Scopes

log = structlog.get_logger(__name__)

DELTA_SECONDS = 0.25
BEAT_SECONDS = 15.0
ROWS_PER_DELTA = 500
KEPT_EVENTS = 64
"""Who is further behind than this begins anew with a snapshot, so that one slow listener holds nothing in memory."""
RATE_WINDOW_SECONDS = 60.0
GUESS_SECONDS = 15.0


class FeedBroke(Exception):
    """The batch could not be read. The listener comes again and goes on where it was."""


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


@dataclass(kw_only=True)
class Feed:
    """Reads while somebody listens. ``seen`` is the last outbox id read, ``told`` how many events were told."""

    run_id: str
    scopes: Scopes
    seen: int = 0
    told: int = 0
    is_over: bool = False
    _document: dict[str, Any] = field(default_factory=dict)
    _events: deque[bytes] = field(default_factory=lambda: deque(maxlen=KEPT_EVENTS))
    _pace: Pace = field(default_factory=Pace)
    _listeners: int = 0
    _looked_at: float | None = None
    _spoken_at: float = 0.0
    _looking: asyncio.Lock = field(default_factory=asyncio.Lock)
    _changed: asyncio.Event = field(default_factory=asyncio.Event)
    _task: asyncio.Task[None] | None = None
    _broken: bool = False

    @contextmanager
    def heard(self, *, on_silence: Callable[[], None]) -> Iterator[None]:
        """Counts a listener. The reading stops with the last one, who calls ``on_silence``."""
        self._listeners += 1
        try:
            yield
        finally:
            self._listeners -= 1
            if self._listeners == 0:
                if self._task is not None:
                    self._task.cancel()
                on_silence()

    @property
    def live(self) -> int:
        """The place of one who has just had a snapshot: all that is told is in it, but not that the batch is over."""
        return self.told - 1 if self.is_over else self.told

    def snapshot(self) -> bytes:
        return _event("snapshot", self.seen, self._document)

    async def next(self, place: int) -> tuple[bytes, int]:
        """The event after so many, once there is one. Raises :class:`FeedBroke`."""
        if self._task is None:
            self._task = asyncio.create_task(self._read(), name=f"feed:{self.run_id}")
        while place == self.told:
            if self._broken:
                raise FeedBroke(self.run_id)
            await self._changed.wait()
        kept_from = self.told - len(self._events)
        if place < kept_from:
            return self.snapshot(), self.live
        return self._events[place - kept_from], place + 1

    async def missed(self, after: int) -> tuple[bytes, int]:
        """A delta for one who was away: what came after an id and is told already."""
        async with self.scopes.open(SYSTEM, write=False) as scope:
            rows = await _rows(scope, self.run_id, after=after, until=self.seen)
        if not rows:
            return b"", self.seen
        return _event("delta", rows[-1].id, self._document | _changes(rows)), rows[-1].id

    async def look(self, *, fresh: bool) -> None:
        """Reads what is new. A listener who comes looks too, but not more often than anybody hears."""
        async with self._looking:
            now = self.scopes.ports.clock.monotonic()
            if self._looked_at is not None and now < self._looked_at + DELTA_SECONDS:
                return
            await self._look(fresh=fresh)

    async def _look(self, *, fresh: bool) -> bool:
        """Whether more waits."""
        begins = self._looked_at is None
        async with self.scopes.open(SYSTEM, write=False) as scope:
            last = await last_id(scope, self.run_id)
            rows = [] if begins else await _rows(scope, self.run_id, after=self.seen, until=last)
            run = await GenerationService(scope).run(self.run_id)
            self._pace.see(self.scopes.ports.clock.monotonic(), run.total - run.pending - run.running)
            if begins or fresh or rows:
                self._document = await self._describe(scope, run)
        now = self._looked_at = self.scopes.ports.clock.monotonic()
        if begins:
            self.seen, self._spoken_at = last, now
        elif rows:
            self.seen = rows[-1].id
            self._tell(_event("delta", self.seen, self._document | _changes(rows)))
        elif now - self._spoken_at > BEAT_SECONDS:
            self._tell(b": still here\n\n")
        more = self.seen < last
        if run.finished_at is not None and not more and not self.is_over:
            self.is_over = True
            self._tell(_event("end", self.seen, {}))
        return more

    def _tell(self, event: bytes) -> None:
        self._events.append(event)
        self.told += 1
        self._spoken_at = self.scopes.ports.clock.monotonic()
        self._wake()

    def _wake(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def _read(self) -> None:
        try:
            with self.scopes.ports.signals.listen(f"run:{self.run_id}") as wake:
                while not self.is_over:
                    async with self._looking:
                        more = await self._look(fresh=False)
                    if not more:
                        await asyncio.sleep(DELTA_SECONDS)
                        await wake.wait(timeout_seconds=1.0)
        except DBAPIError as error:
            log.warning("feed_broke", error=type(error).__name__)
        finally:
            self._broken = not self.is_over
            self._wake()

    async def _describe(self, scope: Scope, run: Run) -> dict[str, Any]:
        repository = GenerationRepository(scope.session)
        lanes = await repository.lanes_of_run(run.id)
        flying = await repository.in_flight_by_lane(run.id)
        return {
            "state": run.state,
            "reason": run.reason,
            "opens_at": None if run.opens_at is None else run.opens_at.isoformat(),
            "closes_at": None if run.closes_at is None else run.closes_at.isoformat(),
            "counts": shape_counts(run).model_dump(),
            "estimated": None if run.estimated_unknown == run.total else amount(run.estimated_micros),
            "estimated_unknown": run.estimated_unknown,
            "settled": amount(run.settled_micros),
            "settled_unknown": run.settled_unknown,
            "currency": run.currency,
            "eta_seconds": self._eta(run, lanes),
            "lanes": [_lane(lane, queue, flying.get(lane.id, 0)) for lane, queue in lanes],
        }

    def _eta(self, run: Run, lanes: Sequence[tuple[Lane, RunLane]]) -> float | None:
        """Seconds left; ``None`` when nothing moves or nobody can know."""
        left = run.pending + run.running
        if left == 0:
            return 0.0
        stuck = any(
            queue.pending and (lane.is_paused or lane.parked_reason or queue.cap_is_spent) for lane, queue in lanes
        )
        now = self.scopes.ports.clock.now()
        is_closed = run.opens_at is not None and (run.opens_at > now or (run.closes_at or now) < now)
        if run.state != RunState.running or stuck or is_closed:
            return None
        rate = self._pace.per_second()
        if rate is not None:
            return round(left / rate, 1)
        guesses = [self._guess(lane, queue.pending) for lane, queue in lanes if queue.pending]
        return round(max(guesses, default=GUESS_SECONDS), 1)

    def _guess(self, lane: Lane, waiting: int) -> float:
        provider = self.scopes.ports.providers.get(lane.provider)
        models: tuple[Model, ...] = () if provider is None else provider.models
        each = models[0].expected_seconds if models else GUESS_SECONDS
        concurrency = 1 if provider is None else provider.limits.concurrency
        return each * max(1.0, waiting / concurrency)


def _event(kind: str, last: int, document: dict[str, Any]) -> bytes:
    return b"event: %s\nid: %d\ndata: %s\n\n" % (kind.encode(), last, orjson.dumps(document))


def _lane(lane: Lane, queue: RunLane, in_flight: int) -> dict[str, Any]:
    reason = "Paused by a person." if lane.is_paused else lane.parked_reason or lane.wait_reason
    # That money is held for its own pictures is the way of a batch; for others', it keeps this one waiting.
    is_kept = queue.pending > 0 and (queue.cap_is_spent or in_flight == 0)
    is_short = reason is None and is_kept and queue.cap_id is not None
    return {
        "id": lane.id,
        "provider": lane.provider,
        "waiting": queue.pending,
        "in_flight": in_flight,
        "reason": queue.cap_reason if is_short else reason,
        "cap_id": queue.cap_id if is_short and queue.cap_id != QUOTA else None,
        "resume_at": None if lane.resume_at is None else lane.resume_at.isoformat(),
        "is_paused": lane.is_paused,
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


async def last_id(scope: Scope, run_id: str) -> int:
    statement = select(func.max(OutboxRow.id)).where(OutboxRow.topic == f"run:{run_id}")
    return (await scope.session.execute(statement)).scalar_one() or 0


async def _rows(scope: Scope, run_id: str, *, after: int, until: int) -> Sequence[OutboxRow]:
    statement = (
        select(OutboxRow)
        .where(OutboxRow.topic == f"run:{run_id}", OutboxRow.id > after, OutboxRow.id <= until)
        .order_by(OutboxRow.id)
        .limit(ROWS_PER_DELTA)
    )
    return (await scope.session.scalars(statement)).all()
