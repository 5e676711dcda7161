"""Short looks at the database, each of which is one way to a thread and back, however many statements it needs.

An asynchronous driver makes that way for every statement, and for the beginning and the end of the transaction too; of
a page that is listed again and again, those ways were most of the cost.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TypeVar

from sqlalchemy import Connection

from imageloom.runtime.db.engines import dialect_of, make_sync_engine, reading_options
from imageloom.runtime.threads import Threads

T = TypeVar("T")


class Reader:
    """Runs functions of a connection in threads of its own. Nothing that they write is kept. Used from one event loop.

    PostgreSQL is waited for side by side; SQLite computes.
    """

    def __init__(self, url: str, *, threads: int) -> None:
        dialect = dialect_of(url)
        self._engine = make_sync_engine(url, synchronous="NORMAL", pool_size=threads)
        reading = self._engine.execution_options(**reading_options(dialect))
        # A connection to a server may have been lost when it is wanted again; one to a file is kept.
        is_file = dialect == "sqlite"
        self._threads = Threads("reader", most=threads, holding=reading.connect, keeps=is_file, is_patient=is_file)

    async def read(self, function: Callable[[Connection], T]) -> T:
        """What the function returns; all that it reads is of one moment."""
        return await self._threads.run(partial(_look, function))

    async def close(self) -> None:
        """Waits for those who look."""
        await self._threads.close()
        self._engine.dispose()


def _look(function: Callable[[Connection], T], connection: Connection) -> T:
    result = function(connection)
    # The next one sees what was committed before it was asked for.
    connection.rollback()
    return result
