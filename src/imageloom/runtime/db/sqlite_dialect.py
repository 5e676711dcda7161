"""aiosqlite's dialect, ending connections in a way that a second cancellation cannot hang.

SQLAlchemy ends the connection of a cancelled task by awaiting its close, and stops the driver's thread when that is
cancelled too. The close, left behind, then waits for ever for the thread that is gone, and a loop that waits for its
tasks never ends. Web servers cancel again and again (anyio does so until a task yields), so this is no rare case.
"""

from __future__ import annotations

import asyncio
from typing import Any

from sqlalchemy.dialects import registry
from sqlalchemy.dialects.sqlite.aiosqlite import SQLiteDialect_aiosqlite
from sqlalchemy.util.concurrency import await_, in_greenlet

DRIVER = "aiosqlite_stopping"


class StoppingDialect(SQLiteDialect_aiosqlite):
    """Tells the driver's thread to close the connection and end. It does so even when the wait for it is cancelled."""

    driver = DRIVER
    supports_statement_cache = True

    def __init__(self, **arguments: Any) -> None:
        super().__init__(**arguments)
        self._stopping: set[asyncio.Future[Any]] = set()

    def do_terminate(self, dbapi_connection: Any) -> None:
        stopped = self.get_driver_connection(dbapi_connection).stop()
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


registry.register(f"sqlite.{DRIVER}", __name__, StoppingDialect.__name__)
