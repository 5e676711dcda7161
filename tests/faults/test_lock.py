"""Another process locks the SQLite file, for longer than anybody waits for it."""

from __future__ import annotations

import sqlite3
import threading
import time
from collections import Counter
from contextlib import closing

import httpx2
import pytest

from tests.faults.scene import ITEMS, OPENAI, Scene

LOCKED_SECONDS = 12.0


@pytest.mark.fault(15)
def test_another_process_locks_the_file(file_scene: Scene) -> None:
    scene = file_scene
    scene.begin()
    batch = scene.submit()
    scene.until_ended(batch, 20)
    answers: Counter[int] = Counter()
    asking = threading.Thread(target=_ask, args=(scene, answers), daemon=True)
    with closing(sqlite3.connect(scene.server.folder / "imageloom.db", timeout=60, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        asking.start()
        # What was in flight comes down meanwhile, and nothing new is paid.
        scene.server.until(lambda: scene.upstream.account()["in_flight"] == 0)
        paid = scene.upstream.account()["paid_calls"]
        time.sleep(LOCKED_SECONDS)
        assert scene.upstream.account()["paid_calls"] == paid
        other.execute("ROLLBACK")
    asking.join()
    assert set(answers) <= {200, 201, 503}, answers
    assert answers[200] > 0, "reading goes on"
    scene.until_rest(batch)
    assert scene.compare(batch)["done"] == ITEMS
    for other_batch in scene.server.pages("/api/batches"):
        scene.until_rest(other_batch["id"])
    assert sorted(scene.upstream.account()["by_prompt"].values()) == [1] * scene.upstream.account()["paid_calls"]


def _ask(scene: Scene, answers: Counter[int]) -> None:
    """Reads, and writes one batch: until it is accepted, with one key."""
    address = scene.server.address
    headers = {"Authorization": f"Bearer {address['token']}"}
    body = {"prompts": ["one more"], "plan": {"models": [OPENAI], "sizes": ["256x256"]}}
    with httpx2.Client(base_url=address["url"], headers=headers, trust_env=False, timeout=60) as client:
        while answers[201] == 0 and answers[500] == 0:
            answers[client.get("/api/batches").status_code] += 1
            answer = client.post("/api/batches", json=body, headers={"Idempotency-Key": "one-more"})
            answers[answer.status_code] += 1
            assert answer.status_code != 503 or "Retry-After" in answer.headers
