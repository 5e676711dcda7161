"""Files of pictures that are deleted or changed behind our back: found, said, never served, forgiven when right again."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pytest
from blake3 import blake3

from tests.server import HTTP, Server
from tests.studio import Studio
from tools.upstream.client import Upstream

pytestmark = pytest.mark.fault(26)


def file_of(studio: Studio, asset: Any, kind: str = "pictures", suffix: str = "") -> Path:
    name = f"{asset['blake3']}{suffix}"
    return studio.settings.data_dir / "blobs" / kind / name[:2] / name


def flip(path: Path) -> None:
    """One bit in the middle, with the same size and times."""
    facts = path.stat()
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    # A picture may share its file with an answer in `incoming`: another file takes its name.
    path.unlink()
    path.write_bytes(content)
    import os

    os.utime(path, ns=(facts.st_atime_ns, facts.st_mtime_ns))


async def pictures(studio: Studio, prompts: list[str]) -> tuple[Any, list[Any]]:
    """A finished batch and its assets, with previews."""
    await studio.add_key("openai")
    batch = await studio.made(prompts)
    path = f"/api/assets?batch={batch['id']}"
    page = await studio.until(lambda page: all(asset["previews"] == "done" for asset in page["items"]), path)
    return batch, page["items"]


@pytest.mark.parametrize("metadata", ["", "?metadata=full"])
async def test_a_changed_picture_is_refused_and_says_so(studio: Studio, metadata: str) -> None:
    _batch, (asset,) = await pictures(studio, ["a cat"])
    path = file_of(studio, asset)
    right = path.read_bytes()
    flip(path)
    problem = await studio.call("GET", f"/api/assets/{asset['id']}/file{metadata}", status=410)
    assert problem["code"] == "file_changed"
    assert "changed" in (await studio.get(f"/api/assets/{asset['id']}"))["trouble"]
    path.write_bytes(right)
    answer = await studio.http.get(f"/api/assets/{asset['id']}/file{metadata}")
    assert answer.status_code == 200
    if not metadata:
        assert blake3(answer.content).hexdigest() == asset["blake3"]
    assert (await studio.get(f"/api/assets/{asset['id']}"))["trouble"] is None


async def test_verifying_finds_says_and_forgives(studio: Studio) -> None:
    batch, assets = await pictures(studio, ["a cat", "a dog", "a cow"])
    missing, changed = file_of(studio, assets[0]), file_of(studio, assets[1])
    kept = [missing.read_bytes(), changed.read_bytes()]
    missing.unlink()
    flip(changed)
    books = await studio.get(f"/api/batches/{batch['id']}/verify")
    assert not books["balanced"]
    assert sorted(problem["rule"] for problem in books["problems"]) == ["file_changed", "file_missing"]
    said = {asset["id"]: asset["trouble"] for asset in (await studio.get("/api/assets"))["items"]}
    assert "missing" in said[assets[0]["id"]]
    assert "changed" in said[assets[1]["id"]]
    assert said[assets[2]["id"]] is None
    missing.write_bytes(kept[0])
    changed.write_bytes(kept[1])
    assert (await studio.get(f"/api/batches/{batch['id']}/verify"))["balanced"]
    assert [asset["trouble"] for asset in (await studio.get("/api/assets"))["items"]] == [None] * 3


async def test_everything_is_verified_in_steps_imported_pictures_too(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imageloom.features.library.routes.VERIFY_PAGE", 2)
    _batch, assets = await pictures(studio, ["a cat", "a dog", "a cow"])
    content = bytearray(file_of(studio, assets[0]).read_bytes())
    files = {"file": ("own.png", bytes(content), "image/png")}
    imported = await studio.call("POST", "/api/assets", files=files)
    flip(file_of(studio, assets[0]))
    problems, pictures_read, cursor = [], 0, None
    while True:
        step = await studio.post("/api/assets/verify" + (f"?cursor={cursor}" if cursor else ""))
        problems += step["problems"]
        pictures_read += step["pictures"]
        cursor = step["next"]
        if cursor is None:
            break
    assert pictures_read == 4
    assert {problem["asset_id"] for problem in problems} == {assets[0]["id"], imported["id"]}
    assert {problem["rule"] for problem in problems} == {"file_changed"}


async def test_an_archive_names_what_it_cannot_hold(studio: Studio) -> None:
    batch, assets = await pictures(studio, ["a cat", "a dog", "a cow"])
    file_of(studio, assets[0]).unlink()
    path = file_of(studio, assets[1])
    path.write_bytes(path.read_bytes()[:-1])
    answer = await studio.http.get(f"/api/batches/{batch['id']}/export.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        names = archive.namelist()
        assert len([name for name in names if name.endswith(".png")]) == 1
        assert len(archive.read("MISSING.txt").splitlines()) == 2


async def test_an_archive_breaks_off_rather_than_hold_a_changed_picture(studio: Studio) -> None:
    """Its size was promised before the file was read. The second try knows better."""
    batch, assets = await pictures(studio, ["a cat", "a dog"])
    flip(file_of(studio, assets[0]))
    with pytest.raises(Exception, match=assets[0]["blake3"]):
        await studio.http.get(f"/api/batches/{batch['id']}/export.zip")
    answer = await studio.http.get(f"/api/batches/{batch['id']}/export.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert b"changed" in archive.read("MISSING.txt")


@pytest.mark.parametrize("harm", [flip, Path.unlink])
async def test_a_preview_that_was_lost_or_changed_is_made_again(studio: Studio, harm: Any) -> None:
    _batch, (asset,) = await pictures(studio, ["a cat"])
    url = f"/api/assets/{asset['id']}/preview?size=256"
    right = (await studio.http.get(url)).content
    harm(file_of(studio, asset, "previews", "-256.webp"))
    await studio.call("GET", url, status=503)
    await studio.until(lambda asset: asset["previews"] == "done", f"/api/assets/{asset['id']}")
    assert (await studio.http.get(url)).content == right


@pytest.mark.parametrize("harm", [flip, Path.unlink])
async def test_a_file_that_is_off_before_its_previews_are_made_fails_nothing(studio: Studio, harm: Any) -> None:
    """The picture was good when it was stored. What became of its file is no fault of the provider."""
    batch, (asset,) = await pictures(studio, ["a cat"])
    path = file_of(studio, asset)
    right = path.read_bytes()
    harm(path)
    file_of(studio, asset, "previews", "-256.webp").unlink()
    await studio.call("GET", f"/api/assets/{asset['id']}/preview?size=256", status=503)
    held = await studio.until(lambda asset: asset["previews"] == "held", f"/api/assets/{asset['id']}")
    assert held["trouble"] is not None
    await studio.call("GET", f"/api/assets/{asset['id']}/preview", status=410)
    assert [item["state"] for item in await studio.items(batch["id"])] == ["done"]
    path.write_bytes(right)
    await studio.balanced(batch["id"])
    healed = await studio.until(lambda asset: asset["previews"] == "done", f"/api/assets/{asset['id']}")
    assert healed["trouble"] is None


async def test_the_same_picture_again_mends_its_file(studio: Studio) -> None:
    _batch, (asset,) = await pictures(studio, ["a cat"])
    path = file_of(studio, asset)
    right = path.read_bytes()
    flip(path)
    await studio.call("POST", "/api/assets", files={"file": ("again.png", right, "image/png")})
    assert path.read_bytes() == right


def test_the_command_reads_everything_and_names_what_is_wrong(tmp_path: Path, upstream: Upstream) -> None:
    with Server(tmp_path / "data") as server:
        server.start()
        server.add_key("openai", upstream.openai)
        batch = server.submit([f"picture {number}" for number in range(5)])["id"]
        server.until(lambda: server.get(f"/api/batches/{batch}")["finished_at"] is not None)
        assert server.run("verify")[0] == 0
        victim = server.get("/api/assets")["items"][0]
        name = victim["blake3"]
        (server.folder / "blobs" / "pictures" / name[:2] / name).unlink()
        code, said = server.run("verify")
        assert code != 0
        assert f"file_missing {victim['id']}" in said
        code, said = server.run("export", batch, "--out", str(tmp_path / "out"))
        assert code != 0
        assert "Not taken" in said
        assert len(list((tmp_path / "out").glob("*.png"))) == 4
        answer = HTTP.get(server.address["url"] + "/health")
        assert answer.json()["status"] == "up"
