"""Previews: made in worker processes, behind the pictures, never in their way. One decode gives everything."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass, field
from pathlib import Path

import structlog
from blake3 import blake3
from sqlalchemy.exc import DBAPIError

from imageloom.contracts.storage import BlobMissing, StoreFailed
from imageloom.features.library.models import Asset
from imageloom.features.library.repository import LibraryRepository
from imageloom.features.library.soundness import FileTrouble, look, note
from imageloom.kit.digests import digest_file
from imageloom.kit.pictures.inspect import DamagedPicture
from imageloom.runtime import faultpoints
from imageloom.runtime.actor import SYSTEM
from imageloom.runtime.engine.protocol import Engine
from imageloom.runtime.pixels.preview import Previews, make_previews
from imageloom.runtime.pixels.workers import ProcessWorkers, WorkerDied, WorkerTimeout
from imageloom.runtime.scope import Scope, Scopes

log = structlog.get_logger(__name__)

CHUNK = 16
LOOK_SECONDS = 5.0
SIZES = (512, 256)


def preview_key(blake3: str, size: int) -> str:
    return f"previews/{blake3}-{size}.webp"


async def read_sound_preview(scopes: Scopes, asset: Asset, size: int) -> bytes | None:
    """The preview's bytes. ``None`` when they are not what was made; then they are made again."""
    try:
        content = b"".join([chunk async for chunk in scopes.ports.blobs.open(preview_key(asset.blake3, size))])
    except (BlobMissing, OSError):
        content = b""
    if blake3(content).hexdigest() == (asset.preview_hashes or {}).get(str(size)):
        return content
    async with scopes.open(SYSTEM) as scope:
        await LibraryRepository(scope.session).remake_previews(asset.id)
        scope.hint("assets.created")
    return None


@dataclass
class PreviewMaker:
    """Watches for assets without previews. Call :meth:`watch` in a task."""

    scopes: Scopes
    engine: Engine
    workers: ProcessWorkers
    folder: Path
    parallel: int
    _busy: asyncio.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        self._busy = asyncio.Semaphore(self.parallel)

    async def watch(self) -> None:
        me = self.engine.executor_id
        # What a process of the same name had claimed before it died is nobody's.
        abandoned = {me}
        with self.scopes.ports.signals.listen("assets.created") as wake:
            while True:
                try:
                    await self._release(abandoned)
                    while await self.make_chunk():
                        pass
                    abandoned = await self._dead_claimants()
                except DBAPIError as error:
                    log.warning("previews_wait", error=type(error).__name__)
                    abandoned = {me}
                await wake.wait(timeout_seconds=LOOK_SECONDS)

    async def make_chunk(self) -> int:
        """Makes the previews of some assets; returns of how many. What cannot be stored now is given back."""
        owner = self.engine.executor_id
        async with self.scopes.open(SYSTEM) as scope:
            assets = await LibraryRepository(scope.session).claim_previews(limit=CHUNK, owner=owner)
        # All come to their end before any is told of: what failed may then be claimed anew.
        made = await asyncio.gather(*(self._make(asset) for asset in assets), return_exceptions=True)
        for result in made:
            if isinstance(result, BaseException):
                raise result
        return len(assets) if all(made) else 0

    async def _dead_claimants(self) -> set[str]:
        async with self.scopes.open(SYSTEM, write=False) as scope:
            claimants = await LibraryRepository(scope.session).preview_claimants()
        return {owner for owner in claimants if not await self.engine.is_alive(owner)}

    async def _release(self, owners: set[str]) -> None:
        for owner in owners:
            async with self.scopes.open(SYSTEM) as scope:
                await LibraryRepository(scope.session).release_previews(owner=owner)

    async def _make(self, asset: Asset) -> bool:
        """False when another try may succeed."""
        folder = self.folder / asset.id
        try:
            async with self._busy:
                await asyncio.to_thread(folder.mkdir, parents=True, exist_ok=True)
                source = await self._source(asset, folder)
                previews = await self._decode(source, folder)
            faultpoints.hit("previews.before_store")
            hashes = {}
            for size, path in previews.files.items():
                hashes[str(size)] = await asyncio.to_thread(digest_file, path)
                await self.scopes.ports.blobs.put_file(preview_key(asset.blake3, size), path)
            await self._done(asset, previews, hashes)
        except DamagedPicture as error:
            await self._not_decoded(asset, error)
        except (WorkerDied, WorkerTimeout) as error:
            await self._none(asset, f"No preview can be made: {error}")
        except BlobMissing:
            await self._held(asset, FileTrouble.file_missing)
        except (OSError, StoreFailed) as error:
            log.warning("previews_not_stored", asset=asset.id, error=str(error))
            async with self.scopes.open(SYSTEM) as scope:
                await LibraryRepository(scope.session).release_previews(
                    owner=self.engine.executor_id, asset_id=asset.id
                )
            return False
        finally:
            await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)
        return True

    async def _decode(self, source: Path, folder: Path) -> Previews:
        """A process may die of something else than the picture, so one death is not held against it."""
        try:
            return await self._decode_once(source, folder)
        except WorkerDied:
            return await self._decode_once(source, folder)

    async def _decode_once(self, source: Path, folder: Path) -> Previews:
        settings = self.scopes.ports.settings.pictures
        return await self.workers.run(
            make_previews,
            source,
            folder,
            settings.max_pixels,
            timeout_seconds=settings.decode_seconds,
            cpu_seconds=settings.decode_cpu_seconds,
        )

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

    async def _not_decoded(self, asset: Asset, error: Exception) -> None:
        """A file that is no longer what was stored says nothing about the picture that was made."""
        trouble = (await look(self.scopes.ports.blobs, asset.blake3)).trouble
        if trouble is None:
            await self._damaged(asset, f"The picture is damaged: {error}")
        else:
            await self._held(asset, trouble)

    async def _held(self, asset: Asset, trouble: FileTrouble) -> None:
        # Said first: whoever sees that its previews are held is told why.
        await note(self.scopes, {asset.blake3: trouble})
        async with self.scopes.open(SYSTEM) as scope:
            row = await _row(scope, asset)
            if row is not None:
                row.previews, row.trouble = "held", trouble.sentence

    async def _done(self, asset: Asset, previews: Previews, hashes: dict[str, str]) -> None:
        async with self.scopes.open(SYSTEM) as scope:
            row = await _row(scope, asset)
            if row is None:
                return
            row.preview_hashes = hashes
            row.previews, row.preview, row.phash, row.colour = "done", previews.tiny, previews.phash, previews.colour
            if row.run_id is not None:
                await scope.publish("asset.previewed", topic=f"run:{row.run_id}", payload={"asset_id": row.id})

    async def _none(self, asset: Asset, reason: str) -> None:
        """There will be no preview. The picture itself may be good, and its item stays done."""
        log.warning("asset_without_preview", asset=asset.id, reason=reason)
        async with self.scopes.open(SYSTEM) as scope:
            row = await _row(scope, asset)
            if row is not None:
                row.previews, row.trouble = "damaged", reason

    async def _damaged(self, asset: Asset, reason: str) -> None:
        log.warning("asset_damaged", asset=asset.id, reason=reason)
        async with self.scopes.open(SYSTEM) as scope:
            row = await _row(scope, asset)
            if row is None:
                return
            row.previews, row.trouble = "damaged", reason
            await scope.publish(
                "asset.damaged",
                topic="assets",
                payload={"asset_id": row.id, "item_id": row.item_id, "reason": f"{reason} It was paid for."},
            )


async def _row(scope: Scope, asset: Asset) -> Asset | None:
    """The asset as it is now; ``None`` when somebody has deleted it meanwhile."""
    row = await LibraryRepository(scope.session).asset(SYSTEM, asset.id)
    return None if row is None or row.removed_at is not None else row
