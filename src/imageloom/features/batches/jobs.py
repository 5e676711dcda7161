"""Durable jobs of batches."""

from __future__ import annotations

import structlog

from imageloom.features.batches.expanding import expand
from imageloom.features.batches.repository import BatchRepository
from imageloom.features.batches.service import EXPAND_JOB, BatchService
from imageloom.kit.errors import Problem
from imageloom.runtime.actor import SYSTEM
from imageloom.runtime.engine.protocol import Call, Engine, Wait
from imageloom.runtime.scope import Scopes

log = structlog.get_logger(__name__)

EXPAND_LEFT_JOB = "batch.expand_left"
WINDOWS_JOB = "batch.windows"


def register(engine: Engine, scopes: Scopes) -> None:
    """Names the jobs. Before the engine starts."""
    at_work: set[str] = set()

    async def expand_one(call: Call) -> Wait | None:
        batch_id = str(call.payload["batch_id"])
        at_work.add(batch_id)
        try:
            await expand(batch_id, scopes=scopes)
        finally:
            at_work.discard(batch_id)
        return None

    async def expand_left(_call: Call) -> Wait | None:
        """What a failed job left behind: its sheet may be back, or the disk has room again."""
        async with scopes.open(SYSTEM, write=False) as scope:
            left = await BatchRepository(scope.session).expanding()
        for batch_id in left:
            if batch_id not in at_work:
                try:
                    await expand_one(Call(job_id=f"left:{batch_id}", payload={"batch_id": batch_id}))
                except (Problem, OSError) as error:
                    log.warning("batch_not_expanded", batch_id=batch_id, error=str(error))
        return None

    async def roll_windows(_call: Call) -> Wait | None:
        async with scopes.open(SYSTEM) as scope:
            rolled = await BatchService(scope).roll_windows()
        if rolled:
            log.info("windows_rolled", batches=rolled)
        return None

    engine.register(WINDOWS_JOB, roll_windows)
    engine.schedule("batch-windows", cron="* * * * *", handler=WINDOWS_JOB, payload={})
    engine.register(EXPAND_JOB, expand_one)
    engine.register(EXPAND_LEFT_JOB, expand_left)
    engine.schedule("expand-left", cron="* * * * *", handler=EXPAND_LEFT_JOB, payload={})
