"""INSERT … ON CONFLICT, which both dialects know and SQLAlchemy spells once for each."""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert


def upsert(model: Any, *, dialect: str) -> Any:
    """An insert that has ``on_conflict_do_nothing`` and ``on_conflict_do_update``."""
    return postgresql_insert(model) if dialect == "postgresql" else sqlite_insert(model)
