"""A picture in another format, or smaller. Runs in a worker process."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import Image, ImageFile

from imageloom.kit.pictures.inspect import Format
from imageloom.runtime.pixels.preview import DAMAGE, mixable, upright

METHODS = {"lossless": 2, "lossy": 4}
"""WebP's effort: more of it takes much longer for a few percent of size."""
EFFORT_LOSSLESS = 60


class NotConverted(Exception):
    """This picture cannot become what was wished for; says why."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a picture is to become: 8 bits a channel in sRGB, upright. ``background`` lies behind what JPEG cannot leave
    transparent; ``max_side`` bounds the longer side, and makes nothing larger.
    """

    format: Format
    quality: int
    is_lossless: bool
    background: str
    max_side: int | None


def convert_picture(source: Path, target: Path, wish: Wish, max_pixels: int) -> tuple[int, int]:
    """Writes the target; its width and height. Raises :class:`NotConverted`."""
    Image.MAX_IMAGE_PIXELS = max_pixels
    ImageFile.LOAD_TRUNCATED_IMAGES = False
    try:
        with warnings.catch_warnings():
            # Decoders complain of oddities that they can live with.
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(source, formats=("PNG", "JPEG", "WEBP")) as opened:
                if getattr(opened, "n_frames", 1) > 1:
                    raise NotConverted("It moves, and would stand still.")
                opened.load()
                picture = upright(_bounded(mixable(opened), wish.max_side))
            if wish.format == "jpeg":
                picture = _opaque(picture, wish.background)
            # Nothing of what the file said comes along by chance: what it is to say is put in afterwards.
            picture.info = {}
            picture.save(target, wish.format.upper(), **_options(wish))
    except MemoryError:
        raise NotConverted("It needs more memory than one picture may take.") from None
    except DAMAGE as error:
        # Where the file lies is nobody's business.
        raise NotConverted(f"It cannot be made: {str(error).replace(str(source), 'the picture')}") from None
    return picture.size


def _bounded(picture: Image.Image, max_side: int | None) -> Image.Image:
    if max_side is not None and max(picture.size) > max_side:
        info = picture.info
        picture.thumbnail((max_side, max_side), Image.Resampling.LANCZOS, reducing_gap=3.0)
        picture.info = info
    return picture


def _opaque(picture: Image.Image, background: str) -> Image.Image:
    if picture.mode != "RGBA":
        return picture.convert("RGB")
    flat = Image.new("RGB", picture.size, background)
    flat.paste(picture, mask=picture.getchannel("A"))
    return flat


def _options(wish: Wish) -> dict[str, Any]:
    if wish.format == "png":
        return {"compress_level": 6}
    if wish.format == "jpeg":
        return {"quality": wish.quality, "progressive": True}
    if wish.is_lossless:
        return {"lossless": True, "quality": EFFORT_LOSSLESS, "method": METHODS["lossless"], "exact": True}
    return {"quality": wish.quality, "method": METHODS["lossy"]}
