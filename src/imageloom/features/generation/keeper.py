"""Sees to it that every lane with work has one driver, in some process. The lanes' rows say which need one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from random import Random
from typing import Any

import structlog
from sqlalchemy import Connection, update

from imageloom.contracts.provider import LocalProvider, Outcome
from imageloom.features.catalog.prices import PriceBook
from imageloom.features.credentials.service import CredentialService, Unlocked
from imageloom.features.generation import taking
from imageloom.features.generation.attempts import AttemptRunner, Ended
from imageloom.features.generation.cancelled import CancelledRuns
from imageloom.features.generation.changes import Claimed
from imageloom.features.generation.lane import LaneDriver
from imageloom.features.generation.local_attempts import LocalRunner
from imageloom.features.generation.models import Lane, LaneState
from imageloom.features.generation.remote_attempts import RemoteRunner
from imageloom.features.generation.spool import Spool
from imageloom.features.generation.storing import Store
from imageloom.features.generation.writer import LedgerWriter
from imageloom.kit.errors import NotFound
from imageloom.runtime.actor import SYSTEM
from imageloom.runtime.cipher import SecretUnreadable
from imageloom.runtime.egress.client import Egress
from imageloom.runtime.engine.protocol import Call, Engine, Wait
from imageloom.runtime.pixels.workers import ProcessWorkers
from imageloom.runtime.scope import Scopes

log = structlog.get_logger(__name__)

JOB = "lane.drain"


@dataclass(frozen=True, kw_only=True)
class LaneTools:
    """What every lane of this process shares."""

    scopes: Scopes
    writer: LedgerWriter
    engine: Engine
    egress: Egress
    workers: ProcessWorkers
    spool: Spool
    store: Store
    prices: PriceBook
    cancelled: CancelledRuns
    random: Random


@dataclass
class LaneKeeper:
    """Starts a driver, as a durable job, for each lane that needs one. Call :meth:`watch` in a task."""

    tools: LaneTools
    stopping: asyncio.Event = field(default_factory=asyncio.Event)
    _running: set[str] = field(default_factory=set)

    def register(self) -> None:
        """Names the job. Before the engine starts."""
        self.tools.engine.register(JOB, self.drain)

    async def watch(self) -> None:
        """Looks for lanes without a driver, at once when hinted and every poll interval otherwise."""
        ports = self.tools.scopes.ports
        with ports.signals.listen("lanes.wake") as wake:
            while not self.stopping.is_set():
                await self._start_needed()
                await wake.wait(timeout_seconds=ports.settings.engine.poll_seconds)

    async def _start_needed(self) -> None:
        lanes = await self.tools.writer.transact(taking.lanes_to_drive)
        for lane in lanes:
            if await self._needs_driver(lane):
                # The epoch in the id: two processes that both see the need start one job.
                await self.tools.engine.run_now(JOB, f"lane:{lane.id}:{lane.epoch + 1}", {"lane_id": lane.id})

    async def _needs_driver(self, lane: Any) -> bool:
        if lane.id in self._running:
            return False
        me = self.tools.engine.executor_id
        if lane.state == LaneState.idle or lane.owner is None or lane.owner == me:
            return True
        now = self.tools.scopes.ports.clock.now()
        stale = timedelta(seconds=self.tools.scopes.ports.settings.generation.lane_stale_seconds)
        if lane.heartbeat_at is None or lane.heartbeat_at < now - stale:
            return True
        return not await self.tools.engine.is_alive(lane.owner)

    async def drain(self, call: Call) -> Wait | None:
        """The job: drives the lane until nothing is left."""
        lane_id = str(call.payload["lane_id"])
        if lane_id in self._running or self.stopping.is_set():
            return None
        self._running.add(lane_id)
        try:
            driver = await self._driver(lane_id)
            await driver.drive()
        finally:
            self._running.discard(lane_id)
        return None

    async def _driver(self, lane_id: str) -> LaneDriver:
        tools = self.tools
        provider_id, _, credential_id = lane_id.partition(":")
        try:
            async with tools.scopes.open(SYSTEM, write=False) as scope:
                unlocked = await CredentialService(scope).unlock_lane(
                    provider_id=provider_id, credential_id=credential_id or None
                )
        except (NotFound, SecretUnreadable) as error:
            await tools.writer.transact(partial(_park, lane_id=lane_id, reason=str(error)))
            return self._make(lane_id, None, KeylessRunner(reason=str(error)))
        return self._make(lane_id, unlocked, self._runner(unlocked))

    def _make(self, lane_id: str, unlocked: Unlocked | None, runner: AttemptRunner) -> LaneDriver:
        provider = self.tools.scopes.ports.providers.get(lane_id.partition(":")[0])
        assert unlocked is not None or provider is not None
        return LaneDriver(
            lane_id=lane_id,
            ports=self.tools.scopes.ports,
            writer=self.tools.writer,
            runner=runner,
            limits=unlocked.limits if unlocked is not None else provider.limits,  # type: ignore[union-attr]
            random=self.tools.random,
            stopping=self.stopping,
            owner=self.tools.engine.executor_id,
        )

    def _runner(self, unlocked: Unlocked) -> AttemptRunner:
        tools = self.tools
        provider = tools.scopes.ports.providers[unlocked.provider]
        if isinstance(provider, LocalProvider):
            return LocalRunner(provider=provider, workers=tools.workers, spool=tools.spool, store=tools.store)
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

    def forget(self, item: Claimed) -> None:
        """Nothing lies on disk that this could use; what does is kept."""


def _park(connection: Connection, lane_id: str, *, reason: str) -> None:
    connection.execute(update(Lane).where(Lane.id == lane_id).values(parked_reason=reason))
