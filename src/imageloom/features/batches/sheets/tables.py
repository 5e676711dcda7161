"""Tables: CSV and TSV. The first row that is not empty names the columns."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from imageloom.features.batches.sheets.encodings import lines_of, open_text
from imageloom.features.batches.sheets.errors import SheetUnreadable, row_error
from imageloom.features.batches.sheets.limits import SheetLimits
from imageloom.features.batches.sheets.naming import checked_names

FIELD_CHARACTERS = 200_000
_DELIMITERS = ",;\t|"


def csv_columns(path: Path, encoding: str, *, is_tsv: bool, limits: SheetLimits) -> tuple[str, tuple[str, ...]]:
    """The delimiter and the column names."""
    with open_text(path, encoding) as file:
        delimiter = "\t" if is_tsv else _delimiter(file.read(FIELD_CHARACTERS))
        file.seek(0)
        for _number, cells in _parse(file, delimiter, limits):
            if cells:
                return delimiter, checked_header(cells, limits)
    raise SheetUnreadable("The file has no header row.", field="file", hint="Name the columns in the first row.")


def csv_rows(
    path: Path, encoding: str, delimiter: str, columns: Sequence[str], *, limits: SheetLimits
) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Rows after the header, with the line on which each begins."""
    with open_text(path, encoding) as file:
        rows = _parse(file, delimiter, limits)
        next((cells for _number, cells in rows if cells), None)
        for number, cells in rows:
            yield number, as_row(number, cells, columns)


def _parse(file: io.TextIOWrapper, delimiter: str, limits: SheetLimits) -> Iterator[tuple[int, list[str]]]:
    csv.field_size_limit(FIELD_CHARACTERS)
    reader = csv.reader(lines_of(file, limit=limits.line_characters), delimiter=delimiter, strict=True)
    start = 1
    try:
        for cells in reader:
            yield start, cells
            start = reader.line_num + 1
    except csv.Error as error:
        raise row_error(
            start,
            f"{error}.",
            hint="A quote is not closed, or stands inside a cell: quote such cells, and double the quotes in them.",
        ) from None


def _delimiter(sample: str) -> str:
    """The candidate that stands most often in the header outside of quotes; a header may go over several lines."""
    counts = dict.fromkeys(_DELIMITERS, 0)
    quoted = False
    for character in sample.lstrip("\r\n"):
        if character == '"':
            quoted = not quoted
        elif not quoted and character in "\r\n":
            break
        elif not quoted and character in counts:
            counts[character] += 1
    return max(counts, key=counts.__getitem__)


def checked_header(cells: Sequence[str], limits: SheetLimits) -> tuple[str, ...]:
    """The columns' names; empty cells at the end of the header name nothing."""
    names = list(cells)
    while names and not names[-1].strip():
        names.pop()
    if not names:
        raise SheetUnreadable("The header row is empty.", field="file", hint="Name the columns in the first row.")
    return checked_names(names, limits)


def as_row(number: int, cells: Sequence[str], columns: Sequence[str]) -> Mapping[str, str]:
    """Cells under their columns. Raises a row error for text beyond the last column."""
    used = max((position for position, cell in enumerate(cells, start=1) if cell.strip()), default=0)
    if used > len(columns):
        raise row_error(
            number,
            f"it has {used} cells and the header names {len(columns)}.",
            hint="Quote cells that hold the delimiter.",
        )
    padded = [*cells, *[""] * (len(columns) - len(cells))]
    return dict(zip(columns, padded, strict=False))
