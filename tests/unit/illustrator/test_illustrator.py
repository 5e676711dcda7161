"""The illustrator: deterministic, never empty, in two languages, at any size."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from importlib.resources import files
from pathlib import Path

import numpy as np
import orjson
import pytest
from PIL import Image

from imageloom.extensions.illustrator.reading import Scene, read
from imageloom.extensions.illustrator.render import draw_scene


def scene(prompt: str) -> Scene:
    return read(prompt, np.random.Generator(np.random.PCG64(1)))


SUBJECTS = [
    ("a cat", "cat"), ("貓", "cat"), ("一隻小貓", "cat"), ("dogs", "dog"), ("狗", "dog"), ("fox", "fox"), ("狐狸", "fox"),
    ("a rabbit", "rabbit"), ("兔子", "rabbit"), ("owl", "owl"), ("貓頭鷹", "owl"), ("penguin", "penguin"), ("企鵝", "penguin"),
    ("panda", "panda"), ("熊貓", "panda"), ("giraffe", "giraffe"), ("長頸鹿", "giraffe"), ("elephants", "elephant"),
    ("大象", "elephant"), ("tiger", "tiger"), ("老虎", "tiger"), ("whale", "whale"), ("octopus", "octopus"),
    ("章魚", "octopus"), ("car", "automobile"), ("汽車", "automobile"), ("bicycle", "bicycle"), ("腳踏車", "bicycle"),
    ("rocket", "rocket"), ("火箭", "rocket"), ("sailboat", "sailboat"), ("帆船", "sailboat"), ("lighthouse", "lighthouse"),
    ("燈塔", "lighthouse"), ("hot air balloon", "hot-air-balloon"), ("熱氣球", "hot-air-balloon"), ("castle", "castle"),
    ("城堡", "castle"), ("robot", "robot"), ("機器人", "robot"), ("astronaut", "astronaut-standing"),
    ("太空人", "astronaut-standing"), ("guitar", "guitar"), ("吉他", "guitar"), ("umbrella", "umbrella"), ("gato", "cat"),
    ("chien", "dog"), ("ネコ", "cat"), ("고양이", "cat"), ("кошка", "cat"),
]  # fmt: skip


@pytest.mark.parametrize(("prompt", "thing"), SUBJECTS)
def test_a_thing_is_found_by_its_name_in_many_languages(prompt: str, thing: str) -> None:
    assert thing in [subject.thing.id for subject in scene(prompt).subjects]


@pytest.mark.parametrize(
    ("prompt", "setting", "time", "weather"),
    [
        ("a fox in a snowy forest at night", "forest", "night", "snow"),
        ("雨夜台北街頭的一隻貓", "city", "night", "rain"),
        ("日落時海邊的燈塔", "sea", "sunset", "clear"),
        ("a cat in the desert at dawn", "desert", "sunrise", "clear"),
        ("a cat on a table in the kitchen", "room", "day", "clear"),
        ("清晨薄霧中的山", "mountain", "sunrise", "fog"),
        ("太空中的火箭", "space", "day", "clear"),
        ("草原上的馬", "field", "day", "clear"),
    ],
)
def test_the_place_the_time_and_the_weather_are_read(prompt: str, setting: str, time: str, weather: str) -> None:
    found = scene(prompt)
    assert (found.setting, found.time, found.weather) == (setting, time, weather)


def test_counts_and_colours_are_read() -> None:
    (cats,) = scene("three red cats").subjects
    assert (cats.thing.id, cats.count, cats.colour) == ("cat", 3, "red")
    (cars,) = scene("兩台藍色汽車").subjects
    assert (cars.count, cars.colour) == (2, "blue")


@pytest.mark.parametrize("prompt", ["xqzv blorp", "", " ", "🐈🐈", "!!!", "的", "a" * 10_000, "\u202e\u0000odd"])
def test_no_prompt_gives_an_empty_scene(prompt: str, tmp_path: Path) -> None:
    found = draw_scene(prompt, seed=0, width=64, height=64, target=tmp_path / "a.png")
    assert found.subjects
    assert len(np.unique(np.asarray(Image.open(tmp_path / "a.png")))) > 20


@pytest.mark.parametrize("size", [(64, 64), (2048, 64), (333, 777), (640, 480)])
def test_every_size_is_kept(size: tuple[int, int], tmp_path: Path) -> None:
    draw_scene("two cats in the rain", seed=1, width=size[0], height=size[1], target=tmp_path / "a.png")
    assert Image.open(tmp_path / "a.png").size == size


PLACES = ["space", "sea at sunset", "mountain in winter", "city night", "forest fog", "desert", "room", "field sunrise"]


@pytest.mark.parametrize("place", PLACES)
def test_every_place_is_painted(place: str, tmp_path: Path) -> None:
    draw_scene(f"a white bird and a ship, {place}", seed=3, width=96, height=96, target=tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 2000


def test_the_same_wish_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    def drawn(seed: int, prompt: str, name: str) -> str:
        code = (
            "import sys; from pathlib import Path; from imageloom.extensions.illustrator.render import draw_scene; "
            f"draw_scene({prompt!r}, seed={seed}, width=128, height=96, target=Path({str(tmp_path / name)!r}))"
        )
        subprocess.run([sys.executable, "-c", code], check=True)
        return hashlib.sha256((tmp_path / name).read_bytes()).hexdigest()

    draw_scene("a fox", seed=5, width=128, height=96, target=tmp_path / "here.png")
    here = hashlib.sha256((tmp_path / "here.png").read_bytes()).hexdigest()
    assert drawn(5, "a fox", "there.png") == here
    assert drawn(6, "a fox", "other.png") != here
    assert drawn(5, "a cat", "cat.png") != here


def test_the_library_is_what_its_manifest_says() -> None:
    folder = files("imageloom.extensions.illustrator") / "data"
    manifest = orjson.loads((folder / "manifest.json").read_bytes())
    assert len(manifest["files"]) >= 5
    for name, facts in manifest["files"].items():
        assert hashlib.sha256((folder / name).read_bytes()).hexdigest() == facts["sha256"]
