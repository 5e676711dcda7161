"""Chosen pictures, of several batches or none, that are taken away under names of one's own, each told in the manifest."""

from __future__ import annotations

import csv
import io
import zipfile
from typing import Any

import httpx2
from PIL import Image

from tests.studio import Studio

SCENE = "illustrator/scene-1"
PLAN = {"sizes": ["128x96"]}


async def made(studio: Studio) -> list[str]:
    """Two pictures of one batch, one of another, and one that was uploaded."""
    fox = await studio.made(["a fox, sitting", "a fox"], model=SCENE, name="Foxes", plan=PLAN)
    owl = await studio.made(["=an owl"], model=SCENE, name="Owls", plan=PLAN)
    ids = [item["asset_id"] for batch in (fox, owl) for item in await studio.items(batch["id"])]
    return [*ids, await uploaded(studio)]


async def uploaded(studio: Studio) -> str:
    file = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(file, "PNG")
    files = {"file": ("a teal wall.png", file.getvalue(), "image/png")}
    asset: dict[str, str] = await studio.call("POST", "/api/assets", files=files)
    return asset["id"]


async def paths(studio: Studio, ids: list[str], **wish: Any) -> list[str]:
    return [file["path"] for file in (await studio.get("/api/assets/files", ids=ids, **wish))["items"]]


async def unpacked(studio: Studio, ids: list[str], **wish: Any) -> tuple[dict[str, bytes], list[dict[str, str]]]:
    answer = await studio.http.get("/api/assets/export.zip", params={"ids": ids, **wish})
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name) for name in archive.namelist()}
    return files, list(csv.DictReader(io.StringIO(files["manifest.csv"].decode("utf-8-sig"))))


async def test_each_is_named_by_what_is_known_of_it(studio: Studio) -> None:
    sitting, fox, owl, wall = await made(studio)
    names = "[batch]/[index]-[prompt]-[model]-[user]-[column:none]"
    listed = await paths(studio, [owl, wall, fox, sitting, owl], names=names)
    # The same twice is once; what an upload does not have takes its separators along.
    assert listed == [
        "Owls/1-=an owl-scene-1-owner.png",
        "2-a teal wall.png",
        "Foxes/3-a fox-scene-1-owner.png",
        "Foxes/4-a fox sitting-scene-1-owner.png",
    ]
    assert await paths(studio, [sitting, fox], names="[project]", format="jpeg") == ["Studio.jpg", "Studio-1.jpg"]
    (file, *_rest) = (await studio.get("/api/assets/files", ids=[wall, fox]))["items"]
    assert (file["asset_id"], file["item_id"], file["position"], file["width"]) == (wall, None, 0, 64)
    assert (file["whereabouts"], file["size_bytes"] > 0) == ("kept", True)


async def test_files_come_in_pages(studio: Studio) -> None:
    ids = await made(studio)
    whole = await paths(studio, ids, names="same")
    page = await studio.get("/api/assets/files", ids=ids, names="same", limit=3)
    rest = await studio.get("/api/assets/files", ids=ids, names="same", limit=3, cursor=page["next"])
    assert [file["path"] for file in page["items"] + rest["items"]] == whole
    assert (len(whole), rest["next"], rest["items"][0]["position"]) == (4, None, 3)


async def test_the_zip_holds_what_the_list_says(studio: Studio) -> None:
    ids = await made(studio)
    for wish in ({}, {"names": "[batch]/[index]"}, {"format": "jpeg", "quality": 60, "max_side": 64, "names": "x"}):
        files, rows = await unpacked(studio, ids, **wish)
        listed = await paths(studio, ids, **wish)
        assert sorted(files) == sorted([*listed, "manifest.csv"])
        assert [row["file"] for row in rows] == listed
        assert [row["asset_id"] for row in rows] == ids
        assert [row["position"] for row in rows] == ["1", "2", "3", "4"]
    told = "jpeg 64x48 quality 60"
    assert [(row["made_as"], row["delivered_as"], row["not_converted"]) for row in rows] == [
        *[("png 128x96", told, "")] * 3,
        ("png 64x48", told, ""),
    ]
    with Image.open(io.BytesIO(files["x.jpg"])) as picture:
        assert (picture.format, picture.size) == ("JPEG", (64, 48))


async def test_the_manifest_says_where_each_comes_from(studio: Studio) -> None:
    ids = await made(studio)
    _files, rows = await unpacked(studio, ids, metadata="none")
    assert [row["batch"] for row in rows] == ["Foxes", "Foxes", "Owls", ""]
    assert {row["project"] for row in rows} == {"Studio"}
    _sitting, _fox, owl, wall = rows
    # A spreadsheet runs no formula.
    assert (owl["prompt"], owl["state"], owl["model"], owl["whereabouts"]) == ("'=an owl", "done", "scene-1", "kept")
    assert owl["batch_id"] == (await studio.get(f"/api/assets/{ids[2]}"))["batch_id"]
    # Nobody asked for what was uploaded, and nobody knows what it cost.
    empty = ("state", "prompt", "model", "expected_usd", "item_id", "batch_id", "attempts")
    assert {wall[name] for name in empty} == {""}
    assert (wall["width"], wall["height"], wall["made_as"]) == ("64", "48", "png 64x48")


async def test_what_is_asked_wrongly_is_refused_before_anything_is_sent(studio: Studio) -> None:
    ids = [await uploaded(studio)]
    for path in ("/api/assets/files", "/api/assets/export.zip"):
        for wrong, status, field in (
            ({"ids": ids, "names": "[nothing]"}, 400, "names"),
            ({"ids": ids, "format": "gif"}, 422, "format"),
            ({"ids": ids, "format": "jpeg", "quality": 0}, 422, "quality"),
            ({"ids": ids, "max_side": 1}, 422, "max_side"),
            ({"ids": ["a"] * 501}, 422, "ids"),
            ({"ids": [*ids, "no-such-picture"]}, 404, "ids"),
            ({}, 422, "ids"),
        ):
            problem = await studio.call("GET", path, status=status, params=wrong)
            assert problem["field"] == field, problem


async def test_the_trash_is_taken_along_where_somebody_points_at_it(studio: Studio) -> None:
    ids = (await made(studio))[:2]
    await studio.post("/api/trash", {"ids": [ids[0]]})
    for wish in ({}, {"format": "webp"}):
        files, rows = await unpacked(studio, ids, **wish)
        assert (len(files), [row["whereabouts"] for row in rows]) == (3, ["in_trash", "kept"])


async def test_who_may_see_no_batches_is_told_what_the_pictures_say(studio: Studio) -> None:
    ids = await made(studio)
    token = (await studio.post("/api/tokens", {"name": "gallery", "scopes": ["assets:read"]}))["token"]
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(app=studio.app),
        base_url=studio.http.base_url,
        headers={"Authorization": f"Bearer {token}"},
    ) as gallery:
        query = {"ids": ids[:1], "names": "[batch]/[index]-[prompt]-[user]"}
        listed = (await gallery.get("/api/assets/files", params=query)).json()["items"]
        content = (await gallery.get("/api/assets/export.zip", params=query)).content
    assert [file["path"] for file in listed] == ["1-a fox sitting.png"]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        (row,) = csv.DictReader(io.StringIO(archive.read("manifest.csv").decode("utf-8-sig")))
    assert (row["prompt"], row["expected_usd"], row["batch"], row["state"]) == ("a fox, sitting", "", "", "")
