"""Sheets of text: every encoding, every quote, and more of everything than anybody has."""

from __future__ import annotations

import codecs
import json

import pytest

from tests.hostile.house import Case, House, check, refused, taken
from tests.hostile.test_json_and_http import LIMIT_UPLOAD


def bad(title: str, name: str, content: bytes, code: str = "sheet_unreadable") -> Case:
    return refused(title, (name, content), code, "file")


def row(title: str, name: str, content: bytes) -> Case:
    return bad(title, name, content, "sheet_row_bad")


def good(title: str, name: str, content: bytes, rows: int, **more: object) -> Case:
    return taken(title, (name, content), rows=rows, **more)


CAT = "prompt\n貓咪在下雨的街上，穿著黃色雨衣\n"
ENCODINGS = [
    good("utf-8", "a.csv", CAT.encode(), 1, prompt="貓咪在下雨的街上，穿著黃色雨衣"),
    good("utf-8 with a mark", "a.csv", codecs.BOM_UTF8 + CAT.encode(), 1, prompt="貓咪在下雨的街上，穿著黃色雨衣"),
    good("utf-16", "a.csv", CAT.encode("utf-16"), 1, prompt="貓咪在下雨的街上，穿著黃色雨衣"),
    good("utf-16 the other way", "a.csv", codecs.BOM_UTF16_BE + CAT.encode("utf-16-be"), 1),
    good("utf-32", "a.csv", CAT.encode("utf-32"), 1, prompt="貓咪在下雨的街上，穿著黃色雨衣"),
    good("big5", "a.csv", CAT.encode("cp950"), 1, prompt="貓咪在下雨的街上，穿著黃色雨衣"),
    bad("a mark alone", "a.csv", codecs.BOM_UTF8),
    bad("a mark of utf-16 and half a character", "a.csv", codecs.BOM_UTF16_LE + b"p"),
    bad("a mark of utf-16 and half a pair", "a.csv", codecs.BOM_UTF16_LE + b"p\x00\n\x00\x00\xd8"),
    bad("a mark of utf-32 and what is none", "a.csv", codecs.BOM_UTF32_LE + b"\xff\xff\xff\xff"),
    bad("a mark in the middle of another", "a.csv", codecs.BOM_UTF8 + codecs.BOM_UTF16_LE),
    good("utf-8 that is overlong", "a.txt", b"a cat \xc0\xaf\n" * 3 + codecs.BOM_UTF8[:1] + b"\xf8\x88\x80\x80\x80", 4),
    bad("NUL", "a.txt", b"a cat\x00and more text without another\n" * 5),
    row("NUL in a cell", "a.jsonl", b'{"prompt": "a\\u0000b"}\n'),
    good("a mark before every line", "a.csv", b"prompt\n" + (codecs.BOM_UTF8 + b"a\n") * 3, 3),
]
TABLES = [
    good(
        "formulas are text",
        "a.csv",
        b"prompt\n=cmd|'/c calc'!A0\n@SUM(A1)\n+1\n-1\n\t=1\n",
        5,
        prompt="=cmd|'/c calc'!A0",
    ),
    good("lines that end in every way", "a.csv", b"prompt\r\na\rb\nc\r\n", 3),
    good("quotes", "a.csv", b'prompt\n"a ""cat"""\n"two\nlines"\n', 2, prompt='a "cat"'),
    row("a quote that is not closed", "a.csv", b'prompt\n"a cat\n' + b"b\n" * 1000),
    row("a quote in the middle", "a.csv", b'prompt,x\n"a" cat,1\n'),
    row("a million quotes", "a.csv", b'prompt\n"' + b'""' * 1_000_000),
    bad("a million columns", "a.csv", b",".join(b"c%d" % n for n in range(1_000_000)) + b"\n"),
    bad("a thousand and one columns", "a.csv", b",".join(b"c%d" % n for n in range(1_001)) + b"\na\n"),
    good("a thousand columns", "a.csv", b"prompt," + b",".join(b"c%d" % n for n in range(999)) + b"\na\n", 1),
    row("a row of a million cells", "a.csv", b"prompt\n" + b"a," * 1_000_000 + b"\n"),
    row("a line of eleven megabytes", "a.csv", b"prompt\n" + b"a" * 11_000_000 + b"\n"),
    row("a cell of two hundred thousand bytes", "a.csv", b"prompt\n" + b"a" * 200_000 + b"\n"),
    row(
        "a cell of a hundred thousand characters of four bytes",
        "a.jsonl",
        json.dumps({"prompt": "😀" * 100_000}, ensure_ascii=False).encode(),
    ),
    bad("two columns of one name", "a.csv", b"prompt,PROMPT\na,b\n"),
    bad("a column without a name", "a.csv", b"prompt,,x\na,b,c\n"),
    bad("a name of a thousand characters", "a.csv", b"p" * 1_000 + b"\na\n"),
    bad("no header", "a.csv", b"\n\n\n"),
    bad("nothing but commas", "a.csv", b",,,,\n,,,,\n"),
    good("a header alone", "a.csv", b"prompt\n", 0),
    good("half a million blank lines", "a.txt", b"\n" * 500_000 + b"a cat\n", 1),
    good("tabs and what looks like commas", "a.tsv", b"prompt\tx\na,b,c\t1\n", 1, prompt="a,b,c"),
    refused("nothing", ("a.csv", b""), "invalid_input", "file"),
]
DOCUMENTS = [
    row("jsonl that is none", "a.jsonl", b"{nope\n"),
    row("jsonl of a list", "a.jsonl", b"[1, 2]\n"),
    row("jsonl of a number", "a.jsonl", b"7\n"),
    row("jsonl that is deep", "a.jsonl", b"[" * 100_000 + b"]" * 100_000),
    row("jsonl with an object in a cell", "a.jsonl", b'{"prompt": {"$ref": "#"}}\n'),
    row("jsonl with a column for every row", "a.jsonl", b"".join(b'{"c%d": 1}\n' % n for n in range(2_000))),
    row("jsonl with a name that comes twice", "a.jsonl", b'{"prompt": "a", "PROMPT": "b"}\n'),
    row("jsonl with half a character", "a.jsonl", b'{"prompt": "\\ud800"}\n'),
    row("jsonl with NaN", "a.jsonl", b'{"prompt": NaN}\n'),
    good("jsonl with a number beyond all", "a.jsonl", b'{"prompt": 1e308}\n', 1),
    bad("json that is deep", "a.json", b"[" * 100_000 + b"]" * 100_000),
    bad("json of nothing", "a.json", b"null"),
    bad("json of a number", "a.json", b"1e999"),
    bad("json of two lists", "a.json", b'{"a": [], "b": []}'),
    bad("json of twenty-one megabytes", "a.json", b"[" + b'"a",' * 5_300_000 + b'"a"]'),
    good("json of an empty list", "a.json", b"[]", 0),
    bad("yaml with aliases", "a.yaml", b"a: &a [x]\nb: *a\n"),
    bad(
        "yaml that unfolds",
        "a.yaml",
        b"a: &a [x,x,x,x,x,x,x,x]\n"
        + b"".join(b"%c: &%c [*%c,*%c,*%c,*%c]\n" % (98 + n, 98 + n, *[97 + n] * 4) for n in range(20)),
    ),
    bad("yaml that is deep", "a.yaml", b"[" * 100_000),
    bad("yaml of questions", "a.yaml", b"? " * 50_000),
    bad("yaml of dashes", "a.yaml", b"- " * 50_000),
    good("yaml that would run python", "a.yaml", b"!!python/object/apply:os.system ['touch /tmp/owned']\n", 1),
    row("yaml with tags", "a.yaml", b"- prompt: !!binary aGk=\n  x: !!set {a, b}\n"),
    bad("yaml of two documents", "a.yaml", b"- a\n---\n- b\n"),
    bad("yaml with tabs", "a.yaml", b"a:\n\t- b\n"),
    bad("yaml of six megabytes", "a.yaml", b"- a cat\n" * 800_000),
    bad("yaml with a name that comes twice", "a.yaml", b"- prompt: a\n  prompt: b\n"),
    bad("yaml of control characters", "a.yaml", b"- \x01\x02\n"),
]
NAMES = [
    bad("no suffix", "sheet", b"a cat\n"),
    bad("unknown suffix", "a.exe", b"a cat\n"),
    bad("old workbook", "a.xls", b"\xd0\xcf\x11\xe0" + bytes(600)),
    bad("old workbook named csv", "a.csv", b"\xd0\xcf\x11\xe0" + bytes(600)),
    bad("picture named csv", "a.csv", b"\x89PNG\r\n\x1a\n" + bytes(100)),
    good("traversal in the name", "../../../../tmp/owned.txt", b"a cat\n", 1, filename="owned.txt"),
    good("traversal the other way", "..\\..\\owned.txt", b"a cat\n", 1, filename="owned.txt"),
    good("absolute name", "/etc/cron.d/owned.txt", b"a cat\n", 1, filename="owned.txt"),
    good("name of a thousand characters", "x" * 1_000 + ".txt", b"a cat\n", 1),
    good("name with a bell", "a\x07b.txt", b"a cat\n", 1),
    good("name turned around", "a\u202etxt.csv", b"prompt\na\n", 1),
    good("name of a device", "CON.txt", b"a cat\n", 1),
    good("name with a script", "<script>alert(1)</script>.txt", b"a cat\n", 1, filename="script>.txt"),
]
SHEETS = [*ENCODINGS, *TABLES, *DOCUMENTS, *NAMES]


@pytest.mark.parametrize("case", SHEETS, ids=str)
def test_a_sheet_is_read_whole_or_refused(house: House, case: Case) -> None:
    name, content = case.sent
    sheet = check(house.upload("/api/sheets", content, filename=name), case)
    if case.code is not None:
        return
    assert sheet["row_count"] == case.more["rows"], sheet
    if "prompt" in case.more:
        assert sheet["sample"][0]["prompt"] == case.more["prompt"]
    assert sheet["filename"] == case.more.get("filename", sheet["filename"])
    assert not {"/", "\\", "\x07", "\u202e"} & set(sheet["filename"])


def test_a_sheet_over_the_limit_is_refused(house: House) -> None:
    answer = house.upload("/api/sheets", b"a cat\n" * (LIMIT_UPLOAD // 6 + 1), filename="a.txt")
    check(answer, refused("large", None, "too_large", "body", status=413))


def test_what_was_refused_leaves_nothing_behind(house: House) -> None:
    kept = {
        path for folder in ("uploads", "work") for path in (house.server.folder / folder).rglob("*") if path.is_file()
    }
    assert kept == set()
