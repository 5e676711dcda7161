"""What can be wrong with a sheet. Each error names the row and the way out."""

from __future__ import annotations

from imageloom.kit.errors import InvalidInput


class SheetUnreadable(InvalidInput):
    code = "sheet_unreadable"
    title = "The sheet cannot be read."
    way_out = "Save it as .csv in UTF-8, with the names of the columns in the first row."


class SheetRowBad(InvalidInput):
    code = "sheet_row_bad"
    title = "A row of the sheet cannot be used."
    way_out = "Correct the row, or delete it."


def row_error(row: int, detail: str, *, column: str | None = None, hint: str | None = None) -> SheetRowBad:
    extra = {"row": row} if column is None else {"row": row, "column": column}
    return SheetRowBad(f"Row {row}: {detail}", field="file", hint=hint, **extra)
