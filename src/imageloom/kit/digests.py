"""The content hash by which files are named: BLAKE3, in hex (64 characters)."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from blake3 import blake3

CHUNK_BYTES = 1_048_576


def digest_stream(stream: BinaryIO) -> str:
    """The hash of what is left in the stream, read in pieces."""
    digest = blake3()
    while chunk := stream.read(CHUNK_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


def digest_file(path: Path) -> str:
    """Blocks; call it in a thread. Raises ``OSError``."""
    with path.open("rb") as file:
        return digest_stream(file)
