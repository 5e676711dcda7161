"""Quotas as people meet them: what may start, what waits until when, what is refused at once, and who may say so."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest

from imageloom.features.generation.service import GenerationService
from imageloom.features.generation.spending import Spending
from imageloom.features.quotas.models import Quota
from imageloom.features.quotas.tallies import Tallies, Tally
from imageloom.runtime.actor import SYSTEM
from tests.studio import REPLICATE, Studio

LOCAL: dict[str, Any] = {"model": "illustrator/scene-1", "plan": {"sizes": ["64x64"]}}


async def set_quota(studio: Studio, kind: str, amount: int, **more: Any) -> Any:
    return await studio.post("/api/quotas", {"kind": kind, "amount": amount, **more})


async def stopped(studio: Studio, batch_id: str) -> Any:
    """Until nothing of the batch moves for want of a quota."""
    return await studio.until(
        lambda b: b["counts"]["running"] == 0 and (b["reason"] or "").startswith("Out of quota"),
        f"/api/batches/{batch_id}",
    )


async def agree(studio: Studio) -> None:
    """What every quota has counted is what the ledger comes to."""
    async with studio.application.scopes.open(SYSTEM, write=False) as scope:
        for shown in await studio.get("/api/quotas"):
            quota = await scope.session.get_one(Quota, shown["id"])
            assert quota.used == await Spending().counted(
                scope, team_id=quota.team_id, target=quota.target, kind=quota.kind, since=quota.period_start
            ), quota.kind


async def test_a_quota_stops_a_batch_says_until_when_and_a_raise_resumes_it(studio: Studio) -> None:
    me = await studio.get("/api/me")
    quota = await set_quota(studio, "images", 3, period="day", zone="Asia/Taipei", user_id=me["user_id"])
    assert (quota["user_id"], quota["left"], quota["used"]) == (me["user_id"], 3, 0)
    batch = await studio.submit([f"picture {n}" for n in range(5)], **LOCAL)
    shown = await stopped(studio, batch["id"])
    assert (shown["counts"]["done"], shown["counts"]["pending"]) == (3, 2)
    assert "this person may have 3 pictures a day, and has 3. More from 20" in shown["reason"]
    (listed,) = await studio.get("/api/quotas")
    assert (listed["used"], listed["left"], listed["resets_at"][11:]) == (3, 0, "16:00:00Z")
    raised = await studio.post(
        "/api/quotas",
        {"kind": "images", "amount": 9, "period": "day", "zone": "Asia/Taipei", "user_id": me["user_id"]},
        status=200,
    )
    assert (raised["id"], raised["used"], raised["left"]) == (quota["id"], 3, 6)
    assert (await studio.finished(batch["id"]))["counts"]["done"] == 5
    await agree(studio)
    removed = await studio.call("DELETE", f"/api/quotas/{quota['id']}")
    assert (removed["used"], await studio.get("/api/quotas")) == (5, [])


async def test_a_new_period_begins_again(studio: Studio) -> None:
    quota = await set_quota(studio, "images", 1, period="day")
    batch = await studio.submit(["one", "two"], **LOCAL)
    await stopped(studio, batch["id"])
    async with studio.application.scopes.open(SYSTEM) as scope:
        row = await scope.session.get_one(Quota, quota["id"], with_for_update=True)
        row.period_start -= timedelta(days=1)
    assert (await studio.finished(batch["id"]))["counts"]["done"] == 2


async def test_lanes_at_once_make_no_more_than_the_quota(studio: Studio) -> None:
    await studio.add_key("openai", concurrency=8)
    await studio.add_key("replicate", concurrency=8)
    await set_quota(studio, "images", 13, period="month")
    models = ["openai/gpt-image-2", REPLICATE, "illustrator/scene-1"]
    batches = [
        await studio.submit([f"{model} {n}" for n in range(8)], model=model, plan={"sizes": ["1024x1024"]})
        for model in models
    ]
    for batch in batches:
        await studio.until(
            lambda b: b["counts"]["running"] == 0 and b["reason"] is not None or b["counts"]["done"] == 8,
            f"/api/batches/{batch['id']}",
        )
    done = [(await studio.get(f"/api/batches/{batch['id']}"))["counts"]["done"] for batch in batches]
    assert sum(done) == 13
    await agree(studio)


async def test_a_picture_that_did_not_come_is_given_back_and_a_call_is_not(studio: Studio) -> None:
    await studio.add_key("openai", concurrency=1)
    await set_quota(studio, "images", 2)
    await set_quota(studio, "calls", 4)
    first = await studio.made(["refused #fake:refusepaid", "good"])
    assert (first["counts"]["refused"], first["counts"]["done"]) == (1, 1)
    assert {q["kind"]: q["used"] for q in await studio.get("/api/quotas")} == {"images": 1, "calls": 2}
    second = await studio.made(["good too"])
    assert {q["kind"]: q["used"] for q in await studio.get("/api/quotas")} == {"images": 2, "calls": 3}
    await agree(studio)
    (item,) = await studio.items(second["id"])
    async with studio.application.scopes.open(SYSTEM) as scope:
        await GenerationService(scope).reopen_damaged(item["id"], reason="It is damaged.")
    assert {q["kind"]: q["used"] for q in await studio.get("/api/quotas")} == {"images": 1, "calls": 3}
    await agree(studio)


async def test_a_batch_that_could_never_be_made_is_refused_at_once(studio: Studio) -> None:
    await studio.made(["before"], **LOCAL)
    quota = await set_quota(studio, "images", 3)
    assert quota["used"] == 1, "what there was counts"
    body = {"prompts": ["a", "b", "c"], "plan": {"models": ["illustrator/scene-1"], "sizes": ["64x64"]}}
    problem = await studio.call("POST", "/api/batches", json=body, status=403)
    assert (problem["code"], problem["left"], problem["quota_id"]) == ("quota_used_up", 2, quota["id"])
    assert problem["detail"].endswith("and has 1. This batch wants 3.")
    assert "imageloom users quota" in problem["hint"]
    assert len((await studio.get("/api/batches"))["items"]) == 1
    assert (await studio.made(["a", "b"], **LOCAL))["counts"]["done"] == 2


async def test_stored_bytes_are_counted_and_bounded(studio: Studio) -> None:
    me = await studio.get("/api/me")
    await studio.made(["before"], **LOCAL)
    quota = await set_quota(studio, "bytes", 10**9)
    (asset,) = (await studio.get("/api/assets"))["items"]
    size = quota["used"]
    assert size == (await studio.get("/api/usage"))[0]["file_bytes"] > 0
    await set_quota(studio, "bytes", 10**9, user_id=me["user_id"])
    await studio.made(["after"], **LOCAL)
    both = await studio.get("/api/quotas")
    assert {q["used"] for q in both} == {(await studio.get("/api/usage"))[0]["file_bytes"]}
    await agree(studio)
    await studio.post("/api/quotas", {"kind": "bytes", "amount": size}, status=200)
    problem = await studio.call(
        "POST", "/api/batches", json={"prompts": ["a"], "plan": {"models": ["illustrator/scene-1"]}}, status=403
    )
    assert (problem["code"], problem["kind"], problem["left"]) == ("quota_used_up", "bytes", 0)
    picture = await studio.http.get(f"/api/assets/{asset['id']}/file")
    upload = await studio.http.post("/api/assets", files={"file": ("mine.png", picture.content, "image/png")})
    assert (upload.status_code, upload.json()["code"]) == (403, "quota_used_up")


async def test_what_is_deleted_for_good_gives_its_room_back_and_the_trash_does_not(studio: Studio) -> None:
    me = await studio.get("/api/me")
    quota = await set_quota(studio, "bytes", 10**9)
    await set_quota(studio, "bytes", 10**9, user_id=me["user_id"])
    await studio.made(["kept", "thrown"], **LOCAL)
    one, other = (await studio.get("/api/assets"))["items"]
    full = {shown["used"] for shown in await studio.get("/api/quotas")}
    await studio.post("/api/trash", {"ids": [one["id"], other["id"]]})
    assert {shown["used"] for shown in await studio.get("/api/quotas")} == full
    await studio.post("/api/trash/empty", {"ids": [one["id"]]})
    await agree(studio)
    left = {shown["used"] for shown in await studio.get("/api/quotas")}
    assert left == {(await studio.get("/api/usage"))[0]["file_bytes"]}
    assert 0 < max(left) < max(full)
    await studio.post("/api/trash/empty", {"ids": [other["id"]]})
    assert {shown["used"] for shown in await studio.get("/api/quotas")} == {0}
    assert quota["used"] == 0
    await agree(studio)


async def test_at_v1_it_is_insufficient_quota(studio: Studio) -> None:
    await set_quota(studio, "images", 0)
    body = {"prompt": "a cat", "model": "illustrator/scene-1"}
    answer = await studio.http.post("/v1/images/generations", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (429, "insufficient_quota")


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"kind": "images", "amount": -1}, 422, "amount"),
        ({"kind": "images", "amount": 10**30}, 422, "amount"),
        ({"kind": "images", "amount": 1.5}, 422, "amount"),
        ({"kind": "hats", "amount": 1}, 422, "kind"),
        ({"kind": "images", "amount": 1, "period": "year"}, 422, "period"),
        ({"kind": "bytes", "amount": 1, "period": "day"}, 422, ""),
        ({"kind": "images", "amount": 1, "zone": "Mars/Olympus"}, 400, "zone"),
        ({"kind": "images", "amount": 1, "user_id": "nobody"}, 400, "user_id"),
        ({"kind": "images", "amount": 1, "team_id": "nobody"}, 404, "team_id"),
    ],
)
async def test_what_is_wrong_with_a_quota_is_said(studio: Studio, body: Any, status: int, field: str) -> None:
    problem = await studio.call("POST", "/api/quotas", json=body, status=status)
    assert problem.get("field", "").removeprefix("body.").removeprefix("body") == field
    assert await studio.get("/api/quotas") == []


def _row(target: str, kind: str, amount: int, used: int, period: str = "day") -> Any:
    return SimpleNamespace(
        id=f"{target}-{kind}-{period}",
        team_id="team",
        target=target,
        kind=kind,
        period=period,
        zone="UTC",
        amount=amount,
        used=used,
        period_start=datetime(2026, 11, 27, tzinfo=UTC) if period == "day" else datetime(1970, 1, 1, tzinfo=UTC),
    )


def test_a_persons_quota_binds_nobody_else_and_the_teams_everybody() -> None:
    now = datetime(2026, 11, 27, 12, tzinfo=UTC)
    tallies = Tallies.of([_row("mei", "images", 1, 1), _row("team", "calls", 2, 0)], now=now)
    assert tallies.full("team", "jun") is None
    full = tallies.full("team", "mei")
    assert full is not None
    assert full.row.target == "mei"
    for _ in range(2):
        tallies.take("team", "jun")
    assert tallies.full("team", "jun") is not None
    assert tallies.full("other", "jun") is None


def test_a_day_that_is_over_is_empty_and_a_clock_that_goes_back_opens_none() -> None:
    row = _row("team", "images", 3, 3)
    assert Tally.of(row, now=datetime(2026, 11, 27, 23, tzinfo=UTC)).left == 0
    assert Tally.of(row, now=datetime(2026, 11, 28, 0, tzinfo=UTC)).left == 3
    assert Tally.of(row, now=datetime(2026, 11, 26, 12, tzinfo=UTC)).left == 0


def test_of_several_the_one_that_lasts_longest_is_told() -> None:
    rows = [_row("team", "images", 1, 1), _row("team", "images", 5, 5, "total")]
    full = Tallies.of(rows, now=datetime(2026, 11, 27, 12, tzinfo=UTC)).full("team", "mei")
    assert full is not None
    assert (full.row.period, full.told) == ("total", "Out of quota: the team may have 5 pictures in all, and has 5.")
