"""Processes that come and go over one database: each with a writer, a spool and the lanes that it drives."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from imageloom.contracts.provider import Limits
from imageloom.extensions.storage.local import LocalStore
from imageloom.features.catalog.price_files import price_shelf
from imageloom.features.credentials.service import CredentialService
from imageloom.features.generation.cancelled import CancelledRuns
from imageloom.features.generation.lane import LaneDriver
from imageloom.features.generation.remote_attempts import RemoteRunner
from imageloom.features.generation.spool import Spool
from imageloom.features.generation.storing import Store
from imageloom.features.generation.writer import LedgerWriter
from imageloom.runtime import faultpoints
from imageloom.runtime.actor import SYSTEM
from imageloom.runtime.cipher import open_cipher
from imageloom.runtime.db.engines import make_async_engine, make_sync_engine
from imageloom.runtime.disk import Disk
from imageloom.runtime.partials import Partials
from imageloom.runtime.pixels.workers import ProcessWorkers
from imageloom.runtime.scope import Ports, Scopes
from imageloom.runtime.settings import Settings
from imageloom.runtime.signals import Signals
from tests.model.provider import ScriptedProvider, World

LIMITS = {
    "openai": Limits(concurrency=3, requests_per_minute=8),
    "other": Limits(concurrency=2, requests_per_day=12),
}
LANES = tuple(f"{provider}:env" for provider in LIMITS)


class Killed(BaseException):
    """What a process meets at the place where it is killed: nothing of its own runs any more."""


def _die() -> None:
    raise Killed


def killed_at(point: str) -> contextlib.AbstractContextManager[None]:
    return faultpoints.armed(point, _die)


@dataclass
class HandClock:
    """Time that moves when the test says so."""

    at: datetime = datetime(2026, 11, 25, 23, 50, tzinfo=UTC)
    seconds: float = 1_000.0

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return self.seconds

    def advance(self, seconds: float) -> None:
        self.at += timedelta(seconds=seconds)
        self.seconds += seconds


@dataclass
class CountedIds:
    last: int = 0

    def new(self) -> str:
        self.last += 1
        return f"{self.last:026d}"


class NoJobs:
    async def enqueue(self, connection: AsyncConnection, name: str, job_id: str, payload: Mapping[str, Any]) -> None:
        """The test runs what is to be run."""


@dataclass
class Place:
    """What outlives every process: the database, the folder, the clock and the world outside."""

    url: str
    folder: Path
    clock: HandClock = field(default_factory=HandClock)
    ids: CountedIds = field(default_factory=CountedIds)
    world: World = field(default_factory=World)

    def ports(self) -> Ports:
        settings = Settings(
            environment="test",
            data_dir=self.folder,
            database={"url": self.url},
            generation={"breaker_failures": 3, "claim_page": 4, "backoff_seconds": 2.0},
            plans={"inline_items": 4, "page_items": 3},
        )
        providers: dict[str, Any] = {name: ScriptedProvider(id=name, limits=limits) for name, limits in LIMITS.items()}
        return Ports(
            settings=settings,
            clock=self.clock,
            ids=self.ids,
            signals=Signals(),
            partials=Partials(),
            blobs=LocalStore(self.folder / "blobs"),
            workers=ProcessWorkers(max_workers=1, idle_seconds=1.0, memory_bytes=settings.pictures.worker_memory_bytes),
            disk=Disk(),
            cipher=open_cipher(self.folder, configured=None),
            providers=providers,
            environment={},
        )


@dataclass
class Worker:
    """One process. ``kill`` forgets everything that was in its memory."""

    name: str
    place: Place
    spool_folder: Path
    drivers: dict[str, LaneDriver] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.ports = self.place.ports()
        self.database = make_async_engine(self.place.url, pool_size=1)
        self.scopes = Scopes(engine=self.database, writing=self.database, ports=self.ports, jobs=NoJobs())
        self.spool = Spool(self.spool_folder, disk=self.ports.disk)
        self.store = Store(ports=self.ports)
        self.random = Random(7)
        self.engine = make_sync_engine(self.place.url, synchronous="NORMAL")
        self.writer = LedgerWriter(engine=self.engine, signals=self.ports.signals)

    async def start(self) -> None:
        await self.writer.start()

    @property
    def tasks(self) -> set[asyncio.Task[Any]]:
        return {task for driver in self.drivers.values() for task in driver._tasks}

    async def take(self, lane_id: str, *, seen_epoch: int) -> LaneDriver:
        """As the keeper does: unlocks the credential, makes a driver, and takes the lane."""
        provider_id, _, credential_id = lane_id.partition(":")
        async with self.scopes.open(SYSTEM, write=False) as scope:
            unlocked = await CredentialService(scope).unlock_lane(provider_id=provider_id, credential_id=credential_id)
        runner = RemoteRunner(
            provider=self.ports.providers[provider_id],
            endpoint=unlocked.endpoint,
            ports=self.ports,
            writer=self.writer,
            egress=self.place.world.egress(),
            spool=self.spool,
            store=self.store,
            prices=price_shelf(self.ports.settings.prices_folder),
            cancelled=CancelledRuns(scopes=self.scopes, clock=self.ports.clock),
        )
        driver = LaneDriver(
            lane_id=lane_id,
            ports=self.ports,
            writer=self.writer,
            runner=runner,
            limits=unlocked.limits,
            random=self.random,
            stopping=asyncio.Event(),
            owner=self.name,
            seen_epoch=seen_epoch,
        )
        assert await driver.take()
        self.drivers[lane_id] = driver
        await driver.adopt()
        return driver

    async def drop(self, lane_id: str) -> None:
        """A driver whose lane was lost."""
        driver = self.drivers.pop(lane_id)
        await driver._cancel_rest()

    async def kill(self) -> None:
        tasks = self.tasks
        self.place.world.forget(tasks)
        assert self.writer._task is not None
        self.writer._task.cancel()
        for task in tasks:
            task.cancel()
        await asyncio.gather(self.writer._task, *tasks, return_exceptions=True)
        self.drivers.clear()
        await self.writer._thread.close()
        await self.ports.disk.close()
        self.engine.dispose()
        await self.database.dispose()


async def quiet(workers: Sequence[Worker], world: World) -> None:
    """Until nobody has anything to do but to wait for the provider."""
    while True:
        world.moved.clear()
        at_rest = {call.task for call in world.waiting if not call.answer.done()}
        # Where the writer was killed, the others of its process wait for ever.
        alive = [worker for worker in workers if worker.writer._task is not None and not worker.writer._task.done()]
        busy = {task for worker in alive for task in worker.tasks if not task.done()} - at_rest
        if not busy:
            # Lets what has just ended say so to its driver.
            await asyncio.sleep(0)
            return
        moved = asyncio.create_task(world.moved.wait())
        writers = {worker.writer._task for worker in alive if worker.writer._task is not None}
        done, _ = await asyncio.wait({*busy, *writers, moved}, return_when=asyncio.FIRST_COMPLETED, timeout=30)
        moved.cancel()
        assert done, f"{busy} did not come to rest"
