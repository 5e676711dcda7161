"""The books as they should be: a dictionary of runs, items and lanes, and who paid."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

STATES = ("pending", "running", "done", "failed", "refused", "cancelled", "uncertain")


@dataclass
class ItemBook:
    """One picture that is wanted. It may be paid once, and once more each time that somebody allows it."""

    id: str
    prompt: str
    position: int
    lane: str
    state: str = "pending"
    resends: int = 0
    allowed: int = 1


@dataclass
class RunBook:
    id: str
    priority: int
    policy: str
    budget: int
    total: int
    expanding: bool = True
    state: str = "running"
    items: dict[str, ItemBook] = field(default_factory=dict)

    def counts(self) -> dict[str, int]:
        counter = Counter(item.state for item in self.items.values())
        # What is not written yet was promised; what a cancelled run never wrote is cancelled.
        counter["pending" if self.expanding else "cancelled"] += self.total - len(self.items)
        return {state: counter[state] for state in STATES}

    def waiting(self, lane: str) -> int:
        return sum(1 for item in self.items.values() if item.lane == lane and item.state == "pending")

    def is_over(self) -> bool:
        counts = self.counts()
        return counts["pending"] == counts["running"] == 0

    def over_budget(self, least: int) -> bool:
        counts = self.counts()
        over = counts["done"] + counts["failed"] + counts["refused"] + counts["uncertain"]
        return self.budget > 0 and over >= least and counts["failed"] * 100 >= over * self.budget


@dataclass
class LaneBook:
    epoch: int = 0
    is_paused: bool = False
    is_parked: bool = False
    resume_at: datetime | None = None

    def is_open(self, now: datetime) -> bool:
        return not self.is_paused and not self.is_parked and (self.resume_at is None or self.resume_at <= now)


@dataclass
class Books:
    runs: dict[str, RunBook] = field(default_factory=dict)
    lanes: dict[str, LaneBook] = field(default_factory=dict)
    paid: Counter[str] = field(default_factory=Counter)
    """How often providers charged for each item: their side of the account. Prompts do not tell items apart: one that is
    moved to another lane has a twin there."""

    def items(self) -> dict[str, ItemBook]:
        return {item.id: item for run in self.runs.values() for item in run.items.values()}

    def run_of(self, item_id: str) -> RunBook:
        return next(run for run in self.runs.values() if item_id in run.items)

    def lane(self, lane_id: str) -> LaneBook:
        return self.lanes.setdefault(lane_id, LaneBook())

    def paid_too_often(self) -> list[ItemBook]:
        return [item for item in self.items().values() if self.paid[item.id] > item.allowed]
