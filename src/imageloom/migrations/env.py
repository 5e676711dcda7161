"""Alembic's entry. The connection comes from the runner; the job engine's tables are not ours to touch."""

from __future__ import annotations

from typing import Any

from alembic import context

from imageloom.migrations.tables import METADATA
from imageloom.runtime.db.types import JsonColumn, Serial, UtcDateTime


def _ours(_object: Any, name: str | None, type_: str, reflected: bool, _compare_to: Any) -> bool:
    return not (type_ == "table" and reflected and name not in METADATA.tables)


def _render(kind: str, value: Any, _autogen: Any) -> Any:
    """Our types by their names; alembic cannot spell types with variants."""
    named = {JsonColumn: "JsonColumn", Serial: "Serial"}
    if kind == "type" and value in named:
        return f"imageloom.runtime.db.types.{named[value]}"
    return f"imageloom.runtime.db.types.{value!r}" if isinstance(value, UtcDateTime) else False


connection = context.config.attributes["connection"]
context.configure(
    connection=connection,
    target_metadata=METADATA,
    render_as_batch=connection.dialect.name == "sqlite",
    include_object=_ours,
    compare_type=True,
    render_item=_render,
)
with context.begin_transaction():
    context.run_migrations()
