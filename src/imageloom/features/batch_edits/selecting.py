"""What a person says about which items, as a condition of the database."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from imageloom.features.batch_edits.schemas import SelectionInput
from imageloom.features.catalog.entries import find_model
from imageloom.features.generation.editing import chosen_items
from imageloom.kit.errors import InvalidInput
from imageloom.kit.numbers import whole_number
from imageloom.runtime.scope import Scope

NUMBER_MAX = 2**31 - 2
RANGE_SHOWN = 40


def condition(scope: Scope, batch_id: str, where: SelectionInput) -> Any:
    """Raises :class:`InvalidInput` for a range that is none."""
    return chosen_items(
        batch_id,
        rows=read_ranges(where.rows, field="where.rows"),
        positions=[(low - 1, high - 1) for low, high in read_ranges(where.items, field="where.items")],
        models=[_model(scope, name) for name in where.models],
        item_ids=where.item_ids,
        contains=where.prompt_contains,
        dialect=scope.session.get_bind().dialect.name,
    )


def read_ranges(texts: Sequence[str], *, field: str) -> list[tuple[int, int]]:
    """``12``, ``3-9``, ``11-`` and ``-5``, both ends included; counted from 1."""
    ranges = []
    for text in texts:
        first, dash, last = (part.strip() for part in text.partition("-"))
        low = whole_number(first, most=NUMBER_MAX) if first or not dash else 1
        high = whole_number(last, most=NUMBER_MAX) if last else (NUMBER_MAX if dash else low)
        if low is None or high is None or (not first and not last) or high < low or low < 1:
            raise InvalidInput(
                f"{text[:RANGE_SHOWN]!r} is no number and no range.", field=field, hint="Such as 12, 3-9, 11- or -5."
            )
        ranges.append((low, high))
    return ranges


def _model(scope: Scope, name: str) -> tuple[str, str]:
    """Also of a model that nobody serves any more: it may be what waits."""
    entry, _nearest = find_model(scope.ports.providers, name)
    if entry is not None:
        return entry.provider_id, entry.model.id
    provider, _, model = name.partition("/")
    return provider, model
