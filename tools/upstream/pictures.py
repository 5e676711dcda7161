"""Pictures of noise, cheap and each different."""

from __future__ import annotations

import base64
import random
import struct
import zlib
from functools import lru_cache

SIGNATURE = b"\x89PNG\r\n\x1a\n"


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))


@lru_cache(maxsize=64)
def _parts(width: int, height: int, size: int) -> tuple[bytes, bytes]:
    """The header, and the pixels: rows that repeat until enough bytes do not compress."""
    noise = random.Random(f"{width}x{height}").randbytes(min(size, width * height * 3))
    row = width * 3
    rows = []
    for number in range(height):
        start = number * row
        piece = noise[start : start + row]
        rows.append(b"\x00" + piece + b"\x80" * (row - len(piece)))
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return header, chunk(b"IDAT", zlib.compress(b"".join(rows), 1))


def picture(width: int, height: int, *, size: int, number: int) -> bytes:
    """A whole PNG. ``number`` makes it different from every other."""
    header, pixels = _parts(width, height, size)
    return SIGNATURE + header + _label(number) + pixels + chunk(b"IEND", b"")


@lru_cache(maxsize=64)
def _tail_base64(width: int, height: int, size: int) -> str:
    _header, pixels = _parts(width, height, size)
    return base64.b64encode(pixels + chunk(b"IEND", b"")).decode()


def picture_base64(width: int, height: int, *, size: int, number: int) -> str:
    """The same picture in base 64. What differs is as long as a multiple of three, so the rest is made once."""
    header, _pixels = _parts(width, height, size)
    head = SIGNATURE + header + _label(number)
    return base64.b64encode(head).decode() + _tail_base64(width, height, size)


def _label(number: int) -> bytes:
    return chunk(b"tEXt", b"call\x00%010d" % number)


def bomb() -> bytes:
    """A picture whose header promises far more than it holds."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0))
    return SIGNATURE + header + chunk(b"IDAT", zlib.compress(b"\x00" * 1000)) + chunk(b"IEND", b"")


def spoiled(how: str | None, width: int, height: int, *, size: int, number: int) -> bytes:
    """A picture that is torn, or promises too much, or one that is as it should be."""
    if how == "oversized":
        return bomb()
    content = picture(width, height, size=size, number=number)
    return content[: len(content) // 2] if how == "trunc" else content
