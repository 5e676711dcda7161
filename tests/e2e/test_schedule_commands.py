"""Pilots and schedules, as a person types them."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.server import Server


def test_a_pilot_asks_and_is_answered(say, server: Server) -> None:
    words = say("batch", "-", "--size", "64x64", "--pilot", "1", "--detach", "--json", stdin="a cat\na dog\n")[1]
    batch = json.loads(words)["id"]
    server.until(lambda: server.get(f"/api/batches/{batch}")["pilot"]["state"] == "asking")
    words = say("status", batch)[1]
    assert f"Go on, or cancel? Go on with: imageloom resume {batch}" in words
    assert say("resume", batch)[0] == 0
    assert say("watch", batch)[0] == 0
    assert server.get(f"/api/batches/{batch}")["counts"]["done"] == 2


def test_a_batch_waits_for_its_time(say, server: Server) -> None:
    later = (datetime.now() + timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M")
    words = say("batch", "-", "--size", "64x64", "--start", later, "--detach", "--json", stdin="a cat\n")[1]
    batch = json.loads(words)["id"]
    words = say("status", batch)[1]
    assert "It waits until" in words
    assert "calls may begin from" in words
    now = datetime.now(UTC)
    windows = [f"{now + timedelta(hours=first):%H:%M}-{now + timedelta(hours=first + 1):%H:%M} UTC" for first in (5, 7)]
    code, words = say("schedule", batch, "--window", windows[0], "--window", windows[1])
    assert (code, " until " in words) == (0, True), words
    there = (datetime.now(ZoneInfo("Asia/Taipei")) + timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M")
    assert say("schedule", batch, "--start", there, "--zone", "Asia/Taipei")[0] == 0
    assert say("schedule", batch, "--cron", "0 9 * * mon", "--zone", "Asia/Taipei", "--json")[0] == 0
    for wrong in ([], ["--clear", "--start", later], ["--start", "soon"], ["--window", "night"]):
        assert say("schedule", batch, *wrong)[0] == 2, wrong
    assert "at any time" in say("schedule", batch, "--clear")[1]
    assert say("watch", batch)[0] == 0
    assert server.get(f"/api/batches/{batch}")["counts"]["done"] == 1


def test_a_batch_that_is_over_waits_for_no_time(say) -> None:
    later = (datetime.now() + timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M")
    words = say("batch", "-", "--size", "64x64", "--start", later, "--detach", "--json", stdin="a cat\n")[1]
    batch = json.loads(words)["id"]
    assert say("cancel", batch)[0] == 0
    words = say("status", batch)[1]
    assert "cancelled" in words
    assert "It waits until" not in words


def test_times_that_name_no_zone_are_on_the_clock_of_the_person(
    say, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As their profile says; else as the machine does on which they type."""
    wished = ("--window", "22:00-06:00", "--start", "2027-01-31T22:00")

    def kept(zone: str | None) -> dict:
        server.call("PATCH", "/api/me/profile", json={"preferences": {"time_zone": zone}})
        words = say("batch", "-", "--size", "64x64", *wished, "--detach", "--json", stdin="a cat\n")[1]
        made = json.loads(words)
        say("cancel", made["id"])
        return made

    try:
        made = kept("Asia/Taipei")
        assert (made["schedule"]["zone"], made["opens_at"]) == ("Asia/Taipei", "2027-01-31T14:00:00Z")
        monkeypatch.setenv("TZ", "America/New_York")
        assert kept(None)["opens_at"] == "2027-02-01T03:00:00Z"
        assert say("recipes", "save", "zoned", "-", "--size", "64x64", stdin="a cat\n")[0] == 0
        words = say("schedules", "add", "zoned", "--cron", "0 22 * * *", "--json")[1]
        assert json.loads(words)["zone"] == "America/New_York"
        assert say("schedules", "rm", json.loads(words)["id"])[0] == 0
        monkeypatch.setenv("TZ", "No/Where")
        assert kept(None)["schedule"]["zone"]
    finally:
        server.call("PATCH", "/api/me/profile", json={"preferences": {"time_zone": None}})


def test_a_recipe_is_run_again_and_again(say) -> None:
    assert say("recipes", "save", "nightly", "-", "--size", "64x64", stdin="a cat\n")[0] == 0
    code, words = say(
        "schedules", "add", "nightly", "--cron", "30 22 * * *", "--zone", "Asia/Taipei", "--window", "22:00-06:00"
    )
    assert code == 0, words
    made = words.split()[1].rstrip(":")
    assert "nightly" in say("schedules", "ls")[1]
    assert json.loads(say("schedules", "ls", "--json")[1])[0]["changes"]["schedule"]["windows"] == ["22:00-06:00"]
    assert "paused" in say("schedules", "pause", made)[1]
    assert "next at" in say("schedules", "resume", made)[1]
    assert say("schedules", "add", "nightly", "--cron", "x")[0] == 2
    assert say("schedules", "rm", made)[0] == 0
    assert "No schedules yet" in say("schedules", "ls")[1]
