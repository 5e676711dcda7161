"""What caps add to claiming and finishing an item: one on the batch, user, project, team, key and provider each."""

from __future__ import annotations

import tempfile
from pathlib import Path

from sqlalchemy import insert

from bench.claim import FEW, NOW, Ledger
from bench.measuring import Bar, Finding, Spread, in_turn
from imageloom.features.budgets.models import Cap
from imageloom.kit.periods import start_of

TARGETS = {
    "batch": "run",
    "user": "user",
    "project": "project",
    "team": "team",
    "credential": "key",
    "provider": "openai",
}
PLENTY = 10**15


def capped(folder: Path) -> Ledger:
    """A ledger in which every cap that can bind an item binds, each month."""
    folder.mkdir()
    ledger = Ledger(folder, FEW)
    counters = ("settled", "failed", "refused", "held", "doubt")
    rows = [
        {
            "id": f"cap-{kind}",
            "team_id": "team",
            "kind": kind,
            "target": target,
            "period": "month",
            "zone": "Asia/Taipei",
            "is_hard": True,
            "allows_unknown": False,
            "amount_micros": PLENTY,
            "currency": "USD",
            "period_start": start_of("month", NOW, "Asia/Taipei"),
            **{f"{name}_micros": 0 for name in counters},
            "unknown": 0,
            "version": 1,
            "created_at": NOW,
            "updated_at": NOW,
        }
        for kind, target in TARGETS.items()
    ]
    with ledger.engine.begin() as connection:
        connection.execute(insert(Cap), rows)
    return ledger


def run(*, rounds: int) -> list[Finding]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        free = Ledger(Path(folder), FEW)
        bound = capped(Path(folder) / "capped")
        for ledger in (free, bound):
            ledger.milliseconds_an_item()
        without, within = in_turn([free.milliseconds_an_item, bound.milliseconds_an_item], rounds=rounds)
        for ledger in (free, bound):
            ledger.engine.dispose()
    added = Spread(tuple(theirs - ours for ours, theirs in zip(without.values, within.values, strict=True)))
    return [
        Finding(
            name="six caps on an item, CPU added",
            name_zh="每件六道上限，增加的 CPU",
            spread=added,
            unit=" ms",
            bar=Bar(limit=0.3, aim=0.1),
        )
    ]
