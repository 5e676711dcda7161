"""Name templates and the paths they make: inside the folder, whole, and different."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

import pytest

from tests.hostile.house import Case, House, check, refused

CELLS = [
    "../../../etc/passwd",
    "..\\..\\windows\\system32",
    "/etc/cron.d/owned",
    "C:\\boot.ini",
    "\\\\server\\share\\x",
    "CON",
    "nul.png",
    "COM1.tar.gz",
    "lpt9",
    "aux ",
    "a" * 5_000,
    "貓" * 2_000,
    "👨‍👩‍👧‍👦" * 200,
    "a" + "\u0301" * 500,
    "name.",
    "name ",
    "...",
    ".",
    "..",
    ".hidden",
    "-rf",
    "~root",
    "a\nb",
    "a\tb\x07\x1b[2J",
    "a:b",
    'a"b<c>d|e?f*g',
    "ａ／ｂ＼ｃ．．",
    "a\u2024\u2024/b",
    "a∕b⁄c",
    "раypal",
    "e\u0301",
    "é",
    "NAME",
    "name",
    "ﬁle",
    "file",
    "\u202egnp.exe",
    "\u200b",
    "%2e%2e%2f",
    "a%00b",
    "=cmd|'/c calc'!A0",
    "$HOME/`id`",
    "a;rm -rf",
]


@pytest.fixture(scope="module")
def batch(house: House) -> str:
    """Pictures whose rows hold everything that a path must not."""
    rows = [{"prompt": cell, "evil": cell, "model": "illustrator/scene-1", "size": "64x64"} for cell in CELLS]
    sheet = house.upload("/api/sheets", json.dumps(rows).encode(), filename="a.json")
    made = house.finished(house.post("/api/batches", {"sheet_id": sheet.json["id"], "plan": {}}))
    assert made["counts"]["done"] == len(CELLS), made
    return str(made["id"])


def safe(path: str) -> None:
    parts = PurePosixPath(path).parts
    assert not PurePosixPath(path).is_absolute()
    assert "\\" not in path
    for part in parts:
        assert part not in (".", "..")
        assert len(part.encode()) <= 120, part
        assert part == part.strip().rstrip(". "), repr(part)
        assert not any(ord(character) < 32 or character in '<>:"|?*\x7f' for character in part), repr(part)
        assert not any(character in "\u202a\u202b\u202d\u202e\u2066\u2067\u2068" for character in part), repr(part)
        assert part.split(".")[0].strip().casefold() not in {"con", "prn", "aux", "nul", "com1", "lpt9"}, part


TEMPLATES = [
    "[column:evil]",
    "[prompt]",
    "[column:evil]/[column:evil]",
    "[column:evil]/[index]",
    "../[column:evil]",
    "/[column:evil]",
    "C:/[column:evil]",
    "a/../../[column:evil]",
    "....//[column:evil]",
    "a\\b\\[column:evil]",
    "//server/[column:evil]",
    "[seed]",
    "x",
    "x.[ext]",
    ".[ext]",
    "[style]",
    "[style]/[style]",
    "CON",
    "nul/aux",
    "a" * 400,
    "/".join(["a"] * 200),
    "貓" * 150 + "[index]",
    "[hash:64][hash:64]",
    "[prompt:words=100]",
    "{column:evil}",
    "[column:EVIL]",
    "[column:none]",
    "\u202e[index]",
    "[date]T[time]:[index]",
    "[index].png.exe",
]


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_template_makes_safe_and_different_paths(house: House, batch: str, template: str) -> None:
    where = f"/api/batches/{batch}/files?limit=500&names={quote(template)}"
    paths = [entry["path"] for entry in house.get(where)["items"]]
    assert len({path.casefold() for path in paths}) == len(CELLS)
    for path in paths:
        safe(path)


def bad(title: str, template: str, code: str = "bad_name_template", **more: Any) -> Case:
    return refused(title, template, code, "names", **more)


REFUSED = [
    bad("no token", "[nope]"),
    bad("python", "{0.__class__}"),
    bad("empty", "[]"),
    bad("spaces", "   "),
    bad("inner", "[[index]"[:1] + "[seed:5]"),
    bad("words of nought", "[prompt:words=0]"),
    bad("words without end", "[prompt:words=99999]"),
    bad("words of thousands of digits", "[prompt:words=" + "9" * 450 + "]"),
    bad("words of a digit elsewhere", "[prompt:words=²]"),
    bad("words below nought", "[prompt:words=-1]"),
    bad("hash too short", "[hash:3]"),
    bad("hash of a digit elsewhere", "[hash:①]"),
    bad("hash without end", "[hash:99999999999999999999999]"),
    bad("seed with an argument", "[seed:1]"),
    bad("too long", "a" * 501, "malformed", status=422),
    bad("nothing", ""),
]


@pytest.mark.parametrize("case", REFUSED, ids=str)
@pytest.mark.parametrize("route", ["files", "manifest.csv", "export.zip"])
def test_what_is_no_template_is_refused_before_anything_is_sent(
    house: House, batch: str, route: str, case: Case
) -> None:
    check(house.ask("GET", f"/api/batches/{batch}/{route}?names={quote(case.sent)}"), case)


def test_the_archive_holds_what_the_list_says(house: House, batch: str) -> None:
    answer = house.ask("GET", f"/api/batches/{batch}/export.zip?names={quote('[column:evil]')}")
    assert answer.status == 200
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        names = archive.namelist()
        assert len(set(names)) == len(names) == len(CELLS) + 1
        for name in names:
            safe(name)
        manifest = archive.read("manifest.csv").decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(manifest)))
    assert len(rows) == len(CELLS) + 1
    # A spreadsheet must not run what a prompt says.
    assert not any(cell[:1] in ("=", "+", "@", "\t", "\r") for row in rows for cell in row)
