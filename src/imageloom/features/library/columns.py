"""Pictures in columns, for a page that shows a hundred thousand: of each, only what its frame needs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row

from imageloom.features.library.models import Asset
from imageloom.features.library.repository import MODEL, PROVIDER, find, find_on_board
from imageloom.features.library.searching import Pick, Sought
from imageloom.runtime.actor import Actor, Permission

_SHOWN = (
    Asset.id,
    Asset.width,
    Asset.height,
    Asset.colour,
    Asset.previews,
    Asset.created_at,
    Asset.provenance["position"].as_integer().label("position"),
    Asset.pick,
    Asset.rating,
    PROVIDER,
    MODEL,
)
_PICKS = {Pick.pick: 1, None: 0, Pick.reject: -1}


def columns_of_assets(
    connection: Connection, actor: Actor, sought: Sought, *, after: str | None, limit: int, is_oldest_first: bool
) -> tuple[dict[str, Any], str | None]:
    """The columns, by the names of their wire shape, and the id after which to go on."""
    actor.require(Permission.assets_read)
    found = find(connection, actor, sought, shown=_SHOWN, after=after, limit=limit, is_oldest_first=is_oldest_first)
    return _columns(found.rows), found.following


def columns_of_board(
    connection: Connection, actor: Actor, sought: Sought, *, after: int | None, limit: int
) -> tuple[dict[str, Any], int | None]:
    """The same in the board's own order, and the place after which to go on."""
    actor.require(Permission.assets_read)
    rows, following = find_on_board(connection, actor, sought, shown=_SHOWN, after=after, limit=limit)
    return _columns(rows), following


def _columns(rows: Sequence[Row[Any]]) -> dict[str, Any]:
    models: dict[str, int] = {}
    names = [f"{row.made_by}/{row.made_with}" if row.made_with else None for row in rows]
    return {
        "ids": [row.id for row in rows],
        "widths": [row.width for row in rows],
        "heights": [row.height for row in rows],
        "colours": [row.colour for row in rows],
        "previews": [row.previews for row in rows],
        "created": [int(row.created_at.timestamp()) for row in rows],
        "frames": [None if row.position is None else row.position + 1 for row in rows],
        "made_with": [None if name is None else models.setdefault(name, len(models)) for name in names],
        "models": list(models),
        "picks": [_PICKS[row.pick] for row in rows],
        "ratings": [row.rating or 0 for row in rows],
    }
