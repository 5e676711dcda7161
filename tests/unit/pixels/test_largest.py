"""The largest pictures that the settings allow fit into the memory that the settings give."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from imageloom.runtime.pixels.preview import make_previews
from imageloom.runtime.pixels.workers import ProcessWorkers
from imageloom.runtime.settings import PictureSettings

SETTINGS = PictureSettings()
KINDS = {
    "clear.png": ("RGBA", {"compress_level": 1}),
    "palette.png": ("P", {"compress_level": 1}),
    "deep.png": ("I;16", {"compress_level": 1}),
    "ink.jpg": ("CMYK", {}),
    "progressive.jpg": ("RGB", {"progressive": True}),
    "lossy.webp": ("RGBA", {"method": 0}),
    "lossless.webp": ("RGBA", {"method": 0, "lossless": True, "quality": 0}),
}


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("name", KINDS)
async def test_the_largest_picture_is_decoded_within_the_limits(name: str, tmp_path: Path) -> None:
    mode, options = KINDS[name]
    side = int(SETTINGS.max_pixels**0.5)
    if mode == "I;16":
        picture = Image.fromarray(np.arange(side * side, dtype=np.uint32).astype(np.uint16).reshape(side, side))
    else:
        picture = Image.frombytes("RGBA", (125, 125), os.urandom(125 * 125 * 4)).resize((side, side)).convert(mode)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    turned = Image.Exif()
    turned[0x0112] = 6
    words = {} if mode in ("I;16", "CMYK") else {"icc_profile": profile, "exif": turned}
    picture.save(tmp_path / name, **options, **words)
    del picture
    workers = ProcessWorkers(max_workers=1, idle_seconds=30.0, memory_bytes=SETTINGS.worker_memory_bytes)
    try:
        previews = await workers.run(
            make_previews,
            tmp_path / name,
            tmp_path,
            SETTINGS.max_pixels,
            timeout_seconds=SETTINGS.decode_seconds,
            cpu_seconds=SETTINGS.decode_cpu_seconds,
        )
    finally:
        await workers.close()
    assert (previews.width, previews.height) == (side, side)
