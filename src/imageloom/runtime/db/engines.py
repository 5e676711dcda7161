"""Engines for one database: asynchronous for requests, synchronous for the ledger writer and the job engine.

SQLite needs a recipe: without ``BEGIN IMMEDIATE`` two read-modify-write transactions silently overwrite each other,
because the driver does not begin a transaction before a SELECT.
"""

from __future__ import annotations

import os
import secrets
import socket
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any, Literal

import orjson
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from imageloom.kit.characters import without_nul
from imageloom.runtime.db import sqlite_dialect
from imageloom.runtime.db.outbox import forget_events_at_begin

Synchronous = Literal["NORMAL", "FULL"]
BUSY_MILLISECONDS = 10_000
IDLE_MILLISECONDS = 10_000
"""How long a writing transaction on PostgreSQL may do nothing before the server ends it."""
LOCK_MILLISECONDS = 10_000
"""How long a statement on PostgreSQL waits for a lock. What a process that stalled still waits for, it would get and
then hold.
"""
READ_ONLY = {"readonly": True}
SESSIONS = "imageloom-"
"""What the name of every session of ours on PostgreSQL begins with."""


def dialect_of(url: str) -> Literal["sqlite", "postgresql"]:
    """The dialect of a database URL. Raises ``ValueError`` for one that is not supported."""
    name = make_url(url).get_backend_name()
    if name == "sqlite":
        return "sqlite"
    if name == "postgresql":
        return "postgresql"
    raise ValueError(f"the database {name!r} is not supported; use sqlite or postgresql")


def reading_options(dialect: str) -> dict[str, Any]:
    """Execution options of connections that only read: all that a transaction of theirs reads is of one moment.

    On SQLite it is anyway; PostgreSQL would show each statement what was committed meanwhile, and an answer that is put
    together from several would say what never was.
    """
    return READ_ONLY if dialect == "sqlite" else READ_ONLY | {"isolation_level": "REPEATABLE READ"}


def _to_text(value: Any) -> str:
    return without_nul(orjson.dumps(value)).decode()


def _driver_url(url: str, driver: str) -> URL:
    parsed = make_url(url)
    if dialect_of(url) == "sqlite":
        if parsed.database:
            Path(parsed.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        return parsed.set(drivername=f"sqlite+{driver}" if driver else "sqlite")
    return parsed.set(drivername="postgresql+psycopg")


def make_async_engine(url: str, *, pool_size: int, max_overflow: int | None = None) -> AsyncEngine:
    """The engine of requests and jobs; twice as many connections as ``pool_size`` where no overflow is said."""
    engine = create_async_engine(
        _driver_url(url, sqlite_dialect.DRIVER),
        connect_args=_connect_args(url),
        pool_size=pool_size,
        max_overflow=pool_size if max_overflow is None else max_overflow,
        pool_pre_ping=dialect_of(url) == "postgresql",
        json_serializer=_to_text,
        json_deserializer=orjson.loads,
    )
    if dialect_of(url) == "sqlite":
        _prepare_sqlite(engine.sync_engine, synchronous="NORMAL")
    else:
        _prepare_postgres(engine.sync_engine, lock_milliseconds=LOCK_MILLISECONDS)
    forget_events_at_begin(engine.sync_engine)
    return engine


def make_writing_engine(url: str, *, beside: AsyncEngine) -> AsyncEngine:
    """The engine of transactions that write, ``beside`` that of those that read.

    SQLite has one writer at a time. Many connections that want to be it sleep and try again, some of them until their
    time is up, while the file stands idle; those that wait for the one connection have it in turn.
    """
    return beside if dialect_of(url) == "postgresql" else make_async_engine(url, pool_size=1, max_overflow=0)


def log_of(engine: AsyncEngine) -> Path | None:
    """Where SQLite keeps what was committed and is not in its file yet; ``None`` for other databases."""
    if engine.dialect.name != "sqlite" or engine.url.database is None:
        return None
    return Path(f"{engine.url.database}-wal")


def sync_log(log: Path) -> None:
    """Makes everything that was committed so far survive a power cut."""
    with suppress(FileNotFoundError):
        descriptor = os.open(log, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


async def dispose_engine(engine: AsyncEngine) -> None:
    """Closes every connection, those too that a cancelled task left in the middle of closing."""
    await engine.dispose()
    dialect = engine.sync_engine.dialect
    if isinstance(dialect, sqlite_dialect.StoppingDialect):
        await dialect.wait_stopped()


def make_sync_engine(url: str, *, synchronous: Synchronous, pool_size: int = 2) -> Engine:
    """An engine for one thread. ``synchronous="FULL"`` makes every SQLite commit survive a power cut."""
    engine = create_engine(
        _driver_url(url, ""),
        connect_args=_connect_args(url),
        pool_size=pool_size,
        max_overflow=0,
        pool_pre_ping=dialect_of(url) == "postgresql",
        json_serializer=_to_text,
        json_deserializer=orjson.loads,
    )
    if dialect_of(url) == "sqlite":
        _prepare_sqlite(engine, synchronous=synchronous)
    else:
        _prepare_postgres(engine, lock_milliseconds=LOCK_MILLISECONDS)
    forget_events_at_begin(engine)
    return engine


def make_job_engine(url: str) -> Engine:
    """The job engine's own engine. It migrates itself and must not meet our ``BEGIN`` listener."""
    if dialect_of(url) == "postgresql":
        engine = create_engine(
            _driver_url(url, ""), connect_args=_connect_args(url), pool_size=5, max_overflow=5, pool_pre_ping=True
        )
        # It takes what waits too long for a lock for a mistake.
        _prepare_postgres(engine, lock_milliseconds=0)
        return engine
    engine = create_engine(_driver_url(url, ""), connect_args={"timeout": 30, "isolation_level": "IMMEDIATE"})

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "busy_timeout=30000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    return engine


def _connect_args(url: str) -> dict[str, Any]:
    """A server that has gone without a word is noticed within a minute, whatever the network says."""
    if dialect_of(url) == "sqlite":
        return {}
    wished = {
        "connect_timeout": 10,
        "keepalives_idle": 15,
        "keepalives_interval": 5,
        "keepalives_count": 3,
        "tcp_user_timeout": 30_000,
        "application_name": _process_name(),
    }
    return {name: value for name, value in wished.items() if name not in make_url(url).query}


@cache
def _process_name() -> str:
    """What all sessions of this process are called, for people and for :mod:`imageloom.runtime.db.silence`."""
    return f"{SESSIONS}{socket.gethostname()[:30]}-{os.getpid()}-{secrets.token_hex(3)}"


def _prepare_postgres(engine: Engine, *, lock_milliseconds: int) -> None:
    """A process that stalls in the middle of a transaction would hold its locks, and with them everybody, for ever.

    Transactions that only read hold nobody, and may take their time between two pages.
    """
    limits = (
        f"SELECT set_config('idle_in_transaction_session_timeout', '{IDLE_MILLISECONDS}', false), "
        f"set_config('lock_timeout', '{lock_milliseconds}', false)"
    )

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(limits)
        cursor.close()
        connection.commit()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Any) -> None:
        if connection.get_execution_options().get("readonly", False):
            connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = 0")


def _prepare_sqlite(engine: Engine, *, synchronous: Synchronous) -> None:
    pragmas = (
        "journal_mode=WAL",
        f"synchronous={synchronous}",
        f"busy_timeout={BUSY_MILLISECONDS}",
        "foreign_keys=ON",
    )

    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in pragmas:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Any) -> None:
        if not connection.get_execution_options().get("readonly", False):
            connection.exec_driver_sql("BEGIN IMMEDIATE")
            return
        # Straight to the driver, for it waits for nothing: the way through the engine costs as much as a short look.
        cursor = connection.connection.cursor()
        cursor.execute("BEGIN")
        cursor.close()
