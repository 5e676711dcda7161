"""Edits of what waits, over HTTP: previewed, applied, undone, and always in the books."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from sqlalchemy import update

from imageloom.features.batch_edits import drafting
from imageloom.features.generation.models import Item
from imageloom.runtime import faultpoints
from imageloom.runtime.actor import SYSTEM
from tests.studio import OPENAI, REPLICATE, Studio

PREVIEW = "/api/batches/{}/edits/preview"
EDITS = "/api/batches/{}/edits"


async def held_lane(studio: Studio, provider: str = "openai", **limits: int) -> str:
    """A lane on which nothing starts."""
    await studio.add_key(provider, **limits)
    await studio.made(["first"], model=OPENAI if provider == "openai" else REPLICATE)
    lane = next(lane["id"] for lane in await studio.get("/api/lanes") if lane["provider"] == provider)
    await studio.post(f"/api/lanes/{lane}/pause")
    return lane


async def waiting(studio: Studio, prompts: list[str], **more: Any) -> str:
    """A batch whose items wait until the lane goes on."""
    await held_lane(studio)
    return (await studio.submit(prompts, **more))["id"]


async def go_on(studio: Studio, batch_id: str) -> Any:
    for lane in await studio.get("/api/lanes"):
        await studio.post(f"/api/lanes/{lane['id']}/resume")
    await studio.finished(batch_id)
    return await studio.balanced(batch_id)


async def prompts_of(studio: Studio, batch_id: str) -> list[str]:
    return [item["prompt"] for item in await studio.items(batch_id)]


async def test_an_edit_is_previewed_applied_and_undone(studio: Studio) -> None:
    plan = {"sizes": ["1024x1024"], "qualities": ["low"]}
    batch = await waiting(studio, ["a red cat", "a dog", "a cat and a cat"], plan=plan)
    body = {
        "name": "dogs",
        "where": {"prompt_contains": "cat"},
        "fields": {"quality": "high"},
        "replace": {"find": "cat", "replace": "dog"},
    }
    response = await studio.http.post(PREVIEW.format(batch), json=body)
    preview, tag = response.json(), response.headers["etag"]
    assert (preview["matched"], preview["changed"], preview["problem_cells"]) == (2, 2, 0)
    first = preview["rows"][0]
    assert (first["before"]["prompt"], first["after"]["prompt"]) == ("a red cat", "a red dog")
    assert first["after"]["fields"]["quality"] == "high"
    assert float(preview["after"]["expected"]) > float(preview["before"]["expected"]) > 0
    assert float(preview["estimated_after"]) > float(preview["estimated_before"])
    assert await prompts_of(studio, batch) == ["a red cat", "a dog", "a cat and a cat"]
    before = await studio.items(batch)
    response = await studio.http.post(EDITS.format(batch), json=body, headers={"If-Match": tag})
    assert response.status_code == 201
    edit = response.json()
    assert (edit["changed"], edit["claimed_meanwhile"], edit["name"]) == (2, 0, "dogs")
    assert edit["estimated_after"] == preview["estimated_after"]
    assert (await studio.get(f"/api/batches/{batch}"))["estimated"] == preview["estimated_after"]
    assert await prompts_of(studio, batch) == ["a red dog", "a dog", "a dog and a dog"]
    stale = await studio.call("POST", EDITS.format(batch), json=body, headers={"If-Match": tag}, status=412)
    assert stale["code"] == "stale_preview"
    items = (await studio.get(f"{EDITS.format(batch)}/{edit['id']}/items"))["items"]
    assert {item["before"]["prompt"] for item in items} == {"a red cat", "a cat and a cat"}
    undone = await studio.post(f"{EDITS.format(batch)}/{edit['id']}/undo")
    assert (undone["state"], undone["undone"]["restored"], undone["undone"]["kept"]) == ("undone", 2, [])
    after = await studio.items(batch)
    assert [{**item, "updated_at": None} for item in after] == [{**item, "updated_at": None} for item in before]
    assert (await studio.get(f"/api/batches/{batch}"))["estimated"] == edit["estimated_before"]
    again = await studio.call("POST", f"{EDITS.format(batch)}/{edit['id']}/undo", status=409)
    assert again["code"] == "nothing_to_undo"
    assert (await go_on(studio, batch))["counts"]["done"] == 3


async def test_an_edit_says_what_it_does_to_the_caps_and_never_passes_them(studio: Studio) -> None:
    plan = {"sizes": ["1024x1024"], "qualities": ["low"]}
    batch = await waiting(studio, ["one", "two", "three"], plan=plan, cap="0.22")
    await studio.post("/api/budgets", {"kind": "team", "amount": "50"})
    await studio.post("/api/budgets", {"kind": "provider", "target": "openai", "amount": "0.3", "is_hard": False})
    await studio.post("/api/budgets", {"kind": "provider", "target": "replicate", "amount": "1"})
    unchanged = await studio.post(PREVIEW.format(batch), {"priority": 7}, status=200)
    assert all(cap["covers_before"] and cap["covers_after"] for cap in unchanged["caps"])
    assert unchanged["warnings"] == []
    dearer = {"fields": {"quality": "high"}}
    preview = await studio.post(PREVIEW.format(batch), dearer, status=200)
    caps = {(cap["kind"], cap["target"]): cap for cap in preview["caps"]}
    of_batch = caps["batch", batch]
    assert (of_batch["covers_before"], of_batch["covers_after"], of_batch["left"]) == (True, False, "0.22")
    assert float(of_batch["waiting_before"]) < 0.03 < 0.6 < float(of_batch["waiting_after"])
    assert [cap["covers_after"] for cap in caps.values() if cap["kind"] == "team"] == [True]
    assert ("provider", "replicate") not in caps, "it does not bind what waits"
    assert [warning.partition(",")[0] for warning in preview["warnings"][:2]] == [
        "The cap of the batch",
        "The cap of the provider openai",
    ]
    assert preview["warnings"][0].endswith("the rest would wait.")
    assert preview["warnings"][1].endswith("it would be passed.")
    unknown = await studio.post(PREVIEW.format(batch), {"fields": {"quality": None, "model": REPLICATE}}, status=200)
    assert unknown["warnings"][0].endswith("3 of what waits would be such: they would wait.")
    removed = await studio.post(PREVIEW.format(batch), {"remove": True, "where": {"items": ["1"]}}, status=200)
    assert float(removed["caps"][0]["waiting_after"]) < float(removed["caps"][0]["waiting_before"])

    edit = await studio.post(EDITS.format(batch), dearer)
    assert edit["warnings"][:2] == preview["warnings"][:2]
    for lane in await studio.get("/api/lanes"):
        await studio.post(f"/api/lanes/{lane['id']}/resume")
    cap = f"/api/budgets/{of_batch['cap_id']}"
    stopped = await studio.until(lambda cap: cap["waiting"] and cap["held"] == "0", cap)
    assert float(stopped["used"]) <= 0.22, "what became dearer is held at its new price"
    assert float(stopped["left"]) < 0.211
    counts = (await studio.get(f"/api/batches/{batch}"))["counts"]
    assert 0 < counts["pending"] == stopped["waiting"]
    await studio.call("PUT", cap, json={"amount": "2"})
    assert (await go_on(studio, batch))["counts"]["done"] == 3


async def test_what_began_stays_and_is_told(studio: Studio) -> None:
    batch = await waiting(studio, [f"a cat {n}" for n in range(6)])
    body = {"fields": {"quality": "high"}}
    response = await studio.http.post(PREVIEW.format(batch), json=body)
    assert response.json()["matched"] == 6
    studio.upstream.config(latency=0.2)
    await studio.post(f"/api/lanes/{(await studio.get('/api/lanes'))[0]['id']}/resume")
    await studio.until(lambda b: b["counts"]["pending"] < 6, f"/api/batches/{batch}")
    await studio.finished(batch)
    tag = {"If-Match": response.headers["etag"]}
    gone = await studio.call("POST", EDITS.format(batch), json=body, headers=tag, status=409)
    assert gone["code"] == "run_not_active"
    await studio.balanced(batch)


async def test_some_that_began_meanwhile_are_counted(studio: Studio) -> None:
    await studio.add_key("openai", concurrency=1)
    studio.upstream.config(latency=0.3)
    batch = (await studio.submit([f"a cat {n}" for n in range(5)]))["id"]
    body = {"fields": {"quality": "high"}}
    response = await studio.http.post(PREVIEW.format(batch), json=body)
    matched = response.json()["matched"]
    await studio.until(lambda b: b["counts"]["pending"] < matched, f"/api/batches/{batch}")
    await studio.post(f"/api/batches/{batch}/pause")
    await studio.until(lambda b: b["counts"]["running"] == 0, f"/api/batches/{batch}")
    edit = await studio.post(EDITS.format(batch), body, headers={"If-Match": response.headers["etag"]})
    assert edit["claimed_meanwhile"] == matched - edit["matched"] > 0
    assert sum(edit["begun"].values()) == 5 - edit["matched"]
    qualities = [item["fields"].get("quality") for item in await studio.items(batch)]
    assert qualities.count("high") == edit["changed"] == edit["matched"]
    await studio.post(f"/api/batches/{batch}/resume")
    await studio.finished(batch)
    undo = await studio.call("POST", f"{EDITS.format(batch)}/{edit['id']}/undo", status=409)
    assert undo["detail"] == "It has begun."
    await studio.balanced(batch)


async def test_a_regular_expression_is_bounded(studio: Studio) -> None:
    batch = await waiting(studio, ["a cat 12", "a dog 7", "a" * 40])
    body: dict[str, Any] = {"replace": {"find": r"(\w+) (\d+)", "replace": r"\2 \1s", "regex": True}}
    preview = await studio.post(PREVIEW.format(batch), body)
    assert [row["after"]["prompt"] for row in preview["rows"]] == ["a 12 cats", "a 7 dogs"]
    assert (preview["changed"], preview["unchanged"]) == (2, 1)
    for find, words in (("(a+)+$b", "took more than"), ("(", "cannot be read"), (r"a(?P<x>", "cannot be read")):
        replace = {"find": find, "replace": "", "regex": True}
        bad = await studio.call("POST", PREVIEW.format(batch), json={"replace": replace}, status=400)
        assert (bad["code"], bad["field"]) == ("pattern_bad", "replace.find")
        assert words in bad["detail"]
    loud = {"replace": {"find": "CAT", "replace": r"\1", "ignore_case": True}}
    assert (await studio.post(PREVIEW.format(batch), loud))["rows"][0]["after"]["prompt"] == r"a \1 12"
    for replace in (
        {"find": "a", "replace": "b" * 10_000},
        {"find": "A", "replace": "b" * 10_000, "ignore_case": True},
        {"find": "a", "replace": r"\0", "regex": True},
    ):
        bad = await studio.call("POST", PREVIEW.format(batch), json={"replace": replace}, status=400)
        assert bad["code"] == "pattern_bad"
    nothing = await studio.post(PREVIEW.format(batch), {"replace": {"find": "zebra", "replace": "x"}})
    assert (nothing["matched"], nothing["changed"], nothing["rows"]) == (3, 0, [])
    none = await studio.call("POST", EDITS.format(batch), json={"replace": {"find": "zebra"}}, status=409)
    assert none["code"] == "nothing_to_edit"
    empty = await studio.post(PREVIEW.format(batch), {"replace": {"find": "a dog 7"}})
    first = {**empty["problems"][0], "hint": None}
    assert first == {
        "row": 2,
        "rule": "pattern_bad",
        "field": "prompt",
        "detail": "the prompt comes to nothing.",
        "hint": None,
        "cells": 1,
    }


async def test_removed_items_are_cancelled_and_come_back(studio: Studio) -> None:
    batch = await waiting(studio, ["one", "two", "three"], plan={"sizes": ["1024x1024"], "qualities": ["low"]})
    body = {"where": {"items": ["2-"]}, "remove": True}
    preview = await studio.post(PREVIEW.format(batch), body, status=200)
    assert (preview["estimated_before"], preview["estimated_after"]) == ("0.01802", "0.006005")
    edit = await studio.post(EDITS.format(batch), body)
    assert edit["removed"] == 2
    assert (edit["estimated_before"], edit["estimated_after"]) == ("0.01802", "0.006005")
    more = await studio.post(PREVIEW.format(batch), {"append": {"prompts": ["four"]}}, status=200)
    assert (more["estimated_before"], float(more["estimated_after"]) > 0.012) == ("0.006005", True)
    counts = (await studio.get(f"/api/batches/{batch}"))["counts"]
    assert (counts["pending"], counts["cancelled"], counts["total"]) == (1, 2, 3)
    items = await studio.items(batch)
    assert items[1]["message"] == f"Removed by the edit {edit['id']}."
    undone = await studio.post(f"{EDITS.format(batch)}/{edit['id']}/undo")
    assert undone["undone"]["restored"] == 2
    everything = await studio.post(EDITS.format(batch), {"remove": True})
    over = await studio.get(f"/api/batches/{batch}")
    assert (over["state"], over["counts"]["cancelled"]) == ("finished", 3)
    await studio.balanced(batch)
    # Nothing was left, so the batch was over; what comes back begins it again.
    await studio.post(f"{EDITS.format(batch)}/{everything['id']}/undo")
    assert (await studio.get(f"/api/batches/{batch}"))["state"] == "running"
    assert (await go_on(studio, batch))["counts"]["done"] == 3


async def test_rows_are_appended_by_the_plan_of_the_batch_or_another(studio: Studio) -> None:
    plan = {"sizes": ["256x256", "512x512"]}
    batch = await waiting(studio, ["one"], plan=plan)
    preview = await studio.post(PREVIEW.format(batch), {"append": {"prompts": ["one", "{red|blue} two"]}})
    assert (preview["appended"], preview["matched"]) == (4, 0)
    edit = await studio.post(EDITS.format(batch), {"append": {"prompts": ["one", "{red|blue} two"]}})
    items = await studio.items(batch)
    assert [(item["row_number"], item["fields"]["width"]) for item in items] == [
        (1, 256),
        (1, 512),
        (2, 256),
        (2, 512),
        (3, 256),
        (3, 512),
    ]
    assert items[4]["prompt"] in ("red two", "blue two")
    assert (await studio.get(f"/api/batches/{batch}"))["counts"]["total"] == 6
    assert edit["request"]["append"].keys() == {"sheet_id"}
    sheet = await studio.call("POST", "/api/sheets", files={"file": ("m.csv", b"subject\nmoon\n", "text/csv")})
    missing = await studio.call("POST", EDITS.format(batch), json={"append": {"sheet_id": sheet["id"]}}, status=400)
    assert missing["code"] == "missing_column"
    empty = await studio.call("POST", "/api/sheets", files={"file": ("e.csv", b"prompt,size\n,\n", "text/csv")})
    for path in (PREVIEW, EDITS):
        nothing = {"json": {"append": {"sheet_id": empty["id"]}}, "status": 400}
        told = await studio.call("POST", path.format(batch), **nothing)
        assert (told["code"], told["field"]) == ("nothing_to_make", "append")
    own = {"template": "a {{subject}}", "models": [OPENAI], "sizes": ["128x128"]}
    more = await studio.post(EDITS.format(batch), {"append": {"sheet_id": sheet["id"], "plan": own}})
    assert (await studio.items(batch))[-1]["prompt"] == "a moon"
    undone = await studio.post(f"{EDITS.format(batch)}/{edit['id']}/undo")
    assert undone["undone"]["restored"] == 4
    assert (await studio.get(f"{EDITS.format(batch)}/{more['id']}"))["state"] == "applied"
    bad = {"append": {"prompts": ["a", "b --size 5x"], "plan": {"models": ["openai/gpt-image-2"]}}}
    shown = await studio.post(PREVIEW.format(batch), bad)
    assert [problem["row"] for problem in shown["problems"]] == [2]
    refused = await studio.call("POST", EDITS.format(batch), json=bad, status=400)
    assert refused["row"] == 2
    books = await go_on(studio, batch)
    assert (books["requested"], books["counts"]["done"], books["counts"]["cancelled"]) == (7, 3, 4)


async def test_the_order_and_the_priority_change(studio: Studio) -> None:
    await held_lane(studio, concurrency=1)
    batch = (await studio.submit(["one", "two", "three", "four"]))["id"]
    body = {"where": {"rows": ["3-4"]}, "move": "front", "priority": 9}
    edit = await studio.post(EDITS.format(batch), body)
    assert (edit["moved"], edit["changed"]) == (2, 0)
    await studio.post(EDITS.format(batch), {"where": {"rows": ["1"]}, "move": "back"})
    assert (await studio.get(f"/api/batches/{batch}"))["priority"] == 9
    undone = await studio.post(f"{EDITS.format(batch)}/{edit['id']}/undo")
    assert (undone["undone"]["restored"], undone["undone"]["priority"]) == (2, "restored")
    assert (await studio.get(f"/api/batches/{batch}"))["priority"] == 5
    await studio.post(EDITS.format(batch), {"where": {"rows": ["4"]}, "move": "front"})
    await go_on(studio, batch)
    sent = [
        (item["prompt"], await studio.get(f"/api/batches/{batch}/items/{item['id']}/attempts"))
        for item in await studio.items(batch)
    ]
    order = [prompt for prompt, _ in sorted(sent, key=lambda pair: pair[1][0]["started_at"])]
    assert order == ["four", "two", "three", "one"]


async def test_another_model_takes_another_lane_and_price(studio: Studio) -> None:
    await held_lane(studio, "replicate")
    batch = await waiting(studio, ["one", "two"], plan={"seeds": ["7"]})
    edit = await studio.post(EDITS.format(batch), {"where": {"items": ["1"]}, "fields": {"model": REPLICATE}})
    assert edit["changed"] == 1
    first, second = await studio.items(batch)
    assert (first["provider"], first["fields"]["seed"]) == ("replicate", 7)
    assert second["provider"] == "openai"
    nowhere = await studio.call(
        "POST", EDITS.format(batch), json={"fields": {"model": "openai/none-such-model"}}, status=400
    )
    assert nowhere["code"] == "unknown_model"
    back = await studio.post(f"{EDITS.format(batch)}/{edit['id']}/undo")
    assert back["undone"]["restored"] == 1
    assert [item["provider"] for item in await studio.items(batch)] == ["openai", "openai"]
    await studio.post(
        EDITS.format(batch), {"where": {"models": [OPENAI]}, "fields": {"model": REPLICATE, "seed": None}}
    )
    books = await go_on(studio, batch)
    assert books["counts"]["done"] == 2
    assert {item["provider"] for item in await studio.items(batch)} == {"replicate"}


async def test_a_later_edit_of_the_same_item_keeps_the_earlier(studio: Studio) -> None:
    batch = await waiting(studio, ["one", "two"])
    first = await studio.post(EDITS.format(batch), {"fields": {"quality": "low"}})
    await studio.post(EDITS.format(batch), {"where": {"rows": ["1"]}, "fields": {"prompt": "other"}})
    undone = await studio.post(f"{EDITS.format(batch)}/{first['id']}/undo")
    # The prompt is another matter than the quality; what it costs changed with both.
    assert undone["undone"]["restored"] + undone["undone"]["kept_items"] == 2
    items = await studio.items(batch)
    assert items[0]["prompt"] == "other"
    assert items[1]["fields"].get("quality") != "low"
    edits = await studio.get(EDITS.format(batch), limit=1)
    assert len(edits["items"]) == 1
    rest = await studio.get(EDITS.format(batch), cursor=edits["next"])
    assert [edit["id"] for edit in rest["items"]] == [first["id"]]
    await studio.balanced(batch)


async def test_the_same_key_is_one_edit(studio: Studio) -> None:
    batch = await waiting(studio, ["one", "two"])
    body, key = {"append": {"prompts": ["three"]}}, {"Idempotency-Key": "k"}
    made = await asyncio.gather(*(studio.post(EDITS.format(batch), body, headers=key) for _ in range(4)))
    assert len({edit["id"] for edit in made}) == 1
    assert (await studio.get(f"/api/batches/{batch}"))["counts"]["total"] == 3
    other = await studio.call("POST", EDITS.format(batch), json={"remove": True}, headers=key, status=409)
    assert other["code"] == "idempotency_key_reused"


async def test_edits_at_once_are_one_after_the_other(studio: Studio) -> None:
    batch = await waiting(studio, [f"picture {n}" for n in range(20)])
    bodies: list[Any] = [{"append": {"prompts": [f"more {n}"]}} for n in range(2)]
    bodies.append({"replace": {"find": "picture", "replace": "photo"}})
    answers = await asyncio.gather(*(studio.http.post(EDITS.format(batch), json=body) for body in bodies))
    assert {answer.status_code for answer in answers} <= {201, 409}
    made = sum(answer.status_code == 201 for answer in answers)
    assert (await studio.get(f"/api/batches/{batch}")) is not None
    assert len((await studio.get(EDITS.format(batch)))["items"]) == made >= 1
    await studio.balanced(batch)


@pytest.mark.parametrize(
    ("body", "status", "field"),
    [
        ({}, 422, None),
        ({"where": {"rows": ["1"]}, "priority": 3}, 422, None),
        ({"remove": True, "move": "front"}, 422, None),
        ({"fields": {"prompt": "a\0"}}, 422, None),
        ({"append": {}}, 422, None),
        ({"where": {"rows": ["x"]}, "remove": True}, 400, "where.rows"),
        ({"where": {"rows": ["5-2"]}, "remove": True}, 400, "where.rows"),
        ({"where": {"items": ["-"]}, "remove": True}, 400, "where.items"),
        ({"where": {"items": ["0"]}, "remove": True}, 400, "where.items"),
        ({"fields": {"size": "big"}}, 400, "fields.size"),
        ({"fields": {"seed": "x"}}, 400, "fields.seed"),
        ({"fields": {"prompt": None}}, 400, "fields.prompt"),
        ({"fields": {"count": 3}}, 400, "fields.count"),
        ({"fields": {"quality": ""}}, 400, "fields"),
    ],
)
async def test_what_cannot_be_read_is_refused(studio: Studio, body: Any, status: int, field: str | None) -> None:
    batch = await waiting(studio, ["one"])
    told = await studio.call("POST", PREVIEW.format(batch), json=body, status=status)
    assert field is None or told["field"] == field
    assert told["hint"]


async def test_what_does_not_fit_is_told_by_row_and_nothing_changes(studio: Studio) -> None:
    batch = await waiting(studio, ["one", "two"])
    preview = await studio.post(PREVIEW.format(batch), {"fields": {"quality": "superb"}})
    assert (preview["changed"], preview["problem_cells"], preview["problems"][0]["cells"]) == (0, 2, 2)
    refused = await studio.call("POST", EDITS.format(batch), json={"fields": {"quality": "superb"}}, status=400)
    assert (refused["code"], refused["problem_cells"]) == ("does_not_fit", 2)
    ignored = await studio.post(PREVIEW.format(batch), {"fields": {"brightness": "9"}})
    assert ignored["warnings"] == [f"{OPENAI} is not sent brightness: the model does not know it"]
    mixed = await studio.call(
        "POST", EDITS.format(batch), json={"remove": True}, headers={"If-Match": '"x"'}, status=412
    )
    assert mixed["field"] == "If-Match"
    shown = await studio.http.post(PREVIEW.format(batch), json={"move": "front"})
    other = {"If-Match": shown.headers["etag"]}
    assert await studio.call("POST", EDITS.format(batch), json={"remove": True}, headers=other, status=412)
    assert (await studio.post(EDITS.format(batch), {"remove": True}, headers={"If-Match": "*"}))["removed"] == 2
    assert (await studio.call("GET", f"{EDITS.format(batch)}/none", status=404))["code"] == "not_found"


async def test_what_is_not_written_yet_or_too_much_is_not_edited(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = await waiting(studio, ["one", "two", "three"])
    monkeypatch.setattr(drafting, "EDITED_MAX", 2)
    large = await studio.call("POST", PREVIEW.format(batch), json={"remove": True}, status=400)
    assert (large["code"], large["field"]) == ("edit_too_large", "where")
    body = {"append": {"prompts": ["a", "b", "c"]}}
    large = await studio.call("POST", PREVIEW.format(batch), json=body, status=400)
    assert (large["code"], large["field"]) == ("edit_too_large", "append")
    object.__setattr__(studio.settings.plans, "inline_items", 1)

    def fail() -> None:
        raise OSError("the sheet cannot be read")

    with faultpoints.armed("batches.before_expand", fail):
        unwritten = (await studio.submit(["one", "two"]))["id"]
        await studio.until(lambda b: b["reason"] is not None, f"/api/batches/{unwritten}")
        told = await studio.call("POST", PREVIEW.format(unwritten), json={"priority": 9}, status=409)
    assert told["code"] == "not_written"
    await studio.application.engine.fire("expand-left")
    assert (await studio.post(EDITS.format(unwritten), {"priority": 9}))["changed"] == 0
    assert (await studio.get(f"/api/batches/{unwritten}"))["priority"] == 9


async def test_an_item_whose_model_is_gone_has_no_price_and_can_take_another(studio: Studio) -> None:
    batch = await waiting(studio, ["one"], plan={"sizes": ["1024x1024"], "qualities": ["low"]})
    async with studio.application.scopes.open(SYSTEM) as scope:
        await scope.session.execute(update(Item).where(Item.run_id == batch).values(model="gone"))
    removed = await studio.post(PREVIEW.format(batch), {"remove": True})
    assert (removed["before"]["expected"], removed["before"]["unknown"]) == (None, 1)
    assert removed["before"]["reasons"][0]["why"] == "Nobody serves its model any more."
    body = {"where": {"models": ["openai/gone"]}, "fields": {"model": OPENAI}}
    edit = await studio.post(EDITS.format(batch), body)
    assert (edit["changed"], edit["after"]["unknown"]) == (1, 0)
    found = await studio.get(f"/api/edits/{edit['id']}")
    assert found["batch_id"] == batch
    assert (await studio.call("GET", "/api/edits/none", status=404))["code"] == "not_found"


async def test_reused_pictures_are_appended_for_nothing(studio: Studio) -> None:
    batch = await waiting(studio, ["a dog"], plan={"reuse": True})
    paid = studio.upstream.account()["paid_calls"]
    # The picture of the same words that the lane was warmed with.
    await studio.post(EDITS.format(batch), {"append": {"prompts": ["first"]}})
    assert [item["is_reused"] for item in await studio.items(batch)] == [False, True]
    assert (await go_on(studio, batch))["counts"]["done"] == 2
    assert studio.upstream.account()["paid_calls"] == paid + 1


async def test_an_edit_does_not_weigh_failures_that_a_person_has_seen(studio: Studio) -> None:
    lane = await held_lane(studio, concurrency=4)
    prompts = [f"picture {n} #fake:trunc" for n in range(30)]
    batch = (await studio.submit(prompts, failure_budget_percent=50))["id"]
    await studio.post(f"/api/lanes/{lane}/resume")
    await studio.until(lambda b: b["state"] == "paused" and b["counts"]["running"] == 0, f"/api/batches/{batch}")
    await studio.post(f"/api/batches/{batch}/cancel")
    await studio.post(f"/api/lanes/{lane}/pause")
    await studio.post(f"/api/batches/{batch}/retry", {"states": ["cancelled"]})
    edit = await studio.post(EDITS.format(batch), {"replace": {"find": "picture", "replace": "print"}})
    assert edit["changed"] > 0
    assert (await studio.get(f"/api/batches/{batch}"))["state"] == "running"
