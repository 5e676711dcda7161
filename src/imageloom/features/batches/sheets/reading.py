"""Reading a sheet: its format, its columns, and its rows one at a time, however many there are."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from imageloom.features.batches.sheets import documents, tables
from imageloom.features.batches.sheets.encodings import detect_encoding, open_text
from imageloom.features.batches.sheets.errors import SheetUnreadable, row_error

Format = Literal["lines", "csv", "tsv", "xlsx", "jsonl", "json", "yaml"]
CELL_BYTES = 100_000
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


@dataclass(frozen=True, kw_only=True)
class OpenSheet:
    """A sheet whose format and columns are known. :meth:`rows` starts from the first row each time."""

    format: Format
    encoding: str | None
    columns: tuple[str, ...]
    read: Callable[[], Iterator[tuple[int, Mapping[str, str]]]]

    def rows(self) -> Iterator[SheetRow]:
        """Raises the sheet errors, which name the row. Rows without any text are passed over."""
        for number, values in self.read():
            for column, text in values.items():
                if len(text) > CELL_BYTES // 4 and len(text.encode()) > CELL_BYTES:
                    raise row_error(number, f"the cell has more than {CELL_BYTES} bytes.", column=column)
                if "\x00" in text:
                    raise row_error(number, "the cell holds a NUL character.", column=column)
            if any(text.strip() for text in values.values()):
                yield SheetRow(number=number, values=values)


def read_sheet(path: Path, *, filename: str) -> OpenSheet:
    """Opens a sheet. Raises :class:`SheetUnreadable` and its kin."""
    kind = _format_of(path, filename)
    if kind == "xlsx":
        columns = tables.xlsx_columns(path)
        return OpenSheet(format=kind, encoding=None, columns=columns, read=lambda: tables.xlsx_rows(path, columns))
    encoding = detect_encoding(path)
    if kind == "lines":
        return OpenSheet(format=kind, encoding=encoding, columns=(PROMPT,), read=lambda: _lines(path, encoding))
    if kind in ("csv", "tsv"):
        delimiter, columns = tables.csv_columns(path, encoding, is_tsv=kind == "tsv")
        return OpenSheet(
            format=kind,
            encoding=encoding,
            columns=columns,
            read=lambda: tables.csv_rows(path, encoding, delimiter, columns),
        )
    if kind == "jsonl":
        columns = documents.jsonl_columns(path, encoding)
        return OpenSheet(
            format=kind, encoding=encoding, columns=columns, read=lambda: documents.jsonl_rows(path, encoding)
        )
    entries = documents.load_list(path, encoding, kind=kind)
    return OpenSheet(
        format=kind,
        encoding=encoding,
        columns=documents.columns_of(entries),
        read=lambda: iter(list(enumerate(entries, start=1))),
    )


def _format_of(path: Path, filename: str) -> Format:
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


def _lines(path: Path, encoding: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    """One prompt a line. Empty lines and lines that begin with # are passed over."""
    with open_text(path, encoding) as file:
        for number, line in enumerate(file, start=1):
            text = line.strip()
            if text and not text.startswith("#"):
                yield number, {PROMPT: text}
