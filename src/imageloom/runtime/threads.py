"""Threads for short work that would stop an event loop.

What is handed to a pool of the standard library makes a future of its own, and wakes whichever thread rests longest and
the loop for each piece. These wake the thread that rested last, whose memory is still at hand, and the loop once for
all that has ended meanwhile.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from functools import partial
from threading import Lock, Thread
from typing import Any, Generic, NamedTuple, TypeVar

from imageloom.runtime import memory

H = TypeVar("H")
T = TypeVar("T")

PATIENCE_SECONDS = 0.002
"""How long work waits for a thread that is at work, where one is to do it all, before another is woken for it."""


class _Work(NamedTuple):
    function: Callable[[Any], Any]
    future: asyncio.Future[Any]


class Threads(Generic[H]):
    """Up to ``most`` threads, which are started as they are needed. Used from one event loop.

    While a thread works, it holds what ``holding`` opens, and lets go of it before it rests, or with ``keeps`` only
    after an error and at the end. With ``is_patient`` one thread does all there is as long as it is quick: two that
    compute only take the interpreter from each other.
    """

    def __init__(
        self,
        name: str,
        *,
        most: int,
        holding: Callable[[], AbstractContextManager[H]],
        keeps: bool = False,
        is_patient: bool = False,
    ) -> None:
        self._name = name
        self._most = most
        self._holding = holding
        self._keeps = keeps
        self._is_patient = is_patient
        self._threads: list[Thread] = []
        # What follows is everybody's, under the lock.
        self._lock = Lock()
        self._waiting: deque[_Work] = deque()
        self._resting: list[Lock] = []
        """What wakes each that rests: a lock that somebody else lets go."""
        self._is_closed = False
        # And this the loop's.
        self._ended: deque[tuple[asyncio.Future[Any], Any, BaseException | None]] = deque()
        self._is_told = False
        self._watch: asyncio.TimerHandle | None = None

    async def run(self, function: Callable[[H], T]) -> T:
        """What the function returns or raises. Who is cancelled leaves; the function goes on."""
        loop = asyncio.get_running_loop()
        work = _Work(function, loop.create_future())
        with self._lock:
            self._waiting.append(work)
            is_idle = len(self._resting) == len(self._threads)
        if is_idle or not self._is_patient:
            self._wake(loop)
        elif self._watch is None:
            self._watch = loop.call_later(PATIENCE_SECONDS, self._hurry, loop)
        result: T = await work.future
        return result

    async def close(self) -> None:
        """Returns when all that was asked for is done."""
        with self._lock:
            self._is_closed = True
            resting, self._resting = self._resting, []
        for bell in resting:
            bell.release()
        for thread in self._threads:
            await asyncio.to_thread(thread.join)

    def _hurry(self, loop: asyncio.AbstractEventLoop) -> None:
        """Another thread helps where work has waited."""
        self._watch = None
        if self._waiting:
            self._wake(loop)
            self._watch = loop.call_later(PATIENCE_SECONDS, self._hurry, loop)

    def _wake(self, loop: asyncio.AbstractEventLoop) -> None:
        with self._lock:
            bell = self._resting.pop() if self._resting else None
        if bell is not None:
            bell.release()
        elif len(self._threads) < self._most:
            name = f"{self._name}_{len(self._threads)}"
            thread = Thread(target=self._work_on, args=(loop,), name=name, daemon=True)
            self._threads.append(thread)
            thread.start()

    # --- in the threads ---------------------------------------------------------------------------------------

    def _work_on(self, loop: asyncio.AbstractEventLoop) -> None:
        """A thread's life."""
        bell = Lock()
        bell.acquire()
        while (work := self._next(bell)) is not None:
            self._do(work, loop, partial(self._next, bell) if self._keeps else self._at_hand)

    def _next(self, bell: Lock) -> _Work | None:
        """Rests until there is some; ``None`` when there will be none."""
        while True:
            with self._lock:
                if self._waiting:
                    return self._waiting.popleft()
                if self._is_closed:
                    return None
                self._resting.append(bell)
            bell.acquire()

    def _at_hand(self) -> _Work | None:
        with self._lock:
            return self._waiting.popleft() if self._waiting else None

    def _do(self, work: _Work | None, loop: asyncio.AbstractEventLoop, following: Callable[[], _Work | None]) -> None:
        """This, and what is ``following`` it, with the same that is held."""
        try:
            with self._holding() as held:
                while work is not None:
                    self._tell(loop, work.future, work.function(held), None)
                    work = following()
        # A process edge of the thread: whatever was raised belongs to whoever asked.
        except BaseException as error:
            memory.end_if_short(error)
            if work is not None:
                self._tell(loop, work.future, None, error)

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
        """In the loop, for all that has ended. What ends from here on tells it anew."""
        self._is_told = False
        while self._ended:
            future, result, error = self._ended.popleft()
            if future.done():
                continue
            if error is None:
                future.set_result(result)
            else:
                future.set_exception(error)
