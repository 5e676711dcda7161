"""Blobs on this machine's disk, in folders by the first characters of their key."""

from __future__ import annotations

import asyncio
import filecmp
import os
import secrets
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import suppress
from datetime import datetime
from functools import partial
from pathlib import Path

from imageloom.contracts.storage import UNFINISHED, BlobMissing, BlobStat, StoreFailed

_CHUNK_BYTES = 1 << 20


class LocalStore:
    """See :class:`imageloom.contracts.storage.BlobStore`. Keys hold letters, digits, dots, dashes and slashes."""

    scheme = "file"

    def __init__(
        self, folder: Path, *, in_thread: Callable[[Callable[[], None]], Awaitable[None]] = asyncio.to_thread
    ) -> None:
        """``in_thread`` runs what waits for the disk. It should have many threads: those that sync at once share one
        commit of its journal.
        """
        self._folder = folder
        self._in_thread = in_thread
        self._unsynced: set[Path] = set()
        """Files that the disk refused to sync. The kernel says so once and forgets: only a copy can be trusted."""

    def _path(self, key: str) -> Path:
        if not key or not all(c.isalnum() or c in "-_./" for c in key) or ".." in key or key.startswith("/"):
            raise ValueError(f"not a blob key: {key!r}")
        head, _, name = key.rpartition("/")
        # Some hundred folders hold a million blobs well, and are soon all there: a new one costs two syncs.
        return self._folder / head / name[:2] / name

    async def put_file(self, key: str, source: Path) -> None:
        try:
            await self._in_thread(partial(self._put_file, key, source))
        except OSError as error:
            raise StoreFailed(f"the picture could not be stored: {error.strerror or error}") from error

    def _put_file(self, key: str, source: Path) -> None:
        target = self._path(key)
        # Also where the blob is there already: nobody may take it for one that is no longer needed.
        os.utime(source)
        if source not in self._unsynced and self._put_link(target, source):
            return
        if _is_same(source, target) and _touch(target):
            _sync(target.parent)
        else:
            self._put_copy(target, source)

    def _put_link(self, target: Path, source: Path) -> bool:
        """Gives the file a second name once its bytes are durable. False where that is not possible: there is such a
        blob already, or the file system is another one, or has no hard links.
        """
        try:
            _sync(source)
        except OSError:
            self._unsynced.add(source)
            raise
        new_folders: list[Path] = []
        try:
            try:
                os.link(source, target)
            except FileNotFoundError:
                new_folders = _make_folders(target.parent)
                os.link(source, target)
        except OSError:
            return False
        _sync_names(target.parent, new_folders)
        return True

    def _put_copy(self, target: Path, source: Path) -> None:
        """Copies the bytes, and moves them to their place when they are durable."""
        new_folders = _make_folders(target.parent)
        (self._folder / UNFINISHED).mkdir(parents=True, exist_ok=True)
        temporary = self._folder / UNFINISHED / f"{target.name}.{secrets.token_hex(8)}"
        try:
            shutil.copyfile(source, temporary)
            _sync(temporary)
            temporary.replace(target)
            _sync_names(target.parent, new_folders)
            self._unsynced.discard(source)
        finally:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)

    async def open(self, key: str, *, start: int = 0, stop: int | None = None) -> AsyncIterator[bytes]:
        path = self._path(key)
        try:
            file = await asyncio.to_thread(path.open, "rb")
        except FileNotFoundError:
            raise BlobMissing(key) from None
        with file:
            file.seek(start)
            left = None if stop is None else stop - start
            while left is None or left > 0:
                size = _CHUNK_BYTES if left is None else min(_CHUNK_BYTES, left)
                chunk = await asyncio.to_thread(file.read, size)
                if not chunk:
                    return
                if left is not None:
                    left -= len(chunk)
                yield chunk

    async def stat(self, key: str) -> BlobStat:
        try:
            size = (await asyncio.to_thread(self._path(key).stat)).st_size
        except FileNotFoundError:
            raise BlobMissing(key) from None
        return BlobStat(key=key, size_bytes=size)

    async def delete(self, key: str) -> None:
        await asyncio.to_thread(self._path(key).unlink, missing_ok=True)

    async def retire(self, key: str, *, unused_since: datetime) -> bool:
        return await asyncio.to_thread(self._retire, self._path(key), unused_since.timestamp())

    def _retire(self, path: Path, unused_since: float) -> bool:
        """It is moved aside first: whoever puts it at this moment finds it gone and brings it anew, or has touched it
        before, which is seen here, and it goes back.
        """
        aside = self._folder / UNFINISHED / f"{path.name}.{secrets.token_hex(8)}"
        aside.parent.mkdir(parents=True, exist_ok=True)
        try:
            if path.stat().st_mtime >= unused_since:
                return False
            path.rename(aside)
        except FileNotFoundError:
            return True
        if aside.stat().st_mtime < unused_since:
            aside.unlink()
            return True
        if path.exists():
            aside.unlink()
        else:
            aside.replace(path)
            _sync(path.parent)
        return False

    async def list(self, prefix: str = "") -> AsyncIterator[BlobStat]:
        for folder, folders, names in os.walk(self._folder):
            if UNFINISHED in folders:
                folders.remove(UNFINISHED)
            head = Path(folder).relative_to(self._folder).parts[:-1]
            for name in names:
                key = "/".join((*head, name))
                if key.startswith(prefix):
                    yield BlobStat(key=key, size_bytes=(Path(folder) / name).stat().st_size)

    def local_path(self, key: str) -> Path | None:
        return self._path(key)


def _is_same(source: Path, target: Path) -> bool:
    """Whether the blob is there already, and whole. One that was changed behind our back is replaced."""
    try:
        return filecmp.cmp(source, target, shallow=False)
    except OSError:
        return False


def _touch(target: Path) -> bool:
    """Says that somebody has put it now. False when it was taken away meanwhile."""
    try:
        os.utime(target)
    except FileNotFoundError:
        return False
    return True


def _make_folders(folder: Path) -> list[Path]:
    """Makes the folder and those above it; returns the new ones, whose names are not synced yet."""
    if folder.exists():
        return []
    above = _make_folders(folder.parent)
    folder.mkdir(exist_ok=True)
    return [folder, *above]


def _sync_names(folder: Path, new_folders: Iterable[Path]) -> None:
    """Makes a new name in ``folder`` survive a power cut, and the names of the folders on the way to it."""
    _sync(folder)
    for new in new_folders:
        _sync(new.parent)


def _sync(path: Path) -> None:
    """Makes a file's bytes, or a folder's names, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
