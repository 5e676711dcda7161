"""Which batches a person has cancelled while their jobs run at a provider."""

from __future__ import annotations

import asyncio

from sqlalchemy import select

from imageloom.features.generation.models import Run, RunState
from imageloom.kit.clock import Clock
from imageloom.runtime.actor import SYSTEM
from imageloom.runtime.scope import Scopes

REFRESH_SECONDS = 1.0


class CancelledRuns:
    """A view that is at most a second old, shared by all polls of a process: one query a second, not one a poll."""

    def __init__(self, *, scopes: Scopes, clock: Clock) -> None:
        self._scopes = scopes
        self._clock = clock
        self._ids: frozenset[str] = frozenset()
        self._seen_at = float("-inf")
        self._lock = asyncio.Lock()

    async def has(self, run_id: str) -> bool:
        if self._clock.monotonic() - self._seen_at > REFRESH_SECONDS:
            async with self._lock:
                if self._clock.monotonic() - self._seen_at > REFRESH_SECONDS:
                    await self._refresh()
        return run_id in self._ids

    async def _refresh(self) -> None:
        async with self._scopes.open(SYSTEM, write=False) as scope:
            rows = await scope.session.scalars(
                select(Run.id).where(Run.state == RunState.cancelled.value, Run.running > 0)
            )
            self._ids = frozenset(rows)
        self._seen_at = self._clock.monotonic()
