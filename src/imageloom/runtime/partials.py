"""Unfinished pictures on their way through this process, for whoever looks at this moment. Nobody keeps them."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from weakref import WeakSet

BYTES_MAX = 20_000_000
UNSEEN_MAX = 16
"""So many wait for a slow onlooker; then the oldest make room."""


@dataclass(frozen=True, kw_only=True)
class Partial:
    """``position`` is the item's place in its run; ``number`` counts that item's unfinished pictures from 0."""

    position: int
    number: int
    content: bytes


class Watch:
    """What one onlooker of a run has not seen yet. It ends when nobody holds it."""

    def __init__(self, run_id: str) -> None:
        self.run_id = run_id
        self._unseen: asyncio.Queue[Partial] = asyncio.Queue(UNSEEN_MAX)

    def show(self, partial: Partial) -> None:
        if self._unseen.full():
            self._unseen.get_nowait()
        self._unseen.put_nowait(partial)

    async def next(self) -> Partial:
        return await self._unseen.get()

    def rest(self) -> list[Partial]:
        """What came and was not waited for."""
        return [self._unseen.get_nowait() for _ in range(self._unseen.qsize())]


class Partials:
    """Used from one event loop."""

    def __init__(self) -> None:
        self._watches: WeakSet[Watch] = WeakSet()

    def watch(self, run_id: str) -> Watch:
        watch = Watch(run_id)
        self._watches.add(watch)
        return watch

    def is_watched(self, run_id: str) -> bool:
        """Unfinished pictures are paid for: nobody asks a provider for what nobody would see."""
        return any(watch.run_id == run_id for watch in self._watches)

    def show(self, run_id: str, position: int, number: int, file: Path) -> None:
        """Shows a file that is about to go. One that cannot be read, or is too large, is not seen: the call that brings
        it is paid for, and goes on.
        """
        watches = [watch for watch in self._watches if watch.run_id == run_id]
        with suppress(OSError):
            if watches and file.stat().st_size <= BYTES_MAX:
                partial = Partial(position=position, number=number, content=file.read_bytes())
                for watch in watches:
                    watch.show(partial)
