"""New rows that are written at once. The mapper's own way sorts, groups and asks back: for a row that is whole that
costs several times what the database needs.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Insert, insert, inspect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, make_transient_to_detached

from imageloom.runtime.db.model import Model


async def insert_now(session: AsyncSession, new: Model) -> None:
    """Writes a new object; from then on the session holds it like one that was read. What nobody set is its column's
    default, or NULL.
    """
    await session.run_sync(_insert, new)


def is_new(row: Model) -> bool:
    """Whether nobody has written it yet."""
    return bool(inspect(row).transient)


def _insert(session: Session, new: Model) -> None:
    statement, defaults = _of_table(type(new))
    given = inspect(new).dict
    for name, value in defaults:
        given.setdefault(name, value)
    session.connection().execute(statement, {name: given[name] for name, _value in defaults})
    if is_new(new):
        make_transient_to_detached(new)
    # Else it was written in a transaction that was rolled back, and is written again.
    session.add(new)


@cache
def _of_table(model: type[Model]) -> tuple[Insert, tuple[tuple[str, Any], ...]]:
    """Built once: building a statement costs more than the database needs for it."""
    table: Any = model.__table__
    defaults = [(column.name, None if column.default is None else column.default.arg) for column in table.columns]
    return insert(table), tuple(defaults)
