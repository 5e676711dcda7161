"""What waits for the disk. Bytes that were paid for are never given up because they cannot be written now."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from typing import TypeVar

import structlog

from imageloom.contracts.storage import StoreFailed
from imageloom.runtime.threads import Threads

log = structlog.get_logger(__name__)

T = TypeVar("T")

THREADS = 16
"""They wait for the disk more than they compute; those that sync at once share one commit of its journal."""
PAID = "Paid, not stored"
RETRY_FIRST_SECONDS = 0.25
RETRY_CAP_SECONDS = 5.0


class Disk:
    """Who waits to write, and why. While anybody does, lanes start no new calls and health says so."""

    def __init__(self) -> None:
        self._waiting: dict[object, tuple[str, str]] = {}
        self._threads: Threads[None] = Threads("disk", most=THREADS, holding=nullcontext)

    @property
    def problem(self) -> str | None:
        """Why something waits; ``None`` when nothing does."""
        if not self._waiting:
            return None
        _owner, why = next(iter(self._waiting.values()))
        count = len(self._waiting)
        return f"{why} ({count} {'waits' if count == 1 else 'wait'})"

    @property
    def owes(self) -> bool:
        """Whether something waits that is paid."""
        return any(why.startswith(PAID) for _owner, why in self._waiting.values())

    @property
    def waiting(self) -> dict[str, str]:
        """Why each owner waits."""
        return dict(self._waiting.values())

    async def run(self, function: Callable[[], T]) -> T:
        """What the function returns, called in a thread."""
        return await self._threads.run(lambda _nothing: function())

    async def close(self) -> None:
        """Waits for what is being written."""
        await self._threads.close()

    async def until(self, owner: str, work: Callable[[], Awaitable[T]], *, otherwise: str = PAID) -> T:
        """Does ``work``, again and again while the disk refuses it. ``otherwise`` says what its failure means."""
        ticket = object()
        pause = RETRY_FIRST_SECONDS
        try:
            while True:
                try:
                    return await work()
                except (OSError, StoreFailed) as error:
                    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
                    self._waiting[ticket] = (owner, f"{otherwise}: {reason}.")
                    log.warning("waits_for_the_disk", owner=owner, error=str(error), retry_seconds=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, RETRY_CAP_SECONDS)
        finally:
            self._waiting.pop(ticket, None)
