"""Pictures in columns, and pictures that are sought, as a grid of very many asks for them."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest

from imageloom.features.library import repository
from tests.studio import Studio

ILLUSTRATOR = "illustrator/scene-1"
PROMPTS = ["a red Lantern on the quay", "月光下的燈塔，水彩", "100% cotton_thread", "a blue lantern at dawn"]


async def make(studio: Studio, prompts: list[str] = PROMPTS, **plan: Any) -> list[str]:
    """The ids of the pictures, in the order of the prompts."""
    body = {"prompts": prompts, "plan": {"models": [ILLUSTRATOR], "sizes": ["96x64"], **plan}}
    batch = await studio.finished((await studio.post("/api/batches", body))["id"])
    return [item["asset_id"] for item in await studio.items(batch["id"])]


async def walk(studio: Studio, path: str, **query: Any) -> list[Any]:
    """Every page, by its cursors."""
    pages: list[Any] = []
    cursor: dict[str, Any] = {}
    while True:
        page = await studio.get(path, **query, **cursor)
        pages.append(page)
        if page["next"] is None:
            return pages
        cursor = {"cursor": page["next"]}


async def ids_of(studio: Studio, **query: Any) -> list[str]:
    return [found for page in await walk(studio, "/api/assets/columns", **query) for found in page["ids"]]


async def test_the_columns_are_those_of_the_list(studio: Studio) -> None:
    made = await make(studio)
    for asset in made:
        await studio.until(lambda a: a["previews"] == "done", f"/api/assets/{asset}")
    page = await studio.get("/api/assets/columns")
    rows = (await studio.get("/api/assets"))["items"]
    assert page["ids"] == [row["id"] for row in rows]
    assert (page["widths"], page["heights"]) == ([96] * 4, [64] * 4)
    assert page["colours"] == [row["colour"] for row in rows]
    assert page["previews"] == ["done"] * 4
    assert page["frames"] == [row["provenance"]["position"] + 1 for row in rows]
    assert [page["models"][place] for place in page["made_with"]] == [ILLUSTRATOR] * 4
    assert page["next"] is None
    files = {"file": ("旅行.png", (await studio.http.get(f"/api/assets/{made[0]}/file")).content, "image/png")}
    imported = await studio.call("POST", "/api/assets", files=files)
    page = await studio.get("/api/assets/columns", limit=1)
    assert (page["ids"], page["frames"], page["made_with"], page["models"]) == ([imported["id"]], [None], [None], [])
    assert await ids_of(studio, q="旅行") == [imported["id"]]


async def test_pages_go_on_where_the_last_ended_in_both_orders(studio: Studio) -> None:
    made = await make(studio)
    newest = await ids_of(studio)
    assert sorted(newest) == sorted(made)
    assert newest == sorted(made, reverse=True)
    for limit in (1, 2, 3, 4, 500):
        assert await ids_of(studio, limit=limit) == newest
        assert await ids_of(studio, limit=limit, order="oldest") == newest[::-1]


async def test_words_of_prompts_are_found_in_every_script(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    red, moon, cotton, blue = await make(studio)
    for looked_at in (20_000, 1, 2, 3):
        monkeypatch.setattr(repository, "LOOKED_AT", looked_at)
        for words, expected in (
            ("lantern", {red, blue}),
            ("LANTERN blue", {blue}),
            ("燈塔", {moon}),
            ("的燈 水", {moon}),
            ("100%", {cotton}),
            ("n_t", {cotton}),
            ("n%t", set()),
            ("a\\b", set()),
            ("'; DROP TABLE assets; --", set()),
            ("   ", {red, moon, cotton, blue}),
        ):
            assert set(await ids_of(studio, q=words)) == expected, (looked_at, words)
            listed = [
                row["id"] for page in await walk(studio, "/api/assets", q=words, limit=2) for row in page["items"]
            ]
            assert sorted(listed) == sorted(expected), (looked_at, words)


async def test_a_model_and_a_batch_narrow_the_search(studio: Studio) -> None:
    first = await make(studio)
    (second,) = await make(studio, ["a green lantern"])
    batch = (await studio.get(f"/api/assets/{second}"))["batch_id"]
    assert await ids_of(studio, batch=batch) == [second]
    assert await ids_of(studio, batch=batch, q="blue") == []
    assert len(await ids_of(studio, q="lantern", model=ILLUSTRATOR)) == 3
    assert sorted(await ids_of(studio, model=ILLUSTRATOR)) == sorted([*first, second])
    assert sorted(await ids_of(studio, model=ILLUSTRATOR.partition("/")[2])) == sorted([*first, second])
    assert await ids_of(studio, model=f"nobody/{ILLUSTRATOR.partition('/')[2]}") == []
    some = (await studio.get("/api/assets", ids=[first[2], second, "no-such-picture"]))["items"]
    assert [row["id"] for row in some] == [second, first[2]]
    assert [row["id"] for row in (await studio.get("/api/assets", ids=first, q="blue"))["items"]] == [first[3]]


@pytest.mark.parametrize("path", ["/api/assets", "/api/assets/columns"])
async def test_a_search_that_is_none_names_its_field(studio: Studio, path: str) -> None:
    for query, status, field in (
        ({"q": "a b c d e f g h i"}, 400, "q"),
        ({"q": "a\0b"}, 422, "url"),
        ({"order": "upwards"}, 422, "order"),
        ({"q": "a" * 201}, 422, "q"),
        ({"limit": 10_001}, 422, "limit"),
        ({"model": "a" * 201}, 422, "model"),
    ):
        if path == "/api/assets" and "order" in query:
            continue
        problem = await studio.call("GET", path, status=status, params=query)
        assert problem["field"] == field, query


async def test_a_search_that_finds_little_says_where_it_goes_on(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page may be empty and not the last: nothing that was not looked at is taken for not there."""
    monkeypatch.setattr(repository, "LOOKED_AT", 1)
    (red, *_rest) = await make(studio)
    pages = await walk(studio, "/api/assets/columns", q="red")
    assert len(pages) >= len(PROMPTS)
    assert any(page["ids"] == [] and page["next"] is not None for page in pages)
    assert [found for page in pages for found in page["ids"]] == [red]


async def test_some_pictures_are_taken_away_as_a_zip(studio: Studio) -> None:
    made = await make(studio)
    chosen = [made[2], made[0], made[2]]
    answer = await studio.http.get("/api/assets/export.zip", params={"ids": chosen})
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-disposition"] == 'attachment; filename="pictures.zip"'
    assert int(answer.headers["content-length"]) == len(answer.content)
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    first, second, manifest = archive.namelist()
    assert manifest == "manifest.csv"
    assert first.startswith(("0001-100", "1-100")), first
    full = await studio.http.get(f"/api/assets/{made[0]}/file", params={"metadata": "full"})
    assert archive.read(second) == full.content
    plain = await studio.http.get("/api/assets/export.zip", params={"ids": chosen, "metadata": "none"})
    original = (await studio.http.get(f"/api/assets/{made[2]}/file")).content
    assert zipfile.ZipFile(io.BytesIO(plain.content)).read(first) == original


async def test_a_zip_leaves_nothing_out_in_silence(studio: Studio) -> None:
    made = await make(studio)
    for ids, status in ([made[0], "no-such-picture"], 404), ([], 422), (["a"] * 501, 422):
        problem = await studio.call("GET", "/api/assets/export.zip", status=status, params={"ids": ids})
        assert problem["field"] == "ids"
    blake3 = (await studio.get(f"/api/assets/{made[1]}"))["blake3"]
    (path,) = (studio.settings.data_dir / "blobs" / "pictures").rglob(f"*{blake3}*")
    path.unlink()
    answer = await studio.http.get("/api/assets/export.zip", params={"ids": made})
    archive = zipfile.ZipFile(io.BytesIO(answer.content))
    assert len(archive.namelist()) == len(made) + 1
    (told,) = archive.read("MISSING.txt").decode().splitlines()
    assert told.endswith(": The picture's file is missing from the store.")
