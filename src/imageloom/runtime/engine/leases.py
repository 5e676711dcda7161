"""Exclusive leases of executor ids. A lock held by the process tells life from death without any clock."""

from __future__ import annotations

import os
import secrets
import socket
import zlib
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, ResourceClosedError

from imageloom.runtime.engine.protocol import ExecutorTaken

_LOCK_CLASS = 4711
SETTLE_SECONDS = 15.0
"""How long after a start of the database everybody has to take their lease again before they are taken for dead."""


class Lease(Protocol):
    """One executor id, held for the life of the process. Blocking calls: used from threads."""

    def acquire(self) -> str:
        """Takes the wished id, or one that is made up. Raises :class:`ExecutorTaken`."""
        ...

    def is_held(self) -> bool:
        """Whether we still hold it; asks the server where one keeps it."""
        ...

    def is_alive(self, executor_id: str) -> bool:
        """Whether anybody holds that id."""
        ...

    def living(self) -> int:
        """How many processes hold an id."""
        ...

    def release(self) -> None: ...


class FileLease(Lease):
    """Locks a file. For SQLite: one process per data directory."""

    def __init__(self, folder: Path, *, executor_id: str | None) -> None:
        self._folder = folder
        self._executor_id = executor_id or "local"
        self._lock: FileLock | None = None

    def _path(self, executor_id: str) -> Path:
        return self._folder / f"executor-{executor_id}.lock"

    def acquire(self) -> str:
        self._folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self._path(self._executor_id), thread_local=False)
        try:
            lock.acquire(blocking=False)
        except Timeout:
            raise ExecutorTaken(
                f"Another Imageloom process already works on the data directory {self._folder.parent}. "
                "Stop it first, or give this one another IMAGELOOM_DATA_DIR."
            ) from None
        self._lock = lock
        return self._executor_id

    def is_held(self) -> bool:
        return self._lock is not None and self._lock.is_locked

    def is_alive(self, executor_id: str) -> bool:
        if executor_id == self._executor_id and self.is_held():
            return True
        probe = FileLock(self._path(executor_id), thread_local=False)
        try:
            probe.acquire(blocking=False)
        except Timeout:
            return True
        probe.release()
        return False

    def living(self) -> int:
        return 1

    def release(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None


class AdvisoryLease(Lease):
    """A session advisory lock of PostgreSQL, which the server frees when the connection dies.

    Without a wish the id is made up and nobody else will ever take it: a process that lost its connection for a while
    comes back as itself. Looking never takes a lock, so that it cannot get in the way of an owner that comes back.
    """

    def __init__(self, engine: Engine, *, executor_id: str | None, settle_seconds: float = SETTLE_SECONDS) -> None:
        self._engine = engine
        self._wished = executor_id
        self._settle_seconds = settle_seconds
        self._connection: Connection | None = None
        self.executor_id = ""

    def acquire(self) -> str:
        executor_id = self._wished or _made_up()
        connection = self._connect()
        if not _try_lock(connection, executor_id):
            connection.close()
            raise ExecutorTaken(
                f"Another Imageloom process already works as {executor_id} on this database. "
                "Stop it first, or leave IMAGELOOM_ENGINE__EXECUTOR_ID unset."
            )
        self._connection = connection
        self.executor_id = executor_id
        return executor_id

    def is_held(self) -> bool:
        if self._connection is None:
            return False
        try:
            self._connection.execute(text("SELECT 1"))
        except (DBAPIError, ResourceClosedError):
            self._connection.invalidate()
            self._connection = None
            return False
        return True

    def reacquire(self) -> bool:
        """After the connection broke: takes the same id again. False while that is impossible."""
        try:
            connection = self._connect()
            if _try_lock(connection, self.executor_id):
                self._connection = connection
                return True
            connection.close()
        except DBAPIError:
            return False
        return False

    def is_alive(self, executor_id: str) -> bool:
        """A server that has just started holds nobody's lock yet, so everybody counts as alive for a moment."""
        if executor_id == self.executor_id and self._connection is not None:
            return True
        with self._connect() as connection:
            keys, settling = _locks(connection, self._settle_seconds)
        return settling or _lock_key(executor_id) in keys

    def living(self) -> int:
        with self._connect() as connection:
            return len(_locks(connection, self._settle_seconds)[0])

    def release(self) -> None:
        if self._connection is not None:
            # The server would notice a closed connection only a moment later.
            with suppress(DBAPIError):
                self._connection.execute(text("SELECT pg_advisory_unlock_all()"))
            # Closing for good, not returning to a pool, is what frees a session lock in any case.
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def _connect(self) -> Connection:
        return self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")


def _made_up() -> str:
    """Names the process for people; the end makes it the only one of that name."""
    return f"{socket.gethostname()[:40]}-{os.getpid()}-{secrets.token_hex(3)}"


def _lock_key(executor_id: str) -> int:
    return zlib.crc32(executor_id.encode()) - 2**31


def _try_lock(connection: Connection, executor_id: str) -> bool:
    return bool(
        connection.scalar(
            text("SELECT pg_try_advisory_lock(:kind, :key)"), {"kind": _LOCK_CLASS, "key": _lock_key(executor_id)}
        )
    )


def _locks(connection: Connection, settle_seconds: float) -> tuple[frozenset[int], bool]:
    """The keys of everybody who holds a lease, and whether the server is too young for that to mean anything."""
    rows = connection.execute(_LOCKS, {"kind": _LOCK_CLASS}).all()
    age = float(connection.scalar(_SERVER_AGE) or 0.0)
    # The server shows a negative key as the unsigned number of the same bits.
    keys = frozenset(row.key - 2**32 if row.key >= 2**31 else row.key for row in rows)
    return keys, age < settle_seconds


_LOCKS = text(
    "SELECT CAST(objid AS bigint) AS key FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2 "
    "AND CAST(classid AS bigint) = :kind "
    "AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
)
_SERVER_AGE = text("SELECT EXTRACT(EPOCH FROM clock_timestamp() - pg_postmaster_start_time())")
