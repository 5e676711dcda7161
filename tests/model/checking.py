"""What the machine sees, and what must always be so: all rows against the model."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter, defaultdict
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
)
from sqlalchemy import select

from imageloom.features.batches.verifying import Verifier
from imageloom.features.generation.models import OPEN_ATTEMPTS, Attempt, Item, Lane, Run, RunLane
from imageloom.features.generation.service import GenerationService
from imageloom.features.library.models import Asset
from imageloom.runtime.actor import SYSTEM
from imageloom.runtime.db.engines import make_sync_engine
from imageloom.runtime.scope import Scopes
from tests.model.books import STATES, Books, ItemBook, RunBook
from tests.model.provider import Waiting
from tests.model.workers import LIMITS, Place, Worker

OPEN = [state.value for state in OPEN_ATTEMPTS]


class CheckedLedger(RuleBasedStateMachine):
    """``expected`` is what a rule allows to change; nothing else may."""

    make_place: Callable[[], Place]

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.books = Books()
        self.expected: dict[str, tuple[tuple[str, ...], bool]] = {}
        self.workers: list[Worker] = []
        self.pages: dict[str, Any] = {}
        self.verified: dict[str, str] = {}
        self.place = type(self).make_place()
        self.reader = make_sync_engine(self.place.url, synchronous="NORMAL")

    def run(self, coroutine: Any) -> Any:
        return self.runner.run(coroutine)

    @property
    def scopes(self) -> Scopes:
        return self.workers[0].scopes

    def start_worker(self, name: str) -> Worker:
        worker = Worker(name, self.place, self.place.folder / f"incoming-{name}")
        self.run(worker.start())
        return worker

    def teardown(self) -> None:
        for worker in self.workers:
            self.run(worker.kill())
        self.reader.dispose()
        self.runner.close()
        shutil.rmtree(self.place.folder, ignore_errors=True)

    def rows(self, statement: Any) -> list[Any]:
        with self.reader.connect().execution_options(readonly=True) as connection:
            return list(connection.execute(statement).mappings())

    def pick(self, things: list[Any], number: int) -> Any:
        return things[number % len(things)]

    def calls(self) -> list[Waiting]:
        return sorted(self.place.world.waiting, key=lambda call: (call.attempt_id, call.kind))

    def item_of(self, attempt_id: str) -> ItemBook:
        (row,) = self.rows(select(Attempt.item_id).where(Attempt.id == attempt_id))
        return self.books.items()[row["item_id"]]

    def worker_of(self, call: Waiting) -> tuple[Worker, Any]:
        return next((w, d) for w in self.workers for d in w.drivers.values() if call.task in d._tasks)

    def runs(self, *states: str) -> list[RunBook]:
        return [run for run in self.books.runs.values() if not states or run.state in states]

    def known_lanes(self) -> list[str]:
        return sorted({item.lane for item in self.books.items().values()})

    def driven(self) -> list[tuple[Worker, str]]:
        return [(worker, lane_id) for worker in self.workers for lane_id in sorted(worker.drivers)]

    def expandable(self) -> list[RunBook]:
        return [run for run in self.runs() if run.expanding]

    # --- what must always be so ------------------------------------------------------------------------------

    @invariant()
    def the_books_are_right(self) -> None:
        if not self.workers:
            return
        self.follow()
        self.check_items()
        self.check_runs()
        self.check_lanes()
        self.check_attempts()
        assert not self.books.paid_too_often()
        self.run(self.verify(self.touched()))

    def follow(self) -> None:
        """Moves the model where the last rule allowed it, and nowhere else."""
        items, moved = self.books.items(), set()
        for row in self.rows(select(Item.id, Item.state)):
            states, _ = self.expected.get(row["id"], ((items[row["id"]].state,), False))
            assert row["state"] in states, (row, states)
            if items[row["id"]].state != row["state"]:
                moved.add(self.books.run_of(row["id"]).id)
            items[row["id"]].state = row["state"]
        self.expected = {}
        for run in self.runs():
            self.judge(run, has_moved=run.id in moved)

    def judge(self, run: RunBook, *, has_moved: bool) -> None:
        if run.is_over():
            run.state = "cancelled" if run.state == "cancelled" else "finished"
        elif has_moved and run.state == "running" and run.counts()["failed"]:
            (row,) = self.rows(select(Run.state, Run.reason).where(Run.id == run.id))
            is_paused = row["state"] == "paused"
            assert not is_paused or "failure budget" in row["reason"]
            run.state = row["state"] if is_paused else run.state

    def check_items(self) -> None:
        assets = {row["id"] for row in self.rows(select(Asset.id))}
        for row in self.rows(select(Item.__table__)):
            if row["state"] == "done":
                assert row["asset_id"] in assets, "a done item has a picture"

    def check_runs(self) -> None:
        money: dict[str, Counter[str]] = defaultdict(Counter)
        for row in self.rows(select(Attempt.__table__).where(Attempt.state == "settled")):
            if row["settled_micros"] is not None:
                money[row["run_id"]]["settled_micros"] += row["settled_micros"]
            elif row["billed"] is not False:
                money[row["run_id"]]["settled_unknown"] += 1
        for row in self.rows(select(Run.__table__)):
            run = self.books.runs[row["id"]]
            assert {state: row[state] for state in STATES} == run.counts()
            assert sum(row[state] for state in STATES) == row["total"] == run.total
            assert row["state"] == run.state, (row, run)
            assert (row["finished_at"] is not None) == (run.state in ("finished", "cancelled") and run.is_over())
            assert row["expanding"] == run.expanding
            for name in ("settled_micros", "settled_unknown"):
                assert row[name] == money[run.id][name]

    def check_lanes(self) -> None:
        for row in self.rows(select(RunLane.__table__)):
            assert row["pending"] == self.books.runs[row["run_id"]].waiting(row["lane_id"])
        for row in self.rows(select(Lane.__table__)):
            lane = self.books.lane(row["id"])
            assert row["epoch"] == lane.epoch
            assert row["is_paused"] == lane.is_paused
            assert (row["parked_reason"] is not None) == lane.is_parked

    def check_attempts(self) -> None:
        open_items = Counter(
            row["item_id"] for row in self.rows(select(Attempt.item_id).where(Attempt.state.in_(OPEN)))
        )
        running = {item.id for item in self.books.items().values() if item.state == "running"}
        assert set(open_items) == running, "an item runs exactly if it has an open attempt"
        assert set(open_items.values()) <= {1}
        self.check_nobody_waits_for_nothing()
        starts: dict[str, list[Any]] = defaultdict(list)
        for row in self.rows(select(Attempt.lane_id, Attempt.started_at).order_by(Attempt.started_at)):
            starts[row["lane_id"]].append(row["started_at"])
        for lane_id, times in starts.items():
            limits = LIMITS[lane_id.partition(":")[0]]
            if limits.requests_per_minute is not None:
                for first, later in zip(times, times[limits.requests_per_minute :], strict=False):
                    assert later - first >= timedelta(seconds=60), "so many starts in a minute and no more"
            if limits.requests_per_day is not None:
                days = Counter(time.date() for time in times)
                assert max(days.values()) <= limits.requests_per_day

    def check_nobody_waits_for_nothing(self) -> None:
        """Whoever drives a lane works on each of its open attempts."""
        for worker, lane_id in self.driven():
            driver = worker.drivers[lane_id]
            if driver.epoch == self.books.lane(lane_id).epoch and driver._lost is None:
                rows = self.rows(select(Attempt.id).where(Attempt.lane_id == lane_id, Attempt.state.in_(OPEN)))
                names = {task.get_name() for task in driver._tasks}
                assert {row["id"] for row in rows} <= names

    def touched(self) -> list[str]:
        """Runs whose account changed since they were verified."""
        now = {run.id: str((run.state, run.expanding, run.counts())) for run in self.runs()}
        touched = [run_id for run_id, account in now.items() if self.verified.get(run_id) != account]
        self.verified = now
        return touched

    async def verify(self, run_ids: list[str]) -> None:
        async with self.scopes.open(SYSTEM, write=False) as scope:
            for run_id in run_ids:
                run = await GenerationService(scope).run(run_id)
                books = await Verifier(scope).verify(run)
                assert books.balanced, books.problems
