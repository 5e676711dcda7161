"""What delivered pictures are to be, when not as they were made: the rules of it, before anything is made."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, Protocol

from imageloom.kit.errors import InvalidInput
from imageloom.kit.pictures.inspect import Format

QUALITY = 90
WHITE = "#ffffff"
SMALLEST_SIDE = 16
LARGEST_SIDE = 32_768
FileFormat = Literal["original", "jpeg", "png", "webp"]
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


class Sized(Protocol):
    """A picture, as far as a wish asks."""

    @property
    def format(self) -> str: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...


@dataclass(frozen=True, kw_only=True)
class Conversion:
    """What delivered pictures are to be. ``format`` of ``None`` is each picture's own."""

    format: Format | None
    quality: int
    is_lossless: bool
    background: str
    max_side: int | None

    def changes(self, picture: Sized) -> bool:
        """A picture that is as wished already is left as it was made: to make it again could only harm it."""
        is_larger = self.max_side is not None and max(picture.width, picture.height) > self.max_side
        return is_larger or self.format not in (None, picture.format)

    def format_of(self, picture: Sized) -> Format:
        return self.format or _format_of(picture)

    def extension_of(self, picture: Sized) -> str:
        return extension(self.format_of(picture))

    @property
    def tag(self) -> str:
        """Tells one wish from another, in the tag of an answer."""
        parts = (self.format, self.quality, self.is_lossless, self.background.lstrip("#"), self.max_side)
        return "-".join(str(part) for part in parts)


def extension(kind: str) -> str:
    return "jpg" if kind == "jpeg" else kind


def _format_of(picture: Sized) -> Format:
    return "png" if picture.format == "png" else "webp" if picture.format == "webp" else "jpeg"


def wished(
    *, kind: FileFormat, quality: int | None, lossless: bool, background: str | None, max_side: int | None
) -> Conversion | None:
    """What was asked for; ``None`` where pictures stay as they were made. Raises :class:`InvalidInput`."""
    told = "Leave it out, or ask for another format."
    if lossless and kind != "webp":
        raise InvalidInput("Only WebP can be lossless by wish.", field="lossless", hint=told)
    if quality is not None and (lossless or kind == "png"):
        raise InvalidInput("What is lossless has no quality.", field="quality", hint=told)
    if quality is not None and kind == "original" and max_side is None:
        raise InvalidInput("Pictures stay as they were made.", field="quality", hint="Say format or max_side, too.")
    if background is not None and kind != "jpeg":
        raise InvalidInput("Only JPEG needs a background.", field="background", hint=told)
    if background is not None and not _COLOUR.fullmatch(background):
        raise InvalidInput("That is no colour.", field="background", hint="Such as #ffffff.")
    if kind == "original" and max_side is None:
        return None
    return Conversion(
        format=None if kind == "original" else kind,
        quality=quality or QUALITY,
        is_lossless=lossless,
        background=background or WHITE,
        max_side=max_side,
    )
