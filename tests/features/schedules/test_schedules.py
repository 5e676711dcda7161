"""When batches may buy, and recipes that run by themselves."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from imageloom.features.generation.models import Run
from imageloom.features.identity.models import User
from imageloom.features.operations.backup import hold_running
from imageloom.features.schedules.models import Schedule
from imageloom.features.schedules.ticking import tick
from imageloom.runtime.actor import SYSTEM
from tests.studio import Studio

ILLUSTRATOR = "illustrator/scene-1"


def hours(begin: int, end: int) -> str:
    """A window in UTC, by hours from now."""
    now = datetime.now(UTC)
    return f"{now + timedelta(hours=begin):%H:%M}-{now + timedelta(hours=end):%H:%M}"


async def write(studio: Studio, statement: Any) -> None:
    async with studio.application.scopes.open(SYSTEM) as scope:
        await scope.session.execute(statement)


async def looked_at(studio: Studio) -> None:
    """Until the lane has looked for work again, and again: a batch beside is made meanwhile."""
    await studio.made(["beside"])
    await studio.made(["beside, too"])


async def test_outside_of_its_window_a_batch_buys_nothing(studio: Studio) -> None:
    await studio.add_key("openai")
    batch = await studio.submit(["one", "two"], schedule={"windows": [hours(2, 4)]})
    assert batch["state"] == "running"
    assert datetime.fromisoformat(batch["opens_at"]) > datetime.now(UTC) + timedelta(hours=1)
    assert datetime.fromisoformat(batch["closes_at"]) > datetime.fromisoformat(batch["opens_at"])
    await looked_at(studio)
    assert (await studio.get(f"/api/batches/{batch['id']}"))["counts"]["pending"] == 2
    assert studio.upstream.account()["paid_calls"] == 2
    changed = await studio.call("PUT", f"/api/batches/{batch['id']}/schedule", json={"windows": [hours(-2, 2)]})
    assert changed["schedule"]["windows"] == [hours(-2, 2)]
    done = await studio.finished(batch["id"])
    assert done["counts"]["done"] == 2
    assert (await studio.call("DELETE", f"/api/batches/{batch['id']}/schedule", status=409))["code"] == "run_not_active"


async def test_a_window_that_closes_stops_what_has_not_begun(studio: Studio) -> None:
    await studio.add_key("openai", concurrency=1)
    studio.upstream.config(latency=0.2)
    batch = (await studio.submit(["one", "two", "three"], schedule={"windows": [hours(-1, 3)]}))["id"]
    await studio.until(lambda b: b["counts"]["running"] == 1, f"/api/batches/{batch}")
    past = datetime.now(UTC) - timedelta(minutes=1)
    await write(studio, update(Run).where(Run.id == batch).values(closes_at=past))
    held = await studio.until(lambda b: b["counts"]["running"] == 0, f"/api/batches/{batch}")
    left = held["counts"]["pending"]
    assert left > 0
    await looked_at(studio)
    assert (await studio.get(f"/api/batches/{batch}"))["counts"]["pending"] == left
    # The clock's minute comes: the window that holds now is opened.
    await studio.application.engine.fire("batch-windows")
    rolled = await studio.get(f"/api/batches/{batch}")
    assert datetime.fromisoformat(rolled["closes_at"]) > datetime.now(UTC)
    assert (await studio.finished(batch))["counts"]["done"] == 3
    await studio.application.engine.fire("batch-windows")
    await studio.balanced(batch)


async def test_a_start_is_waited_for(studio: Studio) -> None:
    later = (datetime.now(UTC) + timedelta(hours=3)).isoformat()
    batch = await studio.submit(["one"], model=ILLUSTRATOR, schedule={"start_at": later})
    assert (datetime.fromisoformat(batch["opens_at"]), batch["closes_at"]) == (datetime.fromisoformat(later), None)
    by_cron = await studio.submit(["one"], model=ILLUSTRATOR, schedule={"cron": "0 9 * * mon", "zone": "Asia/Taipei"})
    opens = datetime.fromisoformat(by_cron["opens_at"])
    assert (opens.astimezone(UTC).hour, opens.weekday()) == (1, 0)
    freed = await studio.call("DELETE", f"/api/batches/{batch['id']}/schedule")
    assert (freed["schedule"], freed["opens_at"]) == (None, None)
    await studio.finished(batch["id"])
    now = datetime.now(UTC).isoformat()
    await studio.made(["one"], model=ILLUSTRATOR, schedule={"start_at": now})
    cancelled = await studio.post(f"/api/batches/{by_cron['id']}/cancel")
    assert cancelled["counts"]["cancelled"] == 1


@pytest.mark.parametrize(
    ("schedule", "status", "field"),
    [
        ({}, 422, None),
        ({"start_at": "2026-12-01T22:00:00"}, 422, None),
        ({"start_at": "2026-12-01T22:00:00Z", "cron": "* * * * *"}, 422, None),
        ({"start_at": "2999-12-01T22:00:00Z"}, 400, "schedule.start_at"),
        ({"windows": ["22-6"]}, 400, "schedule.windows"),
        ({"windows": ["22:00-06:00"], "zone": "Mars/North"}, 400, "schedule.zone"),
        ({"cron": "every day"}, 400, "schedule.cron"),
        ({"cron": "0 0 30 2 *"}, 400, "schedule.cron"),
    ],
)
async def test_what_is_no_time_is_refused(studio: Studio, schedule: Any, status: int, field: str | None) -> None:
    body = {"prompts": ["a"], "plan": {"models": [ILLUSTRATOR]}, "schedule": schedule}
    told = await studio.call("POST", "/api/batches", json=body, status=status)
    assert field is None or told["field"] == field
    assert (await studio.get("/api/batches"))["items"] == []


async def recurring(studio: Studio, **more: Any) -> Any:
    request = {"prompts": ["a cat"], "plan": {"models": [ILLUSTRATOR], "sizes": ["64x64"]}}
    recipe = await studio.post("/api/recipes", {"name": "nightly", "request": request})
    body = {"name": "at night", "recipe_id": recipe["id"], "cron": "30 22 * * *", "zone": "Asia/Taipei", **more}
    return await studio.post("/api/schedules", body)


async def test_a_recipe_runs_when_its_time_comes_and_once_for_all_that_passed(studio: Studio) -> None:
    schedule = await recurring(studio, changes={"plan": {"count": 2}})
    assert datetime.fromisoformat(schedule["next_at"]).astimezone(UTC).strftime("%H:%M") == "14:30"
    await studio.application.engine.fire("schedules-tick")
    assert (await studio.get("/api/batches"))["items"] == []
    # Nothing ran for five days.
    due = datetime.now(UTC) - timedelta(days=5)
    await write(studio, update(Schedule).values(next_at=due))
    await asyncio.gather(*(tick(studio.application.scopes) for _ in range(3)))
    await studio.application.engine.fire("schedules-tick")
    (batch,) = (await studio.get("/api/batches"))["items"]
    assert (batch["origin"]["recipe"], batch["counts"]["total"]) == ("nightly", 2)
    after = await studio.get(f"/api/schedules/{schedule['id']}")
    assert (after["last_batch_id"], after["trouble"]) == (batch["id"], None)
    assert datetime.fromisoformat(after["next_at"]) > datetime.now(UTC)
    assert (await studio.finished(batch["id"]))["counts"]["done"] == 2


async def test_what_keeps_a_schedule_from_running_is_said(studio: Studio) -> None:
    schedule = await recurring(studio)
    where = f"/api/schedules/{schedule['id']}"
    past = datetime.now(UTC) - timedelta(hours=1)
    paused = await studio.post(f"{where}/pause")
    assert paused["is_paused"]
    await write(studio, update(Schedule).values(next_at=past))
    await tick(studio.application.scopes)
    assert (await studio.get("/api/batches"))["items"] == []
    resumed = await studio.post(f"{where}/resume")
    assert datetime.fromisoformat(resumed["next_at"]) > datetime.now(UTC)
    await write(studio, update(Schedule).values(next_at=past))
    await studio.call("DELETE", f"/api/recipes/{schedule['recipe_id']}")
    await tick(studio.application.scopes)
    told = await studio.get(where)
    assert (told["trouble"], told["last_batch_id"]) == ("The recipe was removed.", None)
    await write(studio, update(Schedule).values(next_at=past))
    await write(studio, update(User).values(disabled_at=past))
    await tick(studio.application.scopes)
    await write(studio, update(User).values(disabled_at=None))
    assert "may not sign in" in (await studio.get(where))["trouble"]
    assert len((await studio.get("/api/schedules"))["items"]) == 1
    await studio.call("DELETE", where)
    assert (await studio.get("/api/schedules", limit=1))["items"] == []
    await studio.call("GET", where, status=404)


async def test_a_schedule_that_could_never_run_is_refused(studio: Studio) -> None:
    schedule = await recurring(studio, changes={"schedule": {"windows": ["22:00-06:00 Asia/Taipei"]}})
    recipe = schedule["recipe_id"]
    for change, field in (
        ({"cron": "x"}, "cron"),
        ({"zone": "Nowhere"}, "zone"),
        ({"cron": "0 0 31 4 *"}, "schedule.cron"),
        ({"changes": {"plan": {"count": "many"}}}, "plan.count"),
        ({"changes": {"schedule": {"windows": ["x"]}}}, "schedule.windows"),
    ):
        body = {"name": "x", "recipe_id": recipe, "cron": "0 0 * * *", **change}
        assert (await studio.call("POST", "/api/schedules", json=body, status=400))["field"] == field
    long = {"name": "x", "recipe_id": recipe, "cron": "0 0 * * *", "changes": {"prompts": ["a" * 60_000]}}
    assert (await studio.call("POST", "/api/schedules", json=long, status=422))["code"] == "malformed"
    body = {"name": "x", "recipe_id": "none", "cron": "0 0 * * *"}
    await studio.call("POST", "/api/schedules", json=body, status=404)
    await studio.call("DELETE", f"/api/recipes/{recipe}")
    await studio.call("POST", "/api/schedules", json={**body, "recipe_id": recipe}, status=404)


async def test_after_a_restore_no_schedule_runs_by_itself(studio: Studio) -> None:
    if not studio.settings.database_url.startswith("sqlite"):
        pytest.skip("backups of PostgreSQL are its own")
    schedule = await recurring(studio)
    past = datetime.now(UTC) - timedelta(hours=1)
    await write(studio, update(Schedule).values(next_at=past))
    path = Path(studio.settings.database_url.removeprefix("sqlite:///"))
    await asyncio.to_thread(hold_running, path, "Restored.", since=past)
    await tick(studio.application.scopes)
    held = await studio.get(f"/api/schedules/{schedule['id']}")
    assert (held["is_paused"], held["trouble"], held["last_batch_id"]) == (True, "Restored.", None)
    resumed = await studio.post(f"/api/schedules/{schedule['id']}/resume")
    assert (resumed["is_paused"], resumed["trouble"]) == (False, None)
