"""The job of the trash: each night it lets go of what has lain there long enough, and files go that nothing needs."""

from __future__ import annotations

import structlog

from imageloom.features.curation.sweeping import sweep_files
from imageloom.features.curation.trash import let_go
from imageloom.runtime.engine.protocol import Call, Engine, Wait
from imageloom.runtime.scope import Scopes

log = structlog.get_logger(__name__)

NIGHT_JOB = "trash.night"


def register(engine: Engine, scopes: Scopes) -> None:
    """Names the job. Before the engine starts."""

    async def night(_call: Call) -> Wait | None:
        pictures = await let_go(scopes, days=scopes.ports.settings.trash.retention_days)
        files = await sweep_files(scopes)
        if pictures or files:
            log.info("trash_let_go", pictures=pictures, files=files)
        return None

    engine.register(NIGHT_JOB, night)
    engine.schedule("nightly-trash", cron="41 3 * * *", handler=NIGHT_JOB, payload={})
