"""The job of schedules."""

from __future__ import annotations

from imageloom.features.schedules.ticking import tick
from imageloom.runtime.engine.protocol import Call, Engine, Wait
from imageloom.runtime.scope import Scopes

TICK_JOB = "schedules.tick"


def register(engine: Engine, scopes: Scopes) -> None:
    """Names the job. Before the engine starts."""

    async def look(_call: Call) -> Wait | None:
        await tick(scopes)
        return None

    engine.register(TICK_JOB, look)
    engine.schedule("schedules-tick", cron="* * * * *", handler=TICK_JOB, payload={})
