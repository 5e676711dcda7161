"""Places on a board, whoever moves what."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imageloom.features.curation.ordering import GAP, placed, put_back


def ordered(places: dict[str, int]) -> list[str]:
    assert len(set(places.values())) == len(places)
    return [one for _place, one in sorted((place, one) for one, place in places.items())]


@given(st.lists(st.tuples(st.sets(st.sampled_from("abcdefgh"), min_size=1), st.sampled_from("abcdefgh-")), max_size=60))
def test_what_is_moved_stands_where_it_was_put_and_the_rest_as_before(moves: list[tuple[set[str], str]]) -> None:
    places = placed({}, list("abcdefgh"), before=None)
    expected = list("abcdefgh")
    for moved, before in moves:
        ids = sorted(moved - {before})
        target = None if before == "-" else before
        rest = [one for one in expected if one not in ids]
        at = len(rest) if target is None else rest.index(target)
        expected = [*rest[:at], *ids, *rest[at:]]
        places |= placed(places, ids, before=target)
        assert ordered(places) == expected


def test_a_move_writes_what_moves_until_there_is_no_room() -> None:
    places = placed({}, ["a", "b", "c"], before=None)
    assert placed(places, ["c"], before="b") == {"c": GAP // 2}
    tight = {"a": 0, "b": 1}
    assert placed(tight, ["x"], before="b") == {"a": 0, "x": GAP, "b": 2 * GAP}
    assert placed(places, ["d"], before="a")["d"] < 0
    with pytest.raises(KeyError):
        placed(places, ["d"], before="z")


def test_what_goes_back_finds_its_place_or_the_end() -> None:
    places = {"a": 0, "c": 20}
    assert put_back(places, ["b"], [10]) == {"b": 10}
    assert put_back(places, ["b", "d"], [20, 10]) == {"d": 10, "b": 20 + GAP}
    assert ordered(places | put_back(places, ["b", "d"], [20, 10])) == ["a", "d", "c", "b"]
