"""Short looks at the database, each of which is one way to a thread and back, however many statements it needs.

An asynchronous driver makes that way for every statement, and for the beginning and the end of the transaction too; of
a page that is listed again and again, those ways were most of the cost.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from threading import Lock, Semaphore, Thread
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection

from imageloom.runtime import memory
from imageloom.runtime.db.engines import dialect_of, make_sync_engine, reading_options

T = TypeVar("T")

PATIENCE_SECONDS = 0.002
"""How long a look waits for the thread that looks, before another thread is woken for it."""


class _Look(NamedTuple):
    function: Callable[[Connection], Any]
    future: asyncio.Future[Any]


class Reader:
    """Runs functions of a connection in threads of its own. Nothing that they write is kept. Used from one event loop.

    On SQLite one thread looks for all as long as it is quick: two that compute would only take the interpreter from
    each other, and one that has just looked finds all that it needs at hand. PostgreSQL is waited for side by side.
    """

    def __init__(self, url: str, *, threads: int) -> None:
        self._engine = make_sync_engine(url, synchronous="NORMAL", pool_size=threads)
        self._read_only_engine = self._engine.execution_options(**reading_options(dialect_of(url)))
        self._is_patient = dialect_of(url) == "sqlite"
        self._most = threads
        self._threads: list[Thread] = []
        # What follows is everybody's, under the lock.
        self._lock = Lock()
        self._waiting: deque[_Look] = deque()
        self._resting: list[Semaphore] = []
        self._is_closed = False
        # And this the loop's.
        self._ended: deque[tuple[asyncio.Future[Any], Any, BaseException | None]] = deque()
        self._is_told = False
        self._watch: asyncio.TimerHandle | None = None

    async def read(self, function: Callable[[Connection], T]) -> T:
        """What the function returns; all that it reads is of one moment."""
        loop = asyncio.get_running_loop()
        look = _Look(function, loop.create_future())
        with self._lock:
            self._waiting.append(look)
            is_idle = len(self._resting) == len(self._threads)
        if is_idle or not self._is_patient:
            self._wake()
        elif self._watch is None:
            self._watch = loop.call_later(PATIENCE_SECONDS, self._hurry)
        result: T = await look.future
        return result

    def _hurry(self) -> None:
        """Another thread helps where looks have waited."""
        self._watch = None
        if self._waiting:
            self._wake()
            self._watch = asyncio.get_running_loop().call_later(PATIENCE_SECONDS, self._hurry)

    def _wake(self) -> None:
        with self._lock:
            rests = self._resting.pop() if self._resting else None
        if rests is not None:
            rests.release()
        elif len(self._threads) < self._most:
            loop = asyncio.get_running_loop()
            thread = Thread(target=self._look_on, args=(loop,), name=f"reader_{len(self._threads)}", daemon=True)
            self._threads.append(thread)
            thread.start()

    async def close(self) -> None:
        """Waits for those who look."""
        with self._lock:
            self._is_closed = True
            resting, self._resting = self._resting, []
        for bell in resting:
            bell.release()
        for thread in self._threads:
            await asyncio.to_thread(thread.join)
        self._engine.dispose()

    # --- in the threads ---------------------------------------------------------------------------------------

    def _look_on(self, loop: asyncio.AbstractEventLoop) -> None:
        """A thread's life."""
        bell = Semaphore(0)
        while (look := self._next(bell)) is not None:
            self._look(look, loop)

    def _next(self, bell: Semaphore) -> _Look | None:
        """Rests until there is one; ``None`` when there will be none."""
        while True:
            with self._lock:
                if self._waiting:
                    return self._waiting.popleft()
                if self._is_closed:
                    return None
                self._resting.append(bell)
            bell.acquire()

    def _at_hand(self) -> _Look | None:
        with self._lock:
            return self._waiting.popleft() if self._waiting else None

    def _look(self, look: _Look | None, loop: asyncio.AbstractEventLoop) -> None:
        """This one, and those that wait when it has looked."""
        try:
            with self._read_only_engine.connect() as connection:
                while look is not None:
                    result = look.function(connection)
                    # The next one sees what was committed before it was asked for.
                    connection.rollback()
                    self._tell(loop, look.future, result, None)
                    look = self._at_hand()
        # A process edge of the thread: whatever was raised belongs to whoever asked.
        except BaseException as error:
            memory.end_if_short(error)
            if look is not None:
                self._tell(loop, look.future, None, error)

    def _tell(
        self, loop: asyncio.AbstractEventLoop, future: asyncio.Future[Any], result: Any, error: BaseException | None
    ) -> None:
        self._ended.append((future, result, error))
        if not self._is_told:
            self._is_told = True
            with suppress(RuntimeError):
                # Where the loop has ended meanwhile nobody waits.
                loop.call_soon_threadsafe(self._deliver)

    def _deliver(self) -> None:
        """In the loop, for all that have ended. What ends from here on tells it anew."""
        self._is_told = False
        while self._ended:
            future, result, error = self._ended.popleft()
            if future.done():
                continue
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)
