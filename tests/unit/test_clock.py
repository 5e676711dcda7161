"""Time inside a process: it follows the wall clock forward, and never goes back."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from imageloom.kit.clock import SystemClock

HOUR = 3600.0


@dataclass
class Hands:
    """A wall clock that can be set, and one that cannot."""

    wall: float = 1_000_000.0
    steady: float = 50.0

    def pass_by(self, seconds: float) -> None:
        self.wall += seconds
        self.steady += seconds


def clock_of(hands: Hands) -> SystemClock:
    return SystemClock(wall=lambda: hands.wall, steady=lambda: hands.steady)


def test_it_goes_with_the_wall() -> None:
    hands = Hands()
    clock = clock_of(hands)
    hands.pass_by(10)
    assert clock.now().timestamp() == hands.wall
    hands.wall += HOUR
    assert clock.now().timestamp() == hands.wall


def test_a_wall_that_is_set_back_is_caught_up_with() -> None:
    hands = Hands()
    clock = clock_of(hands)
    before = clock.now().timestamp()
    hands.wall -= HOUR
    hands.pass_by(10)
    # A pause of five seconds is over after ten, not after an hour.
    assert clock.now().timestamp() == before + 5
    hands.pass_by(2 * HOUR)
    assert clock.now().timestamp() == hands.wall


@given(st.lists(st.tuples(st.floats(0, 1e6), st.floats(-1e6, 1e6)), max_size=50))
def test_it_never_goes_back(steps: list[tuple[float, float]]) -> None:
    hands = Hands()
    clock = clock_of(hands)
    last = clock.now()
    for passed, jump in steps:
        hands.pass_by(passed)
        hands.wall = max(0.0, hands.wall + jump)
        now = clock.now()
        assert now >= last
        last = now
