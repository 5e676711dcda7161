"""What is fuzzed: each takes any bytes, and may raise nothing but what its function documents."""

from __future__ import annotations

import contextlib
import io
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

import orjson

from imageloom.contracts.provider import BlobRef
from imageloom.features.batches.overrides import split_flags
from imageloom.features.batches.plan import Plan, cells, validate
from imageloom.features.batches.sheets.errors import SheetRowBad, SheetUnreadable
from imageloom.features.batches.sheets.limits import SheetLimits
from imageloom.features.batches.sheets.reading import Format, SheetRow, read_sheet
from imageloom.features.batches.sheets.workbooks import unfold
from imageloom.kit.errors import InvalidInput
from imageloom.kit.filenames import Namer, NameTemplate, NameTemplateError, NameValues
from imageloom.kit.pictures.inspect import (
    DamagedPicture,
    PictureFacts,
    PictureLimits,
    PictureTooLarge,
    UnsupportedPicture,
    examine,
)
from imageloom.kit.pictures.splice import Words, splice
from imageloom.runtime.egress.endpoint import EgressSettings, Endpoint
from imageloom.runtime.egress.errors import Blocked
from imageloom.runtime.egress.guard import aim, check_stated
from imageloom.runtime.egress.scanner import BlobScanner

LIMITS = PictureLimits(max_pixels=1_000_000)
SMALL = SheetLimits(unpacked_bytes=1_000_000, line_characters=100_000, document_bytes=100_000, yaml_bytes=100_000)
KINDS: tuple[Format, ...] = ("lines", "csv", "tsv", "jsonl", "json", "yaml")
WORDS = Words(parameters="a cat", json='{"prompt": "a cat"}', xmp=b"<x/>")
BASE = Endpoint(base_url="https://api.example.com/v1")
SETTINGS = EgressSettings()


def _examined(data: bytes) -> PictureFacts | None:
    try:
        return examine(io.BytesIO(data), size_bytes=len(data), limits=LIMITS)
    except (DamagedPicture, UnsupportedPicture, PictureTooLarge):
        return None


def pictures(data: bytes) -> None:
    """A picture that is whole stays whole, and the same size, when words are put in."""
    facts = _examined(data)
    if facts is None:
        return
    try:
        spliced = splice(io.BytesIO(data), facts, WORDS)
        content = b"".join(spliced.chunks(io.BytesIO(data)))
    except DamagedPicture:
        return
    assert len(content) == spliced.size_bytes
    again = _examined(content)
    assert again is not None
    assert (again.width, again.height) == (facts.width, facts.height)


def sheets(data: bytes) -> None:
    """The first byte chooses the kind."""
    if not data:
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sheet"
        path.write_bytes(data[1:])
        with contextlib.suppress(SheetUnreadable, SheetRowBad):
            for row in read_sheet(path, kind=KINDS[data[0] % len(KINDS)], limits=SMALL).rows():
                assert row.number >= 1
                assert not any("\x00" in text for text in row.values.values())


def workbooks(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path, table = Path(folder) / "book", Path(folder) / "table"
        path.write_bytes(data)
        with contextlib.suppress(SheetUnreadable, SheetRowBad):
            unfold(path, table, SMALL)
            list(read_sheet(table, kind="xlsx", limits=SMALL).rows())


def names(data: bytes) -> None:
    """The template up to the first line's end, then a prompt: the path is relative, whole, and different."""
    # No decoder gives half a character; JSON of others may.
    text, _, prompt = (data.decode("utf-8", "replace") + "\ud800" * data.startswith(b"s")).partition("\n")
    try:
        template = NameTemplate.parse(text)
    except NameTemplateError:
        return
    values = NameValues(
        index=1, total=10, ext="png", created_at=datetime(2026, 1, 1, tzinfo=UTC), prompt=prompt, columns={"x": prompt}
    )
    namer = Namer()
    paths = [namer.unique(template.render(values)) for _ in range(3)]
    assert len({path.casefold() for path in paths}) == 3
    for path in paths:
        assert path
        assert not PurePosixPath(path).is_absolute()
        for part in path.split("/"):
            assert part.strip(". ")
            assert len(part.encode()) <= 120
            assert not set(part) & set('<>:"\\|?*\x00\n\r\x1b\u202e')


def _size(blob: object) -> int:
    assert isinstance(blob, BlobRef)
    return blob.size_bytes


def scanner(data: bytes) -> None:
    """The first byte says how small the pieces are. However they are cut, the result is the same, and no file is left."""
    if not data:
        return
    size, content = data[0] % 7 + 1, data[1:]
    seen = []
    for step in (size, len(content) + 1):
        with tempfile.TemporaryDirectory() as folder:
            reader = BlobScanner(frozenset({"b64_json", "images"}), folder=Path(folder))
            for start in range(0, len(content), step):
                reader.feed(content[start : start + step])
            try:
                result = reader.result()
                seen.append(
                    (orjson.dumps(result, default=_size, option=orjson.OPT_PASSTHROUGH_DATACLASS), reader.notes)
                )
            except orjson.JSONDecodeError:
                seen.append((b"", []))
            reader.discard()
            assert list(Path(folder).iterdir()) == []
    assert seen[0] == seen[1]


def urls(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    with contextlib.suppress(Blocked):
        target = aim(text, endpoint=BASE, settings=SETTINGS)
        assert not target.credential or target.host == "api.example.com"
        aim(target.join(text), endpoint=BASE, settings=SETTINGS)
    with contextlib.suppress(Blocked):
        check_stated(text, settings=SETTINGS)


def prompts(data: bytes) -> None:
    """A template up to the first line's end, then a cell."""
    template, _, cell = data.decode("utf-8", "replace").partition("\n")
    with contextlib.suppress(InvalidInput):
        split_flags(cell, row=1)
        plan = Plan.of(template=template, columns=("prompt",), seeds=[cell[:50]])
        validate(plan, ("prompt",))
        for made, _number in zip(cells(plan, [SheetRow(number=1, values={"prompt": cell})]), range(3), strict=False):
            assert len(made.prompt) <= 200_000


TARGETS: dict[str, Callable[[bytes], None]] = {
    "pictures": pictures,
    "sheets": sheets,
    "workbooks": workbooks,
    "names": names,
    "scanner": scanner,
    "urls": urls,
    "prompts": prompts,
}
