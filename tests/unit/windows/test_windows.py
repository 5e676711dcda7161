"""Windows and cron lines by the clock on the wall, also on the days on which it is set."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imageloom.features.batches.windows import (
    DAYS,
    next_opening,
    next_tick,
    read_cron,
    read_window,
    read_zone,
)
from imageloom.kit.errors import InvalidInput

BERLIN = "Europe/Berlin"


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("window", "since", "opens", "closes"),
    [
        ("22:00-06:00 Asia/Taipei", "2026-11-28T00:00", "2026-11-28T14:00", "2026-11-28T22:00"),
        ("22:00-06:00 Asia/Taipei", "2026-11-28T20:30", "2026-11-28T20:30", "2026-11-28T22:00"),
        ("22:00-06:00 Asia/Taipei", "2026-11-28T22:00", "2026-11-29T14:00", "2026-11-29T22:00"),
        ("22:00-06:00", "2026-11-28T21:59", "2026-11-28T22:00", "2026-11-29T06:00"),
        ("sat-sun 00:00-24:00", "2026-11-27T10:00", "2026-11-28T00:00", "2026-11-30T00:00"),
        ("fri 22:00-06:00", "2026-11-28T05:00", "2026-11-28T05:00", "2026-11-28T06:00"),
        ("mon,wed 09:00-10:00", "2026-11-28T05:00", "2026-11-30T09:00", "2026-11-30T10:00"),
        ("sun-mon 23:00-01:00", "2026-11-28T05:00", "2026-11-29T23:00", "2026-11-30T01:00"),
        # Clocks are set forward on 2026-03-29 at 01:00 UTC, from 02:00 to 03:00 there.
        ("22:00-06:00 Europe/Berlin", "2026-03-28T20:00", "2026-03-28T21:00", "2026-03-29T04:00"),
        ("02:30-04:00 Europe/Berlin", "2026-03-29T00:00", "2026-03-29T01:00", "2026-03-29T02:00"),
        ("02:15-02:45 Europe/Berlin", "2026-03-29T00:00", "2026-03-30T00:15", "2026-03-30T00:45"),
        # And back on 2026-10-25 at 01:00 UTC, from 03:00 to 02:00: half past two comes twice.
        ("22:00-06:00 Europe/Berlin", "2026-10-24T19:00", "2026-10-24T20:00", "2026-10-25T05:00"),
        ("02:15-02:45 Europe/Berlin", "2026-10-25T00:00", "2026-10-25T00:15", "2026-10-25T00:45"),
        ("02:15-02:45 Europe/Berlin", "2026-10-25T00:45", "2026-10-25T01:15", "2026-10-25T01:45"),
        ("01:00-02:30 Europe/Berlin", "2026-10-25T00:30", "2026-10-25T01:00", "2026-10-25T01:30"),
    ],
)
def test_a_window_opens_and_closes_by_the_wall(window: str, since: str, opens: str, closes: str) -> None:
    found = next_opening([read_window(window, zone=None)], since=at(since))
    assert found == (at(opens), at(closes))


@pytest.mark.parametrize(
    "windows",
    [
        ["00:00-24:00"],
        ["mon-sun 00:00-24:00 Europe/Berlin"],
        ["00:00-12:00", "12:00-24:00"],
        ["06:00-05:59", "05:30-06:30"],
        ["mon-fri 00:00-24:00", "sat-sun 00:00-24:00"],
    ],
)
@pytest.mark.parametrize("since", ["2026-11-28T10:30", "2026-03-28T20:00", "2026-10-24T19:00"])
def test_windows_that_leave_no_time_out_never_close(windows: list[str], since: str) -> None:
    read = [read_window(window, zone=None) for window in windows]
    assert next_opening(read, since=at(since)) == (at(since), None)


MINUTES = st.integers(0, 24 * 60 - 1)
ZONES = st.sampled_from(("UTC", "Asia/Taipei", BERLIN, "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu"))
MOMENTS = st.datetimes(min_value=datetime(2026, 1, 1), max_value=datetime(2027, 1, 1), timezones=st.just(UTC))


@given(begin=MINUTES, length=st.integers(1, 24 * 60 - 1), zone=ZONES, since=MOMENTS, day=st.sampled_from(("", *DAYS)))
def test_within_an_opening_every_minute_is_inside(
    begin: int, length: int, zone: str, since: datetime, day: str
) -> None:
    end = (begin + length) % (24 * 60)
    text = f"{day} {begin // 60:02}:{begin % 60:02}-{end // 60:02}:{end % 60:02}"
    window = read_window(text, zone=zone)
    opens, closes = next_opening([window], since=since)
    assert closes is not None
    assert since <= opens < closes
    assert window.holds(opens)
    assert not window.holds(closes)
    assert window.holds(closes - timedelta(seconds=1))
    moment = since
    while moment < opens:
        assert not window.holds(moment)
        moment += timedelta(minutes=37)
    moment = opens
    while moment < closes:
        assert window.holds(moment)
        moment += timedelta(minutes=7)


def test_windows_are_joined_and_none_is_always_open() -> None:
    windows = [read_window(text, zone="UTC") for text in ("08:00-12:00", "11:00-13:00")]
    assert next_opening(windows, since=at("2026-11-28T00:00")) == (at("2026-11-28T08:00"), at("2026-11-28T13:00"))
    assert next_opening([], since=at("2026-11-28T00:00")) == (at("2026-11-28T00:00"), None)


@pytest.mark.parametrize(
    "text",
    ["", "22-6", "25:00-26:00", "22:60-23:00", "22:00-22:00", "24:00-06:00", "foo 10:00-11:00", "10:00-11:00 Mars/X"],
)
def test_what_is_no_window_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput):
        read_window(text, zone=None)


@pytest.mark.parametrize("line", ["", "* * * *", "61 * * * *", "@daily", "* * * * * *", "x" * 200])
def test_what_is_no_cron_line_is_refused(line: str) -> None:
    with pytest.raises(InvalidInput):
        read_cron(line)


def test_cron_goes_by_the_wall() -> None:
    taipei, berlin = read_zone("Asia/Taipei"), read_zone(BERLIN)
    assert next_tick("30 22 * * *", zone=taipei, after=at("2026-11-28T00:00")) == at("2026-11-28T14:30")
    assert next_tick("0 9 * * mon", zone=berlin, after=at("2026-03-28T00:00")) == at("2026-03-30T07:00")
    assert next_tick("0 9 * * mon", zone=berlin, after=at("2026-10-24T00:00")) == at("2026-10-26T08:00")
    # Half past two does not come on one day, and comes twice on another.
    assert next_tick("30 2 * * *", zone=berlin, after=at("2026-03-28T12:00")) == at("2026-03-29T01:00")
    assert next_tick("30 2 * * *", zone=berlin, after=at("2026-10-24T12:00")) == at("2026-10-25T00:30")
    assert next_tick("30 2 * * *", zone=berlin, after=at("2026-10-25T00:30")) == at("2026-10-26T01:30")
    assert next_tick("30 * * * *", zone=berlin, after=at("2026-10-25T00:30")) == at("2026-10-25T01:30")
    with pytest.raises(InvalidInput):
        next_tick(read_cron("0 0 30 2 *"), zone=berlin, after=at("2026-11-28T00:00"))
    for name in ("../etc/passwd", "Nowhere", ""):
        with pytest.raises(InvalidInput):
            read_zone(name)
