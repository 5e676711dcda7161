"""Pages that a bench lets go of, and files that keep what is in them."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bench.reusing import file_milliseconds, let_go_of, pages_reused

CONTENT = b"picture" * 100_000


def is_at_hand(path: Path) -> bool:
    """Whether the file can be read without its disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.preadv(descriptor, [bytearray(1)], 0, os.RWF_NOWAIT) == 1
    except BlockingIOError:
        return False
    finally:
        os.close(descriptor)


def put(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(CONTENT)
        file.flush()
        os.fsync(file.fileno())
    return path


def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """On a file system that lets go of pages and tells which it has."""
    if not hasattr(os, "RWF_NOWAIT"):
        pytest.skip("the system does not tell what is at hand")
    probe = put(tmp_path / "probe" / "file")
    try:
        let_go_of(str(probe))
        if not is_at_hand(probe):
            return tmp_path / "files"
    except OSError:
        pass
    pytest.skip("this file system keeps its pages, or does not tell")


def test_files_that_come_into_a_folder_are_let_go_and_stay_as_they_are(folder: Path) -> None:
    before = put(folder / "ab" / "first")
    assert is_at_hand(before)
    with pages_reused(folder):
        until(lambda: not is_at_hand(before))
        later = put(folder / "ab" / "second")
        elsewhere = put(folder / "cd" / "third")
        until(lambda: not is_at_hand(later) and not is_at_hand(elsewhere))
    assert [path.read_bytes() for path in (before, later, elsewhere)] == [CONTENT] * 3


def test_a_folder_that_is_not_there_yet_is_waited_for(tmp_path: Path) -> None:
    with pages_reused(tmp_path / "later"):
        pass


def test_a_file_takes_some_of_the_processor_whatever_its_pages_are() -> None:
    assert min(file_milliseconds(100_000, files=3, is_reused=is_reused) for is_reused in (True, False)) > 0
