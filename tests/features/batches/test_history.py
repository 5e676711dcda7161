"""What was submitted before: found by its words, and read again as it may be submitted again."""

from __future__ import annotations

from typing import Any

import pytest

from imageloom.features.batches import history
from tests.studio import Studio

PLAN: dict[str, Any] = {"models": ["illustrator/scene-1"], "sizes": ["64x64"]}


async def found(studio: Studio, words: str, **query: Any) -> list[str]:
    page = await studio.get("/api/history", q=words, **query)
    return [line["name"] for line in page["items"]]


async def test_submits_are_found_by_their_words(studio: Studio) -> None:
    many = [f"picture number {n}" for n in range(8)] + ["a Zebra in the snow"]
    await studio.made(many, plan=PLAN, name="many")
    await studio.made(["一隻狐狸在雪地"], plan=PLAN)
    await studio.made(["a fox"], plan={**PLAN, "template": "{{prompt}} in OIL"}, name="oils")
    assert await found(studio, "") == ["oils", "一隻狐狸在雪地", "many"]
    assert await found(studio, "zebra SNOW") == ["many"]
    assert await found(studio, "狐狸") == ["一隻狐狸在雪地"]
    assert await found(studio, "oil fox") == ["oils"]
    assert await found(studio, "zebra fox") == []
    page = await studio.get("/api/history", limit=2)
    assert [line["prompts"] for line in page["items"]] == [["a fox"], ["一隻狐狸在雪地"]]
    rest = await studio.get("/api/history", limit=2, cursor=page["next"])
    (line,) = rest["items"]
    assert (line["row_count"], line["is_typed"], line["models"], rest["next"]) == (9, True, PLAN["models"], None)
    assert len(line["prompts"]) == 5


async def test_a_look_reads_so_many_rows_and_says_where_to_go_on(studio: Studio, monkeypatch: Any) -> None:
    monkeypatch.setattr(history, "ROWS_A_LOOK", 5)
    for name in ("first", "second"):
        await studio.made([f"{name} {n}" for n in range(6)], plan=PLAN, name=name)
    page = await studio.get("/api/history", q="nowhere")
    assert (page["items"], page["next"] is None) == ([], False)
    page = await studio.get("/api/history", q="nowhere", cursor=page["next"])
    assert page == {"items": [], "next": None}


async def test_a_submit_is_read_again_with_its_rows(studio: Studio) -> None:
    batch = await studio.made(["a {red|red} fox", "a heron --seed 5"], plan={**PLAN, "count": 2})
    told = await studio.get(f"/api/batches/{batch['id']}/request")
    assert told["request"]["plan"] == {**PLAN, "count": 2}
    assert told["sheet"]["id"] == batch["sheet_id"] == told["request"]["sheet_id"]
    sheet = f"/api/sheets/{batch['sheet_id']}"
    assert (await studio.get(sheet))["row_count"] == 2
    page = await studio.get(f"{sheet}/rows", limit=1)
    assert page["rows"] == [{"number": 1, "values": {"prompt": "a {red|red} fox"}}]
    rest = await studio.get(f"{sheet}/rows", limit=1, cursor=page["next"])
    assert (rest["rows"][0]["values"]["prompt"], rest["next"]) == ("a heron --seed 5", None)
    await studio.call("GET", "/api/sheets/none/rows", status=404)
    await studio.call("GET", "/api/batches/none/request", status=404)


async def test_sheets_are_found_by_their_rows_and_without_their_file_by_the_first_of_them(studio: Studio) -> None:
    rows = "\n".join(f"bird {n},a lake" for n in range(7))
    sheet = await studio.call(
        "POST", "/api/sheets", files={"file": ("birds.csv", f"bird,place\n{rows}\n".encode(), "text/csv")}
    )
    plan = {**PLAN, "template": "{{bird}} by {{place}}"}
    batch = await studio.post("/api/batches", {"sheet_id": sheet["id"], "plan": plan})
    await studio.finished(batch["id"])
    page = await studio.get("/api/history", q="6 lake", project=batch["project_id"])
    (line,) = page["items"]
    assert (line["is_typed"], line["prompts"][0], line["row_count"]) == (False, "bird 0 · a lake", 7)
    assert (await studio.get("/api/history", q="6", project="another"))["items"] == []
    for kept in studio.settings.data_dir.rglob("sheets/*"):
        if kept.is_file():
            kept.unlink()
        else:
            for file in (path for path in kept.rglob("*") if path.is_file()):
                file.unlink()
    assert await found(studio, "6 lake") == []
    assert await found(studio, "birds lake") == ["birds.csv"]
    lost = await studio.call("GET", f"/api/sheets/{sheet['id']}/rows", status=503)
    assert lost["code"] == "unavailable"


@pytest.mark.parametrize(("more", "files"), [([], 0), (["", "d"], 1), (["d", "e", "f", "g"], 1)])
async def test_a_few_typed_prompts_are_kept_in_the_database_alone(studio: Studio, more: list[str], files: int) -> None:
    await studio.add_key("openai")
    prompts = ["貓，夜裡", 'b\n"c"', *more]
    batch = await studio.made(prompts)
    request = (await studio.get(f"/api/batches/{batch['id']}/request"))["request"]
    rows = (await studio.get(f"/api/sheets/{request['sheet_id']}/rows"))["rows"]
    wanted = [(number, {"prompt": prompt}) for number, prompt in enumerate(prompts, start=1) if prompt]
    assert [(row["number"], row["values"]) for row in rows] == wanted
    folder = studio.settings.data_dir / "blobs" / "sheets"
    assert sum(path.is_file() for path in folder.rglob("*")) == files
    again = await studio.post("/api/batches", {**request, "name": "again"})
    assert (await studio.finished(again["id"]))["counts"]["done"] == len(wanted)
