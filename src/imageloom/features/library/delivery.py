"""Pictures on their way out: the original's bytes, with words about them spliced in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO

from imageloom import __version__
from imageloom.features.library.models import Asset
from imageloom.kit.pictures.inspect import PictureFacts, PictureLimits, examine
from imageloom.kit.pictures.metadata import Provenance, a1111_parameters, imageloom_json, xmp
from imageloom.kit.pictures.splice import Spliced, Words, splice

_EXTRA = ("batch", "item", "position", "asset", "attempt", "options", "not_sent", "notes", "metadata", "provider_ref")


class Metadata(StrEnum):
    """What a delivered file says of itself: everything; what was made with what; or nothing."""

    full = "full"
    public = "public"
    none = "none"


def words_of(asset: Asset, profile: Metadata) -> Words | None:
    """The words for a picture, or ``None`` when it stays silent or was not made here."""
    made = asset.provenance
    if profile == Metadata.none or "prompt" not in made:
        return None
    provenance = _provenance(asset, made, is_full=profile == Metadata.full)
    return Words(parameters=a1111_parameters(provenance), json=imageloom_json(provenance), xmp=xmp(provenance))


def _provenance(asset: Asset, made: Mapping[str, Any], *, is_full: bool) -> Provenance:
    return Provenance(
        prompt=made["prompt"],
        provider=made["provider"],
        model=made["model"],
        width=asset.width,
        height=asset.height,
        created_at=made["created_at"],
        software=f"Imageloom {__version__}",
        template=made.get("template") if is_full else None,
        revised_prompt=made.get("revised_prompt") if is_full else None,
        negative_prompt=made.get("negative_prompt"),
        seed=made.get("seed"),
        quality=made.get("quality"),
        is_trained_model=made.get("is_trained_model", True),
        extra={name: made[name] for name in _EXTRA if made.get(name) is not None} if is_full else {},
    )


@dataclass(frozen=True, kw_only=True)
class Delivered:
    """A picture ready to be sent: its size is known before its first byte."""

    path: Path
    size_bytes: int
    media_type: str
    spliced: Spliced | None

    def chunks(self) -> Iterator[bytes]:
        """Blocking reads, for a thread."""
        with self.path.open("rb") as file:
            if self.spliced is not None:
                yield from self.spliced.chunks(file)
                return
            while chunk := file.read(1 << 20):
                yield chunk


def deliver(asset: Asset, path: Path, profile: Metadata) -> Delivered:
    """Blocking: reads the file's structure. Raises ``OSError`` and ``DamagedPicture``."""
    size = path.stat().st_size
    words = words_of(asset, profile)
    media_type = f"image/{asset.format}"
    if words is None:
        return Delivered(path=path, size_bytes=size, media_type=media_type, spliced=None)
    with path.open("rb") as file:
        spliced = splice(file, facts_of(asset, file, size), words)
    return Delivered(path=path, size_bytes=spliced.size_bytes, media_type=media_type, spliced=spliced)


def facts_of(asset: Asset, file: BinaryIO, size: int) -> PictureFacts:
    """The facts of a stored picture. Only WebP needs a look into the file: its alpha is not in the row."""
    if asset.format == "webp":
        return examine(file, size_bytes=size, limits=PictureLimits())
    return PictureFacts(
        format="png" if asset.format == "png" else "jpeg",
        width=asset.width,
        height=asset.height,
        has_alpha=False,
        is_animated=False,
    )
