"""The database's file is torn or damaged; everything is wiped, and last night's backup is restored."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from tests.faults.scene import CONCURRENCY, ITEMS, OPENAI, REPLICATE, Scene
from tests.processes import COMMAND
from tests.server import HTTP, Server
from tools.upstream.client import Upstream

FEW = 6
"""Calls at once: slow enough for a batch to last until a backup of it is made."""


def part(scene: Scene, name: str) -> dict[str, Any]:
    health = HTTP.get(f"{scene.server.address['url']}/api/health", timeout=5).json()
    (found,) = [part for part in health["parts"] if part["name"] == name]
    return found


def remove_log(log: Path) -> None:
    log.unlink()


def cut_log(log: Path) -> None:
    """The last page did not get there whole."""
    os.truncate(log, frame(log, -1) + 1000)


def overwrite_log(log: Path) -> None:
    """What was written last has not arrived; what was written after it has."""
    with log.open("r+b") as file:
        file.seek(frame(log, -3))
        file.write(bytes(500))


def frame(log: Path, number: int) -> int:
    """Where one of the log's committed frames begins; what follows them is of an earlier round, or of a commit in whose
    middle the process was killed: nobody was told of that, and nothing is lost with it.
    """
    content, index = log.read_bytes(), log.with_name("imageloom.db-shm").read_bytes()
    places = range(32, len(content) - 24, 24 + int.from_bytes(content[8:12], "big"))
    of_this_round = [place for place in places if content[place + 8 : place + 16] == content[16:24]]
    return of_this_round[: int.from_bytes(index[16:20], sys.byteorder)][number]


@pytest.mark.fault(16)
@pytest.mark.parametrize("harm", [remove_log, cut_log, overwrite_log])
def test_a_log_that_is_torn_or_gone(file_scene: Scene, harm: Callable[[Path], None]) -> None:
    scene = file_scene
    scene.begin(concurrency=FEW)
    batch = scene.submit()
    scene.until_ended(batch, 20)
    # Everything so far is in the file itself.
    scene.server.stop()
    scene.server.start()
    scene.until_ended(batch, 60)
    scene.server.kill()
    harm(scene.server.folder / "imageloom.db-wal")
    scene.server.start()
    said = part(scene, "database")
    assert said["status"] == "degraded"
    assert "missing" in said["detail"]
    held = scene.server.get(f"/api/batches/{batch}")
    assert held["state"] == "paused"
    assert "paid again" in held["reason"]
    scene.server.post(f"/api/batches/{batch}/resume")
    scene.until_rest(batch)
    # What was lost with the log may be paid once more: nobody can know of it, and a person said to go on.
    counts = scene.compare(batch, uncertain_at_most=2 * CONCURRENCY, paid_at_most=2, strays=True)
    assert counts["done"] + counts["uncertain"] == ITEMS
    scene.server.stop()
    scene.server.start()
    assert part(scene, "database")["status"] == "up"


@pytest.mark.fault(17)
def test_a_damaged_page_is_refused_and_the_backup_named(file_scene: Scene, tmp_path: Path) -> None:
    scene = file_scene
    scene.begin()
    batch = scene.submit(40)
    scene.until_rest(batch)
    code, said = scene.server.run("backup", "--with-master-key")
    assert code == 0, said
    (backup,) = (scene.server.folder / "backups").glob("*.tar")
    scene.server.stop()
    database = scene.server.folder / "imageloom.db"
    with closing(sqlite3.connect(database)) as connection:
        (page,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'items'").fetchone()
        (size,) = connection.execute("PRAGMA page_size").fetchone()
    with database.open("r+b") as file:
        file.seek((page - 1) * size)
        file.write(os.urandom(size))
    content = database.read_bytes()

    refused = subprocess.run(
        [*COMMAND, "serve"], env=scene.server.environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert refused.returncode == 1
    said = refused.stdout + refused.stderr
    assert "damaged" in said
    assert f"imageloom restore {backup}" in said
    code, said = scene.server.run("doctor")
    assert code != 0
    assert str(backup) in said.replace("\n", "")
    assert database.read_bytes() == content

    with Server(tmp_path / "restored") as restored:
        assert restored.run("restore", str(backup))[0] == 0
        restored.start()
        assert restored.run("verify")[0] == 0
        assert restored.get(f"/api/batches/{batch}")["counts"]["done"] == 40


@pytest.mark.fault(52)
@pytest.mark.parametrize("model", [OPENAI, REPLICATE])
def test_everything_is_wiped_and_restored_in_the_middle_of_a_batch(
    file_scene: Scene, slow_upstream: Upstream, tmp_path: Path, model: str
) -> None:
    scene = file_scene
    scene.begin(concurrency=FEW)
    batch = scene.submit(model=model)
    scene.until_ended(batch, 60)
    saved = tmp_path / "night.tar"
    code, said = scene.server.run("backup", str(saved), "--with-master-key")
    assert code == 0, said
    scene.until_ended(batch, 120)
    scene.server.kill()

    with Server(tmp_path / "restored") as server:
        assert server.run("restore", str(saved))[0] == 0
        restored = Scene(server, slow_upstream)
        with restored.watched():
            server.start()
            held = server.get(f"/api/batches/{batch}")
            assert held["state"] == "paused"
            assert "paid again" in held["reason"]
            snapshot = {item["id"]: item for item in restored.items(batch) if item["state"] == "done"}
            assert len(snapshot) >= 60
            before = {item["id"]: item for item in as_it_was(scene, batch)}
            assert {name: item["blake3"] for name, item in restored_files(restored, batch).items()}.items() <= {
                name: item["blake3"] for name, item in before.items()
            }.items()
            server.until(lambda: restored.query("SELECT count(*) FROM assets WHERE previews = 'pending'") == [(0,)])
            assert restored.query("SELECT count(*) FROM assets WHERE previews <> 'done'") == [(0,)]
            assert server.run("verify")[0] == 0
            paid = slow_upstream.account()["paid_calls"]
            server.post(f"/api/batches/{batch}/resume")
            restored.until_rest(batch)
            again = 2 if model == OPENAI else 1
            most = CONCURRENCY if model == OPENAI else 0
            counts = restored.compare(batch, uncertain_at_most=most, paid_at_most=again, strays=again > 1)
            assert counts["done"] + counts["uncertain"] == ITEMS
            account = slow_upstream.account()["by_prompt"]
            assert [item["prompt"] for item in snapshot.values() if account[item["prompt"]] > 1] == []
            assert slow_upstream.account()["paid_calls"] > paid
            if model == REPLICATE:
                # Found in the provider's list, those too that were made after the backup.
                assert slow_upstream.account()["paid_calls"] == ITEMS


def as_it_was(scene: Scene, batch: str) -> list[dict[str, Any]]:
    rows = scene.query(
        "SELECT i.id, a.blake3 FROM items i JOIN assets a ON a.id = i.asset_id WHERE i.run_id = ?", batch
    )
    return [{"id": item, "blake3": digest} for item, digest in rows]


def restored_files(scene: Scene, batch: str) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in as_it_was(scene, batch)}
