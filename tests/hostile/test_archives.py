"""Archives: workbooks that are uploaded and backups that are restored, none of them what they say."""

from __future__ import annotations

import io
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import openpyxl
import orjson
import pytest
from blake3 import blake3

from imageloom.features.operations.backup import BackupFailed, read_backup, write_backup
from imageloom.migrations.runner import migrate
from imageloom.runtime.settings import Settings
from tests.hostile.house import Case, House, check, refused, taken

SHEET = "xl/worksheets/sheet1.xml"
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def workbook(*rows: list[object]) -> bytes:
    book = openpyxl.Workbook()
    assert book.active is not None
    for cells in rows or (["prompt"], ["a cat"]):
        book.active.append(cells)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def repacked(change: Callable[[dict[str, bytes]], None], *, kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A good workbook with other parts."""
    with zipfile.ZipFile(io.BytesIO(workbook())) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    change(parts)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", kind) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def with_part(name: str, content: bytes, **more: Any) -> bytes:
    return repacked(lambda parts: parts.update({name: content}), **more)


def without_part(name: str) -> bytes:
    return repacked(lambda parts: parts.pop(name) and None)


def with_sheet(rows: bytes) -> bytes:
    return with_part(SHEET, f"<worksheet {MAIN}><sheetData>".encode() + rows + b"</sheetData></worksheet>")


def lying(name: str, content: bytes, *, stated: int) -> bytes:
    """A part that says it is small. Its checksum is that of what a reader keeps of it."""
    whole = bytearray(with_part(name, content))
    size = struct.pack("<I", len(content))
    checksums = struct.pack("<I", zlib.crc32(content)), struct.pack("<I", zlib.crc32(content[:stated]))
    whole = whole.replace(size, struct.pack("<I", stated)).replace(*checksums)
    return bytes(whole)


def twice() -> bytes:
    buffer = io.BytesIO(workbook())
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(SHEET, b"<x/>")
    return buffer.getvalue()


def overlapping() -> bytes:
    """Ten thousand names for one bomb: each is small, together they are not."""
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a", b"\x00" * 1_000_000)
    whole = bomb.getvalue()
    start = whole.index(b"PK\x01\x02")
    entry = whole[start : start + 46]
    entries = b"".join(entry + b"%c" % (97 + number % 26) for number in range(5_000))
    ends = struct.pack("<4sHHHHIIH", b"PK\x05\x06", 0, 0, 5_000, 5_000, len(entries), start, 0)
    return whole[:start] + entries + ends


def linked() -> bytes:
    buffer = io.BytesIO(workbook())
    info = zipfile.ZipInfo("xl/media/link")
    info.external_attr = 0o120777 << 16
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.writestr(info, "/etc/passwd")
    return buffer.getvalue()


LAUGHS = (
    b'<!DOCTYPE x [<!ENTITY a "ha">'
    + b"".join(b'<!ENTITY %c "&%c;&%c;&%c;&%c;&%c;&%c;&%c;&%c;&%c;&%c;">' % (98 + n, *[97 + n] * 10) for n in range(12))
    + b"]>"
)
EXTERNAL = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'


def text_of(entity: bytes) -> bytes:
    cell = b'<row r="1"><c r="A1" t="inlineStr"><is><t>' + entity + b"</t></is></c></row>"
    return b"<worksheet " + MAIN.encode() + b"><sheetData>" + cell + b"</sheetData></worksheet>"


def shared(text: bytes, uses: int) -> bytes:
    def change(parts: dict[str, bytes]) -> None:
        parts["xl/sharedStrings.xml"] = f"<sst {MAIN}><si><t>".encode() + text + b"</t></si></sst>"
        cell = b'<row><c t="s"><v>0</v></c></row>'
        parts[SHEET] = f"<worksheet {MAIN}><sheetData>".encode() + cell * uses + b"</sheetData></worksheet>"

    return repacked(change)


def bad(title: str, content: bytes) -> Case:
    return refused(title, content, "sheet_unreadable", "file")


WORKBOOKS = [
    taken("good", workbook(), rows=1),
    bad("a bomb in its sheet", with_part(SHEET, b"0" * 250_000_000)),
    bad("a bomb beside its sheet", with_part("xl/media/a.png", b"\x00" * 250_000_000)),
    bad("a bomb that says it is small", lying("xl/styles.xml", b" " * 260_000_000, stated=1_000)),
    bad(
        "a bomb in its relations that says it is small",
        lying("xl/_rels/workbook.xml.rels", b" " * 230_000_000, stated=500),
    ),
    bad("a bomb compressed otherwise", with_part("xl/styles.xml", b"\x00" * 50_000_000, kind=zipfile.ZIP_BZIP2)),
    bad("a bomb compressed in another way", with_part("xl/styles.xml", b"\x00" * 50_000_000, kind=zipfile.ZIP_LZMA)),
    bad("parts that overlap", overlapping()),
    bad("a text that is used two hundred thousand times", shared(b"a" * 30_000, 200_000)),
    bad("a workbook in a workbook", with_part(SHEET, workbook())),
    bad("two parts of one name", twice()),
    bad("eleven thousand parts", repacked(lambda parts: parts.update({f"x{n}": b"" for n in range(11_000)}))),
    taken("a part that climbs", with_part("../../../tmp/owned", b"x"), rows=1),
    taken("a part that is absolute", with_part("/etc/cron.d/owned", b"x"), rows=1),
    taken("a part that is a link", linked(), rows=1),
    bad("laughs without end", with_part(SHEET, LAUGHS + text_of(b"&l;"))),
    bad("a text from another file", with_part(SHEET, EXTERNAL + text_of(b"&a;"))),
    bad("no sheet", without_part(SHEET)),
    bad("no book", without_part("xl/workbook.xml")),
    bad("no types", without_part("[Content_Types].xml")),
    bad("types that are none", with_part("[Content_Types].xml", b"<x")),
    bad("a sheet that is none", with_part(SHEET, b"\x00" * 100)),
    bad("a sheet that ends too early", with_part(SHEET, f"<worksheet {MAIN}><sheetData><row>".encode())),
    bad("a text that does not exist", with_sheet(b'<row r="1"><c r="A1" t="s"><v>999999999</v></c></row>')),
    bad("a text whose number is none", with_sheet(b'<row r="1"><c r="A1" t="s"><v>NaN</v></c></row>')),
    bad("a cell that is nowhere", with_sheet(b'<row r="1"><c r="!!" t="str"><v>prompt</v></c></row>')),
    bad("a row of minus one", with_sheet(b'<row r="x"><c r="A1" t="str"><v>prompt</v></c></row>')),
    bad("a sheet of nothing", with_sheet(b"")),
    taken("a date without end", with_sheet(b'<row r="1"><c r="A1" s="99999"><v>9e999</v></c></row>'), rows=0),
    taken(
        "a row at the end of the world",
        with_sheet(
            b'<row r="1"><c r="A1" t="str"><v>prompt</v></c></row><row r="1048576"><c r="A1048576" t="str"><v>far</v></c></row>'
        ),
        rows=0,
    ),
    bad("cut in the middle", workbook()[: len(workbook()) // 2]),
    bad("only the end of an archive", b"PK\x03\x04" + b"PK\x05\x06" + bytes(18)),
    bad("a zip of nothing", b"PK\x05\x06" + bytes(18)),
    bad("no archive", b"PK\x03\x04" + b"\xff" * 1_000),
    bad("encrypted", workbook().replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00")),
    taken("formulas", workbook(["prompt"], ["=1+1"], ["a"]), rows=1),
]


@pytest.mark.parametrize("case", WORKBOOKS, ids=str)
def test_a_workbook_is_unfolded_within_its_limits_or_refused(house: House, case: Case) -> None:
    sheet = check(house.upload("/api/sheets", case.sent, filename="a.xlsx"), case)
    if case.code is None:
        assert sheet["row_count"] == case.more["rows"], sheet


# --- backups ---------------------------------------------------------------------------------------------------------

Parts = list[tuple[tarfile.TarInfo, bytes]]


def file(name: str, content: bytes = b"", **more: Any) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    for attribute, value in more.items():
        setattr(info, attribute, value)
    return info, content


def packed(parts: Parts, *, mode: Any = "w") -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode=mode) as archive:
        for info, content in parts:
            archive.addfile(info, io.BytesIO(content))
    return buffer.getvalue()


def manifest(*entries: tuple[str, bytes], head: object = None) -> bytes:
    lines = [orjson.dumps({"format": 1, "made_at": "2026-01-01T00:00:00+00:00"} if head is None else head)]
    for name, content in entries:
        lines.append(orjson.dumps({"name": name, "blake3": blake3(content).hexdigest(), "size_bytes": len(content)}))
    return b"\n".join(lines) + b"\n"


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("backup")
    settings = Settings(data_dir=folder)
    migrate(settings.database_url)
    write_backup(settings, folder / "backup.tar", with_master_key=False)
    with tarfile.open(folder / "backup.tar") as archive:
        found = archive.extractfile("imageloom.db")
        assert found is not None
        return found.read()


def link(name: str, target: str, kind: bytes) -> tuple[tarfile.TarInfo, bytes]:
    return file(name, type=kind, linkname=target)


BLOB = "blobs/pictures/ab/abcd"


def backups(db: bytes) -> Iterator[tuple[str, bytes]]:
    good = [("imageloom.db", db)]

    def with_file(name: str, content: bytes = b"x", *, told: str | None = None) -> bytes:
        entries = [*good, (name if told is None else told, content)]
        return packed([file("imageloom.db", db), file(name, content), file("manifest.jsonl", manifest(*entries))])

    def with_member(member: tuple[tarfile.TarInfo, bytes], content: bytes = b"x") -> bytes:
        entries = [*good, (member[0].name, content)]
        return packed([file("imageloom.db", db), member, file("manifest.jsonl", manifest(*entries))])

    for name in (
        "../owned",
        "blobs/../../owned",
        "/tmp/owned",
        "blobs//etc/owned",
        "blobs/./a/b",
        "blobs/pictures/..",
        "run/server.json",
        "secrets/other.key",
        "blobs",
        "blobs/a\\..\\b/c",
        "blobs/a/b\nc",
        "imageloom.db-wal",
        "blobs/" + "a/" * 50 + "b",
        "blobs/a/" + "x" * 300,
    ):
        yield f"climbs to {name[:20]!r}", with_file(name)
    yield "a link to elsewhere", with_member(link(BLOB, "/etc/passwd", tarfile.SYMTYPE))
    yield "a hard link to elsewhere", with_member(link(BLOB, "../../../etc/passwd", tarfile.LNKTYPE))
    yield (
        "a link and what is behind it",
        packed(
            [
                link("blobs/a", "/tmp", tarfile.SYMTYPE),
                file("blobs/a/owned", b"x"),
                file("imageloom.db", db),
                file("manifest.jsonl", manifest(*good, ("blobs/a", b""), ("blobs/a/owned", b"x"))),
            ]
        ),
    )
    yield "a device", with_member(file(BLOB, type=tarfile.CHRTYPE, devmajor=1, devminor=3))
    yield "a pipe", with_member(file(BLOB, type=tarfile.FIFOTYPE))
    yield "a folder", with_member(file(BLOB, type=tarfile.DIRTYPE))
    yield (
        "a file twice",
        packed(
            [
                file("imageloom.db", db),
                file(BLOB, b"x"),
                file(BLOB, b"y"),
                file("manifest.jsonl", manifest(*good, (BLOB, b"x"))),
            ]
        ),
    )
    yield (
        "the database twice",
        packed([file("imageloom.db", db), file("imageloom.db", b"y"), file("manifest.jsonl", manifest(*good))]),
    )
    yield (
        "a file that nobody named",
        packed([file("imageloom.db", db), file(BLOB, b"x"), file("manifest.jsonl", manifest(*good))]),
    )
    yield (
        "a file that is not there",
        packed([file("imageloom.db", db), file("manifest.jsonl", manifest(*good, (BLOB, b"x")))]),
    )
    yield (
        "a file that is another",
        packed([file("imageloom.db", db), file(BLOB, b"y"), file("manifest.jsonl", manifest(*good, (BLOB, b"x")))]),
    )
    yield "no manifest", packed([file("imageloom.db", db)])
    yield (
        "a manifest that is a link",
        packed([file("imageloom.db", db), link("manifest.jsonl", "imageloom.db", tarfile.LNKTYPE)]),
    )
    yield "a manifest of nothing", packed([file("imageloom.db", db), file("manifest.jsonl")])
    yield "a manifest of noise", packed([file("imageloom.db", db), file("manifest.jsonl", b"\xff\xfe\n{")])
    yield "a manifest of a list", packed([file("imageloom.db", db), file("manifest.jsonl", manifest(head=[1]))])
    yield (
        "a manifest of another version",
        packed([file("imageloom.db", db), file("manifest.jsonl", manifest(head={"format": 99}))]),
    )
    yield "a manifest of numbers", packed([file("imageloom.db", db), file("manifest.jsonl", manifest() + b"7\n")])
    yield (
        "a manifest without hashes",
        packed([file("imageloom.db", db), file("manifest.jsonl", manifest() + b'{"name": "imageloom.db"}\n')]),
    )
    yield (
        "a manifest with a hash that is none",
        packed(
            [
                file("imageloom.db", db),
                file("manifest.jsonl", manifest() + b'{"name": "imageloom.db", "blake3": [], "size_bytes": 1}\n'),
            ]
        ),
    )
    yield "no database", packed([file(BLOB, b"x"), file("manifest.jsonl", manifest((BLOB, b"x")))])
    yield (
        "a database that is none",
        packed([file("imageloom.db", b"x" * 5000), file("manifest.jsonl", manifest(("imageloom.db", b"x" * 5000)))]),
    )
    yield (
        "a database of nothing",
        packed([file("imageloom.db", b""), file("manifest.jsonl", manifest(("imageloom.db", b"")))]),
    )
    yield "compressed", packed([file("imageloom.db", db), file("manifest.jsonl", manifest(*good))], mode="w:gz")
    yield "a compressed bomb", packed([file(BLOB, b"\x00" * 30_000_000)], mode="w:xz")
    yield (
        "cut in the middle",
        packed([file("imageloom.db", db), file("manifest.jsonl", manifest(*good))])[: len(db) // 2],
    )
    yield "a zip", workbook()
    yield "nothing", b""
    yield "noise", bytes(range(256)) * 40
    yield "a file of a million million bytes", _endless(db)


def _endless(db: bytes) -> bytes:
    """A hole that a few bytes describe: the old GNU way to keep files that are mostly empty."""
    info, _ = file(BLOB)
    info.type, info.size = tarfile.GNUTYPE_SPARSE, 0
    block = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    block[386:410] = b"%011o\x00%011o\x00" % (0, 0)
    block[482] = 0
    block[483:495] = b"\x80" + (10**12).to_bytes(11, "big")
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\x00 " % sum(block[:512])
    whole = packed([file("imageloom.db", db), file("manifest.jsonl", manifest(("imageloom.db", db), (BLOB, b"")))])
    at = whole.index(b"manifest.jsonl")
    return whole[:at] + bytes(block) + whole[at:]


IDS = [name for name, _content in backups(b"SQLite format 3\x00")]


@pytest.mark.parametrize("name", IDS)
def test_a_backup_that_is_not_ours_leaves_nothing_behind(name: str, database: bytes, tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    source = tmp_path / "in" / "backup.tar"
    source.write_bytes(dict(backups(database))[name])
    target = tmp_path / "out" / "data"
    target.mkdir(parents=True)
    with pytest.raises(BackupFailed) as failed:
        read_backup(Settings(data_dir=target), source)
    assert str(failed.value)
    assert list((tmp_path / "out").rglob("*")) == [target]
    assert not Path("/tmp/owned").exists()


def test_a_good_backup_is_restored(database: bytes, tmp_path: Path) -> None:
    source = tmp_path / "backup.tar"
    entries = [("imageloom.db", database), (BLOB, b"x")]
    source.write_bytes(packed([*[file(*entry) for entry in entries], file("manifest.jsonl", manifest(*entries))]))
    made = read_backup(Settings(data_dir=tmp_path / "data"), source)
    assert made.blobs == 1
    assert (tmp_path / "data" / BLOB).read_bytes() == b"x"


def test_the_command_says_what_is_wrong(house: House, tmp_path: Path) -> None:
    source = tmp_path / "backup.tar"
    source.write_bytes(b"nothing of the kind")
    house.server.environment["IMAGELOOM_DATA_DIR"] = str(tmp_path / "data")
    try:
        code, said = house.server.run("restore", str(source))
    finally:
        house.server.environment["IMAGELOOM_DATA_DIR"] = str(house.server.folder)
    assert code != 0
    assert "no whole backup" in said
    assert "Traceback" not in said
