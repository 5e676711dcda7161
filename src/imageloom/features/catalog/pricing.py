"""From a request that is fitted to its model to the facts that its price depends on."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from imageloom.contracts.provider import Operation
from imageloom.features.catalog.entries import CatalogEntry
from imageloom.features.catalog.prices import Wanted


def wanted_picture(entry: CatalogEntry, fields: Mapping[str, Any], *, operation: Operation, references: int) -> Wanted:
    """``fields`` are those of the request. Where it states no size, the provider chooses among what the model makes."""
    width, height = fields.get("width"), fields.get("height")
    sizes = entry.model.sizes
    return Wanted(
        provider=entry.provider_id,
        model=entry.model.id,
        sizes=(f"{width}x{height}",)
        if width and height
        else tuple(dict.fromkeys((sizes.default, *sizes.choices)))
        if sizes.choices
        else (),
        quality=fields.get("quality"),
        operation=operation,
        references=references,
        extra_tokens=fields.get("partial_pictures", 0) * entry.model.partial_tokens,
    )
