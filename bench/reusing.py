"""Files on pages that the machine has at hand, as on one that has run for long.

There the kernel writes a file where files of before have been. A virtual machine that hands free memory back to its
host gets each page anew, and a picture's file then costs several times as much: a bench would tell how much has been
written before it, and not what is measured.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from statistics import median
from threading import Event, Thread

LOOK_SECONDS = 0.2


@contextmanager
def pages_reused(folder: Path) -> Iterator[None]:
    """Within the block, the pages of files that came into the folders of ``folder`` are let go, for the next files.

    What is not on the disk yet stays; on systems that cannot be asked, everything does.
    """
    ends = Event()
    letting_go = Thread(target=_let_go, args=(folder, ends), daemon=True)
    letting_go.start()
    try:
        yield
    finally:
        ends.set()
        letting_go.join()


def _let_go(folder: Path, ends: Event) -> None:
    changed: dict[str, int] = {}
    known: set[str] = set()
    while not ends.wait(LOOK_SECONDS):
        with suppress(FileNotFoundError):
            for inner in os.scandir(folder):
                if inner.is_dir() and changed.get(inner.path) != inner.stat().st_mtime_ns:
                    changed[inner.path] = inner.stat().st_mtime_ns
                    known |= _let_go_of_new(inner.path, known)


def _let_go_of_new(folder: str, known: set[str]) -> set[str]:
    """The files that are new there."""
    new = {file.path for file in os.scandir(folder)} - known
    for path in new:
        with suppress(FileNotFoundError):
            let_go_of(path)
    return new


def let_go_of(path: str) -> None:
    """Of the pages of one file that are on the disk already."""
    if not hasattr(os, "posix_fadvise"):
        return
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
    finally:
        os.close(descriptor)


def file_milliseconds(size_bytes: int, *, files: int, is_reused: bool) -> float:
    """Processor time of writing and syncing a new file, the median; after as many that are not counted."""
    content = os.urandom(size_bytes)
    used: list[float] = []
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        for number in range(2 * files):
            path = f"{folder}/{number}"
            began = time.thread_time()
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT, 0o600)
            os.write(descriptor, content)
            os.fsync(descriptor)
            os.close(descriptor)
            used.append((time.thread_time() - began) * 1000)
            if is_reused:
                let_go_of(path)
    return median(used[files:])
