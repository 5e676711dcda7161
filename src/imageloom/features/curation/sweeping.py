"""Files of deleted pictures: they go once nothing else needs the same bytes."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from imageloom.contracts.storage import StoreFailed
from imageloom.features.curation.repository import CurationRepository
from imageloom.features.library.previews import SIZES, preview_key
from imageloom.runtime.actor import SYSTEM
from imageloom.runtime.scope import Scopes

log = structlog.get_logger(__name__)

PAGE = 200
REST_SECONDS = 86_400.0
"""How long a file rests after its last picture was deleted, and after somebody has last stored the same bytes. A backup
copies the files after the database, whose copy may still speak of them; and whoever stores bytes writes their row
afterwards. A day later both are surely done.
"""


async def sweep_files(scopes: Scopes) -> int:
    """Returns how many files went. Those that somebody has stored anew lately wait for another night."""
    now = scopes.ports.clock.now()
    before = now - timedelta(seconds=REST_SECONDS)
    sent_along: set[str] | None = None
    after, count = "", 0
    while True:
        async with scopes.open(SYSTEM, write=False) as scope:
            repository = CurationRepository(scope.session)
            rows = await repository.unswept(before=before, after=after, limit=PAGE)
            if not rows:
                return count
            if sent_along is None:
                sent_along = await repository.sent_along()
            living = await repository.living([digest for _id, digest in rows])
        done = []
        for asset_id, digest in rows:
            # The row of a living picture looks after the file from here on.
            if digest in living:
                done.append(asset_id)
            elif digest not in sent_along and await _retire(scopes, digest, unused_since=before):
                done.append(asset_id)
                count += 1
        async with scopes.open(SYSTEM) as scope:
            await CurationRepository(scope.session).swept(done, at=now)
        after = rows[-1][0]


async def _retire(scopes: Scopes, digest: str, *, unused_since: datetime) -> bool:
    """Whether the file is gone, and its previews with it."""
    blobs = scopes.ports.blobs
    try:
        if not await blobs.retire(f"pictures/{digest}", unused_since=unused_since):
            return False
        for size in SIZES:
            await blobs.delete(preview_key(digest, size))
    except (OSError, StoreFailed) as error:
        log.warning("file_not_removed", blake3=digest, error=str(error))
        return False
    return True
