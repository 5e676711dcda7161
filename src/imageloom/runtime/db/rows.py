"""New rows that are written without the mapper: its own way sorts, groups and asks back, which for a row that is whole
costs several times what the database needs.
"""

from __future__ import annotations

from functools import cache
from typing import Any

from sqlalchemy import Insert, insert, inspect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, make_transient_to_detached

from imageloom.runtime.db.model import Model

_LATER = "rows"


async def insert_now(session: AsyncSession, new: Model) -> None:
    """Writes a new object, of which the session knows nothing: it stays as it is whatever becomes of the transaction.
    What nobody set is its column's default, or NULL.
    """
    await session.run_sync(_insert_all, {_of_table(type(new))[0]: [_values(new)]})


def hold(session: AsyncSession, written: Model) -> None:
    """From here on the session holds what was written like something that was read. When the transaction is rolled
    back, nothing is left of it.
    """
    make_transient_to_detached(written)
    session.add(written)


def insert_later(session: AsyncSession, new: Model) -> None:
    """Writes it with the last things of the transaction, before its events. Nobody may look for it until then; in
    return, the rows of one table are one statement, whoever they are of.
    """
    statement = _of_table(type(new))[0]
    insert_rows_later(session, statement, _values(new))


def insert_rows_later(session: AsyncSession, statement: Any, *rows: dict[str, Any]) -> None:
    """The same for rows of a statement, after those of the statements that were named before it."""
    if rows:
        session.info.setdefault(_LATER, {}).setdefault(statement, []).extend(rows)


async def write_later(session: AsyncSession) -> None:
    """Now is later: for whoever goes on to look, and at the end of the transaction."""
    later: dict[Any, list[dict[str, Any]]] = session.info.pop(_LATER, {})
    if later:
        await session.run_sync(_insert_all, later)


def is_new(row: Model) -> bool:
    """Whether nobody has written it yet."""
    return bool(inspect(row).transient)


def _insert_all(session: Session, later: dict[Any, list[dict[str, Any]]]) -> None:
    connection = session.connection()
    for statement, rows in later.items():
        connection.execute(statement, rows)


def _values(new: Model) -> dict[str, Any]:
    given = inspect(new).dict
    defaults = _of_table(type(new))[1]
    for name, value in defaults:
        given.setdefault(name, value)
    return {name: given[name] for name, _value in defaults}


@cache
def _of_table(model: type[Model]) -> tuple[Insert, tuple[tuple[str, Any], ...]]:
    """Built once: building a statement costs more than the database needs for it."""
    table: Any = model.__table__
    defaults = [(column.name, None if column.default is None else column.default.arg) for column in table.columns]
    return insert(table), tuple(defaults)
