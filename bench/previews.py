"""Previews and hashes from one decode, beside the least that Pillow does for one preview."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
from PIL import Image, ImageFile

from bench.measuring import Bar, Finding, Spread, in_turn
from imageloom.runtime.pixels.preview import METHOD, QUALITY, make_previews
from imageloom.runtime.settings import PictureSettings

SIDE = 1024
TIMES = 8


def draw(path: Path) -> None:
    """A picture like a photograph: soft forms and a little grain, 1.6 MB as PNG."""
    chance = np.random.default_rng(7)
    coarse = Image.fromarray(chance.integers(0, 255, (12, 12, 3), dtype=np.uint8)).resize(
        (SIDE, SIDE), Image.Resampling.BICUBIC
    )
    grain = chance.normal(0, 3.5, (SIDE, SIDE, 3))
    pixels = (np.asarray(coarse, dtype=np.float64) + grain).clip(0, 255).astype(np.uint8)
    Image.fromarray(pixels).save(path, "PNG", compress_level=6)


def bare(source: Path, folder: Path) -> None:
    with Image.open(source) as picture:
        picture.thumbnail((512, 512))
        picture.save(folder / "bare.webp", "WEBP", quality=QUALITY, method=METHOD)


@contextmanager
def decodes_counted() -> Iterator[list[str]]:
    """Every picture whose pixels are read from now on, by its format."""
    seen: list[str] = []
    load = ImageFile.ImageFile.load

    def counted(picture: ImageFile.ImageFile) -> Any:
        if picture.tile:
            seen.append(str(picture.format))
        return load(picture)

    with mock.patch.object(ImageFile.ImageFile, "load", counted):
        yield seen


def run(*, rounds: int) -> list[Finding]:
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        folder = Path(place)
        source = folder / "source.png"
        draw(source)
        with decodes_counted() as decodes:
            make_previews(source, folder, PictureSettings().max_pixels)

        def ours() -> float:
            return _milliseconds(lambda: make_previews(source, folder, PictureSettings().max_pixels))

        def theirs() -> float:
            return _milliseconds(lambda: bare(source, folder))

        theirs()
        mine, bares = in_turn([ours, theirs], rounds=rounds)
    return [
        Finding(
            name="decodes a picture", name_zh="每張圖解碼次數", spread=Spread.of(len(decodes)), bar=Bar(limit=1, aim=1)
        ),
        Finding(name="CPU, previews and hash", name_zh="CPU，縮圖與雜湊", spread=mine, unit=" ms"),
        Finding(
            name="CPU, previews and hash / one bare 512 WebP",
            name_zh="CPU，縮圖與雜湊／單張 512 WebP",
            spread=mine.over(bares),
            bar=Bar(limit=1.6),
        ),
    ]


def _milliseconds(function: Any) -> float:
    used = time.process_time()
    for _ in range(TIMES):
        function()
    return (time.process_time() - used) * 1000 / TIMES
