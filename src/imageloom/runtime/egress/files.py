"""Bytes from the network on their way into a file."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from blake3 import blake3

from imageloom.contracts.provider import BlobRef
from imageloom.runtime import faultpoints
from imageloom.runtime.egress.errors import NotStored

_WRITE_BYTES = 256 * 1024


class BlobFile:
    """A new file in ``folder``, readable by its owner alone, hashed while it is written.

    It is written from the event loop's thread: the page cache takes a megabyte in a fraction of a millisecond, a hop
    to a thread and back costs more. Nothing is flushed to the disk; whoever keeps the file sees to that.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"{secrets.token_hex(12)}.part"
        with _stored():
            descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
            self._file = os.fdopen(descriptor, "wb", buffering=_WRITE_BYTES)
        self._hash = blake3()
        self.size_bytes = 0

    def write(self, data: bytes) -> None:
        """Raises :class:`NotStored`."""
        with _stored():
            faultpoints.hit("egress.write")
            self._file.write(data)
        self._hash.update(data)
        self.size_bytes += len(data)

    def finish(self, media_type: str | None = None) -> BlobRef:
        """Raises :class:`NotStored`."""
        with _stored():
            self._file.close()
        return BlobRef(path=self.path, size_bytes=self.size_bytes, media_type=media_type, blake3=self._hash.hexdigest())

    def discard(self) -> None:
        # A full disk refuses the buffered rest once more; the file goes anyway.
        with suppress(OSError):
            self._file.close()
        self.path.unlink(missing_ok=True)


@contextmanager
def _stored() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise NotStored(error.errno, error.strerror or "cannot be written") from error
