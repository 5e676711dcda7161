"""What is true of every decision and of every lane's limits, whatever comes."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from imageloom.contracts.provider import Outcome
from imageloom.features.generation.decide import Circumstances, decide
from imageloom.features.generation.limits import MINUTE_SECONDS, Breaker, RateWindow
from imageloom.features.generation.models import ItemState, UncertainPolicy
from imageloom.runtime.settings import GenerationSettings

SETTINGS = GenerationSettings()
STEADY = settings(derandomize=True, database=None)
JITTER = st.floats(0, 1)
ENDS = frozenset({ItemState.done, ItemState.failed, ItemState.refused, ItemState.cancelled, ItemState.uncertain})

circumstances = st.builds(
    Circumstances,
    outcome=st.sampled_from(Outcome),
    billed=st.sampled_from((None, True, False)),
    retry_after_seconds=st.none() | st.floats(allow_nan=False, allow_infinity=True),
    tries=st.integers(0, 10),
    resends=st.integers(0, 5),
    policy=st.sampled_from(UncertainPolicy),
    in_outage=st.booleans(),
    rate_limits_in_a_row=st.integers(0, 10_000),
)


@STEADY
@given(circumstances, JITTER)
def test_nothing_that_may_be_paid_is_sent_again_by_itself(now: Circumstances, jitter: float) -> None:
    decision = decide(now, SETTINGS, jitter=lambda: jitter)
    if decision.to != ItemState.pending:
        return
    may_be_paid = now.outcome in (Outcome.succeeded, Outcome.uncertain) or (
        now.outcome == Outcome.failed and now.billed is not False
    )
    if may_be_paid:
        assert now.policy == UncertainPolicy.resend_once
        assert (now.outcome, now.resends, decision.resends) == (Outcome.uncertain, 0, 1)
    assert now.outcome not in (Outcome.refused, Outcome.invalid, Outcome.cancelled)


@STEADY
@given(circumstances, JITTER)
def test_an_item_never_runs_on_and_waits_only_when_it_will_run_again(now: Circumstances, jitter: float) -> None:
    decision = decide(now, SETTINGS, jitter=lambda: jitter)
    assert decision.to in ENDS | {ItemState.pending}
    assert (decision.to == ItemState.done) == (now.outcome == Outcome.succeeded)
    if decision.delay_seconds is not None:
        assert decision.to == ItemState.pending
        assert 0 <= decision.delay_seconds <= SETTINGS.retry_after_cap_seconds
    if decision.lane_pause_seconds is not None:
        assert 0 <= decision.lane_pause_seconds <= SETTINGS.retry_after_cap_seconds
    assert decision.park == (now.outcome in (Outcome.quota_exhausted, Outcome.unauthorized))


@STEADY
@given(st.lists(st.tuples(st.sampled_from((Outcome.unavailable, Outcome.failed)), st.booleans()), max_size=60), JITTER)
def test_tries_come_to_an_end(answers: list[tuple[Outcome, bool]], jitter: float) -> None:
    tries = burned = 0
    for outcome, in_outage in answers:
        now = Circumstances(outcome=outcome, billed=False, tries=tries, in_outage=in_outage)
        decision = decide(now, SETTINGS, jitter=lambda: jitter)
        tries += decision.tries
        burned += 1 if outcome == Outcome.failed or not in_outage else 0
        assert tries == burned
        if decision.to == ItemState.failed:
            break
        assert tries < SETTINGS.attempts_per_item
    else:
        assert tries < SETTINGS.attempts_per_item


@STEADY
@given(st.integers(1, 20), st.lists(st.tuples(st.floats(0, 50), st.integers(0, 30)), max_size=60))
def test_no_minute_holds_more_starts_than_it_may(per_minute: int, looks: list[tuple[float, int]]) -> None:
    window, now, starts = RateWindow(per_minute), 1_000.0, []
    for pause, wished in looks:
        now += pause
        count = min(wished, window.available(now))
        window.start(now, count)
        starts += [now] * count
        for first, later in zip(starts, starts[per_minute:], strict=False):
            assert later - MINUTE_SECONDS >= first
        if window.available(now) == 0:
            opens = now + window.opens_in(now)
            assert opens > now
            assert RateWindow(per_minute, window.starts.copy()).available(opens + 1e-6) > 0


ENDINGS = ("answered", "unavailable", "undecided")


@STEADY
@given(st.lists(st.tuples(st.floats(0, 40), st.sampled_from(("look", *ENDINGS)), st.integers(0, 30)), max_size=80))
def test_an_open_breaker_lets_one_probe_through(events: list[tuple[float, str, int]]) -> None:
    breaker, now, number = Breaker(3, 60.0, 30.0), 1_000.0, 0
    in_flight: dict[str, bool] = {}
    is_open, opened_at = False, 0.0
    for pause, event, which in events:
        now += pause
        if event == "look":
            slots = breaker.slots(now, 5)
            assert slots == 5 if not is_open else slots <= 1
            assert not is_open or slots == 0 or now >= opened_at + 30.0
            for _ in range(slots):
                number += 1
                in_flight[str(number)] = is_open
                breaker.started(str(number), now)
            assert list(in_flight.values()).count(True) <= 1
            continue
        if not in_flight:
            continue
        attempt = sorted(in_flight)[which % len(in_flight)]
        was_probe = in_flight.pop(attempt)
        if event == "answered":
            breaker.answered(attempt)
            assert breaker.state(now) == "closed" or not was_probe
            is_open = breaker.state(now) != "closed"
            in_flight = in_flight if is_open else dict.fromkeys(in_flight, False)
        elif event == "undecided":
            breaker.undecided(attempt)
        else:
            in_outage = breaker.unavailable(attempt, f"item {int(attempt) % 4}", now)
            assert in_outage or not is_open
            is_open = breaker.state(now) != "closed"
            opened_at = now if is_open else opened_at
