"""Ending tasks that go on by themselves."""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import Any

import structlog

log = structlog.get_logger(__name__)

AGAIN_SECONDS = 5.0


async def stop_tasks(tasks: Collection[asyncio.Task[Any]], *, again_seconds: float = AGAIN_SECONDS) -> None:
    """Cancels tasks and waits until they are gone.

    A driver that is cancelled in the middle of a statement may raise its database's error instead, which watches
    outlive: those are told again, or nobody could stop the process.
    """
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _gone, left = await asyncio.wait(left, timeout=again_seconds)
        for task in left:
            log.warning("told_again_to_end", task=task.get_name())
    await asyncio.gather(*tasks, return_exceptions=True)
