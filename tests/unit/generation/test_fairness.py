"""Who is served next on a lane."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from imageloom.features.generation.claims import FAIRNESS_KEPT, Fairness


@dataclass(frozen=True)
class Waiting:
    run_id: str
    user_id: str = "ann"
    project_id: str = "p"
    priority: int = 5


def test_users_are_served_in_turn_then_projects_then_runs() -> None:
    runs = [
        Waiting("a1", project_id="p1"),
        Waiting("a2", project_id="p1"),
        Waiting("a3", project_id="p2"),
        Waiting("b1", user_id="bob", project_id="p3"),
    ]
    assert Fairness().deal(runs, 8) == {"a1": 1, "a2": 1, "a3": 2, "b1": 4}


def test_a_turn_is_remembered_from_one_look_to_the_next() -> None:
    fairness = Fairness()
    given: Counter[str] = Counter()
    for _ in range(6):
        given += fairness.deal([Waiting("a"), Waiting("b"), Waiting("c")], 1)
    assert given == {"a": 2, "b": 2, "c": 2}


def test_the_more_urgent_goes_first_whoever_was_served() -> None:
    fairness = Fairness()
    assert fairness.deal([Waiting("a"), Waiting("b", user_id="bob", priority=9)], 3) == {"b": 3}


def test_a_lane_that_serves_a_great_many_runs_remembers_the_last_ones() -> None:
    fairness = Fairness()
    for number in range(3 * FAIRNESS_KEPT):
        fairness.deal([Waiting(f"r{number}")], 1)
    assert len(fairness.served) <= FAIRNESS_KEPT + 3
    assert fairness.deal([Waiting(f"r{3 * FAIRNESS_KEPT - 1}"), Waiting("new")], 1) == {"new": 1}
