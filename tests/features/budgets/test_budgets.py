"""Budgets as people meet them: a cap that holds, the reason, a raise that resumes; and what everybody may see and do."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import select

from imageloom.contracts.provider import Outcome
from imageloom.features.budgets.models import Cap, Hold
from imageloom.features.generation.changes import Settled, StoredPicture
from imageloom.features.generation.late import hand_in
from imageloom.features.generation.models import Attempt, ItemState, Run, RunLane
from imageloom.features.generation.service import GenerationService
from imageloom.features.generation.spending import Spending
from imageloom.features.identity.models import Token
from imageloom.features.identity.service import IdentityService, hash_token
from imageloom.features.teams.models import Membership
from imageloom.runtime.actor import SYSTEM
from imageloom.runtime.db.outbox import OutboxRow
from tests.studio import REPLICATE, WAIT_SECONDS, Studio

MEDIUM: dict[str, Any] = {"plan": {"sizes": ["1024x1024"], "qualities": ["medium"]}}
"""Expected to cost 0.053 and at most 0.0533; the fake's usage comes to 0.01327."""
ACTUAL = Decimal("0.01327")
PROMPTS = [f"picture {number:02}" for number in range(12)]


async def waiting_for_cap(studio: Studio, batch_id: str) -> Any:
    """Until nothing of the batch moves for want of money; the cap that it waits for."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        async with studio.application.scopes.open(SYSTEM, write=False) as scope:
            (queue,) = (await scope.session.scalars(select(RunLane).where(RunLane.run_id == batch_id))).all()
            run = await scope.session.get_one(Run, batch_id)
        if queue.cap_is_spent and run.running == 0:
            assert queue.cap_reason.startswith("Out of budget: the cap of the ")
            return await studio.get(f"/api/budgets/{queue.cap_id}")
        assert time.monotonic() < deadline, (queue.cap_reason, run.running, run.pending)
        await asyncio.sleep(0.02)


async def agree(studio: Studio) -> None:
    """Counters and holds of every cap are what the ledger comes to."""
    async with studio.application.scopes.open(SYSTEM, write=False) as scope:
        holds = (await scope.session.scalars(select(Hold))).all()
        for cap in (await scope.session.scalars(select(Cap))).all():
            spent = await Spending().spent(
                scope, team_id=cap.team_id, kind=cap.kind, target=cap.target, since=cap.period_start
            )
            assert (cap.settled_micros, cap.failed_micros, cap.refused_micros, cap.doubt_micros, cap.unknown) == (
                spent.settled_micros,
                spent.failed_micros,
                spent.refused_micros,
                spent.doubt_micros,
                spent.unknown,
            ), cap.kind
            assert cap.held_micros == sum(micros or 0 for micros in spent.open.values())
            mine = {hold.attempt_id: hold.in_doubt for hold in holds if hold.cap_id == cap.id}
            assert mine == {**dict.fromkeys(spent.open, False), **dict.fromkeys(spent.doubtful, True)}


async def test_a_cap_stops_a_batch_and_a_raise_resumes_it(studio: Studio) -> None:
    await studio.add_key("openai", concurrency=4)
    batch = await studio.submit(PROMPTS, **MEDIUM, cap="0.10")
    cap = await waiting_for_cap(studio, batch["id"])
    assert (cap["kind"], cap["target"], cap["amount"], cap["period"]) == ("batch", batch["id"], "0.1", "total")
    shown = await studio.get(f"/api/batches/{batch['id']}")
    assert (shown["state"], shown["reason"].partition(":")[0]) == ("running", "Out of budget")
    assert (await studio.get("/api/batches"))["items"][0]["reason"] == shown["reason"]
    counts = shown["counts"]
    # 4 x 0.01327 and a picture at its highest price are more than 0.10.
    assert counts["done"] == cap["waiting"] - 4 == 4
    assert Decimal(cap["used"]) == 4 * ACTUAL
    assert Decimal(cap["left"]) == Decimal("0.1") - 4 * ACTUAL
    assert studio.upstream.account()["paid_calls"] == 4
    health = await studio.get("/api/health")
    (part,) = [part for part in health["parts"] if part["name"] == "budgets"]
    assert (part["status"], health["status"]) == ("up", "up")
    assert part["detail"] == "1 batch waits: out of budget. `imageloom budgets` says more."
    raised = await studio.call("PUT", f"/api/budgets/{cap['id']}", json={"amount": "1.00", "version": cap["version"]})
    assert raised["amount"] == "1"
    done = await studio.finished(batch["id"])
    assert done["counts"]["done"] == 12
    (cap,) = (await studio.get("/api/budgets"))["items"]
    assert (Decimal(cap["used"]), cap["held"], cap["waiting"]) == (12 * ACTUAL, "0", 0)
    await studio.balanced(batch["id"])
    await agree(studio)


async def test_removing_a_cap_resumes_and_lowering_it_stops_what_has_not_started(studio: Studio) -> None:
    await studio.add_key("openai", concurrency=2)
    studio.upstream.config(latency=0.1)
    batch = await studio.submit(PROMPTS, **MEDIUM, cap="100")
    await studio.until(lambda b: b["counts"]["done"] >= 2, f"/api/batches/{batch['id']}")
    (cap,) = (await studio.get("/api/budgets"))["items"]
    lowered = await studio.call("PUT", f"/api/budgets/{cap['id']}", json={"amount": "0.01"})
    assert (lowered["left"], lowered["is_over"]) == ("0", True)
    started = len(studio.upstream.requests())
    cap = await waiting_for_cap(studio, batch["id"])
    # What was in flight ends and is paid; nothing that was not begins.
    assert len(studio.upstream.requests()) <= started + 2
    await agree(studio)
    await studio.call("DELETE", f"/api/budgets/{cap['id']}")
    assert (await studio.finished(batch["id"]))["counts"]["done"] == 12
    assert (await studio.get("/api/budgets"))["items"] == []
    async with studio.application.scopes.open(SYSTEM, write=False) as scope:
        assert (await scope.session.scalars(select(Hold))).all() == []


async def test_every_kind_of_cap_binds(studio: Studio) -> None:
    key = await studio.add_key("openai")
    (project,) = await studio.get("/api/projects")
    free = await studio.submit(["a cat"], model="illustrator/scene-1", plan={"sizes": ["64x64"]}, cap="0")
    assert (await studio.finished(free["id"]))["counts"]["done"] == 1
    for kind, target in (
        ("user", None),
        ("project", project["id"]),
        ("team", None),
        ("credential", key["id"]),
        ("provider", "openai"),
    ):
        set_ = await studio.post("/api/budgets", {"kind": kind, "target": target, "amount": "0.0001"})
        batch = await studio.submit(["a cat"], **MEDIUM)
        cap = await waiting_for_cap(studio, batch["id"])
        assert (cap["id"], cap["waiting"]) == (set_["id"], 1)
        assert cap["name"] == {"user": "owner", "project": project["name"]}.get(kind)
        await studio.post(f"/api/batches/{batch['id']}/cancel")
        await studio.call("DELETE", f"/api/budgets/{cap['id']}")
    assert studio.upstream.account()["paid_calls"] == 0


async def test_other_batches_and_lanes_go_on_past_one_that_waits(studio: Studio) -> None:
    await studio.add_key("openai", concurrency=1)
    await studio.add_key("replicate")
    stopped = await studio.submit(PROMPTS, **MEDIUM, cap="0.01", priority=9)
    await waiting_for_cap(studio, stopped["id"])
    assert (await studio.made(["a dog"], **MEDIUM))["counts"]["done"] == 1
    assert (await studio.made(["a dog"], model=REPLICATE))["counts"]["done"] == 1
    assert (await studio.get(f"/api/batches/{stopped['id']}"))["counts"]["pending"] == 12
    await studio.post(f"/api/batches/{stopped['id']}/cancel")


async def test_an_unknown_price_waits_under_a_hard_cap_until_it_is_allowed(studio: Studio) -> None:
    await studio.add_key("replicate")
    batch = await studio.submit(["a cat"], model=REPLICATE, cap="1.00")
    cap = await waiting_for_cap(studio, batch["id"])
    assert studio.upstream.account()["paid_calls"] == 0
    await studio.call("PUT", f"/api/budgets/{cap['id']}", json={"amount": "1.00", "allows_unknown": True})
    assert (await studio.finished(batch["id"]))["counts"]["done"] == 1
    (cap,) = (await studio.get("/api/budgets"))["items"]
    # Nobody said what it cost: that is said, and not that it cost nothing.
    assert (cap["used"], cap["unknown"], cap["allows_unknown"]) == ("0", 1, True)
    await agree(studio)


async def test_a_soft_cap_is_passed_and_says_so_once(studio: Studio) -> None:
    await studio.add_key("openai", concurrency=1)
    await studio.post("/api/budgets", {"kind": "team", "amount": "0.06", "period": "month", "is_hard": False})
    batch = await studio.made(PROMPTS, **MEDIUM)
    assert batch["counts"]["done"] == 12
    (cap,) = (await studio.get("/api/budgets"))["items"]
    assert (cap["is_hard"], cap["is_over"], cap["left"]) == (False, True, "0")
    assert cap["resets_at"] is not None
    async with studio.application.scopes.open(SYSTEM, write=False) as scope:
        told = (await scope.session.scalars(select(OutboxRow).where(OutboxRow.kind == "budget.passed"))).all()
    assert {row.payload["cap_id"] for row in told} == {cap["id"]}
    await agree(studio)


async def test_a_cap_that_is_set_today_counts_what_was_spent_before_and_is_on_its_way(studio: Studio) -> None:
    await studio.add_key("openai", concurrency=3)
    before = await studio.made(["one", "two #fake:trunc", "three #fake:refusepaid", "four #fake:lost"], **MEDIUM)
    assert before["counts"]["done"] == 1
    # Long enough for all that is asked below, on a machine that does other things.
    studio.upstream.config(latency=6.0)
    batch = await studio.submit(["a", "b", "c"], **MEDIUM)
    await studio.until(lambda b: b["counts"]["running"] == 3, f"/api/batches/{batch['id']}")
    key = (await studio.get("/api/keys"))[0]["id"]
    (project,) = await studio.get("/api/projects")
    for kind, target in (("team", None), ("user", None), ("project", project["id"]), ("credential", key)):
        cap = await studio.post("/api/budgets", {"kind": kind, "target": target, "amount": "5", "period": "month"})
        assert Decimal(cap["used"]) == 3 * ACTUAL
        assert (Decimal(cap["used_failed"]), Decimal(cap["used_refused"])) == (ACTUAL, ACTUAL)
        assert Decimal("0.15") < Decimal(cap["held"]) < Decimal("0.17")
        assert (cap["unknown"], Decimal("0.05") < Decimal(cap["doubt"]) < Decimal("0.06")) == (1, True)
    await agree(studio)
    await studio.finished(batch["id"])
    assert all(
        Decimal(cap["used"]) == 6 * ACTUAL and cap["held"] == "0" for cap in (await studio.get("/api/budgets"))["items"]
    )
    await agree(studio)


async def test_what_was_spent_stays_where_it_was_spent_whatever_its_item_becomes(studio: Studio) -> None:
    """An item that was sent once, and waits again, is given to another provider, where it is free."""
    await studio.add_key("openai")
    before = await studio.post("/api/budgets", {"kind": "provider", "target": "openai", "amount": "5"})
    batch = await studio.made(["in doubt #fake:lost:1", "refused #fake:refusepaid:1"], **MEDIUM)
    (lane,) = [lane for lane in await studio.get("/api/lanes") if lane["provider"] == "openai"]
    await studio.call("POST", f"/api/lanes/{lane['id']}/pause")
    await studio.post(f"/api/batches/{batch['id']}/reconcile", {"resolution": "resend"})
    await studio.post(f"/api/batches/{batch['id']}/retry", {"states": ["refused"]})
    edit = {"fields": {"model": "illustrator/scene-1", "size": "512x512", "quality": None}}
    await studio.post(f"/api/batches/{batch['id']}/edits", edit)
    assert (await studio.finished(batch["id"]))["counts"]["done"] == 2
    (shown,) = (await studio.get("/api/budgets"))["items"]
    assert (shown["unknown"], Decimal(shown["used"])) == (1, ACTUAL)
    assert Decimal("0.05") < Decimal(shown["doubt"]) < Decimal("0.06")
    counted = await studio.post(
        "/api/budgets", {"kind": "provider", "target": "openai", "amount": "5", "period": "month"}
    )
    for name in ("used", "used_refused", "doubt", "unknown"):
        assert counted[name] == shown[name], name
    assert before["id"] == shown["id"]
    await agree(studio)


async def test_what_was_to_be_free_and_is_billed_all_the_same_is_counted(studio: Studio) -> None:
    folder = studio.application.ports.settings.prices_folder
    folder.mkdir(parents=True, exist_ok=True)
    line = "unit: free, match: {model: gpt-image-2}, amount: '0', currency: USD, valid_from: 2026-01-01"
    (folder / "openai.yaml").write_text(f"- {{{line}, source: contract, checked_on: 2026-11-22}}\n")
    await studio.add_key("openai")
    # Nothing may be spent: what is free may be made.
    await studio.post("/api/budgets", {"kind": "team", "amount": "0"})
    batch = await studio.made(["one", "two #fake:lost"], **MEDIUM)
    assert (batch["counts"]["done"], batch["counts"]["uncertain"]) == (1, 1)
    (item, _lost) = await studio.items(batch["id"])
    assert item["estimated"] == "0"
    (cap,) = (await studio.get("/api/budgets"))["items"]
    assert (cap["used"], cap["held"], cap["doubt"], cap["unknown"]) == (item["settled"], "0", "0", 0)
    assert cap["is_over"] == (item["settled"] != "0")
    await agree(studio)


async def test_failures_and_refusals_are_kept_apart(studio: Studio) -> None:
    await studio.add_key("openai", concurrency=2)
    prompts = ["good", "bad #fake:trunc", "refused #fake:refusepaid", "free #fake:500:1", "lost #fake:lost"]
    batch = await studio.submit(prompts, **MEDIUM, cap="5.00")
    done = await studio.finished(batch["id"])
    assert {name: n for name, n in done["counts"].items() if n} == {
        "total": 5,
        "done": 2,
        "failed": 1,
        "refused": 1,
        "uncertain": 1,
    }
    (cap,) = (await studio.get("/api/budgets"))["items"]
    assert (Decimal(cap["used"]), Decimal(cap["used_failed"]), Decimal(cap["used_refused"])) == (
        4 * ACTUAL,
        ACTUAL,
        ACTUAL,
    )
    assert (cap["unknown"], cap["held"]) == (1, "0")
    books = await studio.balanced(batch["id"])
    assert (Decimal(books["settled"]), Decimal(books["settled_failed"]), Decimal(books["settled_refused"])) == (
        4 * ACTUAL,
        ACTUAL,
        ACTUAL,
    )
    assert books["settled_unknown"] == 1
    refused = next(item for item in await studio.items(batch["id"]) if item["state"] == "refused")
    (attempt,) = await studio.get(f"/api/batches/{batch['id']}/items/{refused['id']}/attempts")
    assert (attempt["billed"], Decimal(attempt["settled"]), attempt["outcome"]) == (True, ACTUAL, "refused")
    await agree(studio)


async def test_a_new_period_opens_a_new_purse_and_a_clock_that_goes_back_does_not(studio: Studio) -> None:
    await studio.add_key("openai")
    cap = await studio.post("/api/budgets", {"kind": "team", "amount": "0.06", "period": "day", "zone": "Asia/Taipei"})
    first = await studio.made(["one"], **MEDIUM)
    assert first["counts"]["done"] == 1
    second = await studio.submit(["two"], **MEDIUM)
    await waiting_for_cap(studio, second["id"])

    async def shift(days: int) -> None:
        """As if the day that the purse is about were so far away: the clock beside it stands as far the other way."""
        async with studio.application.scopes.open(SYSTEM) as scope:
            row = await scope.session.get_one(Cap, cap["id"], with_for_update=True)
            row.period_start += timedelta(days=days)

    await shift(2)
    (shown,) = (await studio.get("/api/budgets"))["items"]
    assert Decimal(shown["used"]) == ACTUAL, "a purse of the future is the purse"
    assert (await studio.get(f"/api/batches/{second['id']}"))["counts"]["pending"] == 1
    await shift(-3)
    (shown,) = (await studio.get("/api/budgets"))["items"]
    assert (shown["used"], shown["used_failed"]) == ("0", "0")
    assert (await studio.finished(second["id"]))["counts"]["done"] == 1
    (shown,) = (await studio.get("/api/budgets"))["items"]
    assert Decimal(shown["used"]) == ACTUAL
    assert shown["period_start"].endswith("T16:00:00Z"), "a day begins at midnight in Taipei"


async def test_what_ends_in_the_next_period_was_the_last_ones(studio: Studio) -> None:
    await studio.add_key("openai", concurrency=1)
    studio.upstream.config(latency=0.5)
    cap = await studio.post("/api/budgets", {"kind": "team", "amount": "5", "period": "day"})
    batch = await studio.submit(["one"], **MEDIUM)
    await studio.until(lambda page: page["items"][0]["held"] != "0", "/api/budgets")
    async with studio.application.scopes.open(SYSTEM) as scope:
        row = await scope.session.get_one(Cap, cap["id"], with_for_update=True)
        row.period_start += timedelta(days=1)
        row.held_micros = 0
    await studio.finished(batch["id"])
    (shown,) = (await studio.get("/api/budgets"))["items"]
    assert (shown["used"], shown["held"]) == ("0", "0")


@pytest.mark.parametrize("is_open", [True, False])
async def test_a_late_answer_tells_what_was_in_doubt(studio: Studio, is_open: bool) -> None:
    await studio.add_key("openai")
    await studio.post("/api/budgets", {"kind": "team", "amount": "5"})
    batch = await studio.made(["kept", "in doubt #fake:lost:1"], **MEDIUM)
    kept, doubted = await studio.items(batch["id"])
    if not is_open:
        await studio.post(f"/api/batches/{batch['id']}/reconcile", {"resolution": "resend"})
        await studio.finished(batch["id"])
    (cap,) = (await studio.get("/api/budgets"))["items"]
    assert (cap["unknown"], Decimal(cap["used"])) == (1, (1 if is_open else 2) * ACTUAL)
    asset = await studio.get(f"/api/assets/{kept['asset_id']}")
    writer, ports = studio.application.writer, studio.application.ports
    first = select(Attempt.__table__).where(Attempt.item_id == doubted["id"], Attempt.number == 1)
    attempt = await writer.transact(lambda connection: connection.execute(first).one())
    picture = StoredPicture(
        asset_id=ports.ids.new(),
        blake3=asset["blake3"],
        size_bytes=3000,
        media_type="image/png",
        format="png",
        width=1024,
        height=1024,
        provenance=asset["provenance"],
    )
    late = Settled(
        lane_id=attempt.lane_id,
        epoch=0,
        attempt_id=attempt.id,
        item_id=doubted["id"],
        run_id=batch["id"],
        project_id=batch["project_id"],
        team_id=cap["team_id"],
        position=doubted["position"],
        outcome=Outcome.succeeded,
        to=ItemState.done,
        at=ports.clock.now(),
        billed=True,
        settled_micros=13_270,
        pictures=(picture,),
    )
    assert await writer.transact(lambda connection: hand_in(connection, [late])) == [late]
    (cap,) = (await studio.get("/api/budgets"))["items"]
    assert (cap["unknown"], cap["doubt"], Decimal(cap["used"])) == (0, "0", (2 if is_open else 3) * ACTUAL)
    # Paid for in vain, where the picture was made again meanwhile.
    assert Decimal(cap["used_failed"]) == (0 if is_open else ACTUAL)
    await agree(studio)
    await studio.balanced(batch["id"])


async def test_a_picture_that_turns_out_damaged_was_paid_for_in_vain(studio: Studio) -> None:
    await studio.add_key("openai")
    for kind in ("team", "user"):
        await studio.post("/api/budgets", {"kind": kind, "amount": "5", "period": "week"})
    batch = await studio.made(["one", "two"], **MEDIUM)
    item = (await studio.items(batch["id"]))[0]
    async with studio.application.scopes.open(SYSTEM) as scope:
        await GenerationService(scope).reopen_damaged(item["id"], reason="It is damaged.")
    for cap in (await studio.get("/api/budgets"))["items"]:
        assert (Decimal(cap["used"]), Decimal(cap["used_failed"])) == (2 * ACTUAL, ACTUAL)
    await agree(studio)


async def test_verifying_finds_money_that_is_held_for_nothing(studio: Studio) -> None:
    await studio.add_key("openai")
    batch = await studio.made(["one"], **MEDIUM, cap="5")
    (item,) = await studio.items(batch["id"])
    (attempt,) = await studio.get(f"/api/batches/{batch['id']}/items/{item['id']}/attempts")
    (cap,) = (await studio.get("/api/budgets"))["items"]
    async with studio.application.scopes.open(SYSTEM) as scope:
        row = await scope.session.get_one(Cap, cap["id"])
        stray = Hold(attempt_id=attempt["id"], cap_id=cap["id"], micros=1, period_start=row.period_start)
        stray.in_doubt = False
        scope.session.add(stray)
    books = await studio.get(f"/api/batches/{batch['id']}/verify")
    assert (books["balanced"], [problem["rule"] for problem in books["problems"]]) == (False, ["hold"])


async def test_another_zone_counts_anew(studio: Studio) -> None:
    await studio.add_key("openai")
    await studio.made(["one"], **MEDIUM)
    cap = await studio.post("/api/budgets", {"kind": "team", "amount": "5", "period": "month"})
    again = await studio.post(
        "/api/budgets", {"kind": "team", "amount": "6", "period": "month", "zone": "Asia/Taipei"}, status=200
    )
    assert (again["id"], again["amount"], again["version"], again["zone"]) == (cap["id"], "6", 2, "Asia/Taipei")
    assert Decimal(again["used"]) == ACTUAL
    moved = await studio.call("PUT", f"/api/budgets/{cap['id']}", json={"amount": "6", "zone": "America/New_York"})
    assert Decimal(moved["used"]) == ACTUAL
    await agree(studio)


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({"kind": "team", "amount": "-1"}, 422, "amount"),
        ({"kind": "team", "amount": "0.0000001"}, 422, "amount"),
        ({"kind": "team", "amount": "1e30"}, 422, "amount"),
        ({"kind": "team", "amount": "NaN"}, 422, "amount"),
        ({"kind": "team", "amount": "much"}, 422, "amount"),
        ({"kind": "team"}, 422, "amount"),
        ({"kind": "nobody", "amount": "1"}, 422, "kind"),
        ({"kind": "team", "amount": "1", "period": "year"}, 422, "period"),
        ({"kind": "team", "amount": "1", "zone": "Mars/Olympus"}, 400, "zone"),
        ({"kind": "team", "amount": "1", "zone": "../etc/passwd"}, 400, "zone"),
        ({"kind": "team", "amount": "1", "target": "another"}, 400, "target"),
        ({"kind": "provider", "amount": "1", "target": "nobody"}, 400, "target"),
        ({"kind": "provider", "amount": "1"}, 400, "target"),
        ({"kind": "project", "amount": "1", "target": "x"}, 400, "target"),
        ({"kind": "user", "amount": "1", "target": "x"}, 400, "target"),
        ({"kind": "batch", "amount": "1", "target": "x"}, 400, "target"),
        ({"kind": "credential", "amount": "1", "target": "x"}, 400, "target"),
        ({"kind": "credential", "amount": "1", "target": "env:openai"}, 400, "target"),
        ({"kind": "team", "amount": "1", "team_id": "x"}, 404, None),
    ],
)
async def test_what_is_wrong_with_a_cap_is_said(studio: Studio, body: Any, status: int, field: str | None) -> None:
    problem = await studio.call("POST", "/api/budgets", json=body, status=status)
    assert problem.get("field", "").removeprefix("body.") == (field or "")
    assert status == 404 or problem["hint"]
    assert (await studio.get("/api/budgets"))["items"] == []


async def test_caps_are_listed_in_pages_newest_first(studio: Studio) -> None:
    kinds = [("team", None), ("provider", "openai"), ("provider", "replicate"), ("user", None)]
    made = [(await studio.post("/api/budgets", {"kind": k, "target": t, "amount": "5"}))["id"] for k, t in kinds]
    first = await studio.get("/api/budgets", limit=3)
    second = await studio.get("/api/budgets", limit=3, cursor=first["next"])
    assert [cap["id"] for page in (first, second) for cap in page["items"]] == made[::-1]
    assert (len(first["items"]), second["next"]) == (3, None)
    of_providers = await studio.get("/api/budgets", kind="provider")
    assert [cap["id"] for cap in of_providers["items"]] == made[2:0:-1]
    of_people = await studio.get("/api/budgets", kind=["team", "user", "batch"])
    assert [cap["id"] for cap in of_people["items"]] == [made[3], made[0]]
    await studio.call("GET", "/api/budgets", params={"kind": "planet"}, status=422)


async def test_two_who_change_a_cap_hear_of_each_other(studio: Studio) -> None:
    cap = await studio.post("/api/budgets", {"kind": "team", "amount": "1"})
    path = f"/api/budgets/{cap['id']}"
    await studio.call("PUT", path, json={"amount": "2", "version": 1})
    problem = await studio.call("PUT", path, json={"amount": "3", "version": 1}, status=409)
    assert (problem["code"], problem["field"]) == ("cap_changed", "version")
    assert (await studio.get(path))["amount"] == "2"
    answer = await studio.http.get("/api/budgets")
    again = await studio.http.get("/api/budgets", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    for method, body in (("GET", None), ("PUT", {"amount": "1"}), ("DELETE", None)):
        more = {} if body is None else {"json": body}
        assert (await studio.http.request(method, "/api/budgets/nothing", **more)).status_code == 404


async def member(studio: Studio, name: str, role: str) -> dict[str, str]:
    """The headers of another person of the owner's team."""
    (project,) = await studio.get("/api/projects")
    async with studio.application.scopes.open(SYSTEM) as scope:
        user = await IdentityService(scope).create_user(name, is_admin=False)
        now, secret = scope.ports.clock.now(), f"iml_{name}"
        scope.session.add(Membership(team_id=project["team_id"], user_id=user.id, role=role, created_at=now))
        await scope.session.flush()
        token = Token(id=f"token-{name}", user_id=user.id, name=name, prefix="iml_", created_at=now)
        token.sha256, token.scopes = hash_token(secret), None
        scope.session.add(token)
    return {"Authorization": f"Bearer {secret}", "user": user.id}


async def test_who_may_see_and_set_what(studio: Studio) -> None:
    editor, viewer = await member(studio, "editor", "editor"), await member(studio, "viewer", "viewer")
    team = await studio.post("/api/budgets", {"kind": "team", "amount": "9"})
    theirs = await studio.post("/api/budgets", {"kind": "user", "target": editor["user"], "amount": "5"})
    mine = await studio.post("/api/budgets", {"kind": "user", "amount": "7"})
    await studio.add_key("openai")
    capped = await studio.submit(PROMPTS, **MEDIUM, cap="0.01")
    (on_batch,) = [cap for cap in (await studio.get("/api/budgets"))["items"] if cap["kind"] == "batch"]

    async def seen(headers: dict[str, str]) -> set[str]:
        return {cap["id"] for cap in (await studio.call("GET", "/api/budgets", headers=headers))["items"]}

    assert await seen(editor) == {team["id"], theirs["id"], on_batch["id"]}
    assert await seen(viewer) == {team["id"], on_batch["id"]}

    async def ask(method: str, path: str, headers: dict[str, str], body: Any = None) -> int:
        more = {} if body is None else {"json": body}
        return (await studio.http.request(method, path, headers=headers, **more)).status_code

    more = {"amount": "100"}
    for headers in (editor, viewer):
        for cap in (team, theirs, on_batch):
            known = 403 if cap["id"] in await seen(headers) else 404
            if headers is viewer and known == 404:
                known = 403
            assert await ask("PUT", f"/api/budgets/{cap['id']}", headers, more) == known
            assert await ask("DELETE", f"/api/budgets/{cap['id']}", headers) in (403, 404)
        assert await ask("GET", f"/api/budgets/{mine['id']}", headers) == 404
        assert await ask("POST", "/api/budgets", headers, {"kind": "team", **more}) == 403
        # The same cap again is the same cap: it is not lifted that way either.
        assert await ask("POST", "/api/budgets", headers, {"kind": "batch", "target": capped["id"], **more}) == 403
    # On a batch of the team that has none yet an editor may set one, and raise it.
    await studio.call("DELETE", f"/api/budgets/{on_batch['id']}")
    body = {"kind": "batch", "target": capped["id"], "amount": "2"}
    made = await studio.call("POST", "/api/budgets", json=body, headers=editor)
    assert await ask("PUT", f"/api/budgets/{made['id']}", editor, more) == 200
    await studio.finished(capped["id"])
