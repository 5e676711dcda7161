"""How much a sheet may hold. Rows are not limited: they are read one at a time."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class SheetLimits:
    """``line_characters`` bounds one line of text, which is the most that is in memory of a file of lines.

    ``empty_rows`` in a row end a workbook: spreadsheets format rows that hold nothing, up to the millionth.
    ``unpacked_bytes`` bounds a workbook twice: its parts, and its first sheet with every text written out.
    """

    cell_bytes: int = 100_000
    columns: int = 1_000
    name_characters: int = 200
    line_characters: int = 10_000_000
    document_bytes: int = 20_000_000
    yaml_bytes: int = 5_000_000
    unpacked_bytes: int = 200_000_000
    parts: int = 10_000
    empty_rows: int = 20_000


DEFAULT_LIMITS = SheetLimits()
