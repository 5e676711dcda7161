"""Exclusive leases of executor ids. A lock held by the process tells life from death without any clock."""

from __future__ import annotations

import zlib
from pathlib import Path
from typing import Protocol

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError, ResourceClosedError

from imageloom.runtime.engine.protocol import ExecutorTaken

_LOCK_CLASS = 4711
MAX_EXECUTORS = 256


class Lease(Protocol):
    """One executor id, held for the life of the process. Blocking calls: used from threads."""

    def acquire(self) -> str:
        """Takes the wished id, or the first free one. Raises :class:`ExecutorTaken`."""
        ...

    def is_held(self) -> bool:
        """Whether we still hold it; asks the server where one keeps it."""
        ...

    def is_alive(self, executor_id: str) -> bool:
        """Whether anybody holds that id."""
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

    def release(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None


class AdvisoryLease(Lease):
    """A session advisory lock of PostgreSQL, which the server frees when the connection dies."""

    def __init__(self, engine: Engine, *, executor_id: str | None) -> None:
        self._engine = engine
        self._wished = executor_id
        self._connection: Connection | None = None
        self.executor_id = ""

    def acquire(self) -> str:
        connection = self._connect()
        wishes = (self._wished,) if self._wished else tuple(f"w-{number}" for number in range(MAX_EXECUTORS))
        for wish in wishes:
            if _try_lock(connection, wish):
                self._connection = connection
                self.executor_id = wish
                return wish
        connection.close()
        raise ExecutorTaken(
            f"Another Imageloom process already works as {self._wished or 'every executor id'} on this database. "
            "Stop it first, or leave IMAGELOOM_ENGINE__EXECUTOR_ID unset to take a free one."
        )

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
        if executor_id == self.executor_id and self._connection is not None:
            return True
        with self._connect() as connection:
            if not _try_lock(connection, executor_id):
                return True
            connection.execute(
                text("SELECT pg_advisory_unlock(:kind, :key)"), {"kind": _LOCK_CLASS, "key": _lock_key(executor_id)}
            )
        return False

    def release(self) -> None:
        if self._connection is not None:
            # Closing for good, not returning to a pool, is what frees a session lock.
            self._connection.invalidate()
            self._connection.close()
            self._connection = None

    def _connect(self) -> Connection:
        return self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")


def _lock_key(executor_id: str) -> int:
    return zlib.crc32(executor_id.encode()) - 2**31


def _try_lock(connection: Connection, executor_id: str) -> bool:
    return bool(
        connection.scalar(
            text("SELECT pg_try_advisory_lock(:kind, :key)"), {"kind": _LOCK_CLASS, "key": _lock_key(executor_id)}
        )
    )
