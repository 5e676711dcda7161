"""File systems that get full, run out of inodes, become read-only and lose what was not synced.

Each is mounted in a mount namespace of its own, which a sleeping process keeps: nothing of it is seen from outside, and
nothing is left when that process is gone. A program joins by ``prefix``; this process looks in through ``seen``.
"""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Self

PIECE_BYTES = 1 << 20
REMOUNT_SECONDS = 20.0
FILL = ".fill"


class FileSystem:
    """Mounted at ``place`` by a shell command that finds it as ``$PLACE``. Use it as a context manager."""

    def __init__(self, place: Path, mount: str) -> None:
        self.place = place
        self._mount = mount
        self._keeper: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self.place.mkdir(parents=True, exist_ok=True)
        script = f"set -e; {self._mount}; echo mounted; exec sleep infinity"
        self._keeper = subprocess.Popen(
            ["unshare", "--mount", "--propagation", "private", "sh", "-c", script],
            env={**os.environ, "PLACE": str(self.place)},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        assert self._keeper.stdout is not None
        said = self._keeper.stdout.readline().strip()
        if said != "mounted":
            self._keeper.kill()
            raise OSError(f"the file system could not be mounted: {said}")
        return self

    def __exit__(self, *_error: object) -> None:
        assert self._keeper is not None
        self._keeper.kill()
        self._keeper.wait()
        assert self._keeper.stdout is not None
        self._keeper.stdout.close()

    @property
    def prefix(self) -> list[str]:
        """Before a command, makes it run where the file system is."""
        assert self._keeper is not None
        return ["nsenter", "--target", str(self._keeper.pid), "--mount", "--wd=/"]

    @property
    def seen(self) -> Path:
        """The file system's root, as this process reaches it."""
        assert self._keeper is not None
        return Path(f"/proc/{self._keeper.pid}/root{self.place}")

    # --- full ------------------------------------------------------------------------------------------------

    def fill(self) -> None:
        """Until not one byte more goes in."""
        descriptor = os.open(self.seen / FILL, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        try:
            for size in (PIECE_BYTES, 4096, 1):
                with suppress(OSError):
                    while True:
                        os.write(descriptor, bytes(size))
        finally:
            os.close(descriptor)

    def fill_inodes(self) -> None:
        """Until not one file more can be made."""
        folder = self.seen / FILL
        with suppress(OSError):
            folder.mkdir(exist_ok=True)
            while True:
                (folder / secrets.token_hex(8)).touch()

    def make_room(self) -> None:
        """Undoes both."""
        path = self.seen / FILL
        shutil.rmtree(path) if path.is_dir() else path.unlink()

    # --- read-only -------------------------------------------------------------------------------------------

    def remount(self, mode: str) -> None:
        """``ro`` or ``rw``. A file that is open for writing holds ``ro`` off for a moment."""
        script = f'until mount -o "remount,{mode}" "{self.place}"; do :; done'
        command = [*self.prefix, "sh", "-c", script]
        subprocess.run(command, stderr=subprocess.DEVNULL, check=True, timeout=REMOUNT_SECONDS)


def small(place: Path, *, size: str = "16m", inodes: int = 0) -> FileSystem:
    """In memory, with so many bytes and so many inodes; 0 inodes are as many as one likes."""
    return FileSystem(place, f'mount -t tmpfs -o size={size},nr_inodes={inodes} tmpfs "$PLACE"')


class Losing(FileSystem):
    """An ext4 file system in the file ``image``, told to be slow to write and careless about names.

    A power cut is what ``image`` holds at that moment, without anything that only the memory of the machine knew; the
    next mount replays the journal as it would at power on.
    """

    OPTIONS = "loop,commit=300,noauto_da_alloc,data=writeback"

    def __init__(self, place: Path, image: Path, *, size_bytes: int = 96 << 20) -> None:
        super().__init__(place, f'mount -t ext4 -o {self.OPTIONS} "{image}" "$PLACE"')
        self.image = image
        if not image.exists():
            with image.open("wb") as file:
                file.truncate(size_bytes)
            subprocess.run(["mkfs.ext4", "-q", "-F", str(image)], check=True, capture_output=True)

    def after_power_cut(self, image: Path) -> Losing:
        """The same place when the power is on again, to be entered. The programs must have been killed."""
        subprocess.run(["cp", "--sparse=always", str(self.image), str(image)], check=True)
        return Losing(self.place, image)
