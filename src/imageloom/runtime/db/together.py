"""One way to the database for all who come while another is under way."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextvars import Context
from typing import Generic, TypeVar

from imageloom.runtime import memory
from imageloom.runtime.db.away import is_away

T = TypeVar("T")
R = TypeVar("R")

MOST = 64
"""So many go together at most: the first of them waits for the last."""
APART_SECONDS = 0.01
"""How far apart rounds begin where one follows the other."""


class Together(Generic[T, R]):
    """Gathers what is asked for into rounds, one after the other. Nobody waits for company: who comes first goes alone,
    and those who come meanwhile are the next round.

    ``work`` answers a whole round, in its order. When it raises, each of the round goes alone, so that the mistake of
    one is nobody else's; it must have left nothing behind. Used from one event loop.
    """

    def __init__(self, work: Callable[[Sequence[T]], Awaitable[Sequence[R]]]) -> None:
        self._work = work
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._rounds: asyncio.Task[None] | None = None

    async def ask(self, one: T) -> R:
        """What the work says of it. Who is cancelled before its round begins is not in it."""
        future: asyncio.Future[R] = asyncio.get_running_loop().create_future()
        self._waiting.append((one, future))
        if self._rounds is None:
            # In a context of its own: what it logs is nobody's in particular.
            self._rounds = asyncio.get_running_loop().create_task(self._go_round(), context=Context())
        return await future

    async def _go_round(self) -> None:
        loop = asyncio.get_running_loop()
        group: list[tuple[T, asyncio.Future[R]]] = []
        try:
            while self._waiting:
                began = loop.time()
                group, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
                await self._answer([(one, future) for one, future in group if not future.done()])
                if self._waiting:
                    await asyncio.sleep(began + APART_SECONDS - loop.time())
        finally:
            self._rounds = None
            for _one, future in [*group, *self._waiting]:
                # Only where the round itself was cancelled: the process ends.
                future.cancel()

    async def _answer(self, group: Sequence[tuple[T, asyncio.Future[R]]]) -> None:
        if not group:
            return
        try:
            results = await self._work([one for one, _future in group])
        # A process edge of the rounds: whatever was raised belongs to those who asked.
        except Exception as error:
            memory.end_if_short(error)
            if len(group) == 1 or is_away(error):
                for _one, future in group:
                    if not future.done():
                        future.set_exception(error)
                return
            for asked in group:
                await self._answer([asked])
            return
        for (_one, future), result in zip(group, results, strict=True):
            if not future.done():
                future.set_result(result)
