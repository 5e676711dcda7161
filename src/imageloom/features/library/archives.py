"""Pictures taken away together: a ZIP that is made while it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from zipstream import ZIP_STORED, ZipStream  # type: ignore[import-untyped]

from imageloom.features.library.conversion import converted
from imageloom.features.library.delivery import Delivered, Metadata, deliver
from imageloom.features.library.models import Asset
from imageloom.features.library.service import FileChanged, FileGone, FileRemoved, sound_file
from imageloom.features.library.soundness import SENTENCES, FileTrouble, said_of
from imageloom.kit.digests import digest_file
from imageloom.kit.pictures.inspect import DamagedPicture, UnsupportedPicture
from imageloom.kit.pictures.wishes import Conversion
from imageloom.runtime.scope import Scopes

BLOCK_BYTES = 1 << 19


@dataclass(frozen=True, kw_only=True)
class ZipFileStream:
    chunks: Iterator[bytes] | AsyncIterator[bytes]
    size_bytes: int | None


class ChangedOnTheWay(Exception):
    """A picture's bytes are not what was stored, and part of the archive is sent already."""

    def __init__(self, digest: str) -> None:
        super().__init__(digest)
        self.digest = digest


def plan_zip(
    entries: Sequence[tuple[str, Asset, Path | None]],
    sizes: Mapping[str, int],
    metadata: Metadata,
    more: Mapping[str, bytes],
    *,
    leaves_trash: bool = False,
) -> ZipFileStream:
    """Blocking. ``more`` are files beside the pictures. The size is known before the first byte leaves.

    With ``leaves_trash`` what lies in the trash is named, and not taken along.
    """
    archive = ZipStream(compress_type=ZIP_STORED, sized=True)
    missing = []
    for name, asset, path in entries:
        said = _left(asset, leaves_trash=leaves_trash)
        if said is not None:
            missing.append(f"{name}: {said}")
            continue
        try:
            if path is None:
                raise FileNotFoundError
            if not _looks_sound(asset, path, sizes[asset.blake3]):
                raise OSError(FileTrouble.file_changed.sentence)
            delivered = deliver(asset, path, metadata)
        except FileNotFoundError:
            # Whoever opens the archive is told what is missing, and not where it lay.
            missing.append(f"{name}: {FileTrouble.file_missing.sentence}")
            continue
        except (OSError, DamagedPicture, UnsupportedPicture) as error:
            missing.append(f"{name}: {error}")
            continue
        archive.add(_sound_chunks(delivered, asset.blake3), name, size=delivered.size_bytes)
    for name, content in more.items():
        archive.add(content, name)
    if missing:
        # A picture that cannot be packed is named inside the archive, not left out in silence.
        archive.add("\n".join(missing).encode(), "MISSING.txt")
    return ZipFileStream(chunks=_blocks(archive), size_bytes=len(archive))


class Taken(NamedTuple):
    """Where a picture lies in the archive, what it was delivered as, and why not otherwise."""

    name: str
    delivered_as: str
    not_converted: str | None


Finish = Callable[[Mapping[str, Taken]], Awaitable[Mapping[str, bytes]]]


async def stream_converted(
    scopes: Scopes,
    entries: Sequence[tuple[str, Asset]],
    *,
    wish: Conversion,
    metadata: Metadata,
    finish: Finish,
    leaves_trash: bool = True,
) -> AsyncIterator[bytes]:
    """An archive of pictures as wished, each made when its turn comes, and gone when it is sent: it takes the room of
    one. ``finish`` gives the files beside them, from what became of each by its planned name.
    """
    archive = ZipStream(compress_type=ZIP_STORED)
    missing: list[str] = []
    taken: dict[str, Taken] = {}
    names = {name.lower() for name, _asset in entries}
    for name, asset in entries:
        said = _left(asset, leaves_trash=leaves_trash)
        if said is not None:
            missing.append(f"{name}: {said}")
            continue
        async with AsyncExitStack() as kept:
            try:
                path = await sound_file(scopes, asset)
                outcome = await kept.enter_async_context(converted(scopes, asset, path, wish=wish, metadata=metadata))
            except FileNotFoundError:
                missing.append(f"{name}: {FileTrouble.file_missing.sentence}")
                continue
            except (FileGone, FileChanged, FileRemoved, OSError, DamagedPicture, UnsupportedPicture) as error:
                missing.append(f"{name}: {error}")
                continue
            taken[name] = Taken(_renamed(name, outcome.extension, names), outcome.delivered_as, outcome.not_converted)
            archive.add(outcome.delivered.chunks(), taken[name].name, size=outcome.delivered.size_bytes)
            async for block in _from_thread(_blocks(archive.all_files())):
                yield block
    more = dict(await finish(taken))
    if missing:
        more["MISSING.txt"] = "\n".join(missing).encode()
    for name, content in more.items():
        archive.add(content, name)
    async for block in _from_thread(_blocks(archive.finalize())):
        yield block


def _left(asset: Asset, *, leaves_trash: bool) -> str | None:
    """Why a picture is not taken along."""
    return said_of(asset) if leaves_trash or asset.removed_at is not None else None


async def _from_thread(blocks: Iterator[bytes]) -> AsyncIterator[bytes]:
    while block := await asyncio.to_thread(next, blocks, b""):
        yield block


def _renamed(name: str, extension: str, names: set[str]) -> str:
    """A picture that is not what was planned has another ending, and no other's name."""
    stem, dot, ending = name.rpartition(".")
    if not dot or ending == extension:
        return name
    candidate, number = f"{stem}.{extension}", 1
    while candidate.lower() in names:
        candidate = f"{stem}-{number}.{extension}"
        number += 1
    names.add(candidate.lower())
    return candidate


def _sound_chunks(delivered: Delivered, digest: str) -> Iterator[bytes]:
    """Reads the file once before its first byte leaves: memory has it when it is read again."""
    try:
        is_sound = digest_file(delivered.path) == digest
    except OSError:
        is_sound = False
    if not is_sound:
        raise ChangedOnTheWay(digest)
    yield from delivered.chunks()


def _looks_sound(asset: Asset, path: Path, size_bytes: int) -> bool:
    """By its size. Only a file that something was wrong with is read whole before the archive begins."""
    if path.stat().st_size != size_bytes:
        return False
    return asset.trouble not in SENTENCES or digest_file(path) == asset.blake3


def _blocks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in large blocks: each is a way to a thread and back, and to the socket."""
    held: list[bytes] = []
    size = 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= BLOCK_BYTES:
            yield b"".join(held)
            held, size = [], 0
    if held:
        yield b"".join(held)
