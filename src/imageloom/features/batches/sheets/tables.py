"""Tables: CSV, TSV and XLSX. The first row names the columns."""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

from imageloom.features.batches.sheets.encodings import open_text
from imageloom.features.batches.sheets.errors import SheetUnreadable, row_error

COLUMNS_MAX = 1_000
FIELD_CHARACTERS = 200_000
UNPACKED_BYTES = 500_000_000
EMPTY_TAIL = 1_000
"""So many empty rows end an XLSX sheet: spreadsheets format rows that hold nothing, up to the millionth."""
_DELIMITERS = ",;\t|"


def csv_columns(path: Path, encoding: str, *, is_tsv: bool) -> tuple[str, tuple[str, ...]]:
    """The delimiter and the column names."""
    with open_text(path, encoding) as file:
        first = file.readline(1_000_000)
        delimiter = "\t" if is_tsv else _delimiter(first)
        file.seek(0)
        for _number, cells in _parse(file, delimiter):
            return delimiter, _checked_header(cells)
    raise SheetUnreadable("The file has no header row.", field="file", hint="Name the columns in the first row.")


def csv_rows(
    path: Path, encoding: str, delimiter: str, columns: Sequence[str]
) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Rows after the header, with the line on which each begins."""
    with open_text(path, encoding) as file:
        for number, cells in islice(_parse(file, delimiter), 1, None):
            yield number, _as_row(number, cells, columns)


def _parse(file: Any, delimiter: str) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(FIELD_CHARACTERS)
    reader = csv.reader(file, delimiter=delimiter, strict=True)
    start = 1
    try:
        for cells in reader:
            if cells:
                yield start, cells
            start = reader.line_num + 1
    except csv.Error as error:
        raise row_error(start, f"{error}.", hint="Quote cells that hold quotes or line breaks.") from None


def _delimiter(line: str) -> str:
    """The candidate that stands most often in the header outside of quotes."""
    outside = "".join(line.split('"')[0::2])
    best = max(_DELIMITERS, key=outside.count)
    return best if outside.count(best) else ","


def _checked_header(cells: Sequence[str]) -> tuple[str, ...]:
    names = [cell.strip().lstrip("\ufeff") for cell in cells]
    while names and not names[-1]:
        names.pop()
    if not names:
        raise SheetUnreadable("The header row is empty.", field="file", hint="Name the columns in the first row.")
    if len(names) > COLUMNS_MAX:
        raise SheetUnreadable(f"The sheet has {len(names)} columns; {COLUMNS_MAX} are allowed.", field="file")
    seen: dict[str, int] = {}
    for position, name in enumerate(names, start=1):
        if not name:
            raise SheetUnreadable(f"Column {position} has no name.", field="file", hint="Name it, or delete it.")
        if name.casefold() in seen:
            other = seen[name.casefold()]
            raise SheetUnreadable(f"Columns {other} and {position} are both named {name!r}.", field="file")
        seen[name.casefold()] = position
    return tuple(names)


def _as_row(number: int, cells: Sequence[str], columns: Sequence[str]) -> Mapping[str, str]:
    if any(cell.strip() for cell in cells[len(columns) :]):
        raise row_error(
            number,
            f"it has {len(cells)} cells and the header names {len(columns)}.",
            hint="Quote cells that hold the delimiter.",
        )
    padded = [*cells, *[""] * (len(columns) - len(cells))]
    return dict(zip(columns, padded, strict=False))


# --- XLSX ----------------------------------------------------------------------------------------------------------


def xlsx_columns(path: Path) -> tuple[str, ...]:
    for _number, cells in _xlsx_cells(path):
        return _checked_header(cells)
    raise SheetUnreadable("The first sheet is empty.", field="file", hint="Name the columns in the first row.")


def xlsx_rows(path: Path, columns: Sequence[str]) -> Iterator[tuple[int, Mapping[str, str]]]:
    for number, cells in islice(_xlsx_cells(path), 1, None):
        yield number, _as_row(number, cells, columns)


def _xlsx_cells(path: Path) -> Iterator[tuple[int, list[str]]]:
    import openpyxl

    _refuse_bomb(path)
    try:
        book = openpyxl.load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except (KeyError, ValueError, OSError, zipfile.BadZipFile, SyntaxError) as error:
        raise SheetUnreadable(f"The file is no XLSX workbook: {error}", field="file") from None
    try:
        empty = 0
        for number, row in enumerate(book.worksheets[0].iter_rows(values_only=True, max_col=COLUMNS_MAX + 1), start=1):
            cells = [_as_text(value) for value in row]
            if any(cells):
                empty = 0
                yield number, cells
            else:
                empty += 1
                if empty > EMPTY_TAIL:
                    return
    except (zipfile.BadZipFile, SyntaxError, ValueError, KeyError) as error:
        raise SheetUnreadable(f"The workbook is damaged: {error}", field="file") from None
    finally:
        book.close()


def _refuse_bomb(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except zipfile.BadZipFile:
        raise SheetUnreadable("The file is no XLSX workbook.", field="file") from None
    if unpacked > UNPACKED_BYTES:
        raise SheetUnreadable(f"The workbook unpacks to {unpacked} bytes; {UNPACKED_BYTES} are allowed.", field="file")


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        # A spreadsheet keeps every number as a float; a seed of 5 is not 5.0.
        return str(int(value))
    return str(value).strip()
