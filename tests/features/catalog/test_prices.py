"""Prices over HTTP: the book, ranges of plans, what is unknown, what is wrong, and what an installation says itself."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlalchemy import select

from imageloom.features.generation.models import Item
from imageloom.runtime.actor import SYSTEM
from tests.studio import OPENAI, REPLICATE, Studio

MATRIX = Path("examples/matrix.csv")
NEWEST = "openai/gpt-image-2.6-flare"
LINE = "{unit: %s, match: {model: %s}, amount: '%s', currency: USD, valid_from: 2026-01-01, source: s, checked_on: %s}"


def write_prices(studio: Studio, name: str, *lines: str) -> None:
    folder = studio.settings.prices_folder
    folder.mkdir(exist_ok=True)
    (folder / name).write_text("".join(f"- {line}\n" for line in lines))


async def estimate(studio: Studio, prompts: list[str], **plan: Any) -> Any:
    return await studio.post("/api/estimates", {"prompts": prompts, "plan": plan})


async def test_a_plan_has_a_price_range_by_model_and_in_sum(studio: Studio) -> None:
    prompts = ["a cat", "夜晚的台北街頭，三隻貓"]
    plan = {"models": [OPENAI, NEWEST, "illustrator/scene-1"], "sizes": ["1024x1024"], "qualities": ["high"]}
    answer = await estimate(studio, prompts, **plan)
    known, unknown, free = answer["models"]
    assert (known["items"], known["unknown"], known["reasons"]) == (2, 0, [])
    assert Decimal("0.422") < Decimal(known["low"]) < Decimal(known["expected"]) < Decimal(known["high"])
    assert [unknown[name] for name in ("low", "expected", "high", "unknown")] == [None, None, None, 2]
    assert "no line says how many" in unknown["reasons"][0]["why"]
    assert (free["low"], free["high"]) == ("0", "0")
    assert (answer["items"], answer["unknown"], answer["expected"]) == (6, 2, known["expected"])
    assert answer["prices_checked_on"] == "2026-11-22"
    assert answer["problems"] == []


async def test_the_highest_price_of_an_item_is_written_beside_the_expected_one(studio: Studio) -> None:
    await studio.add_key("openai")
    plan = {"models": [OPENAI, NEWEST], "sizes": ["1024x1024"], "qualities": ["low"]}
    batch = await studio.post("/api/batches", {"prompts": ["a cat"], "plan": plan})
    async with studio.application.scopes.open(SYSTEM, write=False) as scope:
        rows = (
            await scope.session.scalars(select(Item).where(Item.run_id == batch["id"]).order_by(Item.position))
        ).all()
    assert [(row.estimated_micros, row.estimated_high_micros) for row in rows] == [(6_010, 6_185), (None, None)]
    assert (batch["estimated"], batch["estimated_unknown"]) == ("0.00601", 1)
    done = await studio.finished(batch["id"])
    # 439 tokens of a picture and 20 of a prompt, says the fake's answer.
    assert (done["settled"], done["settled_unknown"]) == ("0.02654", 0)


async def test_everything_wrong_with_a_plan_is_told_at_once_with_row_and_rule(studio: Studio) -> None:
    sheet = (
        "prompt,model,size\n"
        "a cat,openai/gpt-image-2,1024x1024\n"
        "a dog,openai/gpt-imge-2,\n"
        "a cow,openai/gpt-image-2,1000x1000\n"
        "a fox,openai/gpt-image-2,1000x1000\n"
        f"{'x' * 40_000},openai/gpt-image-2,\n"
        "a hen,,5x\n"
    )
    files = {"file": ("bad.csv", sheet.encode(), "text/csv")}
    body: dict[str, Any] = {"sheet_id": (await studio.call("POST", "/api/sheets", files=files))["id"]}
    answer = await studio.post("/api/estimates", body)
    assert (answer["items"], answer["row_items"]) == (1, [0, 1])
    assert answer["problem_cells"] == 5
    told = [(problem["row"], problem["rule"], problem["field"], problem["cells"]) for problem in answer["problems"]]
    assert told == [
        (3, "unknown_model", "model", 1),
        (4, "does_not_fit", "size", 2),
        (6, "does_not_fit", "prompt", 1),
        (7, "sheet_row_bad", "file", 1),
    ]
    refused = await studio.call("POST", "/api/batches", status=400, json=body)
    assert refused["detail"].startswith("Row 3: There is no model")
    assert refused["problems"] == answer["problems"]
    assert (await studio.get("/api/batches"))["items"] == []
    body["plan"] = {"template": "{{prompt}} in {{place}}"}
    missing = await studio.call("POST", "/api/estimates", status=400, json=body)
    assert (missing["code"], missing["field"]) == ("missing_column", "plan.template")


async def test_a_plan_of_which_nothing_can_be_made_is_told_too(studio: Studio) -> None:
    refused = await studio.call("POST", "/api/estimates", status=400, json={"prompts": ["a --seed x", "b --size 5"]})
    assert [problem["row"] for problem in refused["problems"]] == [1, 2]


async def test_the_example_is_priced(studio: Studio) -> None:
    files = {"file": (MATRIX.name, MATRIX.read_bytes(), "text/csv")}
    sheet = await studio.call("POST", "/api/sheets", files=files)
    answer = await studio.post("/api/estimates", {"sheet_id": sheet["id"]})
    assert (answer["items"], answer["unknown"], answer["problems"]) == (46, 10, [])
    assert answer["expected"].startswith("2.27")


async def test_the_book_is_read_with_its_sources_and_dates(studio: Studio) -> None:
    write_prices(studio, "replicate.yaml", LINE % ("image", "stability-ai/sdxl", "0.5", "2026-01-01"))
    write_prices(studio, "openai.yaml", LINE % ("token_in_text", "gpt-image-2", "4", "2026-11-20"))
    book = await studio.get("/api/prices")
    assert (book["stale_after_days"], book["trouble"]) == (90, None)
    (mine,) = (await studio.get("/api/prices", provider="replicate"))["lines"]
    assert (mine["amount"], mine["is_override"], mine["is_in_force"], mine["is_stale"]) == ("0.5", True, True, True)
    assert mine["place"].endswith("replicate.yaml, line 1")
    tokens = await studio.get("/api/prices", provider="openai", model="gpt-image-2")
    told = [(line["amount"], line["is_in_force"]) for line in tokens["lines"] if line["unit"] == "token_in_text"]
    assert told == [("5", False), ("4", True)]
    answer = await estimate(studio, ["a"], models=[REPLICATE], sizes=["1024x1024"])
    assert answer["expected"] == "0.5"
    assert "The price of replicate/stability-ai/sdxl was last checked on 2026-01-01" in answer["warnings"][0]
    (model,) = [one for one in await studio.get("/api/models") if one["name"] == REPLICATE]
    assert (model["expected_price"], model["unknown_price"]) == ("0.5", None)


async def test_a_file_that_breaks_while_the_server_runs_is_told_and_changes_nothing(studio: Studio) -> None:
    write_prices(studio, "replicate.yaml", LINE % ("image", "stability-ai/sdxl", "0.5", "2026-11-20"))
    assert (await estimate(studio, ["a"], models=[REPLICATE], sizes=["1024x1024"]))["expected"] == "0.5"
    write_prices(studio, "replicate.yaml", "nonsense")
    assert (await estimate(studio, ["a"], models=[REPLICATE], sizes=["1024x1024"]))["expected"] == "0.5"
    assert "replicate.yaml, line 1" in (await studio.get("/api/prices"))["trouble"]


async def test_a_file_that_comes_while_the_server_runs_counts_whichever_its_ending(studio: Studio) -> None:
    wish = {"models": [REPLICATE], "sizes": ["1024x1024"]}
    before = (await estimate(studio, ["a"], **wish))["expected"]
    for name, amount in (
        ("replicate.mine.yml", "0.5"),
        ("replicate.mine.yml", "0.25"),
        ("replicate.more.yaml", "0.125"),
    ):
        valid = (LINE % ("image", "stability-ai/sdxl", amount, "2026-11-20")).replace(
            "2026-01-01", f"2026-01-0{len(amount)}"
        )
        write_prices(studio, name, valid)
        assert (await estimate(studio, ["a"], **wish))["expected"] == amount != before


async def test_a_picture_is_settled_by_the_second_where_the_book_says_what_one_costs(studio: Studio) -> None:
    await studio.add_key("replicate")
    line = (LINE % ("second", "stability-ai/sdxl", "0.001", "2026-11-20")).replace(
        "source", "takes: ['1', '2', '9'], source"
    )
    write_prices(studio, "replicate.yaml", line)
    batch = await studio.made(["a cat"], model=REPLICATE)
    assert (batch["estimated"], batch["settled"], batch["settled_unknown"]) == ("0.002", "0.0015", 0)
    (item,) = await studio.items(batch["id"])
    (attempt,) = await studio.get(f"/api/batches/{batch['id']}/items/{item['id']}/attempts")
    assert attempt["usage"] == {"millisecond": 1500}
