"""Who is silent, and whose turn a free lane is, as one process sees it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from imageloom.features.generation.sights import Sights, share


def lane(name: str, *, epoch: int = 1, beat: int = 0) -> Any:
    return SimpleNamespace(id=name, epoch=epoch, heartbeat_at=beat)


def test_a_lane_is_silent_when_its_beat_stands_still_for_its_patience() -> None:
    sights = Sights(stale_seconds=30, patience_seconds=2)
    for now in range(30):
        sights.look([lane("a"), lane("b", beat=now)], float(now))
        assert not sights.is_silent("a")
    sights.look([lane("a"), lane("b", beat=30)], 30.0)
    assert sights.is_silent("a")
    assert not sights.is_silent("b")


def test_nobody_is_silent_after_we_ourselves_could_not_see() -> None:
    sights = Sights(stale_seconds=30, patience_seconds=2)
    sights.look([lane("a")], 0.0)
    sights.look([lane("a")], 60.0)
    assert not sights.is_silent("a")


def test_a_new_driver_begins_with_a_clean_slate() -> None:
    sights = Sights(stale_seconds=4, patience_seconds=2)
    for now in range(4):
        sights.look([lane("a")], float(now))
    sights.look([lane("a", epoch=2)], 4.0)
    assert not sights.is_silent("a")


def test_a_free_lane_waits_for_those_who_have_fewer() -> None:
    sights = Sights(stale_seconds=30, patience_seconds=2)
    sights.look([lane("a")], 0.0)
    sights.free(["a"])
    assert not sights.has_waited("a")
    sights.look([lane("a")], 2.0)
    sights.free(["a"])
    assert sights.has_waited("a")
    sights.free([])
    sights.look([lane("a")], 3.0)
    sights.free(["a"])
    assert not sights.has_waited("a")


def test_shares_are_rounded_up() -> None:
    assert [share(3, processes) for processes in (0, 1, 2, 3, 4)] == [3, 3, 2, 1, 1]
