"""Wires everything. The one place that knows concrete extensions, and the life of the whole: open, start, stop."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from random import SystemRandom

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from imageloom.contracts.discovery import Broken, Discovered, discover
from imageloom.contracts.provider import LocalProvider, Provider
from imageloom.extensions.storage.local import LocalStore
from imageloom.features.batches import jobs as batch_jobs
from imageloom.features.catalog.price_files import price_shelf
from imageloom.features.curation import jobs as curation_jobs
from imageloom.features.generation import subscribers as generation_subscribers
from imageloom.features.generation.cancelled import CancelledRuns
from imageloom.features.generation.keeper import LaneKeeper, LaneTools
from imageloom.features.generation.spool import Spool
from imageloom.features.generation.storing import Store
from imageloom.features.generation.writer import LedgerWriter
from imageloom.features.identity import jobs as identity_jobs
from imageloom.features.identity.signing_in import SigningIn
from imageloom.features.library.previews import PreviewMaker
from imageloom.features.operations import database_file
from imageloom.features.operations.sweeping import sweep
from imageloom.features.schedules import jobs as schedule_jobs
from imageloom.features.teams.service import TeamService
from imageloom.kit.clock import SystemClock
from imageloom.kit.ids import UlidIds
from imageloom.migrations.runner import migrate
from imageloom.runtime import faultpoints
from imageloom.runtime.actor import SYSTEM
from imageloom.runtime.cipher import open_cipher
from imageloom.runtime.db.engines import (
    dialect_of,
    dispose_engine,
    make_async_engine,
    make_job_engine,
    make_sync_engine,
    make_writing_engine,
)
from imageloom.runtime.db.reader import Reader
from imageloom.runtime.descriptors import calls_at_once, raise_limit
from imageloom.runtime.disk import Disk
from imageloom.runtime.egress.client import Egress
from imageloom.runtime.egress.endpoint import EgressSettings
from imageloom.runtime.engine.leases import AdvisoryLease, FileLease, Lease
from imageloom.runtime.engine.protocol import Call, Engine, Wait
from imageloom.runtime.events import Dispatcher, prune_events
from imageloom.runtime.mail import Mailer
from imageloom.runtime.partials import Partials
from imageloom.runtime.passwords import Passwords
from imageloom.runtime.pixels.workers import ProcessWorkers
from imageloom.runtime.scope import Ports, Scopes
from imageloom.runtime.settings import Settings, make_data_dir
from imageloom.runtime.signals import Signals
from imageloom.runtime.tasks import stop_tasks
from imageloom.runtime.watches import Watches

log = structlog.get_logger(__name__)

RETENTION_JOB = "engine.prune"


@dataclass
class Application:
    """All parts of one process. ``open`` makes them, ``start`` sets them going, ``stop`` ends them."""

    settings: Settings
    ports: Ports
    engine: Engine
    databases: frozenset[AsyncEngine]
    reader: Reader
    scopes: Scopes
    writer: LedgerWriter
    egress: Egress
    keeper: LaneKeeper
    previews: PreviewMaker
    dispatcher: Dispatcher
    people: SigningIn
    broken_extensions: tuple[Broken, ...]
    problem: str | None = "Starting."
    """Why requests cannot be served; ``None`` when they can."""
    lost: str | None = None
    """What of the database was gone when this process started."""
    watches: Watches = field(default_factory=Watches)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    async def start(self) -> None:
        """Migrates, takes the lease, recovers, and begins to work. Requests are served from here on."""
        self.lost = await asyncio.to_thread(database_file.prepare, self.settings)
        if self.lost is not None:
            log.error("database_log_lost", reason=self.lost)
        await asyncio.to_thread(migrate, self.settings.database_url)
        await self.writer.start()
        await self.engine.start()
        async with self.scopes.open(SYSTEM) as scope:
            await TeamService(scope).ensure_owner()
            await asyncio.to_thread(database_file.working, self.settings)
        is_alone = dialect_of(self.settings.database_url) == "sqlite"
        await sweep(self.scopes, self.keeper.tools.spool, alone=is_alone)
        for name, watch in (
            ("keeper", self.keeper.watch),
            ("previews", self.previews.watch),
            ("dispatcher", self.dispatcher.watch),
        ):
            self._tasks.append(asyncio.create_task(self.watches.keep(name, watch), name=name))
        self.problem = None
        log.info("started", executor=self.engine.executor_id, data_dir=str(self.settings.data_dir))

    async def stop(self) -> None:
        """Stops claiming, lets calls in flight end within the grace, and leaves the rest for the next start."""
        self.problem = "Stopping."
        log.info("stopping", grace_seconds=self.settings.server.grace_seconds)
        self.keeper.stop()
        await self.engine.stop(grace_seconds=self.settings.server.grace_seconds)
        await stop_tasks(self._tasks)
        await self.writer.close()
        await self.ports.workers.close()
        await self.egress.aclose()
        await self.reader.close()
        await self.ports.disk.close()
        for database in self.databases:
            await dispose_engine(database)
        if self.problem == "Stopping.":
            await asyncio.to_thread(database_file.closed, self.settings)
        log.info("stopped")


def discover_providers() -> tuple[Mapping[str, Provider | LocalProvider], tuple[Broken, ...]]:
    """Built-in providers and those of third parties."""
    discovered: Discovered[Provider | LocalProvider] = discover(
        "imageloom.extensions.providers",
        "PROVIDER",
        kinds=(Provider, LocalProvider),
        group="imageloom.providers",
    )
    return discovered.found, discovered.broken


def open_application(
    settings: Settings, *, environment: Mapping[str, str], engine: Engine | None = None
) -> Application:
    """Makes the parts; nothing runs yet and nothing is written but the data directory and the master key.

    ``engine`` replaces DBOS in tests. Raises :class:`PriceBookBroken` for a price file that cannot be used.
    """
    faultpoints.arm_from(environment)
    raise_limit()
    folder = settings.data_dir
    make_data_dir(folder)
    providers, broken = discover_providers()
    prices = price_shelf(settings.prices_folder)
    prices.book()
    ports = _make_ports(settings, environment=environment, providers=providers)
    database = make_async_engine(settings.database_url, pool_size=settings.database.pool_size)
    writing = make_writing_engine(settings.database_url, beside=database)
    engine = engine or make_engine(settings)
    scopes = Scopes(engine=database, writing=writing, ports=ports, jobs=engine)
    writer = LedgerWriter(engine=make_sync_engine(settings.database_url, synchronous="FULL"), signals=ports.signals)
    egress = Egress(clock=ports.clock, disk=ports.disk, settings=EgressSettings(max_connections=calls_at_once()))
    reader = Reader(settings.database_url, threads=settings.database.pool_size)
    tools = LaneTools(
        scopes=scopes,
        reader=reader,
        writer=writer,
        engine=engine,
        egress=egress,
        workers=ports.workers,
        spool=Spool(folder / "incoming", disk=ports.disk),
        store=Store(ports=ports),
        prices=prices,
        cancelled=CancelledRuns(scopes=scopes, clock=ports.clock),
        random=SystemRandom(),
    )
    application = Application(
        settings=settings,
        ports=ports,
        engine=engine,
        databases=frozenset({database, writing}),
        reader=reader,
        scopes=scopes,
        writer=writer,
        egress=egress,
        keeper=LaneKeeper(tools=tools),
        previews=PreviewMaker(
            scopes=scopes,
            engine=engine,
            workers=ports.workers,
            folder=folder / "work",
            parallel=settings.pictures.workers,
        ),
        dispatcher=Dispatcher(scopes=scopes, poll_seconds=settings.engine.poll_seconds),
        people=SigningIn(scopes=scopes, passwords=Passwords(settings.people)),
        broken_extensions=broken,
    )
    _register(application)
    return application


def _make_ports(
    settings: Settings, *, environment: Mapping[str, str], providers: Mapping[str, Provider | LocalProvider]
) -> Ports:
    key = settings.secrets.master_key
    disk = Disk()
    return Ports(
        settings=settings,
        clock=SystemClock(),
        ids=UlidIds(),
        signals=Signals(),
        partials=Partials(),
        blobs=LocalStore(settings.data_dir / "blobs", in_thread=disk.run),
        workers=ProcessWorkers(
            max_workers=settings.pictures.workers,
            idle_seconds=settings.pictures.worker_idle_seconds,
            memory_bytes=settings.pictures.worker_memory_bytes,
        ),
        disk=disk,
        cipher=open_cipher(settings.data_dir, configured=None if key is None else key.get_secret_value()),
        providers=providers,
        environment=environment,
    )


def make_engine(settings: Settings) -> Engine:
    """DBOS on the application's database. Imported here because it costs half a second."""
    from imageloom.runtime.engine.dbos_engine import DbosEngine

    url = settings.database_url
    database = make_job_engine(url)
    wished = settings.engine.executor_id
    on_postgresql = dialect_of(url) == "postgresql"
    lease: Lease = (
        AdvisoryLease(database, executor_id=wished)
        if on_postgresql
        else FileLease(settings.data_dir / "run", executor_id=wished)
    )
    return DbosEngine(
        database=database, lease=lease, poll_seconds=settings.engine.poll_seconds, takes_over=on_postgresql
    )


def _register(application: Application) -> None:
    application.keeper.register()
    batch_jobs.register(application.engine, application.scopes)
    settings = application.settings
    mailer = Mailer(settings=settings.mail, is_shown=settings.environment == "dev")
    identity_jobs.register(application.engine, application.scopes, mailer)
    schedule_jobs.register(application.engine, application.scopes)
    curation_jobs.register(application.engine, application.scopes)
    generation_subscribers.subscribe(application.dispatcher)

    async def prune(_call: Call) -> Wait | None:
        days = application.settings.engine.retention_days
        before = application.ports.clock.now() - timedelta(days=days)
        jobs = await application.engine.prune(before=before)
        await identity_jobs.sweep(application.scopes, before=before)
        log.info("pruned", jobs=jobs, events=await prune_events(application.scopes, before=before))
        return None

    application.engine.register(RETENTION_JOB, prune)
    application.engine.schedule("nightly-prune", cron="17 3 * * *", handler=RETENTION_JOB, payload={})


def load_settings(data_dir: Path | None = None) -> Settings:
    """Settings from the environment; ``data_dir`` overrides."""
    return Settings() if data_dir is None else Settings(data_dir=data_dir)


def process_environment() -> Mapping[str, str]:
    return dict(os.environ)
