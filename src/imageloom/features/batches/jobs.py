"""Durable jobs of batches."""

from __future__ import annotations

from imageloom.features.batches.service import EXPAND_JOB, BatchService
from imageloom.runtime.actor import SYSTEM
from imageloom.runtime.engine.protocol import Call, Engine, Wait
from imageloom.runtime.scope import Scopes


def register(engine: Engine, scopes: Scopes) -> None:
    """Names the jobs. Before the engine starts."""

    async def expand(call: Call) -> Wait | None:
        """Writes the items of a large batch, a page a transaction; run again, it goes on where it stopped."""
        more = True
        while more:
            async with scopes.open(SYSTEM) as scope:
                more = await BatchService(scope).write_next_page(str(call.payload["batch_id"]))
        return None

    engine.register(EXPAND_JOB, expand)
