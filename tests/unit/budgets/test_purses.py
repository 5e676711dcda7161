"""Periods and purses, without a database: which days, how much is left, and what is said when it is not enough."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imageloom.features.budgets.purses import Payer, Purses
from imageloom.kit.periods import BEGINNING, end_of, start_of

NOW = datetime(2026, 11, 28, 1, 30, tzinfo=UTC)
PAYER = Payer("team", "project", "user", "run", "openai", "key")


def cap(**facts):
    row = {
        "id": "cap",
        "team_id": "team",
        "kind": "team",
        "target": "team",
        "period": "total",
        "zone": "UTC",
        "is_hard": True,
        "allows_unknown": False,
        "amount_micros": 100,
        "currency": "USD",
        "period_start": BEGINNING,
        "settled_micros": 0,
        "held_micros": 0,
        "doubt_micros": 0,
    }
    return SimpleNamespace(**{**row, **facts})


@pytest.mark.parametrize(
    ("period", "zone", "start", "end"),
    [
        ("day", "UTC", "2026-11-28T00:00+00:00", "2026-11-29T00:00+00:00"),
        ("day", "Asia/Taipei", "2026-11-27T16:00+00:00", "2026-11-28T16:00+00:00"),
        ("day", "America/New_York", "2026-11-27T05:00+00:00", "2026-11-28T05:00+00:00"),
        ("week", "UTC", "2026-11-23T00:00+00:00", "2026-11-30T00:00+00:00"),
        ("month", "UTC", "2026-11-01T00:00+00:00", "2026-12-01T00:00+00:00"),
        # New York left summer time on the first: the month began four hours after midnight in Greenwich.
        ("month", "America/New_York", "2026-11-01T04:00+00:00", "2026-12-01T05:00+00:00"),
    ],
)
def test_a_period_begins_and_ends_where_people_say(period: str, zone: str, start: str, end: str) -> None:
    begun = start_of(period, NOW, zone)
    assert begun == datetime.fromisoformat(start)
    assert end_of(period, begun, zone) == datetime.fromisoformat(end)


def test_in_all_has_one_period() -> None:
    assert start_of("total", NOW, "UTC") == BEGINNING
    assert end_of("total", BEGINNING, "UTC") is None


@given(
    st.sampled_from(["day", "week", "month"]),
    st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)),
    st.sampled_from(["UTC", "Asia/Taipei", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"]),
)
def test_periods_follow_each_other_without_a_gap(period: str, now: datetime, zone: str) -> None:
    start = start_of(period, now, zone)
    end = end_of(period, start, zone)
    assert start <= now < end
    assert start_of(period, end, zone) == end
    assert start_of(period, end - timedelta(microseconds=1), zone) == start


def test_a_clock_that_goes_back_opens_no_new_purse() -> None:
    today = start_of("day", NOW, "UTC")
    spent = cap(period="day", period_start=today, settled_micros=100)
    key = ("team", "team", "team")
    for back in (timedelta(days=1), timedelta(days=400)):
        (purse,) = Purses.of([spent], now=NOW - back).by_key[key]
        assert (purse.settled, purse.period_start, purse.is_new) == (100, today, False)
    (purse,) = Purses.of([spent], now=NOW + timedelta(days=1)).by_key[key]
    assert (purse.settled, purse.left, purse.is_new) == (0, 100, True)


def test_every_cap_on_a_payer_counts_and_none_of_anothers() -> None:
    targets = {"batch": "run", "user": "user", "project": "project", "team": "team", "provider": "openai"}
    targets["credential"] = "key"
    rows = [cap(id=kind, kind=kind, target=target) for kind, target in targets.items()]
    rows += [cap(id="other", kind="user", target="somebody"), cap(id="foreign", team_id="others", kind="provider")]
    purses = Purses.of(rows, now=NOW)
    assert {purse.row.id for purse in purses.for_payer(PAYER)} == set(targets)
    lent = PAYER._replace(credential=None)
    assert {purse.row.id for purse in purses.for_payer(lent)} == set(targets) - {"credential"}


def test_all_caps_are_held_or_none() -> None:
    purses = Purses.of([cap(id="wide"), cap(id="narrow", kind="user", target="user", amount_micros=50)], now=NOW)
    mine = purses.for_payer(PAYER)
    assert purses.reserve(mine, 40, "one") is None
    short = purses.reserve(mine, 40, "two")
    assert (short.cap_id, short.is_spent) == ("narrow", False)
    assert short.reason.startswith("What is left of the cap of the user, USD 0.00005 in all, is held")
    assert [purse.held for purse in mine] == [40, 40]
    assert [reserved.attempt_id for reserved in purses.reserved] == ["one", "one"]


def test_what_is_spent_is_told_from_what_is_on_its_way() -> None:
    purses = Purses.of([cap(settled_micros=30, doubt_micros=30, held_micros=20)], now=NOW)
    mine = purses.for_payer(PAYER)
    assert purses.reserve(mine, 30, "a").is_spent is False
    short = purses.reserve(mine, 41, "a")
    assert (short.is_spent, short.reason.startswith("Out of budget: the cap of the team, USD 0.0001 in all")) == (
        True,
        True,
    )
    assert purses.reserve(mine, 20, "a") is None


def test_a_cap_says_when_its_next_period_has_more() -> None:
    start = start_of("day", NOW, "Asia/Taipei")
    daily = cap(id="daily", period="day", zone="Asia/Taipei", period_start=start, settled_micros=90)
    purses = Purses.of([daily], now=NOW)
    short = purses.reserve(purses.for_payer(PAYER), 50, "a")
    assert short.reason.endswith("which may cost USD 0.00005. More from 2026-11-29 00:00 Asia/Taipei on.")
    never = purses.reserve(purses.for_payer(PAYER), 101, "a")
    assert never.reason.endswith("which may cost USD 0.000101."), "no day's cap covers it"
    held = Purses.of([cap(period="day", period_start=start_of("day", NOW, "UTC"), held_micros=90)], now=NOW)
    assert "More from" not in held.reserve(held.for_payer(PAYER), 50, "a").reason


def test_of_several_caps_the_one_that_lasts_longest_is_told() -> None:
    def spent(period: str, **facts):
        return cap(id=period, period=period, period_start=start_of(period, NOW, "UTC"), settled_micros=90, **facts)

    periods = ["day", "month", "week"]
    for rows, told in (
        ([spent(period) for period in periods], "month"),
        ([spent("day"), spent("total"), spent("month")], "total"),
        ([spent("month"), spent("day", amount_micros=20)], "day"),
        ([cap(id="held", held_micros=90), spent("day")], "day"),
    ):
        purses = Purses.of(rows, now=NOW)
        assert purses.reserve(purses.for_payer(PAYER), 50, "a").cap_id == told


def test_a_cap_that_was_lowered_lets_nothing_through_but_what_is_free() -> None:
    purses = Purses.of([cap(settled_micros=500)], now=NOW)
    mine = purses.for_payer(PAYER)
    assert purses.reserve(mine, 1, "a").is_spent is True
    assert purses.reserve(mine, 0, "a") is None
    assert [reserved.micros for reserved in purses.reserved] == [0], "what it takes in the end is counted"
    assert mine[0].held == 0


def test_a_soft_cap_counts_and_stops_nothing() -> None:
    purses = Purses.of([cap(is_hard=False, settled_micros=100)], now=NOW)
    assert purses.reserve(purses.for_payer(PAYER), 50, "a") is None
    assert purses.by_key["team", "team", "team"][0].left == -50


def test_an_unknown_price_needs_consent_and_something_left() -> None:
    refused = Purses.of([cap()], now=NOW)
    short = refused.reserve(refused.for_payer(PAYER), None, "a")
    assert short.is_spent is True
    assert "unknown" in short.reason
    allowed = Purses.of([cap(allows_unknown=True, settled_micros=99)], now=NOW)
    assert allowed.reserve(allowed.for_payer(PAYER), None, "a") is None
    assert allowed.reserved[0].micros is None
    empty = Purses.of([cap(allows_unknown=True, settled_micros=100)], now=NOW)
    spent = empty.reserve(empty.for_payer(PAYER), None, "a")
    assert spent.is_spent is True
    assert spent.reason.endswith("is used up, and nobody states the price of the next picture.")
