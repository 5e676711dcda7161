"""The object library: drawings by name in many languages. Loaded when first used, a language at a time."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from io import BytesIO
from typing import Any

import orjson
import resvg_py
from PIL import Image


@dataclass(frozen=True, kw_only=True)
class Thing:
    """One drawing. ``group`` and ``subgroup`` are those of the emoji charts."""

    id: str
    title: str
    group: str
    subgroup: str


@cache
def _archive(name: str) -> zipfile.ZipFile:
    content = (files("imageloom.extensions.illustrator") / "data" / f"{name}.zip").read_bytes()
    return zipfile.ZipFile(BytesIO(content))


@cache
def things() -> tuple[Thing, ...]:
    """Every object, by its number."""
    rows = orjson.loads(_archive("words").read("objects.json"))
    return tuple(Thing(id=row[0], title=row[1], group=row[3], subgroup=row[4]) for row in rows)


@cache
def words(language: str) -> dict[str, list[list[int]]]:
    """From a folded term to the numbers of objects it may mean, each with a weight up to 100."""
    found: dict[str, list[list[int]]] = orjson.loads(_archive("words").read(f"{language}.json"))
    return found


@cache
def drawing(thing_id: str, pixels: int) -> Image.Image:
    """The drawing in RGBA, cropped to what is drawn, its longest side about ``pixels``."""
    svg = _archive("shapes").read(f"{thing_id}.svg").decode()
    rendered: Any = resvg_py.svg_to_bytes(svg_string=svg, width=pixels)
    picture = Image.open(BytesIO(bytes(rendered))).convert("RGBA")
    box = picture.getbbox()
    return picture.crop(box) if box else picture
