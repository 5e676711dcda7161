"""Wildcard files of a project: kept, used by estimates and submits, changed and taken away."""

from __future__ import annotations

from typing import Any

from imageloom.features.wildcards import service
from tests.studio import Studio

ILLUSTRATOR = "illustrator/scene-1"
ALL = {"models": [ILLUSTRATOR], "sizes": ["64x64"], "prompts": {"mode": "all"}}


async def kept(studio: Studio, name: str, text: str, kind: str = "txt") -> Any:
    return await studio.post("/api/wildcards", {"name": name, "kind": kind, "text": text})


async def prompts_of(studio: Studio, prompt: str, plan: Any = ALL) -> list[str]:
    preview = await studio.post("/api/plans/preview", {"prompts": [prompt], "plan": plan})
    return [item["prompt"] for item in preview["items"]]


async def test_files_are_used_by_what_is_estimated_and_submitted(studio: Studio) -> None:
    await kept(studio, "animals/wild", "fox\n# a remark\n\n2::heron\n")
    tree = await kept(studio, "places", "sea: [shore, reef]\nland:\n  high: [peak]\n", "yaml")
    assert tree["wildcards"] == [{"name": "land/high", "values": 1}, {"name": "sea", "values": 2}]
    await kept(studio, "moods", '["calm", {"wild": 3}]', "json")
    assert await prompts_of(studio, "a __animals/wild__") == ["a fox", "a heron"]
    assert sorted(await prompts_of(studio, "__moods__ __SEA__")) == [
        "calm reef",
        "calm shore",
        "wild reef",
        "wild shore",
    ]
    source = {"prompts": ["__animals/*__ at the __sea__"], "plan": ALL}
    assert (await studio.post("/api/estimates", source))["items"] == 4
    batch = await studio.finished((await studio.post("/api/batches", source))["id"])
    assert batch["counts"]["done"] == 4


async def test_a_batch_keeps_the_values_that_it_began_with(studio: Studio) -> None:
    file = await kept(studio, "animal", "fox\n")
    await studio.add_key("openai")
    batch = await studio.post(
        "/api/batches", {"prompts": ["a __animal__"], "plan": {"models": [ILLUSTRATOR]}, "pilot": 1}
    )
    changed = await studio.call("PATCH", f"/api/wildcards/{file['id']}", json={"text": "owl\n", "version": 1})
    assert (changed["version"], changed["text"]) == (2, "owl\n")
    assert await prompts_of(studio, "a __animal__") == ["a owl"]
    kept_values = await studio.get(f"/api/batches/{batch['id']}/request")
    assert kept_values["request"]["sheet_id"] == batch["sheet_id"]
    await studio.finished(batch["id"])
    assert [item["prompt"] for item in await studio.items(batch["id"])] == ["a fox"]
    stale = await studio.call("PATCH", f"/api/wildcards/{file['id']}", json={"text": "x", "version": 1}, status=409)
    assert stale["code"] == "wildcard_file_changed"


async def test_what_comes_with_the_plan_stands_before_the_files(studio: Studio) -> None:
    await kept(studio, "Animal", "fox\n")
    plan = {**ALL, "prompts": {"mode": "all", "wildcards": {"animal": ["cat"]}}}
    assert await prompts_of(studio, "a __animal__", plan) == ["a cat"]


async def test_a_file_is_read_and_taken_away(studio: Studio) -> None:
    file = await kept(studio, "animal", "fox\n")
    (line,) = await studio.get("/api/wildcards")
    assert (line["name"], line["kind"], line["size_bytes"], "text" in line) == ("animal", "txt", 4, False)
    assert (await studio.get(f"/api/wildcards/{file['id']}"))["text"] == "fox\n"
    renamed = await studio.call("PATCH", f"/api/wildcards/{file['id']}", json={"name": "beast"})
    assert renamed["wildcards"] == [{"name": "beast", "values": 1}]
    await studio.call("DELETE", f"/api/wildcards/{file['id']}")
    assert await studio.get("/api/wildcards") == []
    await studio.call("GET", f"/api/wildcards/{file['id']}", status=404)
    told = await studio.call("POST", "/api/estimates", json={"prompts": ["__beast__"], "plan": ALL}, status=400)
    assert told["rule"] == "unknown_wildcard"


async def test_what_cannot_be_used_is_not_kept(studio: Studio) -> None:
    wrong = [
        ("a__b", "x", "txt", "name"),
        ("../a", "x", "txt", "name"),
        ("a", "\n# nothing\n", "txt", "empty"),
        ("a", "{", "json", "file"),
        ("a", "a: &x [1]\nb: *x", "yaml", "file"),
        ("a", '{"b": true}', "json", "file"),
        ("a", "[" * 100_000, "json", "file"),
        ("a", "x" * 20_001, "txt", "value"),
    ]
    for name, text, kind, rule in wrong:
        told = await studio.call("POST", "/api/wildcards", json={"name": name, "kind": kind, "text": text}, status=400)
        assert (told["code"], told["rule"]) == ("wildcard_bad", rule), (name, text[:20])
    assert await studio.get("/api/wildcards") == []


async def test_a_project_has_each_name_once_and_so_much_room(studio: Studio, monkeypatch: Any) -> None:
    await kept(studio, "animal", "fox\n")
    for name, kind, text in (("ANIMAL", "txt", "x"), ("zoo", "yaml", "Animal: [x]")):
        body = {"name": name, "kind": kind, "text": text}
        assert (await studio.call("POST", "/api/wildcards", json=body, status=409))["code"] == "wildcard_file_taken"
    monkeypatch.setattr(service, "PROJECT_BYTES_MAX", 6)
    other = await studio.call("POST", "/api/wildcards", json={"name": "b", "text": "xyz"}, status=409)
    assert other["code"] == "too_many_wildcard_files"
    assert (await kept(studio, "b", "x"))["version"] == 1
    monkeypatch.setattr(service, "FILES_MAX", 2)
    await studio.call("POST", "/api/wildcards", json={"name": "c", "text": ""}, status=400)
    await studio.call("POST", "/api/wildcards", json={"name": "c", "text": "x"}, status=409)
