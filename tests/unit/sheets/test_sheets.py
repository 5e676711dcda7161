"""Sheets of every kind and encoding, and what is wrong with the others."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import openpyxl
import pytest

from imageloom.features.batches.sheets.encodings import detect_encoding
from imageloom.features.batches.sheets.limits import SheetLimits
from imageloom.features.batches.sheets.reading import OpenSheet, format_of, read_sheet
from imageloom.features.batches.sheets.workbooks import unfold
from imageloom.kit.errors import InvalidInput

SHEETS = [
    ("a.txt", "# note\n貓\n\n狗 --seed 3\n".encode(), ["prompt"], ["貓", "狗 --seed 3"]),
    ("a.csv", b'prompt;n\n"a;b\nc";1\n', ["prompt", "n"], ["a;b\nc"]),
    ("a.tsv", b"prompt\tx\na\tb\n\n\t\n", ["prompt", "x"], ["a"]),
    ("a.csv", "prompt\n貓咪在下雨的街上\n".encode("cp950"), ["prompt"], ["貓咪在下雨的街上"]),
    ("a.txt", "貓\n".encode("utf-16"), ["prompt"], ["貓"]),
    ("a.txt", "a cat\n".encode("utf-16-le"), ["prompt"], ["a cat"]),
    ("a.jsonl", b'{"prompt": "a", "seed": 5}\n\n"b"\n', ["prompt", "seed"], ["a", "b"]),
    ("a.json", '{"prompts": ["貓", {"prompt": "b", "size": "8x8"}]}'.encode(), ["prompt", "size"], ["貓", "b"]),
    ("a.yaml", "- 貓\n- prompt: b\n".encode(), ["prompt"], ["貓", "b"]),
]


@pytest.mark.parametrize(("name", "content", "columns", "prompts"), SHEETS)
def test_every_kind_of_sheet_is_read(
    tmp_path: Path, name: str, content: bytes, columns: list[str], prompts: list[str]
) -> None:
    sheet = opened(tmp_path, name, content)
    assert list(sheet.columns) == columns
    assert [found.values["prompt"] for found in sheet.rows()] == prompts
    assert [found.values["prompt"] for found in sheet.rows()] == prompts


def test_remarks_between_prompts_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("# my cats\na cat\n\n#another remark\n")
    rows = read_sheet(path, kind="lines").rows()
    assert [found.number for found in rows] == [2]
    assert rows.blank_rows == 2


def test_a_workbook_is_read(tmp_path: Path) -> None:
    sheet = opened(tmp_path, "a.xlsx", workbook(["prompt", "seed"], ["貓", 5.0], [None, None], ["狗", None]))
    assert [(found.number, dict(found.values)) for found in sheet.rows()] == [
        (2, {"prompt": "貓", "seed": "5"}),
        (4, {"prompt": "狗", "seed": ""}),
    ]


def test_a_million_lines_take_no_memory(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_bytes(b"a cat\n" * 200_000)
    assert sum(1 for _ in read_sheet(path, kind="lines").rows()) == 200_000


def test_a_byte_that_does_not_belong_is_named(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"a cat\n" * 60_000 + b"\xff\xfe\xfa broken")
    with pytest.raises(InvalidInput, match="does not belong"):
        list(read_sheet(path, kind="lines").rows())


def opened(tmp_path: Path, name: str, content: bytes, **limits: int) -> OpenSheet:
    path = tmp_path / "upload"
    path.write_bytes(content)
    bounds = SheetLimits(**limits)
    kind = format_of(path, filename=name)
    if kind == "xlsx":
        unfold(path, tmp_path / "table", bounds)
        path = tmp_path / "table"
    return read_sheet(path, kind=kind, limits=bounds)


def workbook(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    for row in rows:
        book.active.append(row)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def test_blank_rows_are_counted(tmp_path: Path) -> None:
    sheet = opened(tmp_path, "a.csv", b"\nprompt,n\na,1\n,\n\nb,2\n")
    rows = sheet.rows()
    assert [(row.number, row.values["prompt"]) for row in rows] == [(3, "a"), (6, "b")]
    assert rows.blank_rows == 2


@pytest.mark.parametrize("encoding", ["euc_kr", "cp949"])
def test_korean_is_told_from_chinese(tmp_path: Path, encoding: str) -> None:
    sheet = opened(tmp_path, "a.txt", "비 오는 거리의 고양이\n".encode(encoding))
    assert [row.values["prompt"] for row in sheet.rows()] == ["비 오는 거리의 고양이"]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("une façade élégante à côté d'un café, là où l'été s'achève déjà\n" * 3, "cp1252"),
        ("ネオンの光る雨の夜の街を歩く黒い猫と古い自転車\n" * 3, "shift_jis"),
        ("雨夜里走过霓虹街道的黑猫和一辆旧自行车,远处有山\n" * 3, "gb18030"),
        ("a cat\n", "utf-16-be"),
        ("a cat", "utf-32"),
    ],
)
def test_other_encodings_are_read(tmp_path: Path, text: str, encoding: str) -> None:
    sheet = opened(tmp_path, "a.txt", text.encode(encoding))
    assert [row.values["prompt"] for row in sheet.rows()] == text.strip().split("\n")


def test_a_long_file_that_is_cut_inside_a_character_is_still_known(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"x" + "貓".encode() * 100_000)
    assert detect_encoding(path) == "utf-8"


def test_the_line_of_a_byte_that_does_not_belong_is_named(tmp_path: Path) -> None:
    sheet = opened(tmp_path, "a.txt", "貓\n".encode() * 70_000 + b"\xe8\xb2 broken\n")
    with pytest.raises(InvalidInput, match="Line 70001") as error:
        list(sheet.rows())
    assert error.value.extra["offset"] == 280_000


HOSTILE = [
    ("a.csv", b"a,\nb,c\n", "cells and the header names 1"),
    ("a.csv", b",a\n", "Column 1 has no name"),
    ("a.csv", b"a,A\n", "both named"),
    ("a.csv", b"\n\n", "no header row"),
    ("a.csv", b" , \n", "header row is empty"),
    ("a.csv", b"a\n1,2\n", "2 cells and the header names 1"),
    ("a.csv", b'prompt\n"never closed', "Row 2"),
    ("a.csv", b"prompt\n" + b"x" * 120, "more than 100 bytes"),
    ("a.csv", b"prompt\na\x00b\n", "NUL"),
    ("a.csv", b"a,b,c,d,e\n", "5 columns; 4 are allowed"),
    ("a.csv", b"n" * 60, "longer than 50 characters"),
    ("a.txt", b"x" * 600, "more than 500 characters"),
    ("a.jsonl", b'{"prompt": "a"}\n{"prompt": \n', "Row 2: this is no JSON"),
    ("a.jsonl", b"[1]\n", "Row 1: an entry is a text or an object"),
    ("a.jsonl", b'{"prompt": {}}\n', "prompt is an object"),
    ("a.jsonl", b'{"": "a"}\n', "Row 1: Column 1 has no name"),
    ("a.jsonl", b'{"a":1,"b":1}\n{"c":1,"d":1,"e":1}\n', "Row 2: the sheet has more than 4 columns"),
    ("a.json", b'{"a": 1', "no JSON"),
    ("a.json", b"7", "no list of prompts"),
    ("a.json", b"[" + b'"x",' * 400 + b'"x"]', "may have 1000 bytes"),
    ("a.json", b'[{"a":1,"b":1},{"c":1,"d":1,"e":1}]', "more than 4 columns"),
    ("a.yaml", b"- prompt: a\n- *x\n", "Line 2: aliases"),
    ("a.yaml", b"- &x a\n- *x\n", "Line 2: aliases"),
    ("a.yaml", b"- " + b"[" * 40 + b"]" * 40, "nested too deeply"),
    ("a.yaml", b"- prompt: a\n  prompt: b\n", "Line 1: this is no YAML: a name comes twice"),
    ("a.yaml", b"- 'a\n", "no YAML"),
    ("a.yaml", b"- !!python/object/apply:os.system ['true']\n", "an entry is a text or an object"),
    ("a.xlsx", b"not a zip", "no sheet"),
    ("a.xlsx", workbook(), "first sheet is empty"),
    ("a.xlsx", workbook(["prompt", "PROMPT"]), "both named"),
    ("a.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel"),
    ("a.pdf", b"%PDF-1.7", "no sheet"),
]


@pytest.mark.parametrize(("name", "content", "words"), HOSTILE)
def test_what_is_wrong_is_named(tmp_path: Path, name: str, content: bytes, words: str) -> None:
    with pytest.raises(InvalidInput, match=words):
        list(
            opened(
                tmp_path,
                name,
                content,
                cell_bytes=100,
                columns=4,
                name_characters=50,
                line_characters=500,
                document_bytes=1_000,
            ).rows()
        )


def test_yaml_keeps_what_was_written(tmp_path: Path) -> None:
    sheet = opened(tmp_path, "a.yaml", b"- prompt: no\n  seed: 007\n  time: 12:30\n  empty:\n  also: ~\n")
    assert dict(next(sheet.rows()).values) == {"prompt": "no", "seed": "007", "time": "12:30", "empty": "", "also": ""}


def test_json_values_become_text(tmp_path: Path) -> None:
    sheet = opened(
        tmp_path, "a.json", b'[{"prompt": "a", "seed": 7, "wide": true, "flat": false, "x": null, "f": 1.5}]'
    )
    assert dict(next(sheet.rows()).values) == {
        "prompt": "a",
        "seed": "7",
        "wide": "true",
        "flat": "false",
        "x": "",
        "f": "1.5",
    }


def test_a_workbook_that_unpacks_to_too_much_is_refused_unread(tmp_path: Path) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 3_000_000)
    with pytest.raises(InvalidInput, match="unpacks to more than the 1000000 bytes"):
        opened(tmp_path, "a.xlsx", buffer.getvalue(), unpacked_bytes=1_000_000)


def test_a_damaged_workbook_is_said_to_be_one(tmp_path: Path) -> None:
    whole = bytearray(workbook(["prompt"], *([f"a cat {n}"] for n in range(2_000))))
    start = whole.index(b"xl/worksheets/sheet1.xml") + 200
    whole[start : start + 64] = struct.pack("64s", b"\xff" * 64)
    with pytest.raises(InvalidInput, match="damaged|no XLSX"):
        list(opened(tmp_path, "a.xlsx", bytes(whole)).rows())


def test_formatted_rows_that_hold_nothing_end_a_workbook(tmp_path: Path) -> None:
    blank: list[object] = [None]
    rows: list[list[object]] = [["prompt"], ["a"], *[blank] * 30, ["too far down"]]
    sheet = opened(tmp_path, "a.xlsx", workbook(*rows), empty_rows=10)
    assert [row.values["prompt"] for row in sheet.rows()] == ["a"]


def test_numbers_of_a_workbook_are_not_made_up(tmp_path: Path) -> None:
    sheet = opened(tmp_path, "a.xlsx", workbook(["prompt", "seed"], ["a", 1.5], ["b", 2.0**60]))
    assert [row.values["seed"] for row in sheet.rows()] == ["1.5", str(2.0**60)]
