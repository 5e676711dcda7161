"""What the tokens of a name template stand for, from a picture's own facts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from imageloom.features.generation.models import Item
from imageloom.features.library.models import Asset
from imageloom.kit.filenames import NameValues
from imageloom.kit.pictures.wishes import Conversion, extension


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a picture comes from. What was uploaded has no item and no batch, and nobody asked for it."""

    item: Item | None = None
    batch: str = ""
    project: str = ""
    user: str = ""


def values_of(
    asset: Asset, origin: Origin, *, index: int, total: int, conversion: Conversion | None = None
) -> NameValues:
    """A picture's values at its place among those that are taken away together."""
    return NameValues(
        index=index,
        total=total,
        ext=extension(asset.format) if conversion is None else conversion.extension_of(asset),
        created_at=asset.created_at,
        hash=asset.blake3,
        batch=origin.batch,
        project=origin.project,
        user=origin.user,
        width=asset.width,
        height=asset.height,
        rating="" if asset.rating is None else str(asset.rating),
        **(_told_by(asset) if origin.item is None else _planned(origin.item)),
    )


def _planned(item: Item) -> dict[str, Any]:
    return {
        "item": item.id,
        "provider": item.provider,
        "model": item.model,
        "prompt": item.prompt,
        "seed": item.fields.get("seed"),
        "quality": item.fields.get("quality") or "",
        "columns": item.row,
        "wildcards": {choice["wildcard"]: choice["value"] for choice in reversed(item.choices) if choice["wildcard"]},
    }


def _told_by(asset: Asset) -> dict[str, Any]:
    """What a picture without an item says of itself: a file that was uploaded is called as it was."""
    made = asset.provenance
    return {
        "provider": made.get("provider") or "",
        "model": made.get("model") or "",
        "prompt": made.get("prompt") or PurePath(made.get("imported_from") or "").stem,
        "seed": made.get("seed"),
        "quality": made.get("quality") or "",
    }
