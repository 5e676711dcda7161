"""Reuse: the very same request is taken from what the project has, for nothing, or made again, as a person wishes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from sqlalchemy import update

from imageloom.features.generation.requests import request_hash
from imageloom.features.library.models import Asset
from imageloom.runtime.actor import SYSTEM
from tests.studio import OPENAI, Studio, open_studio
from tools.upstream.client import Upstream

PLAN = {"models": [OPENAI], "sizes": ["1024x1024"], "qualities": ["low"]}


async def ordered(studio: Studio, prompts: list[str], **plan: Any) -> Any:
    made = await studio.post("/api/batches", {"prompts": prompts, "plan": {**PLAN, **plan}})
    return await studio.finished(made["id"])


def paid(studio: Studio) -> int:
    return int(studio.upstream.account()["paid_calls"])


async def test_the_same_request_is_reused_for_nothing_or_made_again(studio: Studio) -> None:
    await studio.add_key("openai")
    first = await ordered(studio, ["a cat", "a dog"])
    calls = paid(studio)
    body = {"prompts": ["a dog", "a hen", "a cat"], "plan": {**PLAN, "reuse": True}}
    estimate = await studio.post("/api/estimates", body)
    assert (estimate["items"], estimate["reused"], estimate["expected"]) == (3, 2, "0.00601")
    batch = await ordered(studio, ["a dog", "a hen", "a cat"], reuse=True)
    assert paid(studio) == calls + 1
    assert (batch["counts"]["done"], batch["estimated"], batch["settled"]) == (3, "0.00601", "0.01327")
    old = {item["prompt"]: item["asset_id"] for item in await studio.items(first["id"])}
    items = await studio.items(batch["id"])
    assert [item["is_reused"] for item in items] == [True, False, True]
    assert [items[0]["asset_id"], items[2]["asset_id"]] == [old["a dog"], old["a cat"]]
    assert (items[0]["estimated"], items[0]["attempts"]) == ("0", 0)
    books = await studio.balanced(batch["id"])
    assert (books["pictures"], books["paid_attempts"]) == (3, 1)
    files = (await studio.get(f"/api/batches/{batch['id']}/files"))["items"]
    assert len(files) == 3
    again = await ordered(studio, ["a cat"])
    assert (paid(studio), again["counts"]["done"]) == (calls + 2, 1)


async def test_a_batch_that_is_wholly_reused_is_over_at_once(studio: Studio) -> None:
    await studio.add_key("openai")
    await ordered(studio, ["a cat"])
    calls = paid(studio)
    batch = await studio.post("/api/batches", {"prompts": ["a cat"], "plan": {**PLAN, "reuse": True}})
    assert (batch["state"], batch["counts"]["done"], batch["settled"]) == ("finished", 1, "0")
    assert batch["finished_at"] is not None
    assert paid(studio) == calls
    async with studio.http.stream("GET", f"/api/batches/{batch['id']}/events") as stream:
        kinds = [line async for line in stream.aiter_lines() if line.startswith("event:")]
    assert kinds[-1] == "event: end"


async def test_a_picture_stands_in_for_one_item_at_most(studio: Studio) -> None:
    await studio.add_key("openai")
    first = await ordered(studio, ["a cat"], count=2)
    calls = paid(studio)
    batch = await ordered(studio, ["a cat"], count=3, reuse=True)
    items = await studio.items(batch["id"])
    assert [item["is_reused"] for item in items] == [True, True, False]
    assert len({item["asset_id"] for item in items}) == 3
    assert {item["asset_id"] for item in items[:2]} == {item["asset_id"] for item in await studio.items(first["id"])}
    assert paid(studio) == calls + 1


async def test_only_sound_pictures_of_the_same_project_and_request_are_reused(studio: Studio) -> None:
    await studio.add_key("openai")
    batch = await ordered(studio, ["a cat", "a dog"])
    body = {"prompts": ["a cat", "a dog"], "plan": {**PLAN, "reuse": True}}
    assert (await studio.post("/api/estimates", body))["reused"] == 2
    for other in ({"qualities": ["high"]}, {"sizes": ["1536x1024"]}, {"format": "webp"}):
        answer = await studio.post("/api/estimates", {**body, "plan": {**PLAN, "reuse": True, **other}})
        assert answer["reused"] == 0
    await studio.post("/api/projects", {"name": "another"})
    assert (await studio.post("/api/estimates", {**body, "project": "another"}))["reused"] == 0
    (cat, _dog) = await studio.items(batch["id"])
    async with studio.application.scopes.open(SYSTEM) as scope:
        await scope.session.execute(update(Asset).where(Asset.id == cat["asset_id"]).values(trouble="gone"))
    assert (await studio.post("/api/estimates", body))["reused"] == 1


async def test_a_batch_that_is_written_in_pages_reuses_across_them(
    database_url: str, tmp_path: Path, upstream: Upstream
) -> None:
    async with open_studio(
        tmp_path / "studio", database_url=database_url, upstream=upstream, plans={"inline_items": 1, "page_items": 2}
    ) as studio:
        await studio.add_key("openai")
        await ordered(studio, ["a cat"], count=4)
        calls = paid(studio)
        batch = await ordered(studio, ["a cat"], count=6, reuse=True)
        items = await studio.items(batch["id"])
        assert [item["is_reused"] for item in items] == [True] * 4 + [False] * 2
        assert len({item["asset_id"] for item in items}) == 6
        assert paid(studio) == calls + 2
        whole = await ordered(studio, ["a cat"], count=6, reuse=True)
        assert all(item["is_reused"] for item in await studio.items(whole["id"]))
        await studio.balanced(whole["id"])


def test_references_count_by_their_bytes() -> None:
    def of(**fields: Any) -> str:
        return request_hash(provider="p", model="m", prompt="a cat", fields=fields)

    one = {"blake3": "a" * 64, "asset_id": "1"}
    assert of(references=[one]) == of(references=[{**one, "asset_id": "2"}])
    assert of(references=[one]) != of(references=[{**one, "blake3": "b" * 64}])
    assert of(references=[one]) != of(references=[one], mask=one)
    assert of(width=1, height=2) == of(height=2, width=1)
