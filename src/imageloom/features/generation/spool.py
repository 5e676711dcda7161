"""What has come back but is not in the ledger yet, beside the bytes it came with.

A provider that answers at once gives no job to ask again for. Between its answer and our commit the answer would be
lost with the process, and the money with it. So the answer is written next to the picture, and whoever takes the lane
next goes on from there.
"""

from __future__ import annotations

import asyncio
import os
import shutil
from functools import partial
from pathlib import Path
from typing import Any

import orjson

from imageloom.contracts.provider import BlobRef, Done
from imageloom.contracts.storage import StoreFailed
from imageloom.features.generation import answers
from imageloom.kit.digests import digest_file
from imageloom.runtime.disk import Disk

_NAME = "done.json"


class Spool:
    """A folder per open attempt. While the disk refuses to write or read one, whoever asked waits."""

    def __init__(self, folder: Path, *, disk: Disk) -> None:
        self._folder = folder
        self._disk = disk
        self._leaving: set[str] = set()
        self._removing: asyncio.Task[None] | None = None

    def folder(self, attempt_id: str) -> Path:
        """The attempt's folder, which :meth:`open` makes."""
        return self._folder / attempt_id

    async def open(self, attempt_id: str) -> None:
        """Makes the attempt's folder. Before anything is sent: nothing is paid while there is no place for it."""

        async def make() -> None:
            self.folder(attempt_id).mkdir(parents=True, exist_ok=True)
            if self._disk.owes:
                raise StoreFailed("what was paid before has no place yet")

        await self._disk.until(attempt_id, make, otherwise="Not sent yet, there is no place for the answer")

    async def keep(self, attempt_id: str, done: Done, sent: Any) -> None:
        """Writes the answer down, so that a power cut leaves it. The picture beside it is synced where it is stored;
        were it lost before that, :meth:`find` would see it.
        """
        content = orjson.dumps({**answers.to_json(done), "sent": sent})
        path = self.folder(attempt_id) / _NAME
        await self._disk.until(attempt_id, partial(self._disk.run, partial(_write_durably, path, content)))

    async def find(self, attempt_id: str) -> tuple[Done, Any] | None:
        """The answer that was written down, if all its files are there and whole."""
        path = self._folder / attempt_id / _NAME

        async def look() -> tuple[Done, Any] | None:
            # Most attempts are new: nothing is there, and no thread is asked.
            return await self._disk.run(partial(_read_back, path)) if path.exists() else None

        return await self._disk.until(attempt_id, look)

    def attempts(self) -> list[str]:
        """The attempts that have a folder."""
        return sorted(path.name for path in self._folder.glob("*"))

    def forget(self, attempt_id: str) -> None:
        """Has the attempt's folder removed, and those that could not be removed before. Nobody waits for it: what a
        process that dies leaves of them is nobody's answer any more.
        """
        self._leaving.add(attempt_id)
        if self._removing is None or self._removing.done():
            self._removing = asyncio.create_task(self._remove_leaving(), name="spool")

    async def _remove_leaving(self) -> None:
        tried: set[str] = set()
        while names := self._leaving - tried:
            self._leaving -= await self._disk.run(partial(_remove_all, self._folder, names))
            tried |= names


def _write_durably(path: Path, content: bytes) -> None:
    """A new file, synced; its name goes with it. One that is torn is no JSON, and is as good as none."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | getattr(os, "O_BINARY", 0), 0o600)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _remove_all(folder: Path, names: set[str]) -> set[str]:
    """Those that are gone."""
    for name in names:
        _remove(folder / name)
    return {name for name in names if not (folder / name).exists()}


def _remove(folder: Path) -> None:
    try:
        for entry in os.scandir(folder):
            Path(entry.path).unlink()
        folder.rmdir()
    except OSError:
        # Something else lies there, or nothing: the slow and thorough way.
        shutil.rmtree(folder, ignore_errors=True)


def _read_back(path: Path) -> tuple[Done, Any] | None:
    try:
        document = orjson.loads(path.read_bytes())
    except (FileNotFoundError, orjson.JSONDecodeError):
        return None
    done = answers.from_json(document, folder=path.parent)
    are_whole = all(is_whole(picture) for picture in done.pictures if isinstance(picture, BlobRef))
    return (done, document["sent"]) if are_whole else None


def is_whole(picture: BlobRef) -> bool:
    """A power cut may have kept the name and lost the bytes."""
    return picture.path.exists() and picture.blake3 in (None, digest_file(picture.path))
