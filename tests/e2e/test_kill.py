"""The process is killed without warning; the books still balance, and nothing is paid twice unasked."""

from __future__ import annotations

import random
import time
from functools import partial
from pathlib import Path

import pytest

from tests.server import Server
from tools.upstream.client import Upstream

ITEMS = 300
KILLS = 5
FAULTS = 0.05
OPENAI = "openai/gpt-image-2"
REPLICATE = "replicate/stability-ai/sdxl"


@pytest.fixture
def slow_upstream():
    with Upstream("--latency", "0.4", "--jitter", "0.3", "--picture-bytes", "3000", "--seed", "7") as running:
        yield running


def progress(server: Server, batch: str) -> int:
    counts = server.get(f"/api/batches/{batch}")["counts"]
    return counts["total"] - counts["pending"] - counts["running"]


def reached(server: Server, batch: str, goal: int) -> bool:
    return progress(server, batch) >= goal


@pytest.mark.parametrize("seed", [1])
def test_five_kills_at_random_moments(database_url: str, tmp_path: Path, slow_upstream: Upstream, seed: int) -> None:
    chance = random.Random(seed)
    slow_upstream.config(errors=FAULTS)
    with Server(tmp_path / "data", database_url=database_url) as server:
        server.start()
        server.add_key("openai", slow_upstream.openai, concurrency=12)
        server.add_key("replicate", slow_upstream.replicate, concurrency=12)
        prompts = [f"picture {number}" for number in range(ITEMS // 2)]
        batch = server.submit(prompts, models=[OPENAI, REPLICATE], failure_budget_percent=100)["id"]
        for kill in range(1, KILLS + 1):
            server.until(partial(reached, server, batch, kill * ITEMS // (KILLS + 2)))
            time.sleep(chance.uniform(0, 0.3))
            server.kill()
            server.start()
        server.until(lambda: server.get(f"/api/batches/{batch}")["finished_at"] is not None, seconds=120)
        books = server.get(f"/api/batches/{batch}/verify")
        items = list(server.pages(f"/api/batches/{batch}/items"))
    assert books["balanced"], books["problems"][:5]
    assert books["requested"] == ITEMS == sum(books["counts"].values())
    assert books["counts"]["pending"] == books["counts"]["running"] == 0
    assert books["open_attempts"] == 0
    paid = slow_upstream.account()["by_prompt"]
    # Each prompt is wanted twice: once at each provider. More would be paid twice.
    assert [prompt for prompt, times in paid.items() if times > 2] == []
    assert {item["state"] for item in items if item["provider"] == "replicate"} <= {"done", "failed", "refused"}
    assert books["counts"]["done"] > ITEMS // 2


FAULT_POINTS = ["attempt.before_post", "attempt.after_accept", "attempt.after_bytes", "ledger.before_commit"]


@pytest.mark.parametrize("point", FAULT_POINTS)
def test_a_death_at_each_named_place(database_url: str, tmp_path: Path, upstream: Upstream, point: str) -> None:
    model = REPLICATE if point == "attempt.after_accept" else OPENAI
    upstream.config(latency=0.05)
    with Server(tmp_path / "data", database_url=database_url) as server:
        server.start()
        server.add_key("openai", upstream.openai, concurrency=4)
        server.add_key("replicate", upstream.replicate, concurrency=4)
        server.stop()
        server.start(IMAGELOOM_FAULTPOINT=f"{point}:9")
        batch = server.submit([f"picture {number}" for number in range(40)], models=[model])["id"]
        server.died()
        server.start()
        server.until(lambda: server.get(f"/api/batches/{batch}")["finished_at"] is not None, seconds=60)
        books = server.get(f"/api/batches/{batch}/verify")
    assert books["balanced"], books["problems"]
    counts = books["counts"]
    assert counts["done"] + counts["uncertain"] == 40
    account = upstream.account()
    assert max(account["by_prompt"].values()) == 1
    if point == "attempt.after_accept":
        assert counts["done"] == 40
    elif point in ("attempt.before_post", "attempt.after_bytes"):
        # At most what was on its way at that moment is in doubt.
        assert counts["uncertain"] <= 4


def test_a_gentle_stop_in_mid_batch_loses_nothing(database_url: str, tmp_path: Path, slow_upstream: Upstream) -> None:
    with Server(tmp_path / "data", database_url=database_url) as server:
        server.start()
        server.add_key("openai", slow_upstream.openai, concurrency=8)
        batch = server.submit([f"picture {number}" for number in range(60)], models=[OPENAI])["id"]
        server.until(lambda: progress(server, batch) >= 10)
        assert server.stop() == 0
        server.start()
        server.until(lambda: server.get(f"/api/batches/{batch}")["finished_at"] is not None, seconds=60)
        books = server.get(f"/api/batches/{batch}/verify")
    assert books["balanced"]
    assert books["counts"]["done"] == 60
    assert slow_upstream.account()["paid_calls"] == 60


def test_a_second_server_on_the_same_directory_is_refused(tmp_path: Path) -> None:
    with Server(tmp_path / "data") as server:
        server.start()
        second = Server(tmp_path / "data")
        code, words = second.run("serve")
    assert code == 3
    assert "already works on" in words


def test_pause_resume_cancel_and_retry_while_running(
    database_url: str, tmp_path: Path, slow_upstream: Upstream
) -> None:
    # What was claimed before the word came may still reach the provider: no more than may be in flight.
    in_flight = 8
    with Server(tmp_path / "data", database_url=database_url) as server:
        server.start()
        server.add_key("openai", slow_upstream.openai, concurrency=in_flight)
        batch = server.submit([f"picture {n} #fake:trunc:1" for n in range(8)] + [f"p {n}" for n in range(80)])["id"]
        server.until(lambda: progress(server, batch) >= 12)
        server.post(f"/api/batches/{batch}/pause")
        paused_at = len(slow_upstream.requests())
        server.until(lambda: server.get(f"/api/batches/{batch}")["counts"]["running"] == 0)
        at_rest = len(slow_upstream.requests())
        assert at_rest - paused_at <= in_flight
        server.post(f"/api/batches/{batch}/retry", {"states": ["failed"]})
        assert len(slow_upstream.requests()) == at_rest
        server.post(f"/api/batches/{batch}/resume")
        server.until(lambda: progress(server, batch) >= 30)
        server.post(f"/api/batches/{batch}/cancel")
        cancelled_at = len(slow_upstream.requests())
        server.until(lambda: server.get(f"/api/batches/{batch}")["finished_at"] is not None)
        assert len(slow_upstream.requests()) - cancelled_at <= in_flight
        books = server.get(f"/api/batches/{batch}/verify")
    assert books["balanced"], books["problems"]
    assert books["counts"]["cancelled"] > 0
    assert books["counts"]["failed"] == 0
