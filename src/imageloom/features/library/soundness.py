"""Whether a picture's file is still what was stored. What is found is said on every asset that has the file."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

import structlog
from blake3 import blake3

from imageloom.contracts.storage import BlobMissing, BlobStore
from imageloom.features.library.models import Asset
from imageloom.features.library.repository import LibraryRepository
from imageloom.kit.digests import digest_file
from imageloom.runtime.actor import SYSTEM
from imageloom.runtime.scope import Scopes

log = structlog.get_logger(__name__)


class FileTrouble(StrEnum):
    """The rule that a file breaks. Found before, it stands on the asset in these words."""

    file_missing = "file_missing"
    file_changed = "file_changed"

    @property
    def sentence(self) -> str:
        match self:
            case FileTrouble.file_missing:
                return "The picture's file is missing from the store."
            case FileTrouble.file_changed:
                return "The picture's file was changed after it was stored: its hash differs."


class Whereabouts(StrEnum):
    """Where a picture is, as far as people decide it."""

    kept = "kept"
    in_trash = "in_trash"
    removed = "removed"

    @classmethod
    def of(cls, asset: Asset) -> Whereabouts:
        if asset.removed_at is not None:
            return cls.removed
        return cls.kept if asset.trashed_at is None else cls.in_trash


def said_of_removed(at: datetime) -> str:
    return f"The picture was deleted from the trash on {at.date().isoformat()}."


def said_of(asset: Asset) -> str | None:
    """What has to be said of a picture that somebody threw away: it is not missing."""
    if asset.removed_at is not None:
        return said_of_removed(asset.removed_at)
    return None if asset.trashed_at is None else "The picture is in the trash."


SENTENCES = tuple(trouble.sentence for trouble in FileTrouble)


@dataclass(frozen=True, kw_only=True)
class Soundness:
    """What reading a file again has shown."""

    trouble: FileTrouble | None
    bytes_read: int


async def look(blobs: BlobStore, digest: str) -> Soundness:
    """Reads the whole picture. A file that the disk cannot read counts as changed."""
    key = f"pictures/{digest}"
    try:
        size = (await blobs.stat(key)).size_bytes
        path = blobs.local_path(key)
        found = await (_digest(blobs, key) if path is None else asyncio.to_thread(digest_file, path))
    except (BlobMissing, FileNotFoundError):
        return Soundness(trouble=FileTrouble.file_missing, bytes_read=0)
    except OSError as error:
        log.warning("picture_unreadable", blake3=digest, error=str(error))
        return Soundness(trouble=FileTrouble.file_changed, bytes_read=0)
    return Soundness(trouble=None if found == digest else FileTrouble.file_changed, bytes_read=size)


async def _digest(blobs: BlobStore, key: str) -> str:
    digest = blake3()
    async for chunk in blobs.open(key):
        digest.update(chunk)
    return digest.hexdigest()


@dataclass
class FileChecker:
    """Reads the files of assets, and remembers what has to be said on them: see :func:`note`.

    A picture in the trash is read like any other. One that was deleted from there has no file, and misses none.
    """

    blobs: BlobStore
    pictures: int = 0
    bytes_read: int = 0
    in_trash: int = 0
    removed: int = 0
    found: dict[str, FileTrouble | None] = field(default_factory=dict)

    def pass_over(self, asset: Asset) -> None:
        """Counts one whose file is not read."""
        self.removed += asset.removed_at is not None
        self.in_trash += asset.removed_at is None and asset.trashed_at is not None

    async def check(self, asset: Asset) -> FileTrouble | None:
        self.pass_over(asset)
        if asset.removed_at is not None:
            return None
        seen = await look(self.blobs, asset.blake3)
        self.pictures += 1
        self.bytes_read += seen.bytes_read
        if seen.trouble is not None or asset.trouble in SENTENCES:
            self.found[asset.blake3] = seen.trouble
        return seen.trouble


async def note(scopes: Scopes, found: Mapping[str, FileTrouble | None]) -> None:
    """Writes on the assets what was found of their files, by hash. ``None`` takes back what was said before."""
    if not found:
        return
    for digest, trouble in found.items():
        log.warning("picture_file", blake3=digest, trouble=trouble)
    async with scopes.open(SYSTEM) as scope:
        library = LibraryRepository(scope.session)
        for digest, trouble in found.items():
            if trouble is None:
                await library.clear_trouble(digest, sentences=SENTENCES)
            else:
                await library.set_trouble(digest, trouble.sentence)
        scope.hint("assets.created")
