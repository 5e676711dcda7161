"""The process is killed without warning, or told to stop, in the middle of a batch."""

from __future__ import annotations

import random
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.faults.scene import CONCURRENCY, ITEMS, OPENAI, REPLICATE, Scene
from tests.server import HTTP, Server
from tools.faults.proxy import Proxy

SEEDS = [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 21))]
OPEN = "SELECT id FROM attempts WHERE state <> 'settled'"
PICTURES_LARGE = 1_000_000
SIZE_LARGE = "1024x1024"
"""Room for so many bytes, far more than are written at a time: such a picture is there in part for over a second."""


@pytest.mark.fault(1)
@pytest.mark.parametrize("model", [OPENAI, REPLICATE])
@pytest.mark.parametrize("seed", SEEDS)
def test_a_kill_with_calls_on_their_way(scene: Scene, model: str, seed: int) -> None:
    chance = random.Random(seed)
    scene.begin()
    batch = scene.submit(model=model)
    scene.until_ended(batch, chance.randrange(20, 120))
    time.sleep(chance.uniform(0, 0.3))
    scene.server.kill()
    scene.server.start()
    scene.until_rest(batch)
    # Replicate can be asked what it has: nothing stays in doubt there.
    counts = scene.compare(batch, uncertain_at_most=CONCURRENCY if model == OPENAI else 0)
    assert counts["done"] + counts["uncertain"] == ITEMS


@pytest.mark.fault(2)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_kill_while_pictures_come_down(file_scene: Scene, seed: int) -> None:
    scene = file_scene
    scene.upstream.config(picture_bytes=PICTURES_LARGE, latency=0.05, jitter=0.0)
    with Proxy(_port(scene.upstream.openai)) as network:
        network.becomes(down_bytes_per_second=800_000.0)
        scene.begin(base_url=f"http://127.0.0.1:{network.port}/v1")
        batch = scene.submit(60, plan={"models": [OPENAI], "sizes": [SIZE_LARGE]})
        scene.until_ended(batch, 5 + seed)
        incoming = scene.server.folder / "incoming"
        while True:
            scene.server.until(lambda: _is_coming(incoming))
            scene.server.kill()
            # What is stored leaves its folder file by file, and the picture's name may be the last to go.
            if _is_coming(incoming, among={row[0] for row in scene.query(OPEN)}):
                break
            # All that was coming had come whole before the kill.
            scene.server.start()
        network.becomes()
        scene.server.start()
        scene.until_rest(batch)
    counts = scene.compare(batch, uncertain_at_most=CONCURRENCY)
    assert counts["done"] + counts["uncertain"] == 60
    assert counts["uncertain"] > 0


@pytest.mark.fault(3)
@pytest.mark.parametrize("point", ["attempt.after_bytes", "attempt.after_store", "ledger.before_commit"])
def test_a_kill_between_the_file_and_the_commit(sqlite_first: Scene, point: str) -> None:
    scene = sqlite_first
    scene.begin()
    scene.server.stop()
    scene.server.start(IMAGELOOM_FAULTPOINT=f"{point}:30")
    batch = scene.submit()
    scene.server.died()
    scene.server.start()
    scene.until_rest(batch)
    counts = scene.compare(batch, uncertain_at_most=CONCURRENCY)
    assert counts["done"] + counts["uncertain"] == ITEMS
    assert scene.upstream.account()["paid_calls"] <= ITEMS


@pytest.mark.fault(4)
def test_a_kill_between_the_commit_and_the_event(sqlite_first: Scene) -> None:
    scene = sqlite_first
    scene.begin()
    scene.server.stop()
    scene.server.start(IMAGELOOM_FAULTPOINT="ledger.after_commit:20")
    batch = scene.submit()
    heard = _listen(scene.server, batch, after=None)
    scene.server.died()
    last = heard[-1] if heard else {"id": None}
    scene.server.start()
    scene.until_rest(batch)
    again = _listen(scene.server, batch, after=last["id"])
    counts = scene.compare(batch, uncertain_at_most=CONCURRENCY)
    final = [event for event in again if event["event"] in ("delta", "snapshot")][-1]
    assert {state: final["data"]["counts"][state] for state in counts} == counts


@pytest.mark.fault(5)
def test_a_kill_while_previews_are_made(sqlite_first: Scene) -> None:
    scene = sqlite_first
    scene.begin()
    scene.server.stop()
    scene.server.start(IMAGELOOM_FAULTPOINT="previews.before_store:5")
    batch = scene.submit(60)
    scene.server.died()
    scene.server.start()
    scene.until_rest(batch)
    scene.compare(batch, uncertain_at_most=CONCURRENCY)
    assets = list(scene.server.pages("/api/assets"))
    scene.server.until(lambda: scene.query("SELECT count(*) FROM assets WHERE previews = 'pending'") == [(0,)])
    assert scene.query("SELECT count(*) FROM assets WHERE previews <> 'done'") == [(0,)]
    preview = f"{scene.server.address['url']}/api/assets/{assets[0]['id']}/preview"
    headers = {"Authorization": f"Bearer {scene.server.address['token']}"}
    assert HTTP.get(preview, headers=headers).content[8:12] == b"WEBP"


@pytest.mark.fault(6, 51)
@pytest.mark.parametrize("seed", SEEDS)
def test_a_kill_in_the_middle_of_a_large_submit(scene: Scene, seed: int) -> None:
    chance = random.Random(seed)
    scene.begin()
    body = {
        "prompts": [f"picture {number}" for number in range(10_000)],
        "plan": {"models": [OPENAI], "sizes": ["256x256"]},
        "failure_budget_percent": 100,
    }
    headers = {"Idempotency-Key": "the-one-large-batch"}
    asking = threading.Thread(target=_post_and_forget, args=(scene.server, body, headers), daemon=True)
    asking.start()
    time.sleep(chance.uniform(0.05, 1.5))
    scene.server.kill()
    asking.join()
    scene.server.start()
    assert len(list(scene.server.pages("/api/batches"))) <= 1
    batch = scene.server.call("POST", "/api/batches", json=body, headers=headers)["id"]
    scene.server.post(f"/api/batches/{batch}/pause")
    scene.server.until(lambda: scene.query("SELECT count(*) FROM items") == [(10_000,)])
    assert [row["id"] for row in scene.server.pages("/api/batches")] == [batch]
    scene.server.post(f"/api/batches/{batch}/cancel")
    scene.until_rest(batch)
    assert sum(scene.compare(batch, uncertain_at_most=CONCURRENCY).values()) == 10_000


@pytest.mark.fault(7)
@pytest.mark.long
@pytest.mark.parametrize("model", [OPENAI, REPLICATE])
def test_twenty_kills_over_one_batch(scene: Scene, model: str) -> None:
    chance = random.Random(20)
    scene.begin()
    scene.upstream.config(errors=0.05)
    batch = scene.submit(model=model)
    for kill in range(1, 21):
        scene.until_ended(batch, min(kill * ITEMS // 24, ITEMS - 30))
        time.sleep(chance.uniform(0, 0.4))
        scene.server.kill()
        scene.server.start()
    scene.until_rest(batch)
    counts = scene.compare(batch, uncertain_at_most=20 * CONCURRENCY if model == OPENAI else 0)
    assert counts["done"] > 0


@pytest.mark.fault(8)
def test_a_stop_with_calls_in_flight(scene: Scene) -> None:
    scene.begin()
    batch = scene.submit()
    scene.until_ended(batch, 30)
    assert scene.server.stop() == 0
    scene.server.start()
    scene.until_rest(batch)
    assert scene.compare(batch)["done"] == ITEMS
    assert scene.upstream.account()["paid_calls"] == ITEMS


@pytest.mark.fault(8)
def test_a_stop_whose_grace_is_too_short(scene: Scene) -> None:
    """What could not end in time is not known; it is not sent again."""
    scene.begin(IMAGELOOM_SERVER__GRACE_SECONDS="0.1")
    scene.upstream.config(latency=2.0, jitter=0.0)
    batch = scene.submit(40)
    scene.server.until(lambda: scene.upstream.account()["in_flight"] >= CONCURRENCY)
    assert scene.server.stop() == 0
    scene.upstream.config(latency=0.1)
    scene.server.start()
    scene.until_rest(batch)
    counts = scene.compare(batch, uncertain_at_most=CONCURRENCY)
    assert counts["done"] + counts["uncertain"] == 40


# --- inside --------------------------------------------------------------------------------------------------


def _port(url: str) -> int:
    return int(url.rsplit(":", 1)[1].split("/")[0])


def _post_and_forget(server: Server, body: Any, headers: dict[str, str]) -> None:
    address = server.address
    headers = {**headers, "Authorization": f"Bearer {address['token']}"}
    try:
        HTTP.post(f"{address['url']}/api/batches", json=body, headers=headers, timeout=60)
    except httpx2.HTTPError:
        return


def _listen(server: Server, batch: str, *, after: str | None) -> list[Any]:
    """Every event of the stream, until it ends or the server dies."""
    address = server.address
    headers = {"Authorization": f"Bearer {address['token']}"}
    if after is not None:
        headers["Last-Event-ID"] = after
    events: list[Any] = []
    try:
        with HTTP.stream(
            "GET", f"{address['url']}/api/batches/{batch}/events", headers=headers, timeout=60
        ) as response:
            event: dict[str, Any] = {}
            for line in response.iter_lines():
                name, _, value = line.partition(": ")
                if name == "data":
                    event["data"] = httpx2.Response(200, content=value).json()
                elif name in ("event", "id"):
                    event[name] = value
                elif not line and "event" in event:
                    events.append(event)
                    event = {}
    except httpx2.HTTPError:
        pass
    return events


def _is_coming(incoming: Path, *, among: set[str] | None = None) -> bool:
    """Whether a picture is there without the answer that says it is whole."""
    for folder in incoming.iterdir():
        if among is not None and folder.name not in among:
            continue
        with suppress(FileNotFoundError):  # it has just been stored
            suffixes = {path.suffix for path in folder.iterdir()}
            if suffixes == {".part"}:
                return True
    return False
