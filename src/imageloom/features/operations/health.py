"""Whether the server works: up, degraded (it works, not everything does), down or starting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from imageloom import __version__
from imageloom.features.generation.repository import GenerationRepository
from imageloom.features.generation.writer import LedgerWriter
from imageloom.features.operations.schemas import HealthPart, HealthRead
from imageloom.runtime.actor import SYSTEM
from imageloom.runtime.engine.protocol import Engine
from imageloom.runtime.scope import Scopes

CHECK_SECONDS = 1.0
Status = Literal["up", "degraded", "down"]


@dataclass(frozen=True, kw_only=True)
class HealthReader:
    """Asks every part, each for at most a second."""

    scopes: Scopes
    engine: Engine
    writer: LedgerWriter
    state: Callable[[], str | None]
    lost: Callable[[], str | None]
    """What of the database was gone at the start."""
    watches: Callable[[], str | None]
    """What broke of the tasks that watch over the rest."""

    async def read(self) -> HealthRead:
        problem = self.state()
        if problem is not None:
            return HealthRead(
                status="starting" if problem == "Starting." else "down",
                version=__version__,
                parts=[_part("server", "down", problem)],
            )
        parts = [await self._database(), await self._engine(), self._ledger(), self._storage(), self._watches()]
        parts += [await self._lanes(), await self._budgets()]
        worst: Status = "up"
        if any(part.status == "down" for part in parts):
            worst = "down"
        elif any(part.status == "degraded" for part in parts):
            worst = "degraded"
        return HealthRead(status=worst, version=__version__, parts=parts)

    async def _database(self) -> HealthPart:
        try:
            async with asyncio.timeout(CHECK_SECONDS), self.scopes.open(SYSTEM, write=False) as scope:
                await scope.session.execute(text("SELECT 1"))
        except (DBAPIError, OSError, TimeoutError) as error:
            return _part("database", "down", f"The database does not answer: {type(error).__name__}.")
        lost = self.lost()
        return _part("database", "up" if lost is None else "degraded", lost)

    async def _engine(self) -> HealthPart:
        problem = await self.engine.problem()
        return _part("engine", "up" if problem is None else "degraded", problem)

    def _ledger(self) -> HealthPart:
        problem = self.writer.problem
        return _part("ledger", "up" if problem is None else "down", problem)

    def _storage(self) -> HealthPart:
        problem = self.scopes.ports.disk.problem
        return _part("storage", "up" if problem is None else "degraded", problem)

    def _watches(self) -> HealthPart:
        problem = self.watches()
        return _part("watches", "up" if problem is None else "degraded", problem)

    async def _lanes(self) -> HealthPart:
        try:
            async with asyncio.timeout(CHECK_SECONDS), self.scopes.open(SYSTEM, write=False) as scope:
                lanes = await GenerationRepository(scope.session).lanes(SYSTEM)
        except (DBAPIError, OSError, TimeoutError):
            return _part("lanes", "degraded", "The lanes could not be read in time.")
        # Anybody may read this: neither the lane's key nor the provider's words about it.
        parked = sorted({lane.provider for lane in lanes if lane.parked_reason is not None})
        detail = f"Lanes wait for a person: {', '.join(parked)}. `imageloom lanes` says why." if parked else None
        return _part("lanes", "degraded" if parked else "up", detail)

    async def _budgets(self) -> HealthPart:
        """A cap that holds is no trouble of the server's; but whoever looks for what does not move finds it here."""
        try:
            async with asyncio.timeout(CHECK_SECONDS), self.scopes.open(SYSTEM, write=False) as scope:
                capped = await GenerationRepository(scope.session).capped_runs()
        except (DBAPIError, OSError, TimeoutError):
            return _part("budgets", "degraded", "The budgets could not be read in time.")
        batches = "1 batch waits" if capped == 1 else f"{capped} batches wait"
        return _part("budgets", "up", f"{batches}: out of budget. `imageloom budgets` says more." if capped else None)


def _part(name: str, status: Status, detail: str | None) -> HealthPart:
    return HealthPart(name=name, status=status, detail=detail)
