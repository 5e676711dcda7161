"""Claiming and finishing items, beside a mountain of pending ones and beside a handful."""

from __future__ import annotations

import sqlite3
import tempfile
import time
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

from sqlalchemy import Engine

from bench.fill import made_id
from bench.measuring import Bar, Finding, in_turn
from imageloom.contracts.provider import Outcome
from imageloom.features.generation.apply import apply_changes
from imageloom.features.generation.changes import Claimed, Settled, StoredPicture
from imageloom.features.generation.claims import Fairness, Wish, claim
from imageloom.features.generation.models import ItemState
from imageloom.migrations.runner import migrate
from imageloom.runtime.db.engines import make_sync_engine

FEW = 100
MANY = 1_000_000
PAGE = 64
PAGES = 20
LANE = "openai:key"
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Ledger:
    """A database whose one lane has so many pending items."""

    folder: Path
    pending: int
    fairness: Fairness = field(default_factory=Fairness)
    numbers: count[int] = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        self.path = self.folder / f"{self.pending}.db"
        migrate(f"sqlite:///{self.path}")
        self._fill()
        self.engine: Engine = make_sync_engine(f"sqlite:///{self.path}", synchronous="FULL")

    def _fill(self) -> None:
        now = NOW.strftime("%Y-%m-%d %H:%M:%S.%f")
        with closing(sqlite3.connect(self.path)) as connection:
            connection.execute("INSERT INTO teams (id, name, created_at) VALUES ('team', 'team', ?)", (now,))
            connection.execute(
                "INSERT INTO users (id, name, is_admin, created_at) VALUES ('user', 'user', 1, ?)", (now,)
            )
            connection.execute(
                "INSERT INTO projects (id, team_id, name, created_at) VALUES ('project', 'team', 'p', ?)", (now,)
            )
            connection.execute(
                "INSERT INTO lanes (id, provider, state, epoch, is_paused, day_requests)"
                " VALUES (?, 'openai', 'active', 1, 0, 0)",
                (LANE,),
            )
            connection.execute(
                "INSERT INTO runs (id, team_id, project_id, user_id, state, priority, uncertain_policy,"
                " failure_budget_percent, expanding, total, pending, running, done, failed, refused, cancelled,"
                " uncertain, estimated_micros, estimated_unknown, settled_micros, settled_unknown, currency,"
                " created_at)"
                " VALUES ('run', 'team', 'project', 'user', 'running', 5, 'ask', 50, 0, ?, ?, 0, 0, 0, 0, 0, 0, 0, 0,"
                " 0, 0, 'USD', ?)",
                (self.pending, self.pending, now),
            )
            connection.execute(
                "INSERT INTO run_lanes (run_id, lane_id, pending) VALUES ('run', ?, ?)", (LANE, self.pending)
            )
            connection.executemany(
                "INSERT INTO items (id, run_id, position, rank, lane_id, provider, model, state, template, prompt,"
                " wishes, fields, not_sent, choices, row, row_number, attempts, tries, resends, is_reused,"
                " estimated_micros, estimated_high_micros, updated_at)"
                " VALUES (?, 'run', ?, ?, ?, 'openai', 'gpt-image-2', 'pending', '{{prompt}}', ?, '{}',"
                " '{\"width\":1024}', '[]', '[]', '{\"prompt\":\"a cat\"}', ?, 0, 0, 0, 0, 40000, 45000, ?)",
                (
                    (made_id("I", number), number, number, LANE, f"a cat, number {number}", number, now)
                    for number in range(self.pending)
                ),
            )
            connection.commit()

    def milliseconds_an_item(self) -> float:
        used = 0.0
        for _ in range(PAGES):
            began = time.process_time()
            with self.engine.begin() as connection:
                claimed = claim(connection, self._wish(), self.fairness)
            with self.engine.begin() as connection:
                apply_changes(connection, [self._settled(item) for item in claimed.items])
            used += time.process_time() - began
            assert len(claimed.items) == PAGE
            if self.pending == FEW:
                self._put_back()
        return used * 1000 / (PAGES * PAGE)

    def _wish(self) -> Wish:
        return Wish(
            lane_id=LANE, epoch=1, slots=PAGE, now=NOW, day="2026-01-01", per_day=None, new_id=lambda: self._id("T")
        )

    def _id(self, kind: str) -> str:
        return made_id(kind, next(self.numbers))

    def _settled(self, item: Claimed) -> Settled:
        asset = self._id("A")
        picture = StoredPicture(
            asset_id=asset,
            blake3=f"{asset:x>64}",
            size_bytes=1_200_000,
            media_type="image/png",
            format="png",
            width=1024,
            height=1024,
            provenance={"prompt": item.prompt, "provider": item.provider, "model": item.model},
        )
        return Settled(
            lane_id=LANE,
            epoch=1,
            attempt_id=item.attempt_id,
            item_id=item.item_id,
            run_id=item.run_id,
            project_id=item.project_id,
            team_id=item.team_id,
            position=item.position,
            outcome=Outcome.succeeded,
            to=ItemState.done,
            at=NOW,
            billed=True,
            settled_micros=40_000,
            sent={"method": "POST", "url": "images/generations", "json": {"prompt": item.prompt}},
            pictures=(picture,),
        )

    def _put_back(self) -> None:
        with closing(sqlite3.connect(self.path)) as connection:
            connection.execute("UPDATE items SET state = 'pending' WHERE state != 'pending'")
            connection.execute("UPDATE runs SET pending = total, done = 0")
            connection.execute("UPDATE run_lanes SET pending = ?", (FEW,))
            connection.commit()


def run(*, rounds: int) -> list[Finding]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        few, many = Ledger(Path(folder), FEW), Ledger(Path(folder), MANY)
        for ledger in (few, many):
            ledger.milliseconds_an_item()
        beside_few, beside_many = in_turn([few.milliseconds_an_item, many.milliseconds_an_item], rounds=rounds)
        for ledger in (few, many):
            ledger.engine.dispose()
    return [
        Finding(
            name=f"claim and finish, CPU an item, {FEW} pending",
            name_zh=f"領取與完成，每件 CPU，{FEW} 件等待",
            spread=beside_few,
            unit=" ms",
        ),
        Finding(
            name=f"claim and finish, {MANY:,} pending / {FEW} pending",
            name_zh=f"領取與完成，{MANY:,} 件等待／{FEW} 件等待",
            spread=beside_many.over(beside_few),
            bar=Bar(limit=1.3, aim=1.1),
        ),
    ]
