"""Bytes from the network on their way into a file."""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

from blake3 import blake3

from imageloom.contracts.provider import BlobRef
from imageloom.runtime import faultpoints

_WRITE_BYTES = 256 * 1024
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


class BlobFile:
    """A new file in ``folder``, readable by its owner alone, hashed while it is written.

    It is written from the event loop's thread: the page cache takes a megabyte in a fraction of a millisecond, a hop
    to a thread and back costs more. Nothing is flushed to the disk; whoever keeps the file sees to that.

    What the disk refuses stays in memory, and whatever comes after it too: the answer's cap bounds it. Then
    ``is_written`` is false after :meth:`finish`, and :meth:`write_rest` is to be tried until it succeeds.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"{secrets.token_hex(12)}.part"
        self.size_bytes = 0
        self.is_written = False
        self._descriptor: int | None = None
        self._pieces: list[bytes] = []
        self._held_bytes = 0
        self._refused = False
        self._hash = blake3()

    def write(self, data: bytes) -> None:
        self._hash.update(data)
        self.size_bytes += len(data)
        self._pieces.append(data)
        self._held_bytes += len(data)
        if self._held_bytes >= _WRITE_BYTES and not self._refused:
            try:
                self._flush()
            except OSError:
                self._refused = True

    def finish(self, media_type: str | None = None) -> BlobRef:
        """What the file is, or will be when it ``is_written``."""
        with suppress(OSError):
            self.write_rest()
        return BlobRef(path=self.path, size_bytes=self.size_bytes, media_type=media_type, blake3=self._hash.hexdigest())

    def write_rest(self) -> None:
        """Raises ``OSError``, and may then be called again."""
        if self.is_written:
            return
        self._flush()
        assert self._descriptor is not None
        os.close(self._descriptor)
        self._descriptor = None
        self.is_written = True

    def discard(self) -> None:
        with suppress(OSError):
            if self._descriptor is not None:
                os.close(self._descriptor)
            self.path.unlink(missing_ok=True)
        self._descriptor = None
        self._pieces = []

    def _flush(self) -> None:
        faultpoints.hit("egress.write")
        if self._descriptor is None:
            self._descriptor = os.open(self.path, _NEW, 0o600)
        rest = memoryview(self._pieces[0] if len(self._pieces) == 1 else b"".join(self._pieces))
        try:
            while rest:
                rest = rest[os.write(self._descriptor, rest) :]
        finally:
            self._pieces = [bytes(rest)] if rest else []
            self._held_bytes = len(rest)
