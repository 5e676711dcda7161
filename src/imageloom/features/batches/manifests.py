"""The manifest beside pictures that are taken away: a row each, for people with spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

from imageloom.features.generation.models import Item
from imageloom.features.generation.shapes import amount
from imageloom.features.library.archives import Taken
from imageloom.features.library.conversion import made_as
from imageloom.features.library.models import Asset
from imageloom.features.library.soundness import Whereabouts

MANIFEST = [
    "file",
    "position",
    "state",
    "outcome",
    "prompt",
    "template",
    "provider",
    "model",
    "width",
    "height",
    "seed",
    "quality",
    "row_number",
    "not_sent",
    "attempts",
    "message",
    "expected_usd",
    "blake3",
    "asset_id",
    "item_id",
    "whereabouts",
    "made_as",
    "delivered_as",
    "not_converted",
]
_FORMULA = ("=", "+", "-", "@", "\t", "\r")
MARK = "\ufeff"
"""Makes spreadsheets read it as UTF-8."""


def row_of(item: Item | None, asset: Asset | None, path: str, taken: Taken | None, *, position: int) -> list[Any]:
    """``taken`` says what became of a picture that was converted."""
    made = None if asset is None else made_as(asset)
    return [
        path if taken is None else taken.name,
        position,
        *(_planned(item, asset) if item is not None else _told_by(asset)),
        asset.blake3 if asset else None,
        asset.id if asset else item and item.asset_id,
        item.id if item else None,
        Whereabouts.of(asset).value if asset else None,
        made,
        made if taken is None else taken.delivered_as,
        None if taken is None else taken.not_converted,
    ]


def _planned(item: Item, asset: Asset | None) -> list[Any]:
    fields = item.fields
    return [
        item.state,
        item.outcome,
        item.prompt,
        item.template,
        item.provider,
        item.model,
        asset.width if asset else fields.get("width"),
        asset.height if asset else fields.get("height"),
        fields.get("seed"),
        fields.get("quality"),
        item.row_number,
        _not_sent(item.not_sent),
        item.attempts,
        item.message,
        amount(item.estimated_micros),
    ]


def _told_by(asset: Asset | None) -> list[Any]:
    """Of a picture without an item: what it says of itself. It was not asked for here, and has no price."""
    made = {} if asset is None else asset.provenance
    words = [made.get(name) for name in ("prompt", "template", "provider", "model")]
    size = [None, None] if asset is None else [asset.width, asset.height]
    return [None, None, *words, *size, made.get("seed"), made.get("quality"), *[None] * 5]


def _not_sent(entries: Sequence[dict[str, Any]]) -> str:
    return "; ".join(f"{entry['field']}: {entry['reason']}" for entry in entries)


def csv_line(cells: Sequence[Any]) -> str:
    buffer = io.StringIO()
    csv.writer(buffer).writerow([_safe(cell) for cell in cells])
    return buffer.getvalue()


def _safe(cell: Any) -> Any:
    """A text that a spreadsheet would run as a formula is kept text by a quote in front."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
