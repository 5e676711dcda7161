"""aiosqlite's dialect, with one way to the driver's thread for a statement, and an end for cancelled tasks.

SQLAlchemy ends the connection of a cancelled task by awaiting its close, and stops the driver's thread when that is
cancelled too. The close, left behind, then waits for ever for the thread that is gone, and a loop that waits for its
tasks never ends. Web servers cancel again and again (anyio does so until a task yields), so this is no rare case.

The driver goes to its thread four times for a statement: for a cursor, to execute, for the rows, and to close it. Those
ways cost more than most statements; and a task that is cancelled between two of them leaves a cursor behind, which its
traceback keeps alive. SQLite does not close a connection that has one, and the transaction would hold the write lock.

What waits for nothing but the database can go to that thread as a whole, :func:`in_one_way`.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Sequence
from contextlib import suppress
from functools import partial
from typing import Any, NamedTuple, TypeVar

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.aiosqlite import (
    AsyncAdapt_aiosqlite_connection,
    AsyncAdapt_aiosqlite_cursor,
    AsyncAdapt_aiosqlite_dbapi,
    SQLiteDialect_aiosqlite,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.util.concurrency import await_, in_greenlet

T = TypeVar("T")

DRIVER = "aiosqlite_stopping"


class _Executed(NamedTuple):
    """What is left of a statement when its cursor is closed."""

    rows: Sequence[Any] = ()
    description: Any = None
    rowcount: int = -1
    lastrowid: Any = None


class _Cursor(AsyncAdapt_aiosqlite_cursor):
    __slots__ = ("_executed",)

    def __init__(self, adapt_connection: Any) -> None:
        self._adapt_connection = adapt_connection
        self._connection = adapt_connection._connection
        self._executed = _Executed()
        self._rows = deque()

    @property
    def description(self) -> Any:
        return self._executed.description

    @property
    def rowcount(self) -> int:
        return self._executed.rowcount

    @property
    def lastrowid(self) -> Any:
        return self._executed.lastrowid

    async def _execute_async(self, operation: Any, parameters: Any) -> None:
        await self._go("execute", operation, () if parameters is None else parameters)

    async def _executemany_async(self, operation: Any, seq_of_parameters: Any) -> None:
        await self._go("executemany", operation, seq_of_parameters)

    async def _go(self, method: str, operation: Any, parameters: Any) -> None:
        driver: Any = self._connection
        if _is_here(driver):
            self._executed = _execute(driver, method, operation, parameters)
        else:
            async with self._adapt_connection._execute_mutex:
                self._executed = await driver._execute(_execute, driver, method, operation, parameters)
        self._rows = deque(self._executed.rows)

    async def _async_soft_close(self) -> None:
        """It is closed already."""

    def close(self) -> None:
        self._rows.clear()


def _execute(driver: Any, method: str, operation: Any, parameters: Any) -> _Executed:
    """In the driver's thread."""
    cursor = driver._conn.cursor()
    try:
        getattr(cursor, method)(operation, parameters)
        rows = () if cursor.description is None else cursor.fetchall()
        return _Executed(rows, cursor.description, cursor.rowcount, cursor.lastrowid)
    finally:
        cursor.close()


class _Connection(AsyncAdapt_aiosqlite_connection):
    __slots__ = ()

    _cursor_cls = _Cursor

    def commit(self) -> None:
        self._end("commit")

    def rollback(self) -> None:
        """A connection that goes back to the pool is rolled back, and mostly there is nothing left to do."""
        driver: Any = self._connection
        if driver._connection is not None and driver.in_transaction:
            self._end("rollback")

    def _end(self, method: str) -> None:
        driver: Any = self._connection
        getattr(driver._conn if _is_here(driver) else super(), method)()


class _Driver(AsyncAdapt_aiosqlite_dbapi):
    def connect(self, *arg: Any, **kw: Any) -> _Connection:
        return _Connection(self, super().connect(*arg, **kw)._connection)


class StoppingDialect(SQLiteDialect_aiosqlite):
    """Tells the driver's thread to roll back, to close the connection and to end.

    It does so even when the wait for it is cancelled.
    """

    driver = DRIVER
    supports_statement_cache = True

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._stopping: set[asyncio.Future[Any]] = set()

    @classmethod
    def import_dbapi(cls) -> AsyncAdapt_aiosqlite_dbapi:
        adapted = super().import_dbapi()
        return _Driver(adapted.aiosqlite, adapted.sqlite)

    def do_terminate(self, dbapi_connection: Any) -> None:
        driver = self.get_driver_connection(dbapi_connection)
        # In the thread's own queue, before its end: a coroutine could be cancelled before it gets there.
        driver._tx.put_nowait((None, partial(_roll_back, driver)))
        stopped = driver.stop()
        if stopped is None:
            return
        self._stopping.add(stopped)
        stopped.add_done_callback(self._stopping.discard)
        if in_greenlet():
            await_(asyncio.shield(stopped))

    async def wait_stopped(self) -> None:
        """Until every thread that was told to end has. Before the loop closes, which those threads would call."""
        if self._stopping:
            await asyncio.wait(self._stopping)


def _is_here(driver: Any) -> bool:
    """Whether this is the driver's own thread."""
    return threading.current_thread() is driver._thread


async def in_one_way(connection: AsyncConnection, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """Runs a coroutine that waits for nothing but this connection in the connection's thread, from its beginning to its
    end. Whoever is cancelled meanwhile leaves when it has ended.
    """
    driver: Any = (await connection.get_raw_connection()).driver_connection
    return await until_done(asyncio.ensure_future(driver._execute(_to_its_end, work)))


async def until_done(going: asyncio.Future[T]) -> T:
    """What it comes to. Whoever is cancelled meanwhile leaves when it has ended."""
    try:
        return await asyncio.shield(going)
    except asyncio.CancelledError:
        while not going.done():
            with suppress(asyncio.CancelledError):
                await asyncio.wait([going])
        raise


def _to_its_end(work: Callable[[], Coroutine[Any, Any, T]]) -> T:
    coroutine = work()
    try:
        coroutine.send(None)
    except StopIteration as end:
        result: T = end.value
        return result
    coroutine.close()
    raise RuntimeError("it waited for something other than the database")


def _roll_back(driver: Any) -> None:
    if driver._connection is not None:
        driver._connection.rollback()


registry.register(f"sqlite.{DRIVER}", __name__, StoppingDialect.__name__)
