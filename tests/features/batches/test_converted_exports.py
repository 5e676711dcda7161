"""Pictures that are taken away in another format: with their words, each told in the manifest, none left out."""

from __future__ import annotations

import csv
import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import update

from imageloom.features.library.models import Asset, Blob
from imageloom.kit.digests import digest_file
from imageloom.runtime.actor import SYSTEM
from tests.studio import Studio

SCENE = "illustrator/scene-1"


async def made(studio: Studio, count: int = 2) -> Any:
    return await studio.made([f"a fox {n}" for n in range(count)], model=SCENE, plan={"sizes": ["128x96"]})


async def unpacked(studio: Studio, batch_id: str, **wish: Any) -> tuple[dict[str, bytes], list[dict[str, str]]]:
    """The files of the archive by name, and the rows of its manifest."""
    answer = await studio.http.get(f"/api/batches/{batch_id}/export.zip", params=wish)
    assert answer.status_code == 200, answer.text
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.testzip() is None
        files = {name: archive.read(name) for name in archive.namelist()}
    rows = list(csv.DictReader(io.StringIO(files["manifest.csv"].decode("utf-8-sig"))))
    return files, rows


def opened(content: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(content))
    picture.load()
    return picture


async def test_as_made_is_untouched(studio: Studio) -> None:
    batch = await made(studio)
    files, rows = await unpacked(studio, batch["id"], metadata="none", format="original")
    for row in rows:
        original = await studio.http.get(f"/api/assets/{row['asset_id']}/file")
        assert files[row["file"]] == original.content
        assert (row["made_as"], row["delivered_as"], row["not_converted"]) == ("png 128x96", "png 128x96", "")
    same, _rows = await unpacked(studio, batch["id"])
    again, _rows = await unpacked(studio, batch["id"], format="png")
    # What is a PNG already is not made again, and has the same words.
    assert {name: again[name] for name in again if name != "manifest.csv"} == {
        name: same[name] for name in same if name != "manifest.csv"
    }


@pytest.mark.parametrize(
    ("wish", "ending", "told"),
    [
        ({"format": "jpeg"}, "jpg", "jpeg 128x96 quality 90"),
        ({"format": "jpeg", "quality": 50, "background": "#00ff00"}, "jpg", "jpeg 128x96 quality 50"),
        ({"format": "webp", "lossless": "true"}, "webp", "webp 128x96 lossless"),
        ({"format": "webp", "quality": 70, "max_side": 64}, "webp", "webp 64x48 quality 70"),
        ({"max_side": 64}, "png", "png 64x48 lossless"),
    ],
)
async def test_converted_files_keep_their_words(studio: Studio, wish: dict[str, Any], ending: str, told: str) -> None:
    batch = await made(studio)
    files, rows = await unpacked(studio, batch["id"], **wish)
    assert sorted(files) == sorted([*(row["file"] for row in rows), "manifest.csv"])
    for row in rows:
        assert row["file"].endswith(f".{ending}")
        assert (row["made_as"], row["delivered_as"], row["not_converted"]) == ("png 128x96", told, "")
        content = files[row["file"]]
        with opened(content) as picture:
            assert (
                f"{picture.format.lower()} {picture.width}x{picture.height}"
                == told.rsplit(" ", 2 if "quality" in told else 1)[0]
            )
        assert b"DigitalSourceType" in content or b"digitalsourcetype" in content
        assert row["prompt"].encode() in content or row["prompt"].encode("utf-16-be") in content
    (listed,) = {
        file["path"].rpartition(".")[2]
        for file in (await studio.get(f"/api/batches/{batch['id']}/files", **wish))["items"]
    }
    assert listed == ending
    silent, rows = await unpacked(studio, batch["id"], **wish, metadata="none")
    assert all(b"igital" not in silent[row["file"]] for row in rows)


async def test_what_cannot_be_converted_is_there_as_it_was_made(studio: Studio, tmp_path: Path) -> None:
    batch = await made(studio)
    item = (await studio.items(batch["id"]))[0]
    moving = tmp_path / "moving.webp"
    Image.new("RGB", (128, 96)).save(
        moving, "WEBP", save_all=True, append_images=[Image.new("RGB", (128, 96), "red")], duration=100
    )
    digest = digest_file(moving)
    content = moving.read_bytes()
    async with studio.application.scopes.open(SYSTEM) as scope:
        await scope.ports.blobs.put_file(f"pictures/{digest}", moving)
        now = scope.ports.clock.now()
        scope.session.add(Blob(blake3=digest, size_bytes=len(content), media_type="image/webp", created_at=now))
        await scope.session.flush()
        change = update(Asset).where(Asset.id == item["asset_id"]).values(blake3=digest, format="webp")
        await scope.session.execute(change)
    files, rows = await unpacked(studio, batch["id"], format="jpeg", metadata="none", names="[index]")
    first, second = rows
    assert (first["file"], first["delivered_as"], first["not_converted"]) == (
        "1.webp",
        "webp 128x96",
        "It moves, and would stand still.",
    )
    assert files["1.webp"] == content
    assert (second["file"], second["not_converted"]) == ("2.jpg", "")
    answer = await studio.http.get(f"/api/assets/{item['asset_id']}/file", params={"format": "jpeg"})
    assert (answer.content, answer.headers["X-Not-Converted"]) == (content, "It moves, and would stand still.")
    assert answer.headers["Cache-Control"] == "no-store"


async def test_what_is_missing_is_named(studio: Studio) -> None:
    batch = await made(studio)
    first, second = await studio.items(batch["id"])
    asset = await studio.get(f"/api/assets/{first['asset_id']}")
    path = studio.application.scopes.ports.blobs.local_path(f"pictures/{asset['blake3']}")
    path.unlink()
    await studio.post("/api/trash", {"ids": [second["asset_id"]]})
    files, _rows = await unpacked(studio, batch["id"], format="webp")
    assert sorted(files) == ["MISSING.txt", "manifest.csv"]
    told = files["MISSING.txt"].decode().splitlines()
    assert ("missing" in told[0], "trash" in told[1]) == (True, True)


async def test_one_picture_is_converted_and_can_be_kept(studio: Studio) -> None:
    batch = await made(studio, 1)
    (item,) = await studio.items(batch["id"])
    path = f"/api/assets/{item['asset_id']}/file"
    answer = await studio.http.get(path, params={"format": "webp", "max_side": 32, "metadata": "full"})
    assert (answer.headers["Content-Type"], answer.headers["X-Delivered-As"]) == ("image/webp", "webp 32x24 quality 90")
    assert int(answer.headers["Content-Length"]) == len(answer.content)
    tag = {"If-None-Match": answer.headers["ETag"]}
    params = {"format": "webp", "max_side": 32, "metadata": "full"}
    assert (await studio.http.get(path, params=params, headers=tag)).status_code == 304
    assert (await studio.http.get(path, params=params | {"quality": 40}, headers=tag)).status_code == 200
    left = studio.application.settings.data_dir / "uploads"
    assert list(left.glob("converted-*")) == []


@pytest.mark.parametrize(
    ("wish", "field", "status"),
    [
        ({"format": "gif"}, "format", 422),
        ({"format": "jpeg", "quality": 0}, "quality", 422),
        ({"format": "jpeg", "max_side": 8}, "max_side", 422),
        ({"format": "png", "quality": 80}, "quality", 400),
        ({"quality": 80}, "quality", 400),
        ({"format": "jpeg", "lossless": "true"}, "lossless", 400),
        ({"format": "webp", "lossless": "true", "quality": 80}, "quality", 400),
        ({"format": "webp", "background": "#ffffff"}, "background", 400),
        ({"format": "jpeg", "background": "white"}, "background", 400),
    ],
)
async def test_what_contradicts_itself_is_refused(studio: Studio, wish: Any, field: str, status: int) -> None:
    for path in ("batches/nothing/export.zip", "batches/nothing/files", "assets/nothing/file"):
        fault = await studio.call("GET", f"/api/{path}", params=wish, status=status)
        assert fault["field"] == field
