"""Waiting in a loop for what somebody else does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

LOOK_SECONDS = 0.01


async def until(is_so: Callable[[], object], *, seconds: float = 20) -> None:
    """Raises ``TimeoutError`` when it does not become so."""
    async with asyncio.timeout(seconds):
        while not is_so():
            await asyncio.sleep(LOOK_SECONDS)
