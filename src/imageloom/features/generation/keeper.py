"""Sees to it that every lane with work has one driver, in some process. The lanes' rows say which need one."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass, field
from functools import partial
from random import Random
from typing import Any

import structlog
from sqlalchemy import Connection, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from imageloom.contracts.provider import LocalProvider, Outcome
from imageloom.features.catalog.price_files import PriceShelf
from imageloom.features.credentials.service import CredentialService, Unlocked, changed_topic
from imageloom.features.generation import taking
from imageloom.features.generation.attempts import AttemptRunner, Ended
from imageloom.features.generation.cancelled import CancelledRuns
from imageloom.features.generation.changes import Claimed
from imageloom.features.generation.lane import LaneDriver
from imageloom.features.generation.local_attempts import LocalRunner
from imageloom.features.generation.models import Lane, LaneState
from imageloom.features.generation.rehoming import rehome_lane
from imageloom.features.generation.remote_attempts import RemoteRunner
from imageloom.features.generation.sights import Sights, share
from imageloom.features.generation.spool import Spool
from imageloom.features.generation.storing import Store
from imageloom.features.generation.writer import LedgerWriter
from imageloom.kit.errors import NotFound
from imageloom.runtime.actor import SYSTEM
from imageloom.runtime.cipher import SecretUnreadable
from imageloom.runtime.db.reader import Reader
from imageloom.runtime.egress.client import Egress
from imageloom.runtime.engine.protocol import Call, Engine, Wait
from imageloom.runtime.pixels.workers import ProcessWorkers
from imageloom.runtime.scope import Scopes

log = structlog.get_logger(__name__)

JOB = "lane.drain"
PATIENCE_SECONDS = 2.0
"""How long a free lane is left to those who have fewer."""
GATHER_SECONDS = 0.05
"""How far apart looks are."""
REST_SECONDS = 5.0
"""Between two tries of a lane whose driver broke."""
GIVES_AGAIN_SECONDS = 300.0


@dataclass(frozen=True, kw_only=True)
class LaneTools:
    """What every lane of this process shares."""

    scopes: Scopes
    reader: Reader
    writer: LedgerWriter
    engine: Engine
    egress: Egress
    workers: ProcessWorkers
    spool: Spool
    store: Store
    prices: PriceShelf
    cancelled: CancelledRuns
    random: Random


@dataclass
class LaneKeeper:
    """Starts a driver, as a durable job, for each lane that needs one. Call :meth:`watch` in a task."""

    tools: LaneTools
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _running: dict[str, asyncio.Event] = field(default_factory=dict)
    """The lanes that are driven here, and what tells each driver to leave."""
    _starting: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    _rests_until: dict[str, float] = field(default_factory=dict)
    _gives_from: float = 0.0
    _given: set[str] = field(default_factory=set)
    _heard: Counter[str] = field(default_factory=Counter)
    """Lanes that were lost while paid calls of ours were on their way."""

    def __post_init__(self) -> None:
        settings = self.tools.scopes.ports.settings
        self._sights = Sights(
            stale_seconds=settings.generation.lane_stale_seconds,
            patience_seconds=max(PATIENCE_SECONDS, 3 * settings.engine.poll_seconds),
        )

    def register(self) -> None:
        """Names the job. Before the engine starts."""
        self.tools.engine.register(JOB, self.drain)

    def stop(self) -> None:
        """No lane is taken any more, and every driver leaves when its calls have ended."""
        self.stopping.set()
        for leaving in self._running.values():
            leaving.set()
        self.tools.scopes.ports.signals.notify("lanes.wake")

    async def watch(self) -> None:
        """Looks for lanes without a driver, at once when hinted and every poll interval otherwise."""
        ports = self.tools.scopes.ports
        due = ports.clock.monotonic()
        with ports.signals.listen("lanes.wake") as wake:
            while not self.stopping.is_set():
                # Hints come in swarms, and most are for lanes that have their driver.
                await asyncio.sleep(due - ports.clock.monotonic())
                due = ports.clock.monotonic() + GATHER_SECONDS
                try:
                    await self._look()
                except (DBAPIError, OSError, PoolTimeout) as error:
                    log.warning("lanes_not_seen", error=type(error).__name__)
                await wake.wait(timeout_seconds=ports.settings.engine.poll_seconds)

    async def _look(self) -> None:
        if await self.tools.engine.problem() is not None:
            # Without its lease this process is dead to the others: what it took they would take from it again.
            return
        lanes = await self.tools.reader.read(taking.lanes_to_drive)
        now = self.tools.scopes.ports.clock.monotonic()
        self._sights.look(lanes, now)
        alive: dict[str, bool] = {}
        free = [lane for lane in lanes if await self._needs_driver(lane, alive)]
        self._sights.free([lane.id for lane in free])
        # Somebody else has taken it.
        self._given -= {lane.id for lane in lanes if lane.owner in alive}
        # Those that have just run out of work are still driven, and count.
        busy = len({lane.id for lane in lanes} | set(self._running))
        alone = busy <= 1 or not (free or len(self._running) > 1)
        mine = busy if alone else share(busy, await self.tools.engine.living())
        self._take(free, mine, now)
        if not free:
            self._give_back(mine, now)

    def _take(self, free: list[Any], mine: int, now: float) -> None:
        self.tools.random.shuffle(free)
        for lane in free:
            is_turn = len(self._running) + len(self._starting) < mine
            if lane.id in self._running or lane.id in self._starting or now < self._rests_until.get(lane.id, now):
                continue
            if is_turn or self._sights.has_waited(lane.id):
                if lane.id in self._given:
                    # Nobody wanted it: whoever is counted beside us does not take lanes.
                    self._gives_from = now + GIVES_AGAIN_SECONDS
                self._given.discard(lane.id)
                self._start(lane)

    def _give_back(self, mine: int, now: float) -> None:
        """Lets go of one lane that is more than our share, for somebody who came later."""
        if len(self._running) <= mine or now < self._gives_from or any(e.is_set() for e in self._running.values()):
            return
        lane_id = self.tools.random.choice(sorted(self._running))
        log.info("lane_given_back", lane=lane_id)
        self._given.add(lane_id)
        self._running[lane_id].set()
        self.tools.scopes.ports.signals.notify(f"lane:{lane_id}")

    def _start(self, lane: Any) -> None:
        """In a task: while the database is away, the engine keeps whoever starts a job waiting."""
        job_id = f"lane:{lane.id}:{lane.epoch + 1}:{self.tools.scopes.ports.ids.new()}"
        stands_still = lane.id in self._heard or (lane.state == LaneState.active and self._sights.is_silent(lane.id))
        payload = {"lane_id": lane.id, "epoch": lane.epoch, "stands_still": stands_still}
        started = self.tools.engine.run_now(JOB, job_id, payload)
        task = asyncio.create_task(started, name=f"start:{lane.id}")
        self._starting[lane.id] = task
        task.add_done_callback(partial(self._started, lane.id))

    def _started(self, lane_id: str, task: asyncio.Task[None]) -> None:
        del self._starting[lane_id]
        if not task.cancelled() and task.exception() is not None:
            log.error("lane_not_started", lane=lane_id, exc_info=task.exception())

    async def _needs_driver(self, lane: Any, alive: dict[str, bool]) -> bool:
        """``alive`` remembers, within one look, which executors are."""
        if lane.id in self._running:
            return False
        engine = self.tools.engine
        if lane.state == LaneState.idle or lane.owner is None or lane.owner == engine.executor_id:
            return True
        if lane.owner not in alive:
            alive[lane.owner] = await engine.is_alive(lane.owner)
        return not alive[lane.owner] or self._sights.is_silent(lane.id)

    async def drain(self, call: Call) -> Wait | None:
        """The job: drives the lane until nothing is left. One that runs again after a crash finds the epoch moved."""
        lane_id = str(call.payload["lane_id"])
        if lane_id in self._running or self.stopping.is_set():
            return None
        leaving = self._running[lane_id] = asyncio.Event()
        renewing = asyncio.create_task(self._leave_when_key_changes(lane_id, leaving), name=f"key:{lane_id}")
        rest = REST_SECONDS
        try:
            driver = await self._driver(call, leaving=leaving)
            await driver.drive()
            rest = 0.0
            if not self.stopping.is_set():
                # What was in flight when the key was removed has come back meanwhile.
                async with self.tools.scopes.open(SYSTEM) as scope:
                    await rehome_lane(scope, lane_id)
        finally:
            renewing.cancel()
            self._rests_until[lane_id] = self.tools.scopes.ports.clock.monotonic() + rest
            del self._running[lane_id]
        self._heard[lane_id] += 1
        try:
            await driver.hear_out()
        finally:
            self._heard[lane_id] -= 1
            if not self._heard[lane_id]:
                del self._heard[lane_id]
        return None

    async def _leave_when_key_changes(self, lane_id: str, leaving: asyncio.Event) -> None:
        """A driver keeps the key with which it began: another one takes over when its calls have ended.

        A process that does not hear of it goes on with the old key until its lane has nothing left, or it is refused.
        """
        signals = self.tools.scopes.ports.signals
        with signals.listen(changed_topic(lane_id.partition(":")[2])) as changed:
            while not await changed.wait(timeout_seconds=GIVES_AGAIN_SECONDS):
                pass
        leaving.set()
        signals.notify(f"lane:{lane_id}")

    async def _driver(self, call: Call, *, leaving: asyncio.Event) -> LaneDriver:
        tools, lane_id = self.tools, str(call.payload["lane_id"])
        provider_id, _, credential_id = lane_id.partition(":")
        runner: AttemptRunner
        try:
            async with tools.scopes.open(SYSTEM, write=False) as scope:
                unlocked = await CredentialService(scope).unlock_lane(
                    provider_id=provider_id, credential_id=credential_id or None
                )
        except (NotFound, SecretUnreadable) as error:
            await tools.writer.transact(partial(_park, lane_id=lane_id, reason=str(error)))
            limits, runner = tools.scopes.ports.providers[provider_id].limits, KeylessRunner(reason=str(error))
        else:
            limits, runner = unlocked.limits, self._runner(unlocked, stands_still=bool(call.payload["stands_still"]))
        return LaneDriver(
            lane_id=lane_id,
            ports=tools.scopes.ports,
            writer=tools.writer,
            runner=runner,
            limits=limits,
            random=tools.random,
            stopping=leaving,
            owner=tools.engine.executor_id,
            seen_epoch=int(call.payload["epoch"]),
        )

    def _runner(self, unlocked: Unlocked, *, stands_still: bool) -> AttemptRunner:
        tools = self.tools
        provider = tools.scopes.ports.providers[unlocked.provider]
        if isinstance(provider, LocalProvider):
            return LocalRunner(
                provider=provider,
                workers=tools.workers,
                spool=tools.spool,
                store=tools.store,
                disk=tools.scopes.ports.disk,
            )
        assert unlocked.endpoint is not None
        return RemoteRunner(
            provider=provider,
            endpoint=unlocked.endpoint,
            ports=tools.scopes.ports,
            writer=tools.writer,
            egress=tools.egress,
            spool=tools.spool,
            store=tools.store,
            prices=tools.prices,
            cancelled=tools.cancelled,
            is_predecessor_alive=stands_still,
        )


@dataclass(frozen=True, kw_only=True)
class KeylessRunner:
    """For open attempts of a lane whose key is gone: nobody can ask the provider any more."""

    reason: str

    async def run(self, item: Claimed, *, lane_id: str, epoch: int) -> Ended:
        return Ended(
            outcome=Outcome.uncertain,
            code="key_gone",
            message=f"{self.reason} The provider cannot be asked what became of the request.",
        )

    def is_paying(self, attempt_id: str) -> bool:
        """Nothing is sent."""
        return False

    def forget(self, item: Claimed) -> None:
        """Nothing lies on disk that this could use; what does is kept."""


def _park(connection: Connection, lane_id: str, *, reason: str) -> None:
    connection.execute(update(Lane).where(Lane.id == lane_id).values(parked_reason=reason))
