"""What a person who began batches is told of them: which ended, and which wait for them, and nothing of others'."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import update

from imageloom.features.generation.models import Run
from imageloom.features.identity.service import IdentityService
from imageloom.runtime.actor import SYSTEM
from tests.studio import Studio

LOCAL: dict[str, Any] = {"model": "illustrator/scene-1", "plan": {"sizes": ["64x64"]}}
LATER = {"start_at": (datetime.now(UTC) + timedelta(days=300)).isoformat()}
STANDING = "/api/batches/standing"


async def told(studio: Studio, batch_id: str, news: list[str]) -> Any:
    """Until the batch has just this news."""

    def has(rows: Any) -> bool:
        return any(row["id"] == batch_id and row["news"] == news for row in rows)

    return next(row for row in await studio.until(has, STANDING) if row["id"] == batch_id)


async def test_what_ends_is_told_for_a_while(studio: Studio) -> None:
    batch = await studio.made(["a", "b"], name="Two boats", **LOCAL)
    row = await told(studio, batch["id"], ["ended"])
    assert (row["name"], row["state"], row["finished_at"]) == ("Two boats", "finished", batch["finished_at"])
    assert row["counts"] == batch["counts"]
    async with studio.application.scopes.open(SYSTEM, write=False) as scope:
        soon = scope.ports.clock.now() + timedelta(minutes=1)
    assert await studio.get(STANDING, ended_since=soon.isoformat()) == []
    assert len(await studio.get(STANDING, ended_since="2020-01-01T00:00:00Z")) == 1
    fault = await studio.call("GET", STANDING, params={"ended_since": "2020-01-01T00:00:00"}, status=422)
    assert fault["field"] == "ended_since"


async def test_a_pilot_that_asks_is_news_and_a_pause_by_hand_is_not(studio: Studio) -> None:
    batch = await studio.submit(["a", "b", "c"], pilot=1, **LOCAL)
    await told(studio, batch["id"], ["pilot"])
    await studio.post(f"/api/batches/{batch['id']}/resume")
    await told(studio, batch["id"], ["ended"])
    other = await studio.submit(["d"], schedule=LATER, **LOCAL)
    await studio.post(f"/api/batches/{other['id']}/pause")
    assert (await told(studio, other["id"], []))["state"] == "paused"
    await studio.post(f"/api/batches/{other['id']}/cancel")
    await told(studio, other["id"], [])


async def test_what_is_uncertain_waits_for_a_person(studio: Studio) -> None:
    await studio.add_key("openai")
    batch = await studio.made(["a #fake:lost", "b"])
    row = await told(studio, batch["id"], ["ended", "uncertain"])
    assert row["counts"]["uncertain"] == 1
    await studio.post(f"/api/batches/{batch['id']}/reconcile", {"resolution": "give_up"})
    await told(studio, batch["id"], ["ended"])


async def test_too_many_failures_are_news(studio: Studio) -> None:
    await studio.add_key("openai", concurrency=4)
    batch = await studio.submit([f"{n} #fake:badb64" for n in range(40)], failure_budget_percent=10)
    row = await told(studio, batch["id"], ["failures"])
    assert row["state"] == "paused"


async def test_money_and_quotas_that_are_used_up_are_news(studio: Studio) -> None:
    await studio.add_key("openai")
    dear = {"sizes": ["1024x1024"], "qualities": ["medium"]}
    batch = await studio.submit([f"picture {n}" for n in range(4)], plan=dear, cap="0.06", cap_allows_unknown=True)
    await told(studio, batch["id"], ["budget"])
    me = await studio.get("/api/me")
    await studio.post("/api/quotas", {"kind": "images", "amount": 1, "period": "day", "user_id": me["user_id"]})
    other = await studio.submit(["a", "b", "c"], **LOCAL)
    await told(studio, other["id"], ["quota"])


async def test_a_lane_that_is_parked_is_news(studio: Studio) -> None:
    await studio.add_key("openai")
    batch = await studio.submit(["a #fake:quota:1", "b"])
    await told(studio, batch["id"], ["parked"])


async def test_nobody_is_told_of_what_others_began(studio: Studio) -> None:
    batch = await studio.submit(["a"], schedule=LATER, **LOCAL)
    assert [row["id"] for row in await studio.get(STANDING)] == [batch["id"]]
    async with studio.application.scopes.open(SYSTEM) as scope:
        other = await IdentityService(scope).create_user("Jun", is_admin=False)
        await scope.session.execute(update(Run).where(Run.id == batch["id"]).values(user_id=other.id))
    assert await studio.get(STANDING) == []
    assert len((await studio.get("/api/batches"))["items"]) == 1


async def test_what_comes_over_the_gateway_is_no_news(studio: Studio) -> None:
    body = {"prompt": "a", "model": "illustrator/scene-1", "size": "64x64"}
    await studio.post("/v1/images/generations", body)
    assert len((await studio.get("/api/batches"))["items"]) == 1
    assert await studio.get(STANDING) == []
