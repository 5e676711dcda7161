"""What has come back but is not in the ledger yet, beside the bytes it came with.

A provider that answers at once gives no job to ask again for. Between its answer and our commit the answer would be
lost with the process, and the money with it. So the answer is written next to the picture, in one rename, and whoever
takes the lane next goes on from there.
"""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import orjson

from imageloom.contracts.provider import BlobRef, Done, RemotePicture, Usage

_NAME = "done.json"


class Spool:
    """A folder per open attempt."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def folder(self, attempt_id: str) -> Path:
        """The attempt's folder, made if missing."""
        path = self._folder / attempt_id
        path.mkdir(parents=True, exist_ok=True)
        return path

    def keep(self, attempt_id: str, done: Done, sent: Any) -> None:
        """Writes the answer down."""
        path = self.folder(attempt_id) / _NAME
        temporary = path.with_suffix(".new")
        temporary.write_bytes(orjson.dumps(_to_json(done, sent)))
        temporary.replace(path)

    def find(self, attempt_id: str) -> tuple[Done, Any] | None:
        """The answer that was written down, if all its files are there."""
        path = self._folder / attempt_id / _NAME
        try:
            document = orjson.loads(path.read_bytes())
        except (FileNotFoundError, orjson.JSONDecodeError):
            return None
        done = _from_json(document, path.parent)
        files = [picture.path for picture in done.pictures if isinstance(picture, BlobRef)]
        return (done, document["sent"]) if all(file.exists() for file in files) else None

    def attempts(self) -> list[str]:
        """The attempts that have a folder."""
        return sorted(path.name for path in self._folder.glob("*"))

    def forget(self, attempt_id: str) -> None:
        shutil.rmtree(self._folder / attempt_id, ignore_errors=True)


def _to_json(done: Done, sent: Any) -> dict[str, Any]:
    usage = done.usage
    return {
        "pictures": [_picture_to_json(picture) for picture in done.pictures],
        "usage": None
        if usage is None
        else {"counts": dict(usage.counts), "cost_micros": usage.cost_micros, "currency": usage.currency},
        "revised_prompt": done.revised_prompt,
        "seed": done.seed,
        "provider_ref": done.provider_ref,
        "metadata": dict(done.metadata),
        "sent": sent,
    }


def _picture_to_json(picture: BlobRef | RemotePicture) -> dict[str, Any]:
    assert isinstance(picture, BlobRef), "what waits at a URL is fetched first"
    return {
        "file": picture.path.name,
        "size_bytes": picture.size_bytes,
        "media_type": picture.media_type,
        "blake3": picture.blake3,
    }


def _from_json(document: dict[str, Any], folder: Path) -> Done:
    usage = document["usage"]
    pictures = [
        BlobRef(
            path=folder / picture["file"],
            size_bytes=picture["size_bytes"],
            media_type=picture["media_type"],
            blake3=picture["blake3"],
        )
        for picture in document["pictures"]
    ]
    return Done(
        pictures=tuple(pictures),
        usage=None if usage is None else Usage(**usage),
        revised_prompt=document["revised_prompt"],
        seed=document["seed"],
        provider_ref=document["provider_ref"],
        metadata=document["metadata"],
    )
