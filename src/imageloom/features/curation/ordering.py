"""Places on a board: numbers in order, with room between them, so that most moves write only what moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

GAP = 1 << 16
"""Room between two neighbours: sixteen times one can go in between before they are numbered anew."""


def placed(order: Mapping[str, int], ids: Sequence[str], *, before: str | None) -> dict[str, int]:
    """The new places of ``ids`` before a picture of the board, or at its end; and of all others where room is short.

    ``order`` is the board as it is, by its places. Raises ``KeyError`` when ``before`` is not on it.
    """
    others = sorted((place, one) for one, place in order.items() if one not in set(ids))
    if before is None:
        first = others[-1][0] + GAP if others else 0
        return {one: first + number * GAP for number, one in enumerate(ids)}
    at = others.index((order[before], before))
    high = others[at][0]
    low = others[at - 1][0] if at else high - GAP * (len(ids) + 1)
    step = (high - low) // (len(ids) + 1)
    if step:
        return {one: low + number * step for number, one in enumerate(ids, start=1)}
    names = [one for _place, one in others]
    anew = [*names[:at], *ids, *names[at:]]
    return {one: number * GAP for number, one in enumerate(anew)}


def put_back(order: Mapping[str, int], ids: Sequence[str], positions: Sequence[int]) -> dict[str, int]:
    """The places of before, where they are free; the end of the board for those whose place somebody has taken."""
    taken = {place for one, place in order.items() if one not in set(ids)}
    places: dict[str, int] = {}
    rest: list[str] = []
    for one, place in zip(ids, positions, strict=True):
        if place in taken:
            rest.append(one)
            continue
        taken.add(place)
        places[one] = place
    kept = {one: place for one, place in order.items() if one not in set(rest)}
    return places | placed(kept | places, rest, before=None)
