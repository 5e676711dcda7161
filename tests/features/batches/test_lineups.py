"""One prompt at every model of a batch: which pictures stand in one line, what each cost and how long it took."""

from __future__ import annotations

from tests.studio import OPENAI, Studio

SCENE = "illustrator/scene-1"


async def test_a_line_has_one_prompt_one_turn_and_every_model(studio: Studio) -> None:
    await studio.add_key("openai")
    plan = {"models": [SCENE, OPENAI], "sizes": ["1024x1024"], "count": 2}
    batch = await studio.made(["a fox", "a crow #fake:refuse", "a fox"], plan=plan)
    path = f"/api/batches/{batch['id']}/lineups"
    told = await studio.get(path, limit=50)
    assert (told["models"], told["total"]) == ([SCENE, OPENAI], 6)
    assert [(line["row_number"], line["turn"], line["prompt"]) for line in told["lines"]] == [
        (row, before + turn, prompt)
        for row, before, prompt in ((1, 0, "a fox"), (2, 0, "a crow #fake:refuse"), (3, 2, "a fox"))
        for turn in (1, 2)
    ]
    assert [[cell["model"] for cell in line["cells"]] for line in told["lines"]] == [[SCENE, OPENAI]] * 6
    shown = [cell["item"]["id"] for line in told["lines"] for cell in line["cells"]]
    assert sorted(shown) == sorted(item["id"] for item in await studio.items(batch["id"]))
    free, paid = told["lines"][0]["cells"]
    assert (free["item"]["settled"], free["item"]["settled_unknown"]) == ("0", 0)
    assert float(paid["item"]["settled"]) > 0
    assert (free["seconds"] > 0, paid["seconds"] > 0) == (True, True)
    refused = told["lines"][2]["cells"][1]
    # Nobody says whether a refusal is paid, and no picture took any time.
    assert (refused["item"]["state"], refused["seconds"]) == ("refused", None)
    assert (refused["item"]["settled"], refused["item"]["settled_unknown"]) == (None, 1)
    assert await studio.get(path, start=3, limit=2) == told | {"lines": told["lines"][3:5]}
    assert (await studio.get(path, start=6))["lines"] == []


async def test_what_one_model_was_asked_alone_has_a_line_of_its_own(studio: Studio) -> None:
    batch = await studio.made(["a", "b --model illustrator/scene-1"], model=SCENE, plan={"sizes": ["64x64"]})
    told = await studio.get(f"/api/batches/{batch['id']}/lineups", limit=9)
    assert (told["models"], told["total"]) == ([SCENE], 2)
    again = await studio.made(["a", "b"], model=SCENE, plan={"sizes": ["64x64"], "reuse": True})
    (cell,) = (await studio.get(f"/api/batches/{again['id']}/lineups"))["lines"][0]["cells"]
    assert (cell["item"]["is_reused"], cell["seconds"]) == (True, None)


async def test_rows_that_name_their_models_stand_side_by_side(studio: Studio) -> None:
    await studio.add_key("openai")
    rows = [f"a fox --model {SCENE}", f"a fox --model {OPENAI}", f"a hen --model {OPENAI}"]
    batch = await studio.made(rows, model=SCENE, plan={"sizes": ["1024x1024"]})
    told = await studio.get(f"/api/batches/{batch['id']}/lineups", limit=9)
    assert (told["models"], told["total"]) == ([SCENE, OPENAI], 2)
    found = [(line["row_number"], line["prompt"], [cell["model"] for cell in line["cells"]]) for line in told["lines"]]
    assert found == [(1, "a fox", [SCENE, OPENAI]), (3, "a hen", [OPENAI])]


async def test_lines_of_nothing_are_not_found(studio: Studio) -> None:
    await studio.call("GET", "/api/batches/nothing/lineups", status=404)
    await studio.call("GET", "/api/batches/nothing/lineups", params={"limit": 51}, status=422)
