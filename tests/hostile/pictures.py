"""Pictures that no camera and no model would make."""

from __future__ import annotations

import io
import random
import struct
import zlib
from typing import Any

from PIL import Image, ImageCms

from tests.hostile.house import Case, refused, taken
from tools.upstream.pictures import SIGNATURE, bomb, chunk

PREVIEWED = "done"
DAMAGED = "damaged"


def drawn(kind: str, *, mode: str = "RGB", size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    buffer = io.BytesIO()
    noise = random.Random(1).randbytes(size[0] * size[1] * len(Image.new(mode, (1, 1)).tobytes()))
    Image.frombytes(mode, size, noise).save(buffer, kind, **options)
    return buffer.getvalue()


def header(width: int, height: int, *, depth: int = 8, colour: int = 2, interlace: int = 0) -> bytes:
    return chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, interlace))


def png(*chunks: bytes, head: bytes | None = None, pixels: bytes = b"\x00" * 1000, after: bytes = b"") -> bytes:
    """A PNG of 10x10 with whatever else; ``pixels`` are compressed here."""
    data = chunk(b"IDAT", zlib.compress(pixels, 9))
    return SIGNATURE + (head or header(10, 10)) + b"".join(chunks) + data + chunk(b"IEND", b"") + after


def zeros(size: int) -> bytes:
    return zlib.compress(b"\x00" * size, 9)


def riff(*chunks: tuple[bytes, bytes], size: int | None = None) -> bytes:
    body = b"".join(
        kind + struct.pack("<I", len(data)) + data + (b"\x00" if len(data) % 2 else b"") for kind, data in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body) + 4 if size is None else size) + b"WEBP" + body


def canvas(width: int, height: int, flags: int = 0) -> tuple[bytes, bytes]:
    return b"VP8X", bytes((flags, 0, 0, 0)) + struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]


def segment(marker: int, body: bytes) -> bytes:
    return bytes((0xFF, marker)) + struct.pack(">H", len(body) + 2) + body


def jpeg_of(width: int, height: int) -> bytes:
    """A small JPEG whose frame header lies."""
    whole = bytearray(drawn("JPEG"))
    at = whole.index(b"\xff\xc0")
    whole[at + 5 : at + 9] = struct.pack(">HH", height, width)
    return bytes(whole)


def animated(kind: str, frames: int, *, size: tuple[int, int] = (64, 64)) -> bytes:
    first, *others = [Image.new("RGB", size, (number % 256, 0, 0)) for number in range(frames)]
    buffer = io.BytesIO()
    first.save(buffer, kind, save_all=True, append_images=others, duration=1)
    return buffer.getvalue()


def exif(**entries: int) -> bytes:
    block = Image.Exif()
    block[0x0112] = entries.get("orientation", 6)
    return block.tobytes()


ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
ENDLESS_EXIF = (
    b"MM\x00*\x00\x00\x00\x08" + b"\x00\x01\x87\x69\x00\x04\x00\x00\x00\x01\x00\x00\x00\x08" + b"\x00\x00\x00\x08"
)
WILD_EXIF = b"MM\x00*\x00\x00\x00\x08\xff\xff" + b"\x01\x12\x00\x03\xff\xff\xff\xff\xff\xff\xff\xff" * 50
XML_BOMB = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">'
    + b"".join(b'<!ENTITY %c "&%c;&%c;&%c;&%c;&%c;&%c;&%c;&%c;">' % (98 + n, *[97 + n] * 8) for n in range(12))
    + b"]><x:xmpmeta>&m;</x:xmpmeta>"
)
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>fetch("http://169.254.169.254/")</script></svg>'
HTML = b"<html><script>alert(1)</script></html>"
WHOLE = drawn("PNG")


def bad(title: str, content: bytes, **more: Any) -> Case:
    return refused(title, content, "bad_picture", "file", **more)


def good(title: str, content: bytes, *, previews: str = PREVIEWED, **more: Any) -> Case:
    return taken(title, content, previews=previews, **more)


def damaged(title: str, content: bytes) -> Case:
    return good(title, content, previews=DAMAGED)


BY_HEADER = [
    bad("png bomb of 60000x60000", bomb()),
    bad("png of 65535x1", png(head=header(65535, 1))),
    bad("png of 1x65535", png(head=header(1, 65535))),
    bad("png of 0x0", png(head=header(0, 0))),
    bad("png of 0x10", png(head=header(0, 10))),
    bad("png of two thousand million", png(head=header(2**31 - 1, 2**31 - 1))),
    bad("png of four thousand million", png(head=header(2**32 - 1, 1))),
    bad("png of depth 7", png(head=header(10, 10, depth=7))),
    bad("png of colour 5", png(head=header(10, 10, colour=5))),
    bad("png of interlace 9", png(head=header(10, 10, interlace=9))),
    bad("jpeg of 65535x65535", jpeg_of(65535, 65535)),
    bad("jpeg of 0x0", jpeg_of(0, 0)),
    bad("jpeg of 65535x1", jpeg_of(65535, 1)),
    bad("webp canvas of 16777216x16777216", riff(canvas(2**24, 2**24), (b"VP8L", b"\x2f\x00\x00\x00\x00"))),
    bad("webp of 16384x16384", riff((b"VP8L", b"\x2f" + struct.pack("<I", 0x3FFF | (0x3FFF << 14)) + bytes(9)))),
    bad("webp of 0x0", riff((b"VP8 ", b"\x00\x00\x00\x9d\x01\x2a\x00\x00\x00\x00" + bytes(20)))),
]
BY_CONTENT = [
    good("png of 8000x8000 in a few bytes", png(head=header(8000, 8000), pixels=b"\x00" * (8000 * 24_001))),
    damaged("png that promises 8000x8000", png(head=header(8000, 8000))),
    damaged("png that promises 16 bits of 8000x8000", png(head=header(8000, 8000, depth=16, colour=6))),
    good("png with a thousand times its pixels", png(pixels=b"\x00" * 30_000_000)),
    damaged("png without enough pixels", png(pixels=b"\x00")),
    damaged("png of noise", png(pixels=random.Random(1).randbytes(310))),
    damaged(
        "png whose pixels are not compressed",
        SIGNATURE + header(10, 10) + chunk(b"IDAT", b"x" * 100) + chunk(b"IEND", b""),
    ),
    # Its decoder fills in what is missing; a JPEG that was cut off is known by its end.
    good("jpeg that promises 8000x8000", jpeg_of(8000, 8000)),
    damaged(
        "webp that promises a large canvas", riff(canvas(8000, 8000), (b"VP8L", b"\x2f\x00\x00\x00\x00" + bytes(20)))
    ),
    damaged("webp of noise", riff((b"VP8L", b"\x2f" + random.Random(2).randbytes(400)))),
    good("webp of one colour, 8000x8000", drawn("WEBP", size=(1, 1)), previews=PREVIEWED),
]
CUT = [
    *[bad(f"png cut at {at}", WHOLE[:at]) for at in (1, 8, 20, 33, 60, len(WHOLE) - 12, len(WHOLE) - 1)],
    *[bad(f"jpeg cut at {at}", drawn("JPEG")[:at]) for at in (3, 20, 200)],
    *[bad(f"webp cut at {at}", drawn("WEBP")[:at]) for at in (12, 20, 60)],
    bad("png with a wrong checksum", WHOLE[:40] + b"\xff" + WHOLE[41:]),
    bad("png without pixels", SIGNATURE + header(10, 10) + chunk(b"IEND", b"")),
    bad("png without a header", SIGNATURE + chunk(b"IDAT", zeros(100)) + chunk(b"IEND", b"")),
    bad("png whose chunk is longer than the file", SIGNATURE + header(10, 10) + b"\x7f\xff\xff\xffIDAT" + bytes(50)),
    bad("png whose chunk is longer than allowed", SIGNATURE + header(10, 10) + b"\xff\xff\xff\xffIDAT" + bytes(50)),
    bad("png of ten thousand nothings without an end", SIGNATURE + header(10, 10) + chunk(b"teXt", b"") * 10_000),
    bad("jpeg without a frame", b"\xff\xd8" + segment(0xDA, bytes(10)) + b"\xff\xd9"),
    bad("jpeg of endless fill", b"\xff\xd8" + b"\xff" * 1_000_000),
    bad("jpeg whose segment is longer than the file", b"\xff\xd8\xff\xe0\xff\xff" + bytes(20)),
    bad("jpeg whose segment has no length", b"\xff\xd8\xff\xe0\x00\x00" + bytes(20)),
    bad("webp whose chunk is longer than the file", riff((b"VP8X", bytes(10)))[:-4] + b"ALPH\xff\xff\xff\x7f"),
    bad("webp that says it is longer", riff(canvas(10, 10), size=2**31)),
    bad("webp of nothing", riff()),
    bad("webp of a canvas alone", riff(canvas(10, 10))),
]
WORDS = [
    good("png with a small text", png(chunk(b"tEXt", b"Comment\x00hello"))),
    damaged("png with a zTXt bomb", png(chunk(b"zTXt", b"Comment\x00\x00" + zeros(50_000_000)))),
    damaged("png with an iTXt bomb", png(chunk(b"iTXt", b"Comment\x00\x01\x00\x00\x00" + zeros(50_000_000)))),
    damaged("png with an iCCP bomb", png(chunk(b"iCCP", b"icc\x00\x00" + zeros(50_000_000)))),
    good("png with a thousand texts", png(*[chunk(b"tEXt", b"k%d\x00v" % n) for n in range(1000)])),
    good("png with a profile that is none", png(chunk(b"iCCP", b"icc\x00\x00" + zlib.compress(b"no profile")))),
    good("png with a broken profile", png(chunk(b"iCCP", b"icc\x00\x00not compressed"))),
    good("png with a good profile", drawn("PNG", icc_profile=ICC)),
    good("png with a profile cut in half", drawn("PNG", icc_profile=ICC[: len(ICC) // 2])),
    good("png that is turned", drawn("PNG", exif=exif(orientation=6))),
    good("png with exif that points to itself", png(chunk(b"eXIf", ENDLESS_EXIF))),
    good("png with exif without end", png(chunk(b"eXIf", WILD_EXIF))),
    good("png with exif of noise", png(chunk(b"eXIf", random.Random(3).randbytes(5000)))),
    good("png with an xml bomb", png(chunk(b"iTXt", b"XML:com.adobe.xmp\x00\x00\x00\x00\x00" + XML_BOMB))),
    good("jpeg with exif that points to itself", drawn("JPEG", exif=b"Exif\x00\x00" + ENDLESS_EXIF)),
    good("jpeg with exif without end", drawn("JPEG", exif=b"Exif\x00\x00" + WILD_EXIF)),
    good("jpeg with an xml bomb", drawn("JPEG", xmp=XML_BOMB)),
    good("jpeg with a good profile", drawn("JPEG", icc_profile=ICC)),
    good("jpeg with a profile that is none", drawn("JPEG", icc_profile=b"no profile" * 100)),
    good("jpeg with a script in its comment", drawn("JPEG", comment=HTML)),
    good("webp with exif without end", drawn("WEBP", exif=b"Exif\x00\x00" + WILD_EXIF)),
    good("webp with an xml bomb", drawn("WEBP", xmp=XML_BOMB)),
    good("webp with a profile that is none", drawn("WEBP", icc_profile=b"no profile")),
]
MODES = [
    good("1x1", drawn("PNG", size=(1, 1))),
    good("1x1 jpeg", drawn("JPEG", size=(1, 1))),
    good("1x1 webp", drawn("WEBP", size=(1, 1))),
    good("32768x1", drawn("PNG", size=(32768, 1))),
    good("1x32768", drawn("PNG", size=(1, 32768))),
    good("one bit", drawn("PNG", mode="1", size=(64, 64))),
    good("grey", drawn("PNG", mode="L")),
    good("16 bits", drawn("PNG", mode="I;16")),
    good("16 bits a channel", png(head=header(10, 10, depth=16, colour=2), pixels=bytes(10 * 61))),
    good("16 bits with alpha", png(head=header(10, 10, depth=16, colour=6), pixels=bytes(10 * 81))),
    good("palette with alpha", drawn("PNG", mode="P", transparency=bytes(range(256)))),
    good("palette without a palette", png(head=header(10, 10, colour=3), pixels=bytes(110))),
    good("a colour that is clear", png(chunk(b"tRNS", bytes(6)))),
    good("interlaced", png(head=header(1, 1, interlace=1), pixels=bytes(4))),
    good("cmyk", drawn("JPEG", mode="CMYK")),
    good("grey jpeg", drawn("JPEG", mode="L")),
    good("progressive", drawn("JPEG", progressive=True)),
    good("lossless with alpha", drawn("WEBP", mode="RGBA", lossless=True)),
]
FLOODS = [
    good("apng of 300 frames", animated("PNG", 300)),
    good("webp of 300 frames", animated("WEBP", 300)),
    good("apng that promises four thousand million frames", png(chunk(b"acTL", b"\xff" * 8))),
    damaged("apng whose frames are none", png(chunk(b"acTL", struct.pack(">II", 5, 0)), chunk(b"fcTL", bytes(26)))),
]
OTHERS = [
    bad("svg with a script", SVG),
    bad("svg named png", SVG, filename="a.png"),
    bad("gif", animated("GIF", 3)),
    bad("gif of 65535x65535", b"GIF89a\xff\xff\xff\xff\x80\x00\x00" + bytes(20)),
    bad("bmp", drawn("BMP")),
    bad("tiff", drawn("TIFF")),
    bad("ico", drawn("ICO", size=(16, 16))),
    bad("pdf", b"%PDF-1.7\n" + bytes(100)),
    bad("html", HTML),
    bad("elf", b"\x7fELF" + bytes(100)),
    bad("zip", b"PK\x03\x04" + bytes(100)),
    bad("eps with commands", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n(%pipe%id) (r) file\n"),
    bad("svg behind a mark", b"\xef\xbb\xbf" + SVG),
    refused("nothing", b"", "invalid_input", "file"),
    bad("png behind a space", b" " + WHOLE),
    good("png named jpg", WHOLE, filename="a.jpg", format="png"),
    good("jpeg named exe", drawn("JPEG"), filename="a.exe", format="jpeg"),
    good("webp named svg", drawn("WEBP"), filename="a.svg", format="webp"),
    good("png and html", png(after=HTML), format="png"),
    good("png and zip", png(after=b"PK\x03\x04" + bytes(100)), format="png"),
    good("png and php", png(chunk(b"tEXt", b"c\x00<?php system($_GET[0]); ?>")), format="png"),
    good("jpeg and svg", drawn("JPEG", comment=SVG), format="jpeg"),
]
PICTURES = [*BY_HEADER, *BY_CONTENT, *CUT, *WORDS, *MODES, *FLOODS, *OTHERS]
