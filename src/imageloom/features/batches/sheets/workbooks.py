"""Workbooks: the first sheet of an XLSX file, its formulas as the values that were saved with them."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from imageloom.features.batches.sheets.errors import SheetUnreadable
from imageloom.features.batches.sheets.limits import SheetLimits
from imageloom.features.batches.sheets.tables import as_row, checked_header

# What the workbook reader and the archive under it raise for bytes that are not what they should be: wrong tags,
# missing parts, wrong types, bad compression, encryption.
_DAMAGE = (
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    zipfile.BadZipFile,
    zlib.error,
)
# Above this, a float no longer tells neighbouring whole numbers apart.
_EXACT = 2**53


def xlsx_columns(path: Path, *, limits: SheetLimits) -> tuple[str, ...]:
    for _number, cells in _filled_rows(path, limits):
        return checked_header(cells, limits)
    raise SheetUnreadable("The first sheet is empty.", field="file", hint="Name the columns in the first row.")


def xlsx_rows(path: Path, columns: Sequence[str], *, limits: SheetLimits) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Rows after the header. Empty ones between others are given as such; those at the end are not."""
    last = None
    for number, cells in _filled_rows(path, limits):
        if last is not None:
            yield from ((between, as_row(between, [], columns)) for between in range(last + 1, number))
            yield number, as_row(number, cells, columns)
        last = number


def _filled_rows(path: Path, limits: SheetLimits) -> Iterator[tuple[int, list[str]]]:
    import openpyxl

    _refuse_bomb(path, limits)
    # The file, not its name: the reader judges names by their suffix, and stored sheets have none.
    with path.open("rb") as file:
        try:
            book = openpyxl.load_workbook(file, read_only=True, data_only=True, keep_links=False)
            sheet = book.worksheets[0]
            # Some writers state dimensions that are too small, and the reader would keep to them.
            sheet.reset_dimensions()
            empty = 0
            for number, row in enumerate(sheet.iter_rows(values_only=True), start=1):
                cells = [_as_text(value) for value in row]
                if any(cells):
                    empty = 0
                    yield number, cells
                else:
                    empty += 1
                    if empty > limits.empty_rows:
                        return
        except _DAMAGE as error:
            raise SheetUnreadable(
                f"The file is no XLSX workbook, or it is damaged: {error}", field="file", hint="Save it as .xlsx again."
            ) from None


def _refuse_bomb(path: Path, limits: SheetLimits) -> None:
    """The stated sizes can be trusted as a bound: the archive reader stops at them."""
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
    except _DAMAGE:
        raise SheetUnreadable("The file is no XLSX workbook.", field="file") from None
    if unpacked > limits.unpacked_bytes:
        raise SheetUnreadable(
            f"The workbook unpacks to {unpacked} bytes; {limits.unpacked_bytes} are allowed.",
            field="file",
            hint="Save the sheet as .csv.",
        )


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < _EXACT:
        # A spreadsheet keeps every number as a float; a seed of 5 is not 5.0.
        return str(int(value))
    return str(value).strip()
