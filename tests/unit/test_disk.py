"""Bytes that the disk refuses, or takes in part, or forgets."""

from __future__ import annotations

import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from blake3 import blake3

from imageloom.contracts.storage import UNFINISHED, StoreFailed
from imageloom.extensions.storage.local import LocalStore
from imageloom.runtime.egress.files import HELD_BYTES, HELD_BYTES_OF_ALL, BlobFile

CONTENT = os.urandom(HELD_BYTES + 1_500_000)


@contextmanager
def files_at_most(size: int) -> Iterator[None]:
    """No file of this process grows beyond ``size``: the write that reaches it is short, the next one fails."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def pour(file: BlobFile) -> None:
    for start in range(0, len(CONTENT), 70_000):
        file.write(CONTENT[start : start + 70_000])
        if file.is_due:
            file.write_due()


@pytest.mark.fault(25)
def test_what_a_disk_takes_in_part_is_whole_in_the_end(tmp_path: Path) -> None:
    file = BlobFile(tmp_path)
    with files_at_most(600_001):
        pour(file)
        ref = file.finish()
        assert not file.is_written
        with pytest.raises(OSError, match="too large"):
            file.write_rest()
    file.write_rest()
    assert file.is_written
    assert ref.path.read_bytes() == CONTENT
    assert (ref.size_bytes, ref.blake3) == (len(CONTENT), blake3(CONTENT).hexdigest())


def test_a_picture_waits_for_its_end_in_memory_while_there_is_room(tmp_path: Path) -> None:
    piece = bytes(HELD_BYTES // 4)
    files = [BlobFile(tmp_path) for _ in range(HELD_BYTES_OF_ALL // len(piece) // 2)]
    for file in files:
        file.write(piece)
        assert not file.is_due
        file.write(piece)
    # Those that are there already hold all that may be held.
    late = BlobFile(tmp_path)
    late.write(piece)
    assert late.is_due
    late.write_due()
    assert (late.held_bytes, late.is_due, late.path.stat().st_size) == (0, False, len(piece))
    # What is discarded, and what nobody wants any more, leaves its room.
    for file in files[1::2]:
        file.discard()
    del file, files
    late.write(piece)
    assert not late.is_due
    late.finish()
    late.write_rest()
    assert late.path.stat().st_size == 2 * len(piece)


def test_a_file_that_cannot_be_made_is_made_later(tmp_path: Path) -> None:
    file = BlobFile(tmp_path / "folder")
    pour(file)
    ref = file.finish()
    assert not file.is_written
    (tmp_path / "folder").mkdir()
    file.write_rest()
    assert ref.path.read_bytes() == CONTENT


@pytest.mark.fault(22)
async def test_bytes_that_were_not_synced_once_are_copied_before_they_are_trusted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The kernel reports a failed sync once; asked again about the same pages, it says that all is well."""
    store = LocalStore(tmp_path / "blobs")
    source = tmp_path / "source"
    source.write_bytes(CONTENT)
    digest = blake3(CONTENT).hexdigest()
    sync, failures = os.fsync, [OSError(5, "Input/output error")]

    def fail_once(descriptor: int) -> None:
        if failures:
            raise failures.pop()
        sync(descriptor)

    monkeypatch.setattr(os, "fsync", fail_once)
    with pytest.raises(StoreFailed):
        await store.put_file(f"pictures/{digest}", source)
    assert source.read_bytes() == CONTENT
    await store.put_file(f"pictures/{digest}", source)
    kept = store.local_path(f"pictures/{digest}")
    assert kept.read_bytes() == CONTENT
    assert kept.stat().st_ino != source.stat().st_ino


@pytest.mark.fault(26)
async def test_a_blob_that_is_no_longer_whole_is_replaced(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "blobs")
    source = tmp_path / "source"
    source.write_bytes(CONTENT)
    await store.put_file("pictures/abcdef", source)
    kept = store.local_path("pictures/abcdef")
    kept.unlink()
    kept.write_bytes(CONTENT[:-1])
    await store.put_file("pictures/abcdef", source)
    assert kept.read_bytes() == CONTENT


async def test_a_blob_is_retired_only_when_nobody_has_put_it_since(tmp_path: Path) -> None:
    store = LocalStore(tmp_path / "blobs")
    since = datetime(2026, 1, 2, tzinfo=UTC)
    old = (since - timedelta(days=1)).timestamp()

    async def put() -> Path:
        source = tmp_path / "source"
        source.write_bytes(b"picture")
        # As old as a file that waited for its commit through a night: what counts is when it was put.
        os.utime(source, (old, old))
        await store.put_file("pictures/abcdef", source)
        source.unlink()
        path = store.local_path("pictures/abcdef")
        assert path is not None
        return path

    path = await put()
    assert not await store.retire("pictures/abcdef", unused_since=since)
    os.utime(path, (old, old))
    await put()
    assert not await store.retire("pictures/abcdef", unused_since=since)
    assert path.read_bytes() == b"picture"
    os.utime(path, (old, old))
    assert await store.retire("pictures/abcdef", unused_since=since)
    assert not path.exists()
    assert await store.retire("pictures/abcdef", unused_since=since)
    assert (await put()).read_bytes() == b"picture"
    assert not list((tmp_path / "blobs" / UNFINISHED).glob("*"))
