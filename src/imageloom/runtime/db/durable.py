"""One sync of SQLite's log for all whose transactions are in it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from imageloom.runtime.db.engines import sync_log


class DurableLog:
    """Makes what was committed survive a power cut. Whoever comes while a sync is under way may have committed after it
    began: they share the next one.
    """

    def __init__(self, log: Path) -> None:
        self._log = log
        self._running: asyncio.Task[None] | None = None
        self._next: asyncio.Task[None] | None = None

    async def keep(self) -> None:
        """Returns when everything that was committed before the call is on the disk. Raises ``OSError``."""
        if self._next is None:
            self._next = asyncio.create_task(self._sync(after=self._running), name="sync")
        # Others wait for the same one: who is cancelled cancels it for nobody.
        await asyncio.shield(self._next)

    async def _sync(self, *, after: asyncio.Task[None] | None) -> None:
        if after is not None and not after.done():
            await asyncio.wait([after])
        self._running, self._next = self._next, None
        await asyncio.to_thread(sync_log, self._log)
