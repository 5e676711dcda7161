"""Whether a picture file is whole, told from its structure: chunks and checksums, segments and ends.

A full decode costs a hundred times more and happens once, elsewhere. What is checked here costs a fraction of a
millisecond, and catches what cut connections and broken servers really produce.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import BinaryIO, Literal

from isal.isal_zlib import crc32

Format = Literal["png", "jpeg", "webp"]

PNG_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_CHUNK_BYTES = 1 << 18
_PNG_CHUNK_MAX = 2**31 - 1
_JPEG_FRAMES = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})
_JPEG_ALONE = frozenset({0x01, *range(0xD0, 0xD9)})
_JPEG_TAIL_BYTES = 4096


class DamagedPicture(Exception):
    """The file begins like a picture and is not a whole one."""


class UnsupportedPicture(Exception):
    """The file is no picture of a kind that is kept here."""


class PictureTooLarge(Exception):
    """The file, or the picture it would become, is larger than allowed."""


@dataclass(frozen=True, kw_only=True)
class PictureLimits:
    """Bounds that hold before anything is decoded."""

    max_pixels: int = 64_000_000
    max_side: int = 32_768
    max_bytes: int = 100_000_000


@dataclass(frozen=True, kw_only=True)
class PictureFacts:
    """What the header says."""

    format: Format
    width: int
    height: int
    has_alpha: bool
    is_animated: bool

    @property
    def media_type(self) -> str:
        return f"image/{self.format}"


def examine(file: BinaryIO, *, size_bytes: int, limits: PictureLimits) -> PictureFacts:
    """Reads the whole file once. Raises :class:`DamagedPicture`, :class:`UnsupportedPicture` or
    :class:`PictureTooLarge`.
    """
    if size_bytes > limits.max_bytes:
        raise PictureTooLarge(f"The file has {size_bytes} bytes; {limits.max_bytes} are allowed.")
    file.seek(0)
    head = file.read(16)
    file.seek(0)
    if head.startswith(PNG_SIGNATURE):
        facts = _examine_png(file, size_bytes, limits)
    elif head.startswith(b"\xff\xd8\xff"):
        facts = _examine_jpeg(file, size_bytes)
    elif head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        facts = _examine_webp(file, size_bytes)
    elif not head:
        raise DamagedPicture("The file is empty.")
    else:
        raise UnsupportedPicture("This is no PNG, JPEG or WebP picture.")
    _check_size(facts, limits)
    return facts


def _check_size(facts: PictureFacts, limits: PictureLimits) -> None:
    width, height = facts.width, facts.height
    if width < 1 or height < 1:
        raise DamagedPicture(f"The picture says it is {width}x{height}.")
    if max(width, height) > limits.max_side or width * height > limits.max_pixels:
        raise PictureTooLarge(
            f"The picture is {width}x{height}; {limits.max_pixels} pixels and sides of {limits.max_side} are allowed."
        )


# --- PNG -----------------------------------------------------------------------------------------------------------


def _examine_png(file: BinaryIO, size_bytes: int, limits: PictureLimits) -> PictureFacts:
    file.seek(len(PNG_SIGNATURE))
    facts: PictureFacts | None = None
    has_data = animated = transparent = False
    while True:
        head = file.read(8)
        if len(head) < 8:
            raise DamagedPicture("The PNG ends before its last chunk.")
        length, kind = int.from_bytes(head[:4], "big"), head[4:]
        if length > _PNG_CHUNK_MAX or file.tell() + length + 4 > size_bytes:
            raise DamagedPicture("The PNG ends inside a chunk.")
        if facts is None:
            if kind != b"IHDR" or length != 13:
                raise DamagedPicture("The PNG does not begin with its header.")
            facts = _read_ihdr(_read_chunk(file, kind, length))
            # Before the pixels are walked: a header that promises too much ends here.
            _check_size(facts, limits)
            continue
        _skip_chunk(file, kind, length)
        if kind == b"IDAT":
            has_data = True
        elif kind == b"acTL":
            animated = True
        elif kind == b"tRNS":
            transparent = True
        elif kind == b"IEND":
            break
    if not has_data:
        raise DamagedPicture("The PNG holds no picture data.")
    return PictureFacts(
        format="png",
        width=facts.width,
        height=facts.height,
        has_alpha=facts.has_alpha or transparent,
        is_animated=animated,
    )


def _read_ihdr(body: bytes) -> PictureFacts:
    depth, colour, compression, filtering, interlace = body[8:13]
    if colour not in (0, 2, 3, 4, 6) or depth not in (1, 2, 4, 8, 16) or compression or filtering or interlace > 1:
        raise DamagedPicture("The PNG's header holds values that do not exist.")
    return PictureFacts(
        format="png",
        width=int.from_bytes(body[:4], "big"),
        height=int.from_bytes(body[4:8], "big"),
        has_alpha=colour in (4, 6),
        is_animated=False,
    )


def _read_chunk(file: BinaryIO, kind: bytes, length: int) -> bytes:
    body = file.read(length)
    if crc32(body, crc32(kind)) != int.from_bytes(file.read(4), "big"):
        raise DamagedPicture(f"The PNG's {kind.decode('latin-1')} chunk has a wrong checksum.")
    return body


def _skip_chunk(file: BinaryIO, kind: bytes, length: int) -> None:
    checksum = crc32(kind)
    left = length
    while left > 0:
        piece = file.read(min(left, _CHUNK_BYTES))
        if not piece:
            raise DamagedPicture("The PNG ends inside a chunk.")
        checksum = crc32(piece, checksum)
        left -= len(piece)
    if checksum != int.from_bytes(file.read(4), "big"):
        raise DamagedPicture(f"The PNG's {kind.decode('latin-1')} chunk has a wrong checksum.")


# --- JPEG ----------------------------------------------------------------------------------------------------------


def _examine_jpeg(file: BinaryIO, size_bytes: int) -> PictureFacts:
    file.seek(2)
    size: tuple[int, int] | None = None
    while True:
        marker = _next_marker(file)
        if marker in _JPEG_ALONE:
            continue
        if marker == 0xD9:
            raise DamagedPicture("The JPEG ends before its picture data.")
        length = int.from_bytes(file.read(2), "big")
        if length < 2 or file.tell() + length - 2 > size_bytes:
            raise DamagedPicture("The JPEG ends inside a segment.")
        if marker in _JPEG_FRAMES:
            frame = file.read(length - 2)
            if len(frame) < 6:
                raise DamagedPicture("The JPEG's frame header is cut.")
            size = int.from_bytes(frame[3:5], "big"), int.from_bytes(frame[1:3], "big")
        elif marker == 0xDA:
            break
        else:
            file.seek(length - 2, 1)
    if size is None:
        raise DamagedPicture("The JPEG has no frame header.")
    file.seek(max(file.tell(), size_bytes - _JPEG_TAIL_BYTES))
    if b"\xff\xd9" not in file.read():
        raise DamagedPicture("The JPEG has no end: it was cut off.")
    return PictureFacts(format="jpeg", width=size[0], height=size[1], has_alpha=False, is_animated=False)


def _next_marker(file: BinaryIO) -> int:
    first = file.read(1)
    if first != b"\xff":
        raise DamagedPicture("The JPEG's segments are broken.")
    while True:
        byte = file.read(1)
        if not byte:
            raise DamagedPicture("The JPEG ends between segments.")
        if byte != b"\xff":
            return byte[0]


# --- WebP ----------------------------------------------------------------------------------------------------------


def _examine_webp(file: BinaryIO, size_bytes: int) -> PictureFacts:
    head = file.read(12)
    declared = int.from_bytes(head[4:8], "little") + 8
    if declared > size_bytes:
        raise DamagedPicture(f"The WebP says it has {declared} bytes; {size_bytes} came.")
    facts: PictureFacts | None = None
    has_data = False
    while file.tell() + 8 <= declared:
        chunk = file.read(8)
        kind, length = chunk[:4], int.from_bytes(chunk[4:], "little")
        start = file.tell()
        if start + length > declared:
            raise DamagedPicture("The WebP ends inside a chunk.")
        if kind in (b"VP8 ", b"VP8L", b"VP8X"):
            found = _read_webp_header(kind, file.read(min(length, 16)))
            # The extended header comes first and speaks for the whole canvas.
            facts = facts or found
            has_data = has_data or kind != b"VP8X"
        elif kind == b"ANMF":
            has_data = True
        file.seek(start + length + (length & 1))
    if facts is None or not has_data:
        raise DamagedPicture("The WebP holds no picture data.")
    return facts


def _read_webp_header(kind: bytes, body: bytes) -> PictureFacts:
    if len(body) < 10 and not (kind == b"VP8L" and len(body) >= 5):
        raise DamagedPicture("The WebP's header is cut.")
    if kind == b"VP8X":
        return PictureFacts(
            format="webp",
            width=int.from_bytes(body[4:7], "little") + 1,
            height=int.from_bytes(body[7:10], "little") + 1,
            has_alpha=bool(body[0] & 0x10),
            is_animated=bool(body[0] & 0x02),
        )
    if kind == b"VP8L":
        if body[0] != 0x2F:
            raise DamagedPicture("The WebP's lossless header is broken.")
        bits = int.from_bytes(body[1:5], "little")
        return PictureFacts(
            format="webp",
            width=(bits & 0x3FFF) + 1,
            height=((bits >> 14) & 0x3FFF) + 1,
            has_alpha=bool((bits >> 28) & 1),
            is_animated=False,
        )
    if body[3:6] != b"\x9d\x01\x2a":
        raise DamagedPicture("The WebP's lossy header is broken.")
    return PictureFacts(
        format="webp",
        width=int.from_bytes(body[6:8], "little") & 0x3FFF,
        height=int.from_bytes(body[8:10], "little") & 0x3FFF,
        has_alpha=False,
        is_animated=False,
    )
