"""Pictures on their way out in another format, or smaller: made in worker processes, with the words that they had."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from imageloom.features.library.delivery import Delivered, Metadata, deliver, words_of
from imageloom.features.library.models import Asset
from imageloom.kit.pictures.inspect import DamagedPicture, PictureLimits, UnsupportedPicture, examine
from imageloom.kit.pictures.splice import splice
from imageloom.kit.pictures.wishes import Conversion, extension
from imageloom.runtime.pixels.converting import NotConverted, Wish, convert_picture
from imageloom.runtime.pixels.workers import WorkerDied, WorkerTimeout
from imageloom.runtime.scope import Scopes

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """A picture ready to be sent. ``delivered_as`` says what became of it, ``not_converted`` why it is as it was."""

    delivered: Delivered
    extension: str
    delivered_as: str
    not_converted: str | None


@asynccontextmanager
async def converted(
    scopes: Scopes, asset: Asset, path: Path, *, wish: Conversion, metadata: Metadata
) -> AsyncIterator[Outcome]:
    """The picture as wished, as long as the block lasts; as it was made where it cannot be.

    Raises ``OSError`` and ``DamagedPicture`` where not even that can be read.
    """
    if not wish.changes(asset):
        yield await _as_made(asset, path, metadata, why=None)
        return
    place = scopes.ports.settings.data_dir / "uploads"
    await asyncio.to_thread(place.mkdir, parents=True, exist_ok=True)
    with TemporaryDirectory(dir=place, prefix="converted-") as folder:
        target = Path(folder) / f"picture.{wish.extension_of(asset)}"
        try:
            outcome = await _make(scopes, asset, path, target, wish=wish, metadata=metadata)
        except (NotConverted, WorkerDied, WorkerTimeout, DamagedPicture, UnsupportedPicture) as error:
            log.warning("picture_not_converted", asset=asset.id, reason=str(error))
            outcome = await _as_made(asset, path, metadata, why=str(error))
        yield outcome


async def _make(
    scopes: Scopes, asset: Asset, path: Path, target: Path, *, wish: Conversion, metadata: Metadata
) -> Outcome:
    settings = scopes.ports.settings.pictures
    made = _wish_for(asset, wish)
    width, height = await scopes.ports.workers.run(
        convert_picture,
        path,
        target,
        made,
        settings.max_pixels,
        timeout_seconds=settings.decode_seconds,
        cpu_seconds=settings.decode_cpu_seconds,
    )
    kind = "lossless" if made.is_lossless or made.format == "png" else f"quality {made.quality}"
    return Outcome(
        delivered=await asyncio.to_thread(_with_words, asset, target, metadata),
        extension=wish.extension_of(asset),
        delivered_as=f"{made.format} {width}x{height} {kind}",
        not_converted=None,
    )


def _wish_for(asset: Asset, wish: Conversion) -> Wish:
    return Wish(
        format=wish.format_of(asset),
        quality=wish.quality,
        is_lossless=wish.is_lossless,
        background=wish.background,
        max_side=wish.max_side,
    )


def _with_words(asset: Asset, path: Path, metadata: Metadata) -> Delivered:
    """Blocking. What was made anew is examined anew: its header is another."""
    size, words = path.stat().st_size, words_of(asset, metadata)
    with path.open("rb") as file:
        facts = examine(file, size_bytes=size, limits=PictureLimits(max_bytes=max(size, 1)))
        spliced = None if words is None else splice(file, facts, words)
    return Delivered(
        path=path,
        size_bytes=size if spliced is None else spliced.size_bytes,
        media_type=facts.media_type,
        spliced=spliced,
    )


async def _as_made(asset: Asset, path: Path, metadata: Metadata, *, why: str | None) -> Outcome:
    return Outcome(
        delivered=await asyncio.to_thread(deliver, asset, path, metadata),
        extension=extension(asset.format),
        delivered_as=made_as(asset),
        not_converted=why,
    )


def made_as(asset: Asset) -> str:
    return f"{asset.format} {asset.width}x{asset.height}"
