"""Ten thousand rows from the request to the database, and a million."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from bench.measuring import Bar, Finding, Spread, high_water_mb, processor_seconds
from tests.server import Server
from tools.upstream.client import Upstream

ROWS = 10_000
SHEET_ROWS = 10_000
EACH = 100
PLAN = {"models": ["openai/gpt-image-2"], "sizes": ["1024x1024"]}


@dataclass(frozen=True)
class Submitted:
    batch_id: str
    seconds: float
    processor: float


def submit(server: Server, body: dict[str, Any], *, total: int) -> Submitted:
    """From the first byte of the request until the last item can be read."""
    assert server.process is not None
    pid = server.process.pid
    began, used = time.monotonic(), processor_seconds(pid)
    batch = server.post("/api/batches", body)

    def is_visible() -> bool:
        return not server.get(f"/api/batches/{batch['id']}")["expanding"]

    server.until(is_visible, seconds=1200)
    seconds, processor = time.monotonic() - began, processor_seconds(pid) - used
    counts = server.get(f"/api/batches/{batch['id']}")["counts"]
    assert counts["total"] == counts["pending"] == total, counts
    return Submitted(batch["id"], seconds, processor)


def raw_insert(database: Path, batch_id: str, folder: Path) -> float:
    """Processor seconds of one durable transaction that inserts the same rows into the same table."""
    target = folder / "raw.db"
    target.unlink(missing_ok=True)
    with closing(sqlite3.connect(database)) as source, closing(sqlite3.connect(target, isolation_level=None)) as raw:
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            raw.execute(f"PRAGMA {pragma}")
        for (statement,) in source.execute(
            "SELECT sql FROM sqlite_master WHERE tbl_name = 'items' AND sql IS NOT NULL"
        ):
            raw.execute(statement)
        rows = source.execute("SELECT * FROM items WHERE run_id = ?", (batch_id,)).fetchall()
        used = time.process_time()
        raw.execute("BEGIN IMMEDIATE")
        raw.executemany(f"INSERT INTO items VALUES ({', '.join('?' * len(rows[0]))})", rows)
        raw.execute("COMMIT")
        return time.process_time() - used


def run(*, rounds: int) -> list[Finding]:
    with Upstream() as upstream, tempfile.TemporaryDirectory(prefix="bench-") as place, Server(Path(place)) as server:
        server.start(IMAGELOOM_ENGINE__POLL_SECONDS="1.0")
        server.add_key("openai", upstream.openai)
        _hold_lane(server)
        ours, raw, seconds = [], [], []
        for number in range(rounds + 1):
            prompts = [f"a lighthouse at dusk, light rain, number {row}, round {number}" for row in range(ROWS)]
            done = submit(server, {"prompts": prompts, "plan": PLAN}, total=ROWS)
            with tempfile.TemporaryDirectory(prefix="bench-") as folder:
                raw_seconds = raw_insert(Path(place) / "imageloom.db", done.batch_id, Path(folder))
            if number:
                # The first warms.
                ours.append(done.processor * 1000)
                raw.append(raw_seconds * 1000)
                seconds.append(done.seconds)
        assert server.process is not None
        before = high_water_mb(server.process.pid)
        million = submit(server, {"sheet_id": _sheet(server), "plan": {**PLAN, "count": EACH}}, total=SHEET_ROWS * EACH)
        after = high_water_mb(server.process.pid)
        server.stop()
    mine, theirs = Spread(tuple(ours)), Spread(tuple(raw))
    return [
        Finding(
            name=f"{ROWS:,} rows durable and visible",
            name_zh=f"{ROWS:,} 列寫入並可見",
            spread=Spread(tuple(seconds)),
            unit=" s",
            bar=Bar(limit=3),
        ),
        Finding(name=f"CPU, {ROWS:,} rows", name_zh=f"CPU，{ROWS:,} 列", spread=mine, unit=" ms"),
        Finding(name="CPU, raw SQL insert", name_zh="CPU，直接 SQL 寫入", spread=theirs, unit=" ms"),
        Finding(
            name="CPU, Imageloom / raw SQL insert",
            name_zh="CPU，Imageloom／直接 SQL 寫入",
            spread=mine.over(theirs),
            bar=Bar(limit=6, aim=3),
        ),
        Finding(
            name="1,000,000 items, time", name_zh="1,000,000 件，時間", spread=Spread.of(million.seconds), unit=" s"
        ),
        Finding(
            name="1,000,000 items, most memory beyond that of 10,000",
            name_zh="1,000,000 件，比 10,000 件多用的記憶體",
            spread=Spread.of(after - before),
            unit=" MB",
            bar=Bar(limit=64),
        ),
    ]


def _hold_lane(server: Server) -> None:
    """What is submitted from now on stays pending."""
    server.post("/api/batches", {"prompts": ["the first"], "plan": PLAN})
    lanes = server.get("/api/lanes")
    for lane in lanes:
        server.post(f"/api/lanes/{lane['id']}/pause")


def _sheet(server: Server) -> str:
    lines = "prompt\n" + "".join(f"a lighthouse at dusk number {row}\n" for row in range(SHEET_ROWS))
    address = server.address
    answer = httpx2.post(
        f"{address['url']}/api/sheets",
        headers={"Authorization": f"Bearer {address['token']}"},
        files={"file": ("prompts.csv", lines.encode(), "text/csv")},
        timeout=120,
        trust_env=False,
    )
    return str(answer.raise_for_status().json()["id"])
