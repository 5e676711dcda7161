"""Workbooks: the first sheet of an XLSX file, its formulas as the values that were saved with them.

A workbook is an archive from outside, so it is unfolded once, in a worker process with limits, into a table: a file of
JSON lines with the number and the cells of each row that holds something. Everybody else reads that.
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import orjson

from imageloom.features.batches.sheets.errors import SheetUnreadable
from imageloom.features.batches.sheets.limits import SheetLimits
from imageloom.features.batches.sheets.tables import as_row, checked_header

# What the workbook reader and the archive under it raise for bytes that are not what they should be: wrong tags,
# missing parts, wrong types, bad compression, encryption.
_DAMAGE = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    NotImplementedError,
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
_LOCAL_HEADER_BYTES = 30
_PIECE_BYTES = 1 << 16


def table_columns(table: Path, *, limits: SheetLimits) -> tuple[str, ...]:
    for _number, cells in _table(table):
        return checked_header(cells, limits)
    raise SheetUnreadable("The first sheet is empty.", field="file", hint="Name the columns in the first row.")


def table_rows(table: Path, columns: Sequence[str]) -> Iterator[tuple[int, Mapping[str, str]]]:
    """Rows after the header. Empty ones between others are given as such; those at the end are not."""
    last = None
    for number, cells in _table(table):
        if last is not None:
            yield from ((between, as_row(between, [], columns)) for between in range(last + 1, number))
            yield number, as_row(number, cells, columns)
        last = number


def _table(table: Path) -> Iterator[tuple[int, list[str]]]:
    with table.open("rb") as file:
        for line in file:
            number, cells = orjson.loads(line)
            yield number, cells


def unfold(path: Path, table: Path, limits: SheetLimits) -> None:
    """Writes the table of a workbook. To be called in a worker process. Raises :class:`SheetUnreadable`."""
    _refuse_bomb(path, limits)
    left = limits.unpacked_bytes
    with table.open("wb") as file:
        for number, cells in _filled_rows(path, limits):
            line = orjson.dumps((number, cells)) + b"\n"
            # One text may be shared by a million cells.
            left -= len(line)
            if left < 0:
                raise _too_large(limits)
            file.write(line)


def _filled_rows(path: Path, limits: SheetLimits) -> Iterator[tuple[int, list[str]]]:
    import openpyxl

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
    """Inflates every part once and keeps none: what an archive states about itself is not believed.

    The workbook reader asks for whole parts, and the archive reader then inflates as much as comes, and cuts it to the
    stated size afterwards.
    """
    left = limits.unpacked_bytes
    try:
        with zipfile.ZipFile(path) as archive, path.open("rb") as file:
            entries = archive.infolist()
            if len(entries) > limits.parts or len({entry.filename for entry in entries}) < len(entries):
                raise SheetUnreadable(
                    "The workbook has too many parts, or two of the same name.",
                    field="file",
                    hint="Save it as .xlsx again.",
                )
            for entry in entries:
                left -= _true_size(file, entry, most=left)
                if left < 0:
                    raise _too_large(limits)
    except _DAMAGE as error:
        raise SheetUnreadable(
            f"The file is no XLSX workbook, or it is damaged: {error}", field="file", hint="Save it as .xlsx again."
        ) from None


def _true_size(file: BinaryIO, entry: zipfile.ZipInfo, *, most: int) -> int:
    """How many bytes a part inflates to, or more than ``most`` as soon as it is known to be more."""
    if entry.compress_type == zipfile.ZIP_STORED:
        return max(entry.file_size, entry.compress_size)
    if entry.compress_type != zipfile.ZIP_DEFLATED:
        raise zipfile.BadZipFile("a part is compressed as no spreadsheet does")
    file.seek(entry.header_offset)
    head = file.read(_LOCAL_HEADER_BYTES)
    file.seek(int.from_bytes(head[26:28], "little") + int.from_bytes(head[28:30], "little"), 1)
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    size, left = 0, entry.compress_size
    while left > 0 and size <= most and not inflater.eof:
        piece = file.read(min(left, _PIECE_BYTES))
        if not piece:
            break
        left -= len(piece)
        while piece and size <= most and not inflater.eof:
            size += len(inflater.decompress(piece, 16 * _PIECE_BYTES))
            piece = inflater.unconsumed_tail
    return max(size, entry.file_size)


def _too_large(limits: SheetLimits) -> SheetUnreadable:
    return SheetUnreadable(
        f"The workbook unpacks to more than the {limits.unpacked_bytes} bytes that are allowed.",
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
