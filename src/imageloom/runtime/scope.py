"""One Scope is one request, one job step or one command, and one transaction. Only its edge commits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple, Protocol, TypeVar, cast

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, AsyncSession

from imageloom.contracts.provider import LocalProvider, Provider
from imageloom.contracts.storage import BlobStore
from imageloom.kit.clock import Clock
from imageloom.kit.ids import Ids
from imageloom.runtime.actor import Actor
from imageloom.runtime.cipher import Cipher
from imageloom.runtime.db.durable import DurableLog
from imageloom.runtime.db.engines import log_of, reading_options
from imageloom.runtime.db.outbox import keep_events, write_events
from imageloom.runtime.db.rows import write_later
from imageloom.runtime.db.sqlite_dialect import in_one_way, until_done
from imageloom.runtime.db.together import Together
from imageloom.runtime.disk import Disk
from imageloom.runtime.partials import Partials
from imageloom.runtime.pixels.workers import ProcessWorkers
from imageloom.runtime.settings import Settings
from imageloom.runtime.signals import Signals, topics_of

T = TypeVar("T")


class Jobs(Protocol):
    """Where a job is enqueued: in the caller's transaction, so that it exists exactly if the caller commits."""

    async def enqueue(self, connection: AsyncConnection, name: str, job_id: str, payload: Mapping[str, Any]) -> None:
        """The same ``job_id`` twice is one job."""
        ...


@dataclass(frozen=True, kw_only=True)
class Ports:
    """What every scope of a process shares. Built by bootstrap."""

    settings: Settings
    clock: Clock
    ids: Ids
    signals: Signals
    partials: Partials
    blobs: BlobStore
    workers: ProcessWorkers
    disk: Disk
    cipher: Cipher
    providers: Mapping[str, Provider | LocalProvider]
    environment: Mapping[str, str] = field(repr=False)
    """The process's environment variables, for keys that are lent by the environment."""


@dataclass(frozen=True, kw_only=True)
class Scope:
    """The actor, the open transaction and the ports. Features see nothing else of the process."""

    actor: Actor
    session: AsyncSession
    ports: Ports
    jobs: Jobs
    hints: set[str] = field(default_factory=set)

    async def publish(self, kind: str, *, topic: str, payload: Mapping[str, Any]) -> None:
        """Writes an event at the end of this transaction; after it, listeners in this process are hinted."""
        row = {"kind": kind, "topic": topic, "payload": dict(payload), "created_at": self.ports.clock.now()}
        connection = await self.session.connection()
        await connection.run_sync(lambda sync: keep_events(sync, [row]))
        self.hints.update(topics_of(kind, topic))

    async def enqueue(self, name: str, job_id: str, payload: Mapping[str, Any]) -> None:
        """Enqueues a job in this transaction."""
        await self.jobs.enqueue(await self.session.connection(), name, job_id, payload)

    def hint(self, topic: str) -> None:
        """Wakes listeners of the topic after the commit."""
        self.hints.add(topic)


class _Work(NamedTuple):
    actor: Actor
    do: Callable[[Scope], Awaitable[Any]]


class Scopes:
    """Opens scopes."""

    def __init__(self, *, engine: AsyncEngine, writing: AsyncEngine, ports: Ports, jobs: Jobs) -> None:
        self.ports = ports
        self._writing = writing
        self._read_only_engine = engine.execution_options(**reading_options(engine.dialect.name))
        self._jobs = jobs
        log = log_of(engine)
        self._log = None if log is None else DurableLog(log)
        self._together: Together[_Work, tuple[Scope, Any]] = Together(self._transact)

    @property
    def dialect(self) -> str:
        return self._writing.dialect.name

    @asynccontextmanager
    async def open(self, actor: Actor, *, write: bool = True) -> AsyncIterator[Scope]:
        """A scope that commits when the block ends well and rolls back when it raises.

        A reading scope cannot hold the write lock of SQLite and never commits; all that it reads is of one moment.
        """
        engine = self._writing if write else self._read_only_engine
        async with AsyncSession(engine, expire_on_commit=False, autoflush=True) as session:
            scope = Scope(actor=actor, session=session, ports=self.ports, jobs=self._jobs)
            # Leaving the block without a commit, for whatever reason, rolls back.
            yield scope
            if write:
                await _commit(session)
        await self._ended(scope, wrote=write)

    async def transact(self, actor: Actor, work: Callable[[Scope], Awaitable[T]]) -> T:
        """What the work returns, done in a scope that commits. It may wait for nothing but the database, and is perhaps
        done again: on SQLite it goes to the driver's thread once, not for each of its statements; what comes meanwhile
        goes there together and is one commit, or each alone where one of them raises.
        """
        if self.dialect != "sqlite":
            async with self.open(actor) as scope:
                return await work(scope)
        going = asyncio.ensure_future(self._together.ask(_Work(actor, work)))
        scope, result = await until_done(going)
        await self._ended(scope, wrote=True)
        return cast("T", result)

    async def _transact(self, works: Sequence[_Work]) -> list[tuple[Scope, Any]]:
        async with self._writing.connect() as connection:
            return await in_one_way(connection, partial(self._whole, connection, works))

    async def _whole(self, connection: AsyncConnection, works: Sequence[_Work]) -> list[tuple[Scope, Any]]:
        session = AsyncSession(connection, expire_on_commit=False, autoflush=True)
        done = []
        try:
            for actor, work in works:
                scope = Scope(actor=actor, session=session, ports=self.ports, jobs=self._jobs)
                done.append((scope, await work(scope)))
            await _commit(session)
        finally:
            await session.close()
        return done

    async def _ended(self, scope: Scope, *, wrote: bool) -> None:
        if wrote and not scope.actor.is_system and self._log is not None:
            # What a person was told is kept, also when the power goes. SQLite's own way would sync for everybody.
            await self._log.keep()
        if scope.hints:
            self.ports.signals.notify(*scope.hints)


async def _commit(session: AsyncSession) -> None:
    await session.flush()
    await write_later(session)
    if session.in_transaction():
        await (await session.connection()).run_sync(write_events)
    await session.commit()
