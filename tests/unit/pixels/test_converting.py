"""A picture in another format: what it keeps, what it becomes, and what cannot become it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageCms

from imageloom.runtime.pixels.converting import NotConverted, Wish, convert_picture

MAX_PIXELS = 64_000_000


def wish(**more: Any) -> Wish:
    return Wish(
        **{"format": "jpeg", "quality": 90, "is_lossless": False, "background": "#ffffff", "max_side": None} | more
    )


def save(folder: Path, picture: Image.Image, name: str = "source.png", **more: Any) -> Path:
    path = folder / name
    picture.save(path, **more)
    return path


def drawn(mode: str = "RGB", size: tuple[int, int] = (60, 40)) -> Image.Image:
    picture = Image.linear_gradient("L").resize(size)
    return picture.convert(mode) if mode != "RGBA" else Image.merge("RGBA", [picture] * 3 + [picture])


@pytest.mark.parametrize("kind", ["jpeg", "png", "webp"])
@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "I;16"])
def test_every_kind_becomes_every_format(tmp_path: Path, kind: Any, mode: str) -> None:
    source = save(tmp_path, Image.new("I;16", (60, 40), 30_000) if mode == "I;16" else drawn(mode))
    target = tmp_path / "target"
    assert convert_picture(source, target, wish(format=kind), MAX_PIXELS) == (60, 40)
    with Image.open(target) as made:
        made.load()
        assert (made.format, made.size) == (kind.upper(), (60, 40))
        assert made.mode in (("RGB",) if kind == "jpeg" else ("RGB", "RGBA"))


def test_lossless_keeps_every_pixel(tmp_path: Path) -> None:
    source = save(tmp_path, drawn("RGBA"))
    for kind, more in (("webp", {"is_lossless": True}), ("png", {})):
        convert_picture(source, tmp_path / kind, wish(format=kind, **more), MAX_PIXELS)
        with Image.open(source) as before, Image.open(tmp_path / kind) as after:
            assert after.convert("RGBA").tobytes() == before.convert("RGBA").tobytes()


def test_what_was_transparent_lies_on_the_background(tmp_path: Path) -> None:
    source = save(tmp_path, Image.new("RGBA", (16, 16), (0, 0, 0, 0)))
    convert_picture(source, tmp_path / "a", wish(background="#ff0000"), MAX_PIXELS)
    with Image.open(tmp_path / "a") as made:
        red, green, blue = made.convert("RGB").tobytes()[:3]
    assert (red > 250, green < 5, blue < 5) == (True, True, True)


def test_the_longer_side_is_bounded_and_nothing_grows(tmp_path: Path) -> None:
    source = save(tmp_path, drawn(size=(300, 200)))
    assert convert_picture(source, tmp_path / "a", wish(max_side=150), MAX_PIXELS) == (150, 100)
    assert convert_picture(source, tmp_path / "b", wish(max_side=1000), MAX_PIXELS) == (300, 200)


def test_less_quality_is_a_smaller_file(tmp_path: Path) -> None:
    source = save(tmp_path, Image.effect_noise((128, 128), 60).convert("RGB"))
    for kind in ("jpeg", "webp"):
        sizes = []
        for quality in (20, 90):
            convert_picture(source, tmp_path / "a", wish(format=kind, quality=quality), MAX_PIXELS)
            sizes.append((tmp_path / "a").stat().st_size)
        assert sizes[0] < sizes[1]


def test_a_picture_is_upright_and_in_srgb(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    source = save(tmp_path, drawn(), "source.jpg", exif=exif, icc_profile=profile)
    assert convert_picture(source, tmp_path / "a", wish(format="png"), MAX_PIXELS) == (40, 60)
    with Image.open(tmp_path / "a") as made:
        assert "icc_profile" not in made.info


@pytest.mark.parametrize("broken", ["cut", "moving", "wide", "large", "none"])
def test_what_cannot_be_converted_says_so(tmp_path: Path, broken: str) -> None:
    source, asked, most = tmp_path / "source", wish(format="webp"), MAX_PIXELS
    if broken == "cut":
        whole = save(tmp_path, Image.effect_noise((64, 64), 60)).read_bytes()
        source.write_bytes(whole[: len(whole) // 2])
    elif broken == "moving":
        drawn().save(source, "WEBP", save_all=True, append_images=[drawn().rotate(90)], duration=100)
    elif broken == "wide":
        Image.new("L", (16_400, 1)).save(source, "PNG")
    elif broken == "large":
        drawn().save(source, "PNG")
        most = 100
    else:
        source.write_bytes(b"no picture")
    with pytest.raises(NotConverted) as told:
        convert_picture(source, tmp_path / "target", asked, most)
    assert str(tmp_path) not in str(told.value)
