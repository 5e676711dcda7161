"""Tasks that must not end while the process lives: one that breaks is told of and begun again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

import structlog

from imageloom.runtime import memory

log = structlog.get_logger(__name__)

AGAIN_SECONDS = 1.0
AGAIN_CAP_SECONDS = 30.0
WELL_SECONDS = 60.0
"""What has not broken for so long is well again."""


@dataclass
class Watches:
    """Keeps watches going, and knows which of them broke lately."""

    again_seconds: float = AGAIN_SECONDS
    _broke: dict[str, tuple[float, str]] = field(default_factory=dict)

    async def keep(self, name: str, watch: Callable[[], Awaitable[None]]) -> None:
        """Runs the watch until it ends by itself, beginning it again whenever it breaks."""
        pause = self.again_seconds
        while True:
            began = time.monotonic()
            try:
                await watch()
            # A process edge: a watch that ended in silence would stop its part of the work for ever.
            except Exception as error:
                memory.end_if_short(error)
                log.exception("watch_broke", watch=name, again_seconds=pause)
                now = time.monotonic()
                self._broke[name] = (now, type(error).__name__)
                await asyncio.sleep(pause)
                pause = self.again_seconds if now - began > WELL_SECONDS else min(pause * 2, AGAIN_CAP_SECONDS)
                continue
            return

    def problem(self) -> str | None:
        """Which watches broke in the last minute, in a sentence; ``None`` when all is well."""
        now = time.monotonic()
        lately = [f"{name} ({error})" for name, (at, error) in self._broke.items() if now - at < WELL_SECONDS]
        return f"Broke and was begun again: {', '.join(lately)}." if lately else None
