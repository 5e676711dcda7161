"""A provider's answer as JSON: in the ledger while its pictures are fetched, and beside them until they are booked."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any

from imageloom.contracts.provider import BlobRef, Done, RemotePicture, Usage


def to_json(done: Done) -> dict[str, Any]:
    """Files by their names: they lie in the attempt's folder."""
    return {
        "pictures": [_picture_to_json(picture) for picture in done.pictures],
        "usage": None if done.usage is None else asdict(done.usage),
        "revised_prompt": done.revised_prompt,
        "seed": done.seed,
        "provider_ref": done.provider_ref,
        "metadata": dict(done.metadata),
    }


def from_json(document: dict[str, Any], *, folder: Path) -> Done:
    usage = document["usage"]
    return Done(
        pictures=tuple(_picture_from_json(picture, folder) for picture in document["pictures"]),
        usage=None if usage is None else Usage(**usage),
        revised_prompt=document["revised_prompt"],
        seed=document["seed"],
        provider_ref=document["provider_ref"],
        metadata=document["metadata"],
    )


def _picture_to_json(picture: BlobRef | RemotePicture) -> dict[str, Any]:
    if isinstance(picture, RemotePicture):
        return asdict(picture)
    return {
        "file": picture.path.name,
        "size_bytes": picture.size_bytes,
        "media_type": picture.media_type,
        "blake3": picture.blake3,
    }


def _picture_from_json(picture: dict[str, Any], folder: Path) -> BlobRef | RemotePicture:
    if "url" in picture:
        return RemotePicture(**picture)
    return BlobRef(
        path=folder / picture["file"],
        size_bytes=picture["size_bytes"],
        media_type=picture["media_type"],
        blake3=picture["blake3"],
    )
