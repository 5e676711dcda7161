"""Short looks at the database, each of which is one way to a thread and back, however many statements it needs.

An asynchronous driver makes that way for every statement, and for the beginning and the end of the transaction too; of
a page that is listed again and again, those ways were most of the cost.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from sqlalchemy import Connection

from imageloom.runtime.db.engines import dialect_of, make_sync_engine, reading_options

T = TypeVar("T")


class Reader:
    """Runs functions of a connection in threads of its own. Nothing that they write is kept."""

    def __init__(self, url: str, *, threads: int) -> None:
        self._engine = make_sync_engine(url, synchronous="NORMAL", pool_size=threads)
        self._read_only_engine = self._engine.execution_options(**reading_options(dialect_of(url)))
        self._threads = ThreadPoolExecutor(max_workers=threads, thread_name_prefix="reader")

    async def read(self, function: Callable[[Connection], T]) -> T:
        """What the function returns; all that it reads is of one moment."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._look, function)

    def _look(self, function: Callable[[Connection], T]) -> T:
        with self._read_only_engine.connect() as connection:
            return function(connection)

    async def close(self) -> None:
        """Waits for those who look."""
        await asyncio.to_thread(self._threads.shutdown)
        self._engine.dispose()
