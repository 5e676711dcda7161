"""Pictures in columns, for a page that shows a hundred thousand: of each, only what its frame needs."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from imageloom.features.library.models import Asset
from imageloom.features.library.repository import MODEL, PROVIDER, find
from imageloom.features.library.searching import Sought
from imageloom.runtime.actor import Actor, Permission

_SHOWN = (
    Asset.id,
    Asset.width,
    Asset.height,
    Asset.colour,
    Asset.previews,
    Asset.created_at,
    Asset.provenance["position"].as_integer().label("position"),
    PROVIDER,
    MODEL,
)


def columns_of_assets(
    connection: Connection, actor: Actor, sought: Sought, *, after: str | None, limit: int, is_oldest_first: bool
) -> tuple[dict[str, Any], str | None]:
    """The columns, by the names of their wire shape, and the id after which to go on."""
    actor.require(Permission.assets_read)
    found = find(connection, actor, sought, shown=_SHOWN, after=after, limit=limit, is_oldest_first=is_oldest_first)
    models: dict[str, int] = {}
    names = [f"{row.made_by}/{row.made_with}" if row.made_with else None for row in found.rows]
    return {
        "ids": [row.id for row in found.rows],
        "widths": [row.width for row in found.rows],
        "heights": [row.height for row in found.rows],
        "colours": [row.colour for row in found.rows],
        "previews": [row.previews for row in found.rows],
        "created": [int(row.created_at.timestamp()) for row in found.rows],
        "frames": [None if row.position is None else row.position + 1 for row in found.rows],
        "made_with": [None if name is None else models.setdefault(name, len(models)) for name in names],
        "models": list(models),
    }, found.following
