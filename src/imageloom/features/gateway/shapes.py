"""From an order's end to OpenAI's documents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import pybase64

from imageloom.features.gateway.answers import place
from imageloom.features.gateway.repository import Made
from imageloom.features.gateway.service import Order, Ready
from imageloom.features.generation.models import ItemState
from imageloom.features.generation.shapes import amount
from imageloom.features.library.soundness import said_of_removed
from imageloom.runtime.partials import Partial


def images(ready: Ready, pictures: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The answer to a request that is not streamed. ``pictures`` are the members of ``data``."""
    first = ready.pictures[0]
    document = {
        "created": _seconds(ready.standing.finished_at),
        "data": list(pictures),
        "background": _background(first),
        "output_format": first.format,
        "quality": first.fields.get("quality"),
        "size": f"{first.width}x{first.height}",
        "usage": usage(ready.items),
        "imageloom": books(ready),
    }
    return {name: value for name, value in document.items() if value is not None}


def picture(made: Made, **where: Any) -> dict[str, Any]:
    """A member of ``data``."""
    revised = (made.provenance or {}).get("revised_prompt")
    return {**where, **({} if revised is None else {"revised_prompt": revised})}


def unfinished(order: Order, partial: Partial, *, kind: str, at: datetime) -> dict[str, Any]:
    """The event of a picture that is on its way."""
    fields = order.wish.fields
    return {
        "type": kind,
        "b64_json": pybase64.b64encode(partial.content).decode(),
        "partial_image_index": partial.number,
        "created_at": int(at.timestamp()),
        "size": fields.get("size", "auto"),
        "quality": fields.get("quality", "auto"),
        "background": fields.get("background", "auto"),
        "output_format": fields.get("format", order.wish.entry.model.formats[0]),
        "imageloom": {"batch": order.run_id, "index": partial.position},
    }


def completed(ready: Ready, made: Made, *, kind: str) -> dict[str, Any]:
    """The event of a picture that is there."""
    return {
        "type": kind,
        "b64_json": place(0),
        "created_at": _seconds(ready.standing.finished_at),
        "size": f"{made.width}x{made.height}",
        "quality": made.fields.get("quality", "auto"),
        "background": _background(made) or "auto",
        "output_format": made.format,
        "usage": usage([made]),
        "imageloom": books(ready),
    }


def books(ready: Ready) -> dict[str, Any]:
    """What we add."""
    notes = [note.model_dump() for note in ready.order.wish.notes]
    seen = {note["field"] for note in notes}
    for item in ready.items:
        for note in item.not_sent:
            if note["field"] not in seen:
                seen.add(note["field"])
                notes.append({"field": note["field"], "value": str(note["value"]), "reason": note["reason"]})
    standing = ready.standing
    return {
        "batch": ready.order.run_id,
        "assets": [item.asset_id for item in ready.pictures],
        "not_sent": notes,
        "failures": [
            {"index": item.position, "state": item.state, "message": item.message}
            for item in ready.items
            if item.state != ItemState.done
        ]
        + [
            {"index": item.position, "state": "removed", "message": said_of_removed(item.removed_at)}
            for item in ready.removed
            if item.removed_at is not None
        ],
        "cost": None if standing.settled_unknown else amount(standing.settled_micros, standing.currency),
        "currency": standing.currency,
    }


def usage(items: Sequence[Made]) -> dict[str, Any] | None:
    """What the providers say was used, by every attempt; ``None`` when they say nothing."""
    told = [attempt.usage for item in items for attempt in item.attempts if attempt.usage]
    if not told:
        return None
    text, image, out = (
        sum(one.get(name, 0) for one in told) for name in ("token_in_text", "token_in_image", "token_out_image")
    )
    return {
        "input_tokens": text + image,
        "input_tokens_details": {"text_tokens": text, "image_tokens": image},
        "output_tokens": out,
        "total_tokens": text + image + out,
    }


def base64_pictures(ready: Ready) -> list[dict[str, Any]]:
    """Members of ``data`` with places for files."""
    return [picture(made, b64_json=place(number)) for number, made in enumerate(ready.pictures)]


def _background(made: Made) -> str | None:
    wished = made.fields.get("background")
    return wished if wished in ("transparent", "opaque") else None


def _seconds(at: datetime | None) -> int:
    assert at is not None
    return int(at.timestamp())
