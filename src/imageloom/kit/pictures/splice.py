"""Puts words into a picture file without touching its pixels, while it is being sent.

PNG: text chunks after the header. JPEG: segments after the start. WebP: chunks at the end, with an extended header in
front. What was put in before is replaced. The length is known in advance, which a ZIP and a browser want.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO

from imageloom.kit.pictures.inspect import PNG_SIGNATURE, DamagedPicture, PictureFacts

COPY_BYTES = 1 << 20
_SEGMENT_MAX = 65_533
_XMP_HEADER = b"http://ns.adobe.com/xap/1.0/\x00"
_EXIF_HEADER = b"Exif\x00\x00"
_COMMENT_HEADER = b"Imageloom\x00"
_PNG_KEYWORDS = (b"parameters", b"imageloom", b"XML:com.adobe.xmp")


@dataclass(frozen=True, kw_only=True)
class Words:
    """What goes in. ``parameters`` and ``json`` are text, ``xmp`` a packet."""

    parameters: str
    json: str
    xmp: bytes


@dataclass(frozen=True, kw_only=True)
class _Piece:
    """Either new bytes or a range of the source."""

    new: bytes = b""
    start: int = 0
    stop: int = 0

    @property
    def size(self) -> int:
        return len(self.new) or self.stop - self.start


@dataclass(frozen=True, kw_only=True)
class Spliced:
    """A picture with words in it, not yet written: ``size_bytes`` long."""

    pieces: tuple[_Piece, ...]
    size_bytes: int

    def chunks(self, source: BinaryIO) -> Iterator[bytes]:
        """The bytes, in order, read from the same source."""
        for piece in self.pieces:
            if piece.new:
                yield piece.new
                continue
            source.seek(piece.start)
            left = piece.stop - piece.start
            while left > 0:
                data = source.read(min(left, COPY_BYTES))
                if not data:
                    raise DamagedPicture("The picture's file became shorter while it was read.")
                left -= len(data)
                yield data


def splice(source: BinaryIO, facts: PictureFacts, words: Words) -> Spliced:
    """Plans the new file. Raises :class:`DamagedPicture` when the structure is not what the facts say."""
    source.seek(0, 2)
    size = source.tell()
    makers = {"png": _splice_png, "jpeg": _splice_jpeg, "webp": _splice_webp}
    pieces = tuple(piece for piece in makers[facts.format](source, size, facts, words) if piece.size)
    return Spliced(pieces=pieces, size_bytes=sum(piece.size for piece in pieces))


# --- PNG -----------------------------------------------------------------------------------------------------------


def _png_chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(body, zlib.crc32(kind)))


def _itxt(keyword: bytes, text: bytes) -> bytes:
    return _png_chunk(b"iTXt", keyword + b"\x00\x00\x00\x00\x00" + text)


def _splice_png(source: BinaryIO, size: int, _facts: PictureFacts, words: Words) -> Iterator[_Piece]:
    header_end = len(PNG_SIGNATURE) + 25
    yield _Piece(start=0, stop=header_end)
    yield _Piece(
        new=_itxt(b"parameters", words.parameters.encode())
        + _itxt(b"imageloom", words.json.encode())
        + _itxt(b"XML:com.adobe.xmp", words.xmp)
    )
    position = kept_from = header_end
    while position + 12 <= size:
        source.seek(position)
        length, kind = struct.unpack(">I4s", source.read(8))
        following = position + 12 + length
        if kind in (b"tEXt", b"iTXt", b"zTXt") and _keyword(source.read(min(length, 80))) in _PNG_KEYWORDS:
            yield _Piece(start=kept_from, stop=position)
            kept_from = following
        position = following
        if kind == b"IEND":
            break
    yield _Piece(start=kept_from, stop=size)


def _keyword(body: bytes) -> bytes:
    return body.split(b"\x00", 1)[0]


# --- JPEG ----------------------------------------------------------------------------------------------------------


def _segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def exif_with_comment(text: str) -> bytes:
    """A TIFF block whose EXIF user comment holds the text, the way A1111 writes JPEG and WebP."""
    comment = b"UNICODE\x00" + text.encode("utf-16-be")
    ifd0 = struct.pack(">HHHIII", 1, 0x8769, 4, 1, 26, 0)
    exif = struct.pack(">HHHIII", 1, 0x9286, 7, len(comment), 44, 0)
    return b"MM\x00*" + struct.pack(">I", 8) + ifd0 + exif + comment


def _splice_jpeg(source: BinaryIO, size: int, _facts: PictureFacts, words: Words) -> Iterator[_Piece]:
    new = []
    exif = _EXIF_HEADER + exif_with_comment(words.parameters)
    if len(exif) <= _SEGMENT_MAX:
        new.append(_segment(0xE1, exif))
    packet = _XMP_HEADER + words.xmp
    if len(packet) <= _SEGMENT_MAX:
        new.append(_segment(0xE1, packet))
    # A comment may be repeated, so the whole record fits however long the prompt is.
    record = words.json.encode()
    room = _SEGMENT_MAX - len(_COMMENT_HEADER)
    new += [_segment(0xFE, _COMMENT_HEADER + record[at : at + room]) for at in range(0, len(record), room)]
    yield _Piece(start=0, stop=2)
    yield from _jpeg_application_segments(source, size, b"".join(new))


def _jpeg_application_segments(source: BinaryIO, size: int, new: bytes) -> Iterator[_Piece]:
    """JFIF stays first; then ours; then the rest without what ours replaces."""
    position, placed = 2, False
    while position + 4 <= size:
        source.seek(position)
        head = source.read(4)
        if head[0] != 0xFF:
            raise DamagedPicture("The JPEG's segments are broken.")
        marker, length = head[1], struct.unpack(">H", head[2:])[0]
        if not placed and marker != 0xE0:
            yield _Piece(new=new)
            placed = True
        if marker == 0xDA or not (0xE0 <= marker <= 0xEF or marker == 0xFE):
            break
        body = source.read(min(length - 2, 32))
        ours = (marker == 0xE1 and body.startswith((_XMP_HEADER, _EXIF_HEADER))) or (
            marker == 0xFE and body.startswith(_COMMENT_HEADER)
        )
        if not ours:
            yield _Piece(start=position, stop=position + 2 + length)
        position += 2 + length
    yield _Piece(start=position, stop=size)


# --- WebP ----------------------------------------------------------------------------------------------------------


def _webp_chunk(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("<I", len(body)) + body + (b"\x00" if len(body) & 1 else b"")


def _splice_webp(source: BinaryIO, size: int, facts: PictureFacts, words: Words) -> Iterator[_Piece]:
    kept: list[_Piece] = []
    flags = 0x0C | (0x10 if facts.has_alpha else 0)
    source.seek(4)
    # What lies behind the stated end is no part of the picture.
    end = min(8 + int.from_bytes(source.read(4), "little"), size)
    position = 12
    while position + 8 <= end:
        source.seek(position)
        kind, length = struct.unpack("<4sI", source.read(8))
        stop = min(position + 8 + length, end)
        if kind == b"VP8X":
            flags |= source.read(1)[0]
        elif kind not in (b"EXIF", b"XMP ", b"IMLJ"):
            kept.append(_Piece(start=position, stop=stop))
            if length & 1:
                # Written anew: the last one may lack it, and ours come behind.
                kept.append(_Piece(new=b"\x00"))
        position = stop + (length & 1)
    extended = bytes((flags, 0, 0, 0)) + _u24(facts.width - 1) + _u24(facts.height - 1)
    front = _webp_chunk(b"VP8X", extended)
    back = _webp_chunk(b"EXIF", exif_with_comment(words.parameters)) + _webp_chunk(b"XMP ", words.xmp)
    back += _webp_chunk(b"IMLJ", words.json.encode())
    total = 4 + len(front) + sum(piece.size for piece in kept) + len(back)
    yield _Piece(new=b"RIFF" + struct.pack("<I", total) + b"WEBP" + front)
    yield from kept
    yield _Piece(new=back)


def _u24(value: int) -> bytes:
    return struct.pack("<I", value)[:3]
