"""Bytes from the network on their way into a file."""

from __future__ import annotations

import os
from collections import deque
from contextlib import suppress
from pathlib import Path
from threading import Lock

from blake3 import blake3

from imageloom.contracts.provider import BlobRef
from imageloom.kit.chance import CHANCE
from imageloom.runtime import faultpoints

_LOOK_BYTES = 256 * 1024
_PIECES_AT_ONCE = 512
"""Systems take a thousand in one call. Few calls: each lets go of the interpreter, and has to get it back."""
HELD_BYTES = 4 * 1024 * 1024
"""So much of one file stays in memory while there is room: most pictures go to the disk once, at their end."""
HELD_BYTES_OF_ALL = 16 * 1024 * 1024
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)


class _HeldOfAll:
    """How many bytes all files hold in memory. Asking each, as each grows, costs the square of their number."""

    def __init__(self) -> None:
        self.bytes = 0
        self._left: deque[int] = deque()

    def take(self, count: int) -> None:
        """By the loop alone."""
        self.bytes += count
        while self._left:
            self.bytes -= self._left.popleft()

    def leave(self, count: int) -> None:
        """By anybody: a thread that wrote, or the collector of a file that nobody wants. To append is one step."""
        self._left.append(count)


_HELD = _HeldOfAll()


class BlobFile:
    """A new file in ``folder``, readable by its owner alone, hashed while it is written.

    What comes is held in memory until it :attr:`is_due`; then :meth:`write_due` is to be called, in a thread: the page
    cache takes a megabyte in a fraction of a millisecond, but not while the disk syncs for somebody else. Nothing is
    flushed to the disk; whoever keeps the file sees to that.

    What the disk refuses stays in memory, and whatever comes after it too: the answer's cap bounds it. The end is left
    to :meth:`write_rest`, which is to be tried until the file ``is_written``.
    """

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"{CHANCE.take(12).hex()}.part"
        self.size_bytes = 0
        self.is_written = False
        self._descriptor: int | None = None
        self._pieces: list[bytes] = []
        self._hashed = 0
        """How many of the pieces are in the hash."""
        self.held_bytes = 0
        """In memory."""
        self._looks_at = _LOOK_BYTES
        """How much it holds when it next looks whether there is room."""
        self._refused = False
        self._is_discarded = False
        self._hash = blake3()
        # Whoever discards the file may do so while a thread still writes: its descriptor would be somebody else's.
        self._writing = Lock()

    def __del__(self) -> None:
        self._leave(self.held_bytes)

    @property
    def is_due(self) -> bool:
        if self.held_bytes < self._looks_at or self._refused:
            return False
        self._looks_at = self.held_bytes + _LOOK_BYTES
        return self.held_bytes >= HELD_BYTES or _HELD.bytes >= HELD_BYTES_OF_ALL

    def write(self, data: bytes) -> None:
        self.size_bytes += len(data)
        self._pieces.append(data)
        self.held_bytes += len(data)
        _HELD.take(len(data))

    def write_due(self) -> None:
        """Writes what is held, if the disk takes it."""
        self._looks_at = _LOOK_BYTES
        try:
            self._flush()
        except OSError:
            self._refused = True

    def finish(self, media_type: str | None = None) -> BlobRef:
        """What the file is, or will be when it ``is_written``."""
        self._hash_held()
        return BlobRef(path=self.path, size_bytes=self.size_bytes, media_type=media_type, blake3=self._hash.hexdigest())

    def write_rest(self) -> None:
        """Raises ``OSError``, and may then be called again."""
        if self.is_written:
            return
        self._flush()
        with self._writing:
            if self._descriptor is not None:
                os.close(self._descriptor)
            self._descriptor = None
        self.is_written = True

    def discard(self) -> None:
        with self._writing:
            self._is_discarded = True
            with suppress(OSError):
                if self._descriptor is not None:
                    os.close(self._descriptor)
                self.path.unlink(missing_ok=True)
            self._descriptor = None
            self._pieces = []
            self._leave(self.held_bytes)

    def _leave(self, count: int) -> None:
        self.held_bytes -= count
        _HELD.leave(count)

    def _flush(self) -> None:
        faultpoints.hit("egress.write")
        with self._writing:
            if self._is_discarded:
                return
            self._hash_held()
            if self._descriptor is None:
                self._descriptor = os.open(self.path, _NEW, 0o600)
            try:
                while self._pieces:
                    self._forget(os.writev(self._descriptor, self._pieces[:_PIECES_AT_ONCE]))
            finally:
                self._hashed = len(self._pieces)

    def _forget(self, count: int) -> None:
        """The first so many bytes are written."""
        self._leave(count)
        whole = 0
        while whole < len(self._pieces) and len(self._pieces[whole]) <= count:
            count -= len(self._pieces[whole])
            whole += 1
        del self._pieces[:whole]
        if count:
            self._pieces[0] = self._pieces[0][count:]

    def _hash_held(self) -> None:
        for piece in self._pieces[self._hashed :]:
            self._hash.update(piece)
        self._hashed = len(self._pieces)
