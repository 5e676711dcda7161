"""Clocks that jump, and a machine that is short of memory, files or processes."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
from pathlib import Path

import httpx2
import psutil
import pytest

from tests.faults.scene import CONCURRENCY, ITEMS, Scene
from tests.processes import COMMAND
from tests.server import HTTP
from tools.faults.machine import clock_of, why_no_other_time

FEW_FILES = 100
HOUR_SECONDS = 3_600
SHIFTS = [HOUR_SECONDS, -HOUR_SECONDS, pytest.param(400 * 24 * HOUR_SECONDS, marks=pytest.mark.long)]


@pytest.mark.fault(47)
@pytest.mark.parametrize("seconds", SHIFTS)
def test_a_clock_that_jumps_in_the_middle(file_scene: Scene, tmp_path: Path, seconds: int) -> None:
    if reason := why_no_other_time():
        pytest.skip(reason)
    scene = file_scene
    clock = tmp_path / "clock"
    clock.write_text("0")
    scene.begin(**clock_of(clock))
    batch = scene.submit_prompts([f"picture {n} #fake:429:1" if n % 20 == 0 else f"picture {n}" for n in range(ITEMS)])
    scene.until_ended(batch, 40)
    clock.write_text(str(seconds))
    scene.until_rest(batch)
    assert scene.compare(batch)["done"] == ITEMS
    assert scene.upstream.account()["paid_calls"] == ITEMS
    ids = [item_id for (item_id,) in scene.query("SELECT id FROM attempts ORDER BY rowid")]
    assert ids == sorted(ids)


@pytest.mark.fault(49)
def test_few_file_descriptors(file_scene: Scene) -> None:
    """Calls take what is left over; requests, files and the database go on."""
    scene = file_scene
    scene.server.prefix = ["prlimit", f"--nofile={FEW_FILES}:{FEW_FILES}"]
    scene.begin(concurrency=64)
    batch = scene.submit()
    scene.until_rest(batch)
    assert scene.compare(batch)["done"] == ITEMS
    assert scene.upstream.account()["max_in_flight"] <= FEW_FILES // 3
    assert "attempt_broke" not in scene.server.log()


@pytest.mark.fault(50)
def test_a_preview_process_that_is_killed(file_scene: Scene) -> None:
    scene = file_scene
    scene.begin()
    batch = scene.submit(60)
    children: list[psutil.Process] = []

    def has_children() -> bool:
        children[:] = [
            child
            for child in psutil.Process(scene.server.process.pid).children(recursive=True)
            if "spawn_main" in " ".join(child.cmdline())
        ]
        return bool(children)

    scene.server.until(has_children)
    for child in children:
        os.kill(child.pid, signal.SIGSEGV)
    scene.until_rest(batch)
    assert scene.compare(batch)["done"] == 60
    scene.server.until(lambda: scene.query("SELECT count(*) FROM assets WHERE previews = 'pending'") == [(0,)])


@pytest.mark.fault(48)
@pytest.mark.long
def test_little_memory(file_scene: Scene) -> None:
    """The process may die of it; then it goes on as after any other death."""
    scene = file_scene
    scene.upstream.config(picture_bytes=1_600_000, latency=0.05, jitter=0.0)
    scene.begin(concurrency=64)
    process = psutil.Process(scene.server.process.pid)
    limit = process.memory_info().vms + 120_000_000
    resource.prlimit(process.pid, resource.RLIMIT_AS, (limit, resource.RLIM_INFINITY))
    batch = scene.submit(400)
    deaths = 0
    while True:
        scene.server.until(lambda: _is_dead(scene) or _is_over(scene, batch), seconds=240)
        if not _is_dead(scene):
            break
        assert "ran out of memory" in scene.server.log()
        deaths += 1
        assert deaths < 5
        scene.server.start()
    counts = scene.compare(batch, uncertain_at_most=64 * deaths)
    assert counts["done"] + counts["uncertain"] == 400


@pytest.mark.fault(51)
def test_a_client_that_goes_away_while_it_waits(file_scene: Scene) -> None:
    """The command is only an onlooker: its death changes nothing."""
    scene = file_scene
    scene.begin()
    sheet = scene.server.folder / "prompts.txt"
    sheet.write_text("\n".join(f"picture {n}" for n in range(60)))
    out = scene.server.folder / "out"
    words = ["batch", str(sheet), "--model", "openai/gpt-image-2", "--size", "256x256", "--out", str(out)]
    waiting = subprocess.Popen(
        [*COMMAND, *words], env=scene.server.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    scene.server.until(lambda: list(scene.server.pages("/api/batches")) != [])
    (batch,) = [row["id"] for row in scene.server.pages("/api/batches")]
    scene.until_ended(batch, 10)
    waiting.kill()
    waiting.wait()
    scene.until_rest(batch)
    assert scene.compare(batch, uncertain_at_most=CONCURRENCY)["done"] == 60


def _is_dead(scene: Scene) -> bool:
    assert scene.server.process is not None
    return scene.server.process.poll() is not None


def _is_over(scene: Scene, batch: str) -> bool:
    """Whoever asks while memory is short is told so, or finds nobody."""
    address = scene.server.address
    headers = {"Authorization": f"Bearer {address['token']}"}
    try:
        answer = HTTP.get(f"{address['url']}/api/batches/{batch}", headers=headers, timeout=30)
    except (httpx2.NetworkError, httpx2.RemoteProtocolError):
        return False
    assert answer.status_code in (200, 503), answer.text
    return answer.status_code == 200 and answer.json()["finished_at"] is not None
