"""The power goes: whatever only the memory of the machine knew is gone, names and bytes alike."""

from __future__ import annotations

import os
import random
import shutil
import time
from pathlib import Path

import pytest

from tests.faults.scene import CONCURRENCY, ITEMS, OPENAI, REPLICATE, Scene
from tests.server import Server
from tools.faults.filesystems import Losing
from tools.faults.machine import why_no_namespaces
from tools.upstream.client import Upstream

WHY_NOT = why_no_namespaces() or (
    None if shutil.which("mkfs.ext4", path="/sbin:/usr/sbin:/bin:/usr/bin") else "no ext4"
)
SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 11))]


needs_ext4 = pytest.mark.skipif(WHY_NOT is not None, reason=WHY_NOT or "")


@needs_ext4
def test_the_cut_takes_what_was_not_synced(tmp_path: Path) -> None:
    """That the tests below can fail: bytes and names that nobody synced are gone."""
    with Losing(tmp_path / "place", tmp_path / "before.img") as disk:
        (disk.seen / "kept").mkdir()
        kept, lost, renamed = (disk.seen / "kept" / name for name in ("kept", "lost", "renamed"))
        for path in (kept, renamed):
            path.write_bytes(b"bytes")
            with path.open("rb") as file:
                os.fsync(file.fileno())
        lost.write_bytes(b"bytes")
        renamed.rename(renamed.with_name("new-name"))
        after = disk.after_power_cut(tmp_path / "after.img")
    with after:
        there = {path.name: path.read_bytes() for path in (after.seen / "kept").iterdir()}
    assert there.pop("lost", b"") == b""
    assert there == {"kept": b"bytes", "renamed": b"bytes"}


@needs_ext4
@pytest.mark.fault(23)
def test_a_batch_that_was_accepted_is_there_when_the_power_is_back(tmp_path: Path, slow_upstream: Upstream) -> None:
    with Losing(tmp_path / "data", tmp_path / "before.img") as disk:
        server = Server(disk.seen, place=disk.place, prefix=disk.prefix)
        with server:
            scene = Scene(server, slow_upstream)
            scene.begin()
            batch = scene.submit(20)
            server.kill()
            after = disk.after_power_cut(tmp_path / "after.img")
    with after:
        server.folder, server.prefix = after.seen, after.prefix
        with server:
            server.start()
            assert [row["id"] for row in server.pages("/api/batches")] == [batch]
            scene.until_rest(batch)
            assert sum(scene.compare(batch, uncertain_at_most=CONCURRENCY).values()) == 20


@needs_ext4
@pytest.mark.fault(23, 24)
@pytest.mark.parametrize("model", [OPENAI, pytest.param(REPLICATE, marks=pytest.mark.long)])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_power_cut_in_the_middle(tmp_path: Path, slow_upstream: Upstream, seed: int, model: str) -> None:
    """Database and pictures lie on a real ext4 that is slow to write; the cut is what its device holds at that moment."""
    chance = random.Random(seed)
    with Losing(tmp_path / "data", tmp_path / "before.img") as disk:
        server = Server(disk.seen, place=disk.place, prefix=disk.prefix)
        with server:
            scene = Scene(server, slow_upstream)
            with scene.watched():
                scene.begin()
                batch = scene.submit(model=model)
                scene.until_ended(batch, chance.randrange(20, 120))
                time.sleep(chance.uniform(0, 0.3))
                server.kill()
            after = disk.after_power_cut(tmp_path / "after.img")
    with after:
        server.folder, server.prefix = after.seen, after.prefix
        with server, scene.watched():
            server.start()
            scene.until_rest(batch)
            counts = scene.compare(batch, uncertain_at_most=CONCURRENCY if model == OPENAI else 0)
            assert counts["done"] + counts["uncertain"] == ITEMS
            assert server.run("verify")[0] == 0
