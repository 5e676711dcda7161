"""From the bytes that a provider sent to a stored picture with its provenance."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from imageloom.contracts.provider import BlobRef, Done
from imageloom.contracts.storage import StoreFailed
from imageloom.features.generation.changes import Claimed, StoredPicture
from imageloom.features.generation.requests import hash_of
from imageloom.kit.digests import digest_file
from imageloom.kit.pictures.inspect import (
    DamagedPicture,
    PictureFacts,
    PictureLimits,
    PictureTooLarge,
    UnsupportedPicture,
    examine,
)
from imageloom.runtime import faultpoints
from imageloom.runtime.scope import Ports

_VANISHED = "The picture's file was removed before it was stored."


class BadPicture(Exception):
    """The provider sent something that is not a whole picture. It was paid for; it is not stored as one."""


@dataclass(frozen=True)
class Store:
    """Checks and stores what came back."""

    ports: Ports

    async def put(self, item: Claimed, done: Done, *, is_trained: bool) -> tuple[StoredPicture, ...]:
        """Stores every picture; more than one was not asked for, but none is thrown away. ``is_trained`` says that a
        trained model made it.

        Raises :class:`BadPicture`. While the store cannot take bytes this waits and tries again.
        """
        if not done.pictures:
            raise BadPicture("The provider said that it is done and sent no picture.")
        stored = []
        for number, picture in enumerate(done.pictures):
            assert isinstance(picture, BlobRef)
            stored.append(await self._put_one(item, done, picture, number=number, is_trained=is_trained))
        return tuple(stored)

    async def _put_one(
        self, item: Claimed, done: Done, picture: BlobRef, *, number: int, is_trained: bool
    ) -> StoredPicture:
        facts = await self.ports.disk.until(item.attempt_id, partial(self._examine, picture))
        digest = picture.blake3
        if digest is None:
            read = partial(asyncio.to_thread, digest_file, picture.path)
            digest = await self.ports.disk.until(item.attempt_id, read)
        faultpoints.hit("attempt.after_bytes")
        await self._put_blob(item, f"pictures/{digest}", picture.path)
        faultpoints.hit("attempt.after_store")
        asset_id = self.ports.ids.new()
        return StoredPicture(
            asset_id=asset_id,
            blake3=digest,
            size_bytes=picture.size_bytes,
            media_type=facts.media_type,
            format=facts.format,
            width=facts.width,
            height=facts.height,
            request_hash=None if number else hash_of(item),
            provenance=self._provenance(item, done, facts, asset_id=asset_id, number=number, is_trained=is_trained),
        )

    async def _examine(self, picture: BlobRef) -> PictureFacts:
        settings = self.ports.settings.pictures
        limits = PictureLimits(max_pixels=settings.max_pixels, max_bytes=settings.max_bytes)
        try:
            with picture.path.open("rb") as file:
                return examine(file, size_bytes=picture.size_bytes, limits=limits)
        except (DamagedPicture, UnsupportedPicture, PictureTooLarge) as error:
            raise BadPicture(str(error)) from error
        except FileNotFoundError as error:
            raise BadPicture(_VANISHED) from error

    async def _put_blob(self, item: Claimed, key: str, path: Path) -> None:
        async def put() -> None:
            try:
                await self.ports.blobs.put_file(key, path)
            except StoreFailed:
                if not await asyncio.to_thread(path.exists):
                    raise BadPicture(_VANISHED) from None
                raise

        await self.ports.disk.until(item.attempt_id, put)

    def _provenance(
        self,
        item: Claimed,
        done: Done,
        facts: PictureFacts,
        *,
        asset_id: str,
        number: int,
        is_trained: bool,
    ) -> Mapping[str, Any]:
        fields = item.fields
        notes = []
        wished = (fields.get("width"), fields.get("height"))
        if wished[0] is not None and wished != (facts.width, facts.height):
            notes.append(f"{wished[0]}x{wished[1]} was asked for, {facts.width}x{facts.height} came back")
        if number:
            notes.append(f"picture {number + 1} of one request; one was asked for")
        return {
            "template": item.template,
            "prompt": item.prompt,
            "revised_prompt": done.revised_prompt,
            "negative_prompt": fields.get("negative_prompt"),
            "provider": item.provider,
            "model": item.model,
            "is_trained_model": is_trained,
            "seed": done.seed if done.seed is not None else fields.get("seed"),
            "quality": fields.get("quality"),
            "width": facts.width,
            "height": facts.height,
            "options": dict(fields.get("options", {})),
            "not_sent": list(item.not_sent),
            "batch": item.run_id,
            "item": item.item_id,
            "position": item.position,
            "attempt": item.attempt_id,
            "asset": asset_id,
            "provider_ref": done.provider_ref,
            "metadata": dict(done.metadata),
            "notes": notes,
            "created_at": self.ports.clock.now().isoformat(),
        }
