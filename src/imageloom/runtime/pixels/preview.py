"""Previews of a picture from exactly one decode. Runs in a worker process."""

from __future__ import annotations

import base64
import warnings
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
MAX_PIXELS = 64_000_000
TINY = 8
HASH_SIDE = 32
HASH_BITS = 8


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


def make_previews(source: Path, folder: Path) -> Previews:
    """Writes the previews into the folder. Raises :class:`DamagedPicture` when the picture cannot be decoded."""
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(source, formats=("PNG", "JPEG", "WEBP")) as opened:
                width, height = opened.size
                # JPEG alone can skip work while decoding; others ignore the hint.
                opened.draft("RGB", (SIZES[0] * 2, SIZES[0] * 2))
                opened.load()
                picture = _upright(opened)
    except (OSError, SyntaxError, ValueError, UnidentifiedImageError, Image.DecompressionBombError, Warning) as error:
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


def _upright(picture: Image.Image) -> Image.Image:
    """Turned as the camera said, in sRGB, in a mode that WebP knows."""
    profile = picture.info.get("icc_profile")
    turned = ImageOps.exif_transpose(picture)
    has_alpha = turned.mode in ("RGBA", "LA", "PA") or "transparency" in turned.info
    if turned.mode in ("I", "I;16", "I;16B", "F"):
        turned = Image.fromarray((np.asarray(turned, dtype=np.float64) / 257.0).clip(0, 255).astype(np.uint8))
    converted = turned.convert("RGBA" if has_alpha else "RGB")
    if not profile:
        return converted
    try:
        icc = ImageCms.ImageCmsProfile(BytesIO(profile))
        srgb = ImageCms.createProfile("sRGB")
        return ImageCms.profileToProfile(converted, icc, srgb) or converted
    except (ImageCms.PyCMSError, OSError):
        # A broken colour profile is no reason to have no preview.
        return converted


def perceptual_hash(picture: Image.Image) -> str:
    """64 bits of the low frequencies: near pictures differ in few of them."""
    grey = np.asarray(picture.convert("L").resize((HASH_SIDE, HASH_SIDE), Image.Resampling.LANCZOS), dtype=np.float64)
    steps = np.arange(HASH_SIDE)
    basis = np.cos(np.pi * (2 * steps[None, :] + 1) * steps[:HASH_BITS, None] / (2 * HASH_SIDE))
    low = basis @ grey @ basis.T
    bits = (low > np.median(low.flatten()[1:])).flatten()
    return np.packbits(bits).tobytes().hex()
