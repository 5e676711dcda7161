"""What the columns of a sheet are called: trimmed, each different whatever the case of its letters."""

from __future__ import annotations

from collections.abc import Sequence

from imageloom.features.batches.sheets.errors import SheetUnreadable
from imageloom.features.batches.sheets.limits import SheetLimits


def checked_names(names: Sequence[str], limits: SheetLimits) -> tuple[str, ...]:
    """Raises :class:`SheetUnreadable` for a column without a name, or two with the same."""
    trimmed = [name.strip().lstrip("\ufeff") for name in names]
    if len(trimmed) > limits.columns:
        raise SheetUnreadable(f"The sheet has {len(trimmed)} columns; {limits.columns} are allowed.", field="file")
    seen: dict[str, int] = {}
    for position, name in enumerate(trimmed, start=1):
        if not name:
            raise SheetUnreadable(f"Column {position} has no name.", field="file", hint="Name it, or delete it.")
        if len(name) > limits.name_characters or "\x00" in name:
            raise SheetUnreadable(
                f"The name of column {position} is longer than {limits.name_characters} characters, or holds NUL.",
                field="file",
                hint="Name the columns in the first row.",
            )
        if name.casefold() in seen:
            other = seen[name.casefold()]
            raise SheetUnreadable(f"Columns {other} and {position} are both named {name!r}.", field="file", column=name)
        seen[name.casefold()] = position
    return tuple(trimmed)
