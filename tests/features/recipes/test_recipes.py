"""Recipes: saved in versions, run again with changes, and what differs between two runs."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.studio import OPENAI, Studio

ILLUSTRATOR = "illustrator/scene-1"
PLAN = {"models": [ILLUSTRATOR], "sizes": ["64x64"]}


async def saved(studio: Studio, name: str = "cats", **request: Any) -> Any:
    body = {"name": name, "request": {"prompts": ["a cat", "a dog"], "plan": PLAN, **request}}
    return await studio.post("/api/recipes", body)


async def test_a_recipe_has_versions_that_never_change(studio: Studio) -> None:
    first = await saved(studio)
    assert (first["latest"], first["version"]["number"]) == (1, 1)
    again = await studio.http.post(
        "/api/recipes", json={"name": "cats", "request": {"prompts": ["a cat", "a dog"], "plan": PLAN}}
    )
    assert (again.status_code, again.json()["latest"]) == (200, 1)
    body = {"name": "cats", "note": "more", "request": {"prompts": ["a cat"], "plan": {**PLAN, "count": 2}}}
    second = await studio.post("/api/recipes", body)
    assert (second["id"], second["latest"], second["version"]["note"]) == (first["id"], 2, "more")
    old = await studio.get(f"/api/recipes/{first['id']}", version=1)
    assert old["version"] == first["version"]
    versions = await studio.get(f"/api/recipes/{first['id']}/versions", limit=1)
    assert [one["number"] for one in versions["items"]] == [2]
    rest = await studio.get(f"/api/recipes/{first['id']}/versions", cursor=versions["next"])
    assert [one["number"] for one in rest["items"]] == [1]
    diff = await studio.get(f"/api/recipes/{first['id']}/diff")
    assert (diff["before"], diff["after"]) == (1, 2)
    assert {change["field"]: change["after"] for change in diff["changes"]}["plan.count"] == 2
    assert (await studio.get(f"/api/recipes/{first['id']}/diff", before=1, after=1))["changes"] == []
    missing = await studio.call("GET", f"/api/recipes/{first['id']}?version=9", status=404)
    assert missing["field"] == "version"


async def test_a_recipe_runs_with_changes(studio: Studio) -> None:
    recipe = await saved(studio, priority=7)
    run = f"/api/recipes/{recipe['id']}/run"
    batch = await studio.post(run, {})
    assert (batch["name"], batch["priority"], batch["counts"]["total"]) == ("cats", 7, 2)
    assert batch["origin"] == {"recipe_id": recipe["id"], "recipe": "cats", "version": 1}
    more = await studio.post(run, {"plan": {"count": 3, "sizes": None}, "prompts": ["an owl"], "name": "owls"})
    assert (more["name"], more["counts"]["total"]) == ("owls", 3)
    made = [await studio.finished(one["id"]) for one in (batch, more)]
    assert all(one["counts"]["done"] == one["counts"]["total"] for one in made)
    twice = [await studio.post(run, {}, headers={"Idempotency-Key": "run"}) for _ in range(2)]
    assert twice[0]["id"] == twice[1]["id"]
    capped = await saved(studio, "capped", cap="5", pilot=1)
    free = await studio.post(f"/api/recipes/{capped['id']}/run", {"without": ["cap", "pilot"]})
    assert (free["pilot"], (await studio.get("/api/budgets"))["items"]) == (None, [])
    both = {"without": ["pilot"], "pilot": 1}
    await studio.call("POST", f"/api/recipes/{capped['id']}/run", json=both, status=422)
    for wrong in ({"plan": {"sises": None}}, {"plan": {"count": "many"}}, {"plan": {"seeds": 5}}):
        told = await studio.call("POST", run, json=wrong, status=400)
        assert told["code"] == "change_bad"
        assert told["field"].startswith("plan")
    assert (await studio.call("POST", run, json={"version": 5}, status=404))["field"] == "version"


async def test_a_recipe_is_made_from_a_batch_and_removed(studio: Studio) -> None:
    made = await studio.made(["a cat"], model=ILLUSTRATOR, plan={"sizes": ["64x64"], "seeds": ["7"]}, name="once")
    recipe = await studio.post("/api/recipes", {"name": "again", "from_batch": made["id"]})
    assert recipe["version"]["request"]["plan"]["seeds"] == ["7"]
    batch = await studio.finished((await studio.post(f"/api/recipes/{recipe['id']}/run", {}))["id"])
    diff = await studio.get(f"/api/batches/{made['id']}/diff/{batch['id']}")
    assert (diff["plan"], diff["counts"]) == ([], {"same": 1, "changed": 0, "new": 0, "missing": 0})
    listed = await studio.get("/api/recipes", name="again")
    assert [one["id"] for one in listed["items"]] == [recipe["id"]]
    await studio.call("DELETE", f"/api/recipes/{recipe['id']}")
    assert (await studio.get("/api/recipes"))["items"] == []
    await studio.call("POST", f"/api/recipes/{recipe['id']}/run", json={}, status=404)
    kept = await studio.get(f"/api/recipes/{recipe['id']}")
    assert kept["removed_at"] is not None
    new = await studio.post("/api/recipes", {"name": "again", "from_batch": batch["id"]})
    assert new["id"] != recipe["id"]
    assert (await studio.call("GET", "/api/recipes/none", status=404))["code"] == "not_found"
    gone = await studio.call("POST", "/api/recipes", json={"name": "x", "from_batch": "none"}, status=404)
    assert gone["code"] == "not_found"


async def test_the_same_name_at_once_is_one_recipe(studio: Studio) -> None:
    bodies = [{"name": "one", "request": {"prompts": [f"a cat {n}"], "plan": PLAN}} for n in range(4)]
    made = await asyncio.gather(*(studio.post("/api/recipes", body) for body in bodies))
    assert len({one["id"] for one in made}) == 1
    assert sorted(one["version"]["number"] for one in made) == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "body",
    [
        {"name": "x"},
        {"name": " x", "from_batch": "a"},
        {"name": "", "from_batch": "a"},
        {"name": "x", "from_batch": "a", "request": {"prompts": ["a"]}},
        {"name": "x", "request": {"prompts": ["a"], "project": "Studio"}},
    ],
)
async def test_what_cannot_be_saved_is_refused(studio: Studio, body: Any) -> None:
    assert (await studio.call("POST", "/api/recipes", json=body, status=422))["code"] == "malformed"


async def test_two_batches_are_compared_item_by_item(studio: Studio) -> None:
    await studio.add_key("openai")
    plan = {"models": [OPENAI], "sizes": ["1024x1024"], "qualities": ["low", "high"]}
    before = await studio.made(["a cat", "a dog", "an owl"], plan=plan)
    plan = {**plan, "qualities": ["low", "medium"]}
    after = await studio.made(["a cat", "a wolf"], plan=plan)
    where = f"/api/batches/{before['id']}/diff/{after['id']}"
    diff = await studio.get(where)
    assert diff["matched_on"] == ["row", "quality"]
    assert diff["counts"] == {"same": 1, "changed": 1, "new": 2, "missing": 4}
    assert "plan.qualities" in [change["field"] for change in diff["plan"]]
    assert float(diff["estimated"]["difference"]) == pytest.approx(
        float(diff["estimated"]["after"]) - float(diff["estimated"]["before"])
    )
    items, cursor = [], None
    while True:
        page = await studio.get(f"{where}/items", limit=1, **({} if cursor is None else {"cursor": cursor}))
        items += page["items"]
        cursor = page["next"]
        if cursor is None:
            break
    assert [item["verdict"] for item in items].count("missing") == 4
    assert len(items) == 8
    (changed,) = (await studio.get(f"{where}/items", verdict="changed"))["items"]
    assert (changed["row_number"], changed["fields"]) == (2, ["prompt"])
    assert (changed["before"]["prompt"], changed["after"]["prompt"]) == ("a dog", "a wolf")
    assert (await studio.call("GET", f"{where}/items?cursor=eA", status=400))["field"] == "cursor"
