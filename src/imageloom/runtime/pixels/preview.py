"""Previews of a picture from exactly one decode. Runs in a worker process."""

from __future__ import annotations

import base64
import struct
import warnings
import zlib
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image, ImageCms, ImageFile, ImageOps, UnidentifiedImageError

from imageloom.kit.pictures.inspect import DamagedPicture

SIZES = (512, 256)
QUALITY = 80
METHOD = 2
"""Half a WebP encoder's effort: two thirds of the time of the default for a few percent of size."""
TINY = 8
HASH_SIDE = 32
HASH_BITS = 8
# What the readers of EXIF and of colour profiles raise for bytes that are not what they should be.
_BROKEN_WORDS = (ArithmeticError, EOFError, LookupError, OSError, SyntaxError, TypeError, ValueError, struct.error)
# The same for pixels, and for pictures that are larger than their checked header said.
DAMAGE = (*_BROKEN_WORDS, UnidentifiedImageError, Image.DecompressionBombError, Warning, zlib.error)


@dataclass(frozen=True, kw_only=True)
class Previews:
    """``files`` maps a longest side to a WebP file. ``tiny`` is 8x8 RGB pixels in base 64, ``phash`` 64 bits in hex,
    ``colour`` the mean as #rrggbb.
    """

    files: dict[int, Path]
    tiny: str
    phash: str
    colour: str
    width: int
    height: int


def make_previews(source: Path, folder: Path, max_pixels: int) -> Previews:
    """Writes the previews into the folder. Raises :class:`DamagedPicture` when the picture cannot be decoded."""
    Image.MAX_IMAGE_PIXELS = max_pixels
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with warnings.catch_warnings():
            # Decoders complain of oddities that they can live with.
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(source, formats=("PNG", "JPEG", "WEBP")) as opened:
                width, height = opened.size
                # JPEG alone can skip work while decoding; others ignore the hint.
                opened.draft("RGB", (SIZES[0] * 2, SIZES[0] * 2))
                opened.load()
                picture = upright(_smaller(opened))
    except DAMAGE as error:
        raise DamagedPicture(f"It cannot be decoded: {error}") from error
    files: dict[int, Path] = {}
    for size in SIZES:
        picture.thumbnail((size, size), Image.Resampling.LANCZOS, reducing_gap=2.0)
        files[size] = folder / f"{size}.webp"
        picture.save(files[size], "WEBP", quality=QUALITY, method=METHOD)
    flat = picture.convert("RGB")
    tiny = flat.resize((TINY, TINY), Image.Resampling.BOX)
    mean = np.asarray(tiny, dtype=np.float64).reshape(-1, 3).mean(axis=0)
    return Previews(
        files=files,
        tiny=base64.b64encode(tiny.tobytes()).decode(),
        phash=perceptual_hash(flat),
        colour="#" + "".join(f"{round(channel):02x}" for channel in mean),
        width=width,
        height=height,
    )


def _smaller(picture: Image.Image) -> Image.Image:
    """At most as large as the largest preview, before all else: each further copy would cost what the whole does."""
    small = mixable(picture)
    small.thumbnail((SIZES[0], SIZES[0]), Image.Resampling.LANCZOS, reducing_gap=2.0)
    return small


def mixable(picture: Image.Image) -> Image.Image:
    """Colours of a palette and 16-bit greys cannot be mixed, so those become what can be."""
    if picture.mode in ("1", "P", "PA"):
        mixed = picture.convert("RGBA" if "transparency" in picture.info or picture.mode == "PA" else "RGB")
    elif picture.mode in ("I;16", "I;16L", "I;16B", "I"):
        mixed = Image.fromarray((np.asarray(picture) >> 8).clip(0, 255).astype(np.uint8))
    elif "transparency" in picture.info:
        mixed = picture.convert("RGBA")
    else:
        mixed = picture
    mixed.info = picture.info
    return mixed


def upright(picture: Image.Image) -> Image.Image:
    """Turned as the camera said, in sRGB, in a mode that WebP knows."""
    profile = picture.info.get("icc_profile")
    try:
        turned = ImageOps.exif_transpose(picture)
    except _BROKEN_WORDS:
        # Broken words about a picture are no reason to have no preview.
        turned = picture
    converted = turned.convert("RGBA" if turned.mode in ("RGBA", "RGBa", "LA", "La") else "RGB")
    if not profile:
        return converted
    try:
        icc = ImageCms.ImageCmsProfile(BytesIO(profile))
        srgb = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(converted, icc, srgb) or converted
    except (ImageCms.PyCMSError, *_BROKEN_WORDS):
        return converted


def perceptual_hash(picture: Image.Image) -> str:
    """64 bits of the low frequencies: near pictures differ in few of them."""
    grey = np.asarray(picture.convert("L").resize((HASH_SIDE, HASH_SIDE), Image.Resampling.LANCZOS), dtype=np.float64)
    steps = np.arange(HASH_SIDE)
    basis = np.cos(np.pi * (2 * steps[None, :] + 1) * steps[:HASH_BITS, None] / (2 * HASH_SIDE))
    low = basis @ grey @ basis.T
    bits = (low > np.median(low.flatten()[1:])).flatten()
    return np.packbits(bits).tobytes().hex()
