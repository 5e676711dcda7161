"""A batch seen from afar: columns for the wall, causes for the log, and what each picture cost."""

from __future__ import annotations

from tests.studio import OPENAI, Studio

ILLUSTRATOR = "illustrator/scene-1"


async def test_cells_are_the_items_in_few_words(studio: Studio) -> None:
    batch = await studio.made(["a", "b", "c"], model=ILLUSTRATOR, plan={"sizes": ["64x64"]})
    path = f"/api/batches/{batch['id']}/cells"
    cells = await studio.until(lambda answer: answer["previews"] == ["done"] * 3, path)
    items = await studio.items(batch["id"])
    assert cells["positions"] == [0, 1, 2]
    assert cells["ids"] == [item["id"] for item in items]
    assert cells["assets"] == [item["asset_id"] for item in items]
    assert cells["states"] == ["done"] * 3
    assert cells["next"] is None
    first = await studio.get(path, limit=2)
    assert (first["positions"], first["next"] is None) == ([0, 1], False)
    rest = await studio.get(path, limit=2, cursor=first["next"])
    assert (rest["positions"], rest["next"]) == ([2], None)
    assert (await studio.get(f"/api/batches/{batch['id']}/items", start=2))["items"] == items[2:]


async def test_causes_are_counted_and_tried_again_one_by_one(studio: Studio) -> None:
    await studio.add_key("openai")
    prompts = ["a #fake:refuse:1", "b #fake:refuse:1", "c #fake:badb64", "d"]
    batch = await studio.made(prompts, plan={"sizes": ["1024x1024"], "qualities": ["low"]}, failure_budget_percent=100)
    told = await studio.get(f"/api/batches/{batch['id']}/causes")
    refused, failed = told["causes"]
    assert (refused["state"], refused["items"], refused["first_position"]) == ("refused", 2, 0)
    assert (refused["provider"], refused["outcome"]) == ("openai", "refused")
    assert (float(refused["estimated"]) > 0, refused["estimated_unknown"]) == (True, 0)
    assert (failed["state"], failed["items"], failed["first_position"]) == ("failed", 1, 2)
    assert (told["left_out"], told["currency"]) == (0, "USD")

    cause = {name: refused[name] for name in ("outcome", "provider", "message")}
    other = cause | {"message": "Another."}
    retry = f"/api/batches/{batch['id']}/retry"
    await studio.post(retry, {"states": ["refused", "failed"], "cause": other}, status=409)
    moved = await studio.post(retry, {"states": ["refused", "failed"], "cause": cause})
    assert moved == {"items": 2}
    again = await studio.finished(batch["id"])
    assert (again["counts"]["done"], again["counts"]["failed"]) == (3, 1)
    await studio.balanced(batch["id"])


async def test_an_item_says_what_it_cost(studio: Studio) -> None:
    await studio.add_key("openai")
    batch = await studio.made(["a", "b #fake:refuse"], plan={"sizes": ["1024x1024"], "qualities": ["low"]})
    made, refused = await studio.items(batch["id"])
    assert (float(made["settled"]) > 0, made["settled_unknown"]) == (True, 0)
    # Nobody says whether the refusal was free, so nobody says that it was.
    assert (refused["settled"], refused["settled_unknown"]) == (None, 1)
    assert (batch["settled"], batch["settled_unknown"]) == (made["settled"], 1)


async def test_a_lane_says_what_it_keeps_to(studio: Studio) -> None:
    key = await studio.add_key("openai", concurrency=3, requests_per_minute=120)
    await studio.made(["a"], model=OPENAI)
    (lane,) = [lane for lane in await studio.get("/api/lanes") if lane["id"] == f"openai:{key['id']}"]
    assert (lane["limits"]["concurrency"], lane["limits"]["requests_per_minute"]) == (3, 120)
    paused = await studio.post(f"/api/lanes/{lane['id']}/pause")
    assert (paused["limits"], paused["is_paused"]) == (lane["limits"], True)
