"""aiosqlite's dialect, ending the connections of cancelled tasks so that nothing hangs and nobody stays locked out.

SQLAlchemy ends the connection of a cancelled task by awaiting its close, and stops the driver's thread when that is
cancelled too. The close, left behind, then waits for ever for the thread that is gone, and a loop that waits for its
tasks never ends. Web servers cancel again and again (anyio does so until a task yields), so this is no rare case.

A task that is cancelled between a statement and its rows leaves a cursor behind, which its traceback keeps alive.
SQLite does not close a connection that has one, and the transaction would hold the write lock until that is collected.
"""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.util.concurrency import await_, in_greenlet

DRIVER = "aiosqlite_stopping"


class StoppingDialect(SQLiteDialect_aiosqlite):
    """Tells the driver's thread to roll back, to close the connection and to end.

    It does so even when the wait for it is cancelled.
    """

    driver = DRIVER
    supports_statement_cache = True

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._stopping: set[asyncio.Future[Any]] = set()

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


def _roll_back(driver: Any) -> None:
    if driver._connection is not None:
        driver._connection.rollback()


registry.register(f"sqlite.{DRIVER}", __name__, StoppingDialect.__name__)
