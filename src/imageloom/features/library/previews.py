"""Previews: made in worker processes, behind the pictures, never in their way. One decode gives everything."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from sqlalchemy.exc import DBAPIError

from imageloom.contracts.storage import BlobMissing, StoreFailed
from imageloom.features.library.models import Asset
from imageloom.features.library.repository import LibraryRepository
from imageloom.kit.pictures.inspect import DamagedPicture
from imageloom.runtime import faultpoints
from imageloom.runtime.actor import SYSTEM
from imageloom.runtime.pixels.preview import Previews, make_previews
from imageloom.runtime.pixels.workers import ProcessWorkers, WorkerDied, WorkerTimeout
from imageloom.runtime.scope import Scopes

log = structlog.get_logger(__name__)

CHUNK = 16
LOOK_SECONDS = 5.0
SIZES = (512, 256)


def preview_key(blake3: str, size: int) -> str:
    return f"previews/{blake3}-{size}.webp"


@dataclass
class PreviewMaker:
    """Watches for assets without previews. Call :meth:`watch` in a task."""

    scopes: Scopes
    workers: ProcessWorkers
    folder: Path
    parallel: int
    _busy: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._busy = asyncio.Semaphore(self.parallel)

    async def watch(self) -> None:
        with self.scopes.ports.signals.listen("assets.created") as wake:
            while True:
                try:
                    while await self.make_chunk():
                        pass
                except DBAPIError as error:
                    log.warning("previews_wait", error=type(error).__name__)
                await wake.wait(timeout_seconds=LOOK_SECONDS)

    async def make_chunk(self) -> int:
        """Makes the previews of some assets; returns of how many."""
        async with self.scopes.open(SYSTEM) as scope:
            assets = await LibraryRepository(scope.session).claim_previews(
                limit=CHUNK, now=self.scopes.ports.clock.now()
            )
        await asyncio.gather(*(self._make(asset) for asset in assets))
        return len(assets)

    async def _make(self, asset: Asset) -> None:
        folder = self.folder / asset.id
        try:
            async with self._busy:
                await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
                source = await self._source(asset, folder)
                previews = await self.workers.run(
                    make_previews,
                    source,
                    folder,
                    timeout_seconds=self.scopes.ports.settings.pictures.decode_seconds,
                )
            faultpoints.hit("previews.before_store")
            for size, path in previews.files.items():
                await self.scopes.ports.blobs.put_file(preview_key(asset.blake3, size), path)
            await self._done(asset, previews)
        except (DamagedPicture, WorkerDied, WorkerTimeout) as error:
            await self._damaged(asset, f"The picture is damaged: {error}")
        except BlobMissing:
            await self._damaged(asset, "The picture's file is missing.")
        except StoreFailed as error:
            # The claim runs out, and somebody tries again.
            log.warning("previews_not_stored", asset=asset.id, error=str(error))
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)

    async def _source(self, asset: Asset, folder: Path) -> Path:
        key = f"pictures/{asset.blake3}"
        await self.scopes.ports.blobs.stat(key)
        path = self.scopes.ports.blobs.local_path(key)
        if path is not None:
            return path
        path = folder / "original"
        with path.open("wb") as file:
            async for chunk in self.scopes.ports.blobs.open(key):
                file.write(chunk)
        return path

    async def _done(self, asset: Asset, previews: Previews) -> None:
        async with self.scopes.open(SYSTEM) as scope:
            row = await LibraryRepository(scope.session).asset(SYSTEM, asset.id)
            if row is None:
                return
            row.previews, row.preview, row.phash, row.colour = "done", previews.tiny, previews.phash, previews.colour
            if row.run_id is not None:
                await scope.publish("asset.previewed", topic=f"run:{row.run_id}", payload={"asset_id": row.id})

    async def _damaged(self, asset: Asset, reason: str) -> None:
        log.warning("asset_damaged", asset=asset.id, reason=reason)
        async with self.scopes.open(SYSTEM) as scope:
            row = await LibraryRepository(scope.session).asset(SYSTEM, asset.id)
            if row is None:
                return
            row.previews, row.trouble = "damaged", reason
            await scope.publish(
                "asset.damaged",
                topic="assets",
                payload={"asset_id": row.id, "item_id": row.item_id, "reason": f"{reason} It was paid for."},
            )
