"""The trash: out of the way, never lost by it, and gone only when somebody says so or its time is over."""

from __future__ import annotations

import csv
import io
import os
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import update

from imageloom.features.curation.sweeping import sweep_files
from imageloom.features.curation.trash import let_go
from imageloom.features.library.models import Asset
from imageloom.runtime.actor import SYSTEM
from tests.features.curation.test_boards import order_of
from tests.features.curation.test_judging import found, make
from tests.studio import OPENAI, Studio

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


async def file_of(studio: Studio, asset_id: str, *, is_old: bool = True) -> Path:
    """Where the picture lies; by default it has lain there for long."""
    digest = (await studio.get(f"/api/assets/{asset_id}"))["blake3"]
    (path,) = (studio.settings.data_dir / "blobs" / "pictures").rglob(digest)
    if is_old:
        os.utime(path, (LONG_AGO.timestamp(), LONG_AGO.timestamp()))
    return path


async def sweep(studio: Studio) -> int:
    return await sweep_files(studio.application.scopes)


async def delete(studio: Studio, *ids: str) -> None:
    """For good, and long ago."""
    await studio.post("/api/trash", {"ids": list(ids)})
    assert (await studio.post("/api/trash/empty", {"ids": list(ids)}))["removed"] == len(ids)
    async with studio.application.scopes.open(SYSTEM) as scope:
        await scope.session.execute(update(Asset).where(Asset.id.in_(ids)).values(removed_at=LONG_AGO))


async def test_what_is_thrown_away_leaves_the_lists_and_comes_back_whole(studio: Studio) -> None:
    one, two, three, four = await make(studio)
    board = await studio.post("/api/boards", {"name": "first"})
    await studio.post(f"/api/boards/{board['id']}/assets", {"ids": [two, one]})
    await studio.post("/api/judgements", {"ids": [two], "pick": "pick", "rating": 4, "labels": ["kept"]})
    thrown = await studio.post("/api/trash", {"ids": [two, three]})
    assert thrown == {"changed": 2, "unchanged": 0, "ids": [two, three]}
    assert (await studio.post("/api/trash", {"ids": [two]}))["unchanged"] == 1
    assert await found(studio) == {one, four}
    assert await found(studio, trash=True) == {two, three}
    assert await found(studio, trash=True, pick="pick") == {two}
    assert await found(studio, label="kept") == set()
    assert await order_of(studio, board["id"]) == [one]
    assert (await studio.get("/api/labels"))["items"] == []
    assert (await studio.get(f"/api/boards/{board['id']}"))["cover_asset_id"] == one
    trash = await studio.get("/api/trash")
    assert (trash["pictures"], trash["retention_days"]) == (2, 30)
    assert trash["size_bytes"] > 0
    assert datetime.fromisoformat(trash["empties_at"]) - datetime.fromisoformat(trash["oldest_at"]) == timedelta(
        days=30
    )
    assert (await studio.get("/api/assets", ids=[two]))["items"][0]["trashed_at"] is not None
    assert (await studio.http.get(f"/api/assets/{two}/file")).status_code == 200
    assert (await studio.post("/api/trash/restore", {"ids": [two, three, one]}))["changed"] == 2
    assert await found(studio) == {one, two, three, four}
    assert await order_of(studio, board["id"]) == [two, one]
    assert await found(studio, label="kept", rating=4, pick="pick") == {two}


async def test_reports_say_trash_and_never_missing(studio: Studio) -> None:
    one, two, three, _four = await make(studio)
    batch = (await studio.get(f"/api/assets/{one}"))["batch_id"]
    await studio.post("/api/trash", {"ids": [one]})
    await file_of(studio, two)
    await delete(studio, two)
    await sweep(studio)
    for files in (True, False):
        books = await studio.get(f"/api/batches/{batch}/verify", files=files)
        assert (books["balanced"], books["problems"]) == (True, []), books
        assert (books["in_trash"], books["removed"]) == (1, 1)
    scrub = await studio.post("/api/assets/verify")
    assert (scrub["pictures"], scrub["in_trash"], scrub["removed"], scrub["problems"]) == (3, 1, 1, [])
    files = (await studio.get(f"/api/batches/{batch}/files"))["items"]
    assert {file["asset_id"]: file["whereabouts"] for file in files} | {_four: "kept", three: "kept"} == {
        one: "in_trash",
        two: "removed",
        three: "kept",
        _four: "kept",
    }
    archive = zipfile.ZipFile(io.BytesIO((await studio.http.get(f"/api/batches/{batch}/export.zip")).content))
    assert len(archive.namelist()) == 4
    told = archive.read("MISSING.txt").decode()
    assert "The picture is in the trash." in told
    assert "was deleted from the trash on" in told
    assert "missing" not in told
    rows = list(csv.DictReader(io.StringIO((await studio.http.get(f"/api/batches/{batch}/manifest.csv")).text)))
    assert {row["asset_id"]: row["whereabouts"] for row in rows}[two] == "removed"
    for path in (f"/api/assets/{two}/file", f"/api/assets/{two}/preview"):
        assert (await studio.call("GET", path, status=410))["code"] == "file_removed"
    assert (await studio.get(f"/api/assets/{two}"))["removed_at"] is not None
    chosen = await studio.http.get("/api/assets/export.zip", params={"ids": [one, two]})
    names = zipfile.ZipFile(io.BytesIO(chosen.content)).namelist()
    # Who points at what lies in the trash gets it; what is gone for good is named.
    assert (len(names), "manifest.csv" in names, "MISSING.txt" in names) == (3, True, True)


async def test_bytes_go_only_when_nothing_else_needs_them(studio: Studio) -> None:
    one, *_rest = await make(studio)
    content = (await studio.http.get(f"/api/assets/{one}/file")).content
    files = {"file": ("again.png", content, "image/png")}
    twin = (await studio.call("POST", "/api/assets", files=files))["id"]
    path = await file_of(studio, one)
    await delete(studio, one)
    assert await sweep(studio) == 0
    assert path.exists()
    assert (await studio.http.get(f"/api/assets/{twin}/file")).content == content
    await delete(studio, twin)
    assert await sweep(studio) == 1
    assert not path.exists()
    assert not list((studio.settings.data_dir / "blobs" / "previews").rglob(f"{path.name}*"))
    assert await sweep(studio) == 0


async def test_a_file_rests_for_a_day_after_its_picture_was_deleted(studio: Studio) -> None:
    """A backup that is being made may still speak of it."""
    one, *_rest = await make(studio)
    path = await file_of(studio, one)
    await studio.post("/api/trash", {"ids": [one]})
    await studio.post("/api/trash/empty", {})
    assert await sweep(studio) == 0
    assert path.exists()


async def test_bytes_that_were_stored_anew_stay(studio: Studio) -> None:
    """Somebody puts the same picture between the deletion and the broom, and writes its row after."""
    one, *_rest = await make(studio)
    content = (await studio.http.get(f"/api/assets/{one}/file")).content
    path = await file_of(studio, one, is_old=False)
    await delete(studio, one)
    assert await sweep(studio) == 0
    os.utime(path, (LONG_AGO.timestamp(), LONG_AGO.timestamp()))
    again = studio.settings.data_dir / "again"
    again.write_bytes(content)
    await studio.application.ports.blobs.put_file(f"pictures/{path.name}", again)
    assert await sweep(studio) == 0
    assert path.read_bytes() == content
    os.utime(path, (LONG_AGO.timestamp(), LONG_AGO.timestamp()))
    assert await sweep(studio) == 1
    assert not path.exists()


async def test_a_picture_that_waits_to_be_sent_along_keeps_its_bytes(studio: Studio) -> None:
    one, two, *_rest = await make(studio)
    await studio.add_key()
    await studio.made(["the lane's first"])
    (lane,) = [lane["id"] for lane in await studio.get("/api/lanes") if lane["provider"] == "openai"]
    await studio.post(f"/api/lanes/{lane}/pause")
    batch = await studio.submit(["a hat for it"], references=[one])
    path = await file_of(studio, one)
    await delete(studio, one)
    assert await sweep(studio) == 0
    assert path.exists()
    await studio.post(f"/api/lanes/{lane}/resume")
    assert (await studio.finished(batch["id"]))["counts"]["done"] == 1
    assert await sweep(studio) == 1
    assert not path.exists()
    await studio.post("/api/trash", {"ids": [two]})
    for lost in (one, two):
        problem = await studio.call(
            "POST",
            "/api/batches",
            status=404,
            json={"prompts": ["x"], "references": [lost], "plan": {"models": [OPENAI]}},
        )
        assert problem["field"] == "references"
        assert "trash" in problem["detail"]


async def test_the_trash_lets_go_when_its_time_is_over(studio: Studio) -> None:
    one, two, three, _four = await make(studio)
    await studio.post("/api/trash", {"ids": [one, two, three]})
    now = datetime.now(UTC)
    async with studio.application.scopes.open(SYSTEM) as scope:
        for asset, days in ((one, 31), (two, 29)):
            statement = update(Asset).where(Asset.id == asset).values(trashed_at=now - timedelta(days=days))
            await scope.session.execute(statement)
    assert await let_go(studio.application.scopes, days=0) == 0
    assert await let_go(studio.application.scopes, days=30) == 1
    assert await found(studio, trash=True) == {two, three}
    assert (await studio.get(f"/api/assets/{one}"))["removed_at"] is not None
    await studio.call("POST", "/api/trash/restore", status=404, json={"ids": [one]})


async def test_only_what_lies_in_the_trash_is_deleted(studio: Studio) -> None:
    one, two, three, four = await make(studio)
    await studio.post("/api/trash", {"ids": [one]})
    problem = await studio.call("POST", "/api/trash/empty", status=409, json={"ids": [one, two]})
    assert (problem["code"], problem["field"]) == ("not_in_trash", "ids")
    assert await found(studio, trash=True) == {one}
    await studio.post("/api/trash", {"ids": [two]})
    assert await studio.post("/api/trash/empty", {}) == {"removed": 2, "left": 0}
    assert await studio.post("/api/trash/empty", {}) == {"removed": 0, "left": 0}
    assert await found(studio) == {three, four}
    usage: Any = (await studio.get("/api/usage"))[0]
    assert usage["pictures"] == 2
