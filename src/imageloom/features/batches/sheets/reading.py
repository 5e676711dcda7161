"""Reading a sheet: its format, its columns, and its rows one at a time, however many there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, assert_never

from imageloom.features.batches.sheets import documents, tables, workbooks
from imageloom.features.batches.sheets.encodings import detect_encoding, lines_of, open_text
from imageloom.features.batches.sheets.errors import SheetUnreadable, row_error
from imageloom.features.batches.sheets.limits import DEFAULT_LIMITS, SheetLimits

Format = Literal["lines", "csv", "tsv", "xlsx", "jsonl", "json", "yaml"]
_BY_SUFFIX: dict[str, Format] = {
    ".txt": "lines",
    ".md": "lines",
    ".csv": "csv",
    ".tsv": "tsv",
    ".tab": "tsv",
    ".xlsx": "xlsx",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".json": "json",
    ".yaml": "yaml",
    ".yml": "yaml",
}
PROMPT = "prompt"


@dataclass(frozen=True, kw_only=True)
class SheetRow:
    """One row. ``number`` is its line, or its row in the table, counted from 1 as a person sees it."""

    number: int
    values: Mapping[str, str]


class SheetRows(Iterator[SheetRow]):
    """The rows that hold text, one at a time. ``blank_rows`` counts those passed over so far.

    Raises the sheet errors, which name the row.
    """

    def __init__(self, read: Iterator[tuple[int, Mapping[str, str]]], *, limits: SheetLimits) -> None:
        self._read = read
        self._limits = limits
        self.blank_rows = 0

    def __next__(self) -> SheetRow:
        for number, values in self._read:
            if any(text.strip() for text in values.values()):
                return SheetRow(number=number, values=self._checked(number, values))
            self.blank_rows += 1
        raise StopIteration

    def _checked(self, number: int, values: Mapping[str, str]) -> Mapping[str, str]:
        limit = self._limits.cell_bytes
        for column, text in values.items():
            # A character has at most four bytes, so that most cells need no encoding to be measured.
            if len(text) > limit // 4 and len(text.encode()) > limit:
                raise row_error(number, f"the cell has more than {limit} bytes.", column=column)
            if "\x00" in text:
                raise row_error(number, "the cell holds a NUL character.", column=column)
        return values


@dataclass(frozen=True, kw_only=True)
class OpenSheet:
    """A sheet whose format and columns are known. :meth:`rows` starts from the first row each time."""

    format: Format
    encoding: str | None
    columns: tuple[str, ...]
    read: Callable[[], Iterator[tuple[int, Mapping[str, str]]]]
    limits: SheetLimits = DEFAULT_LIMITS

    def rows(self) -> SheetRows:
        return SheetRows(self.read(), limits=self.limits)


def typed_sheet(prompts: Sequence[str]) -> OpenSheet:
    """Prompts that were typed, as the sheet that they are kept as."""
    return OpenSheet(
        format="jsonl",
        encoding="utf-8",
        columns=(PROMPT,),
        read=lambda: ((number, {PROMPT: prompt}) for number, prompt in enumerate(prompts, start=1)),
    )


def read_sheet(path: Path, *, kind: Format, limits: SheetLimits = DEFAULT_LIMITS) -> OpenSheet:
    """Opens a sheet; of a workbook, the table that was unfolded. Raises :class:`SheetUnreadable` and its kin."""
    encoding = None if kind == "xlsx" else detect_encoding(path)
    columns, read = _reader(path, kind, encoding or "", limits)
    return OpenSheet(format=kind, encoding=encoding, columns=columns, read=read, limits=limits)


def _reader(
    path: Path, kind: Format, encoding: str, limits: SheetLimits
) -> tuple[tuple[str, ...], Callable[[], Iterator[tuple[int, Mapping[str, str]]]]]:
    """The columns, and what starts the rows."""
    match kind:
        case "xlsx":
            columns = workbooks.table_columns(path, limits=limits)
            return columns, lambda: workbooks.table_rows(path, columns)
        case "lines":
            return (PROMPT,), lambda: _lines(path, encoding, limits)
        case "csv" | "tsv":
            delimiter, columns = tables.csv_columns(path, encoding, is_tsv=kind == "tsv", limits=limits)
            return columns, lambda: tables.csv_rows(path, encoding, delimiter, columns, limits=limits)
        case "jsonl":
            columns = documents.jsonl_columns(path, encoding, limits=limits)
            return columns, lambda: documents.jsonl_rows(path, encoding, limits=limits)
        case "json" | "yaml":
            entries = documents.load_list(path, encoding, kind=kind, limits=limits)
            return documents.columns_of(entries, limits=limits), lambda: iter(enumerate(entries, start=1))
        case _:
            assert_never(kind)


def format_of(path: Path, *, filename: str) -> Format:
    """From its first bytes and its name. Raises :class:`SheetUnreadable`."""
    with path.open("rb") as file:
        head = file.read(4)
    if head == b"PK\x03\x04":
        return "xlsx"
    if head == b"\xd0\xcf\x11\xe0":
        raise SheetUnreadable("This is an old Excel file (.xls).", field="file", hint="Save it as .xlsx or .csv.")
    suffix = Path(filename).suffix.lower()
    kind = _BY_SUFFIX.get(suffix)
    if kind is None or kind == "xlsx":
        known = " ".join(sorted(_BY_SUFFIX))
        raise SheetUnreadable(f"{filename} is no sheet that can be read.", field="file", hint=f"Known: {known}.")
    return kind


def _lines(path: Path, encoding: str, limits: SheetLimits) -> Iterator[tuple[int, Mapping[str, str]]]:
    """One prompt a line. Empty lines are passed over; one that begins with # is a remark, and counted as blank."""
    with open_text(path, encoding) as file:
        for number, line in enumerate(lines_of(file, limit=limits.line_characters), start=1):
            text = line.strip()
            if text:
                yield number, {PROMPT: "" if text.startswith("#") else text}
