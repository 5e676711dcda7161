"""The process is killed while money is held; a restart ends with balanced holds, and no cap is passed."""

from __future__ import annotations

import random
from decimal import Decimal
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from imageloom.features.budgets.models import Cap, Hold
from imageloom.features.generation.models import Attempt, Item
from imageloom.runtime.db.engines import make_sync_engine
from tests.server import Server
from tools.upstream.client import Upstream

ITEMS = 60
KILLS = 3
CONCURRENCY = 6
PLAN = {"models": ["openai/gpt-image-2"], "sizes": ["1024x1024"], "qualities": ["medium"]}
ACTUAL = 13_270
"""What the fake's usage comes to, in micros; up to 0.0533 is held for it."""
POINTS = ["attempt.before_post", "attempt.after_bytes", "ledger.before_commit", "ledger.after_commit"]


def submit(server: Server, *, cap: str) -> str:
    server.post("/api/budgets", {"kind": "team", "amount": "50", "period": "month", "zone": "Asia/Taipei"})
    prompts = [f"picture {number:02}" for number in range(ITEMS)]
    body = {"prompts": prompts, "plan": PLAN, "cap": cap, "failure_budget_percent": 100}
    batch: str = server.post("/api/batches", body)["id"]
    return batch


def cap_on(server: Server, kind: str) -> Any:
    return next(cap for cap in server.get("/api/budgets")["items"] if cap["kind"] == kind)


def is_at_rest(server: Server, batch: str) -> bool:
    """Over, or nothing on its way and nothing that may start."""
    counts = server.get(f"/api/batches/{batch}")["counts"]
    if counts["running"]:
        return False
    (part,) = [part for part in server.get("/api/health")["parts"] if part["name"] == "budgets"]
    return counts["pending"] == 0 or part["detail"] is not None


def balanced(database_url: str) -> None:
    """With nothing on its way: holds are those in doubt, and counters are what the attempts come to."""
    engine = make_sync_engine(database_url, synchronous="NORMAL")
    with engine.connect().execution_options(readonly=True) as connection:
        caps = connection.execute(select(Cap.__table__)).all()
        holds = connection.execute(select(Hold.__table__)).all()
        attempts = connection.execute(
            select(Attempt.id, Attempt.state, Attempt.billed, Attempt.settled_micros, Item.estimated_high_micros).join(
                Item, Item.id == Attempt.item_id
            )
        ).all()
    engine.dispose()
    assert {row.state for row in attempts} == {"settled"}
    unknown = [row for row in attempts if row.settled_micros is None and row.billed is not False]
    assert len(caps) == 2
    for cap in caps:
        assert cap.held_micros == 0
        assert cap.settled_micros == sum(row.settled_micros or 0 for row in attempts)
        assert cap.doubt_micros == sum(row.estimated_high_micros for row in unknown)
        assert cap.unknown == len(unknown)
        assert cap.settled_micros + cap.doubt_micros <= cap.amount_micros
        mine = [hold for hold in holds if hold.cap_id == cap.id]
        assert {hold.attempt_id for hold in mine} == {row.id for row in unknown}
        assert all(hold.in_doubt for hold in mine)


@pytest.mark.parametrize("seed", [1])
def test_kills_at_random_moments(database_url: str, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    with (
        Upstream("--latency", "0.3", "--jitter", "0.2", "--picture-bytes", "3000", "--seed", "7") as upstream,
        Server(tmp_path / "data", database_url=database_url) as server,
    ):
        server.start()
        server.add_key("openai", upstream.openai, concurrency=CONCURRENCY)
        batch = submit(server, cap="1.40")
        for kill in range(1, KILLS + 1):
            server.until(partial(is_spending, server, batch, goal=kill * 5))
            server.until(lambda: chance.random() < 0.3)
            server.kill()
            server.start()
        server.until(lambda: is_at_rest(server, batch), seconds=120)
        balanced(database_url)
        cap = cap_on(server, "batch")
        assert Decimal(cap["used"]) + Decimal(cap["doubt"]) <= Decimal("1.40")
        server.call("PUT", f"/api/budgets/{cap['id']}", json={"amount": "40"})
        server.until(lambda: server.get(f"/api/batches/{batch}")["finished_at"] is not None, seconds=120)
        books = server.get(f"/api/batches/{batch}/verify")
        balanced(database_url)
        paid = upstream.account()["by_prompt"]
    counts = books["counts"]
    assert books["balanced"], books["problems"]
    assert counts["done"] + counts["uncertain"] == ITEMS
    assert counts["uncertain"] <= KILLS * CONCURRENCY
    assert max(paid.values()) == 1
    assert Decimal(books["settled"]) * 1_000_000 == counts["done"] * ACTUAL


def is_spending(server: Server, batch: str, *, goal: int) -> bool:
    """So many items have ended, and money is held for others."""
    counts = server.get(f"/api/batches/{batch}")["counts"]
    return counts["total"] - counts["pending"] - counts["running"] >= goal and cap_on(server, "batch")["held"] != "0"


@pytest.mark.parametrize("point", POINTS)
def test_a_death_at_each_named_place(database_url: str, tmp_path: Path, upstream: Upstream, point: str) -> None:
    upstream.config(latency=0.05)
    with Server(tmp_path / "data", database_url=database_url) as server:
        server.start()
        server.add_key("openai", upstream.openai, concurrency=4)
        server.stop()
        server.start(IMAGELOOM_FAULTPOINT=f"{point}:9")
        batch = submit(server, cap="20")
        server.died()
        server.start()
        server.until(lambda: server.get(f"/api/batches/{batch}")["finished_at"] is not None, seconds=60)
        balanced(database_url)
        books = server.get(f"/api/batches/{batch}/verify")
    assert books["balanced"]
    assert books["counts"]["done"] + books["counts"]["uncertain"] == ITEMS
    assert max(upstream.account()["by_prompt"].values()) == 1
