"""Picture files as bytes: checked by structure, given words, named safely."""

from __future__ import annotations

import io
import random
import struct
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from imageloom.kit.filenames import Namer, NameTemplate, NameTemplateError, NameValues
from imageloom.kit.pictures.inspect import (
    DamagedPicture,
    PictureLimits,
    PictureTooLarge,
    UnsupportedPicture,
    examine,
)
from imageloom.kit.pictures.metadata import Provenance, a1111_parameters, imageloom_json, xmp
from imageloom.kit.pictures.splice import Words, splice
from imageloom.runtime.pixels.preview import make_previews
from tools.upstream.pictures import bomb, chunk

FORMATS = ["PNG", "JPEG", "WEBP"]
LIMITS = PictureLimits()
MAX_PIXELS = LIMITS.max_pixels


def picture(kind: str, *, mode: str = "RGB", size: tuple[int, int] = (40, 30), **options: object) -> bytes:
    noise = random.Random(1).randbytes(size[0] * size[1] * len(mode))
    buffer = io.BytesIO()
    Image.frombytes(mode, size, noise).save(buffer, kind, **options)
    return buffer.getvalue()


def look(content: bytes):
    return examine(io.BytesIO(content), size_bytes=len(content), limits=LIMITS)


@pytest.mark.parametrize("kind", FORMATS)
def test_a_whole_picture_is_recognised(kind: str) -> None:
    facts = look(picture(kind))
    assert (facts.format, facts.width, facts.height) == (kind.lower(), 40, 30)
    assert not facts.is_animated


def test_alpha_and_lossless_and_extended_headers_are_read() -> None:
    assert look(picture("PNG", mode="RGBA")).has_alpha
    lossless = look(picture("WEBP", mode="RGBA", lossless=True))
    assert (lossless.width, lossless.height, lossless.has_alpha) == (40, 30, True)
    assert look(picture("WEBP", exif=b"Exif\x00\x00MM\x00*\x00\x00\x00\x08\x00\x00")).width == 40


@pytest.mark.parametrize("kind", FORMATS)
def test_a_cut_picture_is_damaged_wherever_it_is_cut(kind: str) -> None:
    content = picture(kind)
    for end in random.Random(2).sample(range(13, len(content) - 2), 40):
        with pytest.raises(DamagedPicture):
            look(content[:end])


def test_a_flipped_bit_in_a_png_is_noticed() -> None:
    content = bytearray(picture("PNG"))
    content[len(content) // 2] ^= 1
    with pytest.raises(DamagedPicture, match="checksum"):
        look(bytes(content))


@pytest.mark.parametrize(
    ("content", "error"),
    [
        (b"", DamagedPicture),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", UnsupportedPicture),
        (b"GIF89a" + b"\x00" * 30, UnsupportedPicture),
        (bomb(), PictureTooLarge),
        (picture("PNG").replace(struct.pack(">II", 40, 30), struct.pack(">II", 0, 30)), DamagedPicture),
        (b"\x89PNG\r\n\x1a\n" + chunk(b"IDAT", b"x"), DamagedPicture),
        (b"\xff\xd8\xff\xd9", DamagedPicture),
        (b"\xff\xd8\xff\xe0\x00\x01", DamagedPicture),
        (b"RIFF\x0c\x00\x00\x00WEBPVP8 ", DamagedPicture),
    ],
)
def test_what_is_no_picture_is_refused(content: bytes, error: type[Exception]) -> None:
    with pytest.raises(error):
        look(content)


def test_a_file_over_the_limit_is_not_read() -> None:
    with pytest.raises(PictureTooLarge):
        examine(io.BytesIO(b""), size_bytes=10**9, limits=LIMITS)


def words(prompt: str) -> Words:
    made = Provenance(
        prompt=prompt,
        provider="openai",
        model="gpt-image-2",
        width=40,
        height=30,
        created_at="2026-11-23T10:00:00+00:00",
        software="Imageloom 0.1.0",
        negative_prompt="blur",
        seed=5,
        quality="high, sharp",
    )
    return Words(parameters=a1111_parameters(made), json=imageloom_json(made), xmp=xmp(made))


def spliced(content: bytes, prompt: str) -> bytes:
    source = io.BytesIO(content)
    plan = splice(source, look(content), words(prompt))
    result = b"".join(plan.chunks(source))
    assert len(result) == plan.size_bytes
    return result


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("prompt", ["a cat", "雨夜 <&> 貓 🐈", "x" * 30_000, "line\nbreak\x00\x07"])
def test_words_go_in_and_pixels_stay(kind: str, prompt: str) -> None:
    content = picture(kind)
    once = spliced(content, prompt)
    with Image.open(io.BytesIO(content)) as before, Image.open(io.BytesIO(once)) as after:
        assert before.tobytes() == after.tobytes()
        clean = prompt.replace("\x00", "").replace("\x07", "")
        if kind == "PNG":
            assert after.info["parameters"].startswith(clean)
        elif len(prompt) < 1000:
            comment = after.getexif().get_ifd(0x8769)[0x9286]
            assert comment[8:].decode("utf-16-be").startswith(clean)
    assert b"trainedAlgorithmicMedia" in once
    assert b"gpt-image-2" in once
    # A second time replaces the first.
    assert spliced(once, prompt) == once


def test_the_settings_line_is_quoted_as_its_readers_expect() -> None:
    assert words("a cat").parameters.splitlines()[1:] == [
        "Negative prompt: blur",
        'Seed: 5, Size: 40x30, Model: openai/gpt-image-2, Quality: "high, sharp", Version: Imageloom 0.1.0',
    ]


@pytest.mark.parametrize("kind", FORMATS)
def test_previews_come_from_one_decode(kind: str, tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.write_bytes(picture(kind, size=(900, 600)))
    previews = make_previews(source, tmp_path, MAX_PIXELS)
    sizes = [Image.open(previews.files[side]).size for side in (512, 256)]
    assert sizes == [(512, 341), (256, 171)] or sizes == [(512, 341), (256, 170)]
    assert len(previews.phash) == 16
    assert previews.colour.startswith("#")


def test_previews_of_odd_pictures(tmp_path: Path) -> None:
    for number, (mode, kind) in enumerate(
        [("RGBA", "PNG"), ("L", "PNG"), ("P", "PNG"), ("I;16", "PNG"), ("CMYK", "JPEG")]
    ):
        source = tmp_path / str(number)
        Image.new(mode, (5, 3)).save(source, kind)
        assert make_previews(source, tmp_path, MAX_PIXELS).width == 5
    broken = tmp_path / "broken"
    broken.write_bytes(picture("PNG")[:-40])
    with pytest.raises(DamagedPicture):
        make_previews(broken, tmp_path, MAX_PIXELS)


VALUES = NameValues(
    index=7,
    total=250,
    ext="png",
    created_at=datetime(2026, 11, 23, 9, 5, 1, tzinfo=UTC),
    hash="abcdef0123456789",
    prompt="A fox, in: a snowy/forest",
    project="Autumn?",
    model="gpt-image-2",
    seed=5,
    columns={"Title": "狐狸"},
)


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("[index]", "007.png"),
        ("{index}-{seed}", "007-5.png"),
        ("[project]/[date]/[prompt:words=2]", "Autumn/2026-11-23/A fox.png"),
        ("[prompt]", "A fox in a snowy forest.png"),
        ("[index]-[quality]-[seed]", "007-5.png"),
        ("[index]-[quality]", "007.png"),
        ("[column:title]_[hash:4].[ext]", "狐狸_abcd.png"),
        ("[quality]", "7.png"),
        ("../../etc/[index]", "etc/007.png"),
        ("/abs/[index]", "abs/007.png"),
        ("CON", "_CON.png"),
        ("com¹", "_com¹.png"),
        ("conout$", "_conout$.png"),
        ("[year][month][day]-[time]", "20261123-090501.png"),
    ],
)
def test_a_name_template_gives_safe_names(template: str, expected: str) -> None:
    assert NameTemplate.parse(template).render(VALUES) == expected


@pytest.mark.parametrize("template", ["[promt]", "[prompt:words=x]", "[hash:999]", "", "[]", "x" * 600])
def test_a_bad_name_template_is_refused(template: str) -> None:
    with pytest.raises(NameTemplateError):
        NameTemplate.parse(template)


def test_names_never_clash_whatever_their_case() -> None:
    namer = Namer()
    assert [namer.unique(name) for name in ("a.png", "A.PNG", "a.png", "b/a.png")] == [
        "a.png",
        "A-1.PNG",
        "a-2.png",
        "b/a.png",
    ]


def test_a_long_name_with_a_dot_stays_within_its_bounds() -> None:
    namer = Namer()
    names = [namer.unique(f"folder/a.{'ä' * 59}") for _ in range(3)]
    assert len(set(names)) == 3
    assert all(len(name.removeprefix("folder/").encode()) <= 120 for name in names)


@given(st.text(max_size=300), st.text(max_size=60))
def test_any_prompt_gives_a_name_that_every_system_takes(prompt: str, column: str) -> None:
    values = NameValues(index=1, total=9, ext="png", created_at=VALUES.created_at, prompt=prompt, columns={"c": column})
    path = NameTemplate.parse("[column:c]/[prompt]").render(values)
    parts = path.split("/")
    assert path
    assert not path.startswith("/")
    for part in parts:
        assert 0 < len(part.encode()) <= 120
        assert part not in (".", "..")
        assert not set(part) & set('<>:"\\|?*')
        assert part == part.rstrip(". ")
        assert all(ord(character) >= 32 for character in part)
