"""One driver drains one lane: claims late, starts calls, waits for the provider's limits, and leaves when idle."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Coroutine
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy.exc import SQLAlchemyError

from imageloom.contracts.provider import Limits, Outcome
from imageloom.features.generation import taking
from imageloom.features.generation.attempts import AttemptRunner, Ended
from imageloom.features.generation.changes import Claimed, Delayed, Heartbeat, LaneLost, LaneWaits, Settled
from imageloom.features.generation.claims import Claim, Claiming, Fairness, Wish
from imageloom.features.generation.decide import Circumstances, Decision, backoff_seconds, decide
from imageloom.features.generation.limits import Breaker, RateWindow
from imageloom.features.generation.models import UncertainPolicy
from imageloom.features.generation.writer import LedgerWriter
from imageloom.runtime import memory
from imageloom.runtime.scope import Ports
from imageloom.runtime.signals import Signal

log = structlog.get_logger(__name__)

HEARTBEAT_SECONDS = 5.0
LOOK_SECONDS = 1.0
GATHER_SECONDS = 0.01
BREAKS_MAX = 3
"""How often an attempt may end in a way that nobody foresaw, before a person has to look at it."""
RATE_LIMITED = "The provider limits the rate."
NOT_AVAILABLE = "The provider is not available."
IDLE_SECONDS = 2.0
"""How long a lane without work stays, so that a second batch finds it warm."""


@dataclass
class LaneDriver:
    """Drives one lane under one epoch. Everything here lives as long as the lane has work."""

    lane_id: str
    ports: Ports
    writer: LedgerWriter
    runner: AttemptRunner
    limits: Limits
    random: Random
    stopping: asyncio.Event
    owner: str
    seen_epoch: int
    """The lane's epoch when it was seen to need a driver; another one means that somebody was faster."""
    epoch: int = 0
    fairness: Fairness = field(default_factory=Fairness)
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)
    _late: set[asyncio.Task[None]] = field(default_factory=set)
    _rate_limits: int = 0
    _lost: LaneLost | None = None
    _broken: Counter[str] = field(default_factory=Counter)
    _is_over: bool = False
    _has_all: bool = False
    """Whether the last claim left nothing that could start."""
    _said: dict[str, str] = field(default_factory=dict)
    _wake: Signal = field(default_factory=Signal)

    def __post_init__(self) -> None:
        settings = self.ports.settings.generation
        per_minute = [n for n in (self.limits.requests_per_minute, self.limits.images_per_minute) if n is not None]
        self.window = RateWindow(min(per_minute) if per_minute else None)
        self.breaker = Breaker(
            settings.breaker_failures, settings.breaker_window_seconds, settings.breaker_open_seconds
        )

    async def drive(self) -> None:
        """Returns when nothing is left, when stopping, or when another driver took the lane."""
        if not await self.take():
            return
        with structlog.contextvars.bound_contextvars(lane=self.lane_id, epoch=self.epoch):
            log.info("lane_taken")
            beat = asyncio.create_task(self._beat(), name=f"beat:{self.lane_id}")
            try:
                with self.ports.signals.listen("lanes.wake", f"lane:{self.lane_id}") as self._wake:
                    await self.adopt()
                    await self._claim_until_done()
            except LaneLost:
                self._late = {task for task in self._tasks if self.runner.is_paying(task.get_name())}
                self._tasks -= self._late
                log.warning("lane_lost", late=len(self._late))
            finally:
                beat.cancel()
                self._is_over = True
                await self._cancel_rest()

    async def take(self) -> bool:
        """Becomes the lane's driver; whoever was it before is fenced. False when another was quicker."""
        take = partial(taking.take, lane_id=self.lane_id, seen_epoch=self.seen_epoch, owner=self.owner)
        epoch = await self.writer.transact(partial(take, now=self.ports.clock.now()))
        self.epoch = self.epoch if epoch is None else epoch
        return epoch is not None

    async def adopt(self) -> None:
        """Goes on where the driver before stopped."""
        await self._remember_rate()
        await self._adopt_orphans()

    async def hear_out(self) -> None:
        """After the lane was lost: waits for paid calls, whose answers come to nobody else."""
        if self._late:
            try:
                await asyncio.wait(self._late)
            finally:
                for task in self._late:
                    task.cancel()

    # --- the loop --------------------------------------------------------------------------------------------

    async def _claim_until_done(self) -> None:
        idle_since: float | None = None
        while True:
            if self._lost is not None:
                raise self._lost
            if self.stopping.is_set():
                await self._finish_in_flight()
                await self._leave(even_with_work=True)
                return
            await self._say_what_waits()
            # Who ends meanwhile is heard in any case.
            self._has_all = False
            result = await self._claim()
            self._has_all = result.is_all
            if result.items and not result.is_all:
                continue
            if self._tasks or result.blocked or result.wake_at is not None:
                idle_since = None
            else:
                now = self.ports.clock.monotonic()
                idle_since = now if idle_since is None else idle_since
                if now - idle_since >= IDLE_SECONDS and await self._leave(even_with_work=False):
                    return
            if not self._tasks and (result.held or (result.blocked and await self._has_nothing_waiting())):
                await self._leave(even_with_work=True)
                return
            if await self._wake.wait(timeout_seconds=self._pause(result)) and self._tasks:
                # Calls end in swarms: one claim for all that end now costs as much as one for the first of them.
                await asyncio.sleep(GATHER_SECONDS)

    async def _claim(self) -> Claim:
        now = self.ports.clock.monotonic()
        free = min(
            self.limits.concurrency - len(self._tasks),
            self.window.available(now),
            self.ports.settings.generation.claim_page,
        )
        slots = self.breaker.slots(now, free)
        # What is paid must have a place: while something waits for the disk, nothing is bought.
        if slots <= 0 or self.ports.disk.problem is not None:
            return Claim(items=(), blocked=True, wake_at=None)
        at = self.ports.clock.now()
        wish = Wish(
            lane_id=self.lane_id,
            epoch=self.epoch,
            slots=slots,
            now=at,
            day=at.astimezone(ZoneInfo(self.limits.day_zone)).date().isoformat(),
            per_day=self.limits.requests_per_day,
            new_id=self.ports.ids.new,
        )
        result = await self.writer.transact(Claiming(wish, self.fairness))
        for item in result.items:
            self.breaker.started(item.attempt_id, now)
            self._spawn(item)
        # Not the time of the look: the claim itself may have waited for the database.
        self.window.start(self.ports.clock.monotonic(), len(result.items))
        if result.told:
            self.ports.signals.notify("lanes.changed")
        runs = {item.run_id for item in result.items} | set(result.told)
        self.ports.signals.notify(*(f"run:{run_id}" for run_id in runs))
        return result

    async def _say_what_waits(self) -> None:
        """Says on each item of this lane whose answer waits for the disk that it does."""
        waiting = self.ports.disk.waiting
        for attempt_id, reason in waiting.items():
            if self._said.get(attempt_id) != reason:
                await self.writer.put(
                    Delayed(lane_id=self.lane_id, epoch=self.epoch, attempt_id=attempt_id, reason=reason)
                )
        self._said = waiting

    def _pause(self, result: Claim) -> float:
        """How long to wait for a hint. Never more than a look, because another process cannot hint."""
        now = self.ports.clock.monotonic()
        waits = [LOOK_SECONDS]
        if result.wake_at is not None:
            waits.append((result.wake_at - self.ports.clock.now()).total_seconds())
        opens = max(self.window.opens_in(now), self.breaker.opens_in(now))
        if opens > 0:
            waits.append(opens)
        return max(0.01, min(waits))

    async def _leave(self, *, even_with_work: bool) -> bool:
        left = await self.writer.transact(
            partial(taking.leave, lane_id=self.lane_id, epoch=self.epoch, even_with_work=even_with_work)
        )
        if left:
            log.info("lane_left")
        return left

    async def _has_nothing_waiting(self) -> bool:
        return not await self.writer.transact(
            lambda connection: connection.execute(taking.waiting_work(self.lane_id)).first() is not None
        )

    async def _finish_in_flight(self) -> None:
        log.info("lane_draining", in_flight=len(self._tasks))
        while self._tasks:
            # Again for those that broke meanwhile and go on.
            await asyncio.wait(self._tasks)

    async def _cancel_rest(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _beat(self) -> None:
        pause = min(HEARTBEAT_SECONDS, self.ports.settings.generation.lane_stale_seconds / 3)
        while True:
            await asyncio.sleep(pause)
            try:
                await self.writer.put(Heartbeat(lane_id=self.lane_id, epoch=self.epoch, at=self.ports.clock.now()))
            except LaneLost as error:
                self._lost = error
                self._wake.set()
                return
            except SQLAlchemyError as error:
                # A lane that falls silent is taken over in the middle of its calls.
                log.warning("lane_beat_failed", error=str(error))

    async def _remember_rate(self) -> None:
        at, now = self.ports.clock.now(), self.ports.clock.monotonic()
        starts = await self.writer.transact(partial(taking.recent_starts, lane_id=self.lane_id, now=at))
        if self.window.per_minute is not None:
            self.window.starts.extend(now - (at - start).total_seconds() for start in starts)

    async def _adopt_orphans(self) -> None:
        orphans = await self.writer.transact(partial(taking.orphans, lane_id=self.lane_id))
        if orphans:
            log.info("attempts_adopted", count=len(orphans))
        for item in orphans:
            self._spawn(item)

    # --- one attempt -----------------------------------------------------------------------------------------

    def _spawn(self, item: Claimed) -> None:
        self._start(item, self._attempt(item))

    def _start(self, item: Claimed, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name=item.attempt_id)
        self._tasks.add(task)
        task.add_done_callback(partial(self._ended, item))

    def _ended(self, item: Claimed, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if isinstance(error, LaneLost):
            self._lost = error
        elif isinstance(error, Exception):
            memory.end_if_short(error)
            log.error("attempt_broke", attempt=item.attempt_id, item=item.item_id, run=item.run_id, exc_info=error)
            if not self._is_over:
                self._start(item, self._mend(item, error))
        if self._lost is not None or not self._has_all:
            # Else nothing waits for the room that it leaves.
            self._wake.set()

    async def _mend(self, item: Claimed, error: Exception) -> None:
        """An attempt that broke goes on from what the ledger knows of it, as after a restart; but not for ever."""
        self._broken[item.attempt_id] += 1
        times = self._broken[item.attempt_id]
        await asyncio.sleep(backoff_seconds(times - 1, self.ports.settings.generation, self.random.random))
        orphans = await self.writer.transact(partial(taking.orphans, lane_id=self.lane_id))
        left = next((orphan for orphan in orphans if orphan.attempt_id == item.attempt_id), None)
        if left is None:
            # It was in the books already.
            return
        if times < BREAKS_MAX:
            await self._attempt(left)
            return
        await self._settle(left, Ended(outcome=Outcome.uncertain, code="broke", message=_broke(error), sent=left.sent))

    async def _attempt(self, item: Claimed) -> None:
        with structlog.contextvars.bound_contextvars(attempt=item.attempt_id, item=item.item_id, run=item.run_id):
            ended = await self.runner.run(item, lane_id=self.lane_id, epoch=self.epoch)
            try:
                await self._settle(item, ended)
            except LaneLost as lost:
                if lost.is_written:
                    self.runner.forget(item)
                raise
            self.runner.forget(item)

    async def _settle(self, item: Claimed, ended: Ended) -> None:
        decision = self._decide(item, ended)
        # The lane is held before the item waits again: nothing may be claimed in between.
        changes = [*self._hold_lane(ended, decision), self._settled(item, ended, decision)]
        await asyncio.gather(*(self.writer.put(change) for change in changes))
        # What went well is in the books; a line for each of thousands of pictures would tell nobody anything.
        tell = log.debug if ended.outcome == Outcome.succeeded else log.info
        tell("attempt_settled", outcome=ended.outcome.value, state=decision.to.value, code=ended.code)

    def _decide(self, item: Claimed, ended: Ended) -> Decision:
        in_outage = False
        if ended.outcome == Outcome.unavailable:
            in_outage = self.breaker.unavailable(item.attempt_id, item.item_id, self.ports.clock.monotonic())
        elif ended.outcome == Outcome.uncertain:
            self.breaker.undecided(item.attempt_id)
        else:
            self.breaker.answered(item.attempt_id)
        self._rate_limits = self._rate_limits + 1 if ended.outcome == Outcome.rate_limited else 0
        circumstances = Circumstances(
            outcome=ended.outcome,
            billed=ended.billed,
            retry_after_seconds=ended.retry_after_seconds,
            calls=item.number - 1,
            tries=item.tries,
            resends=item.resends,
            policy=UncertainPolicy(item.uncertain_policy),
            in_outage=in_outage,
            rate_limits_in_a_row=self._rate_limits,
        )
        return decide(circumstances, self.ports.settings.generation, jitter=self.random.random)

    def _settled(self, item: Claimed, ended: Ended, decision: Decision) -> Settled:
        at = self.ports.clock.now()
        delay = decision.delay_seconds
        return Settled(
            lane_id=self.lane_id,
            epoch=self.epoch,
            attempt_id=item.attempt_id,
            item_id=item.item_id,
            run_id=item.run_id,
            project_id=item.project_id,
            team_id=item.team_id,
            position=item.position,
            outcome=ended.outcome,
            to=decision.to,
            at=at,
            code=ended.code,
            message=ended.message,
            billed=ended.billed,
            settled_micros=ended.settled_micros,
            usage=ended.usage,
            sent=ended.sent,
            provider_ref=ended.provider_ref,
            not_before_at=None if delay is None else at + timedelta(seconds=delay),
            tries=decision.tries,
            resends=decision.resends,
            pictures=ended.pictures,
        )

    def _hold_lane(self, ended: Ended, decision: Decision) -> list[LaneWaits]:
        now = self.ports.clock.monotonic()
        if decision.park:
            return [self._wait_for(ended.message or ended.outcome.value, parked=ended.outcome)]
        if decision.lane_pause_seconds is not None:
            return [self._wait_for(RATE_LIMITED, seconds=decision.lane_pause_seconds)]
        if ended.outcome == Outcome.unavailable and self.breaker.state(now) == "open":
            return [self._wait_for(NOT_AVAILABLE, seconds=self.breaker.opens_in(now))]
        return []

    def _wait_for(self, reason: str, *, seconds: float | None = None, parked: Outcome | None = None) -> LaneWaits:
        resume_at: datetime | None = None
        if seconds is not None:
            resume_at = self.ports.clock.now() + timedelta(seconds=seconds)
        log.warning("lane_waits", reason=reason, parked=parked, seconds=seconds)
        return LaneWaits(lane_id=self.lane_id, epoch=self.epoch, reason=reason, resume_at=resume_at, parked=parked)


def _broke(error: Exception) -> str:
    return f"Something went wrong here that nobody foresaw ({type(error).__name__}: {error}). It may have been paid."
