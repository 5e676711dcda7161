"""Fifty lanes that spend the same money at once, on real databases: what they settle never passes a cap."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, func, insert, select, update
from sqlalchemy.exc import OperationalError

from imageloom.contracts.provider import Outcome
from imageloom.features.budgets.holding import CapMoved, open_purses, write_holds
from imageloom.features.budgets.models import Cap, Hold
from imageloom.features.budgets.purses import Payer
from imageloom.features.generation.apply import apply_changes
from imageloom.features.generation.changes import Claimed, Settled
from imageloom.features.generation.claims import Fairness, Wish, claim
from imageloom.features.generation.models import Attempt, Item, ItemState, Lane, Run, RunLane
from imageloom.features.identity.models import User
from imageloom.features.teams.models import Project, Team
from imageloom.kit.ids import UlidIds
from imageloom.kit.periods import BEGINNING
from imageloom.runtime.db.engines import make_sync_engine

LANES = 50
ITEMS = 6
HIGH = 1_000
NOW = datetime(2026, 11, 28, tzinfo=UTC)
DEADLINE_SECONDS = 120.0
IDS = UlidIds()
COUNTS = ("running", "done", "failed", "refused", "cancelled", "uncertain", "estimated_unknown", "settled_unknown")
ENDS: dict[Outcome, ItemState] = {
    Outcome.succeeded: ItemState.done,
    Outcome.failed: ItemState.failed,
    Outcome.refused: ItemState.refused,
    Outcome.uncertain: ItemState.uncertain,
    Outcome.unavailable: ItemState.pending,
}


@dataclass
class World:
    """A team of its own with fifty lanes of a few items, a run on each, and caps that half of them fit into."""

    engine: Engine
    seed: int
    team_cap: int
    user_cap: int

    def fill(self) -> None:
        self.team, self.user, self.project = IDS.new(), IDS.new(), IDS.new()
        self.lanes = [f"openai:{IDS.new()}" for _ in range(LANES)]
        with self.engine.begin() as connection:
            connection.execute(insert(Team), [{"id": self.team, "name": "t", "created_at": NOW}])
            connection.execute(insert(User), [{"id": self.user, "name": "u", "is_admin": False, "created_at": NOW}])
            connection.execute(
                insert(Project), [{"id": self.project, "team_id": self.team, "name": "p", "created_at": NOW}]
            )
            self._fill_lanes(connection)
            self.caps = {"team": self._cap("team", self.team, self.team_cap)}
            self.caps["user"] = self._cap("user", self.user, self.user_cap)
            connection.execute(insert(Cap), list(self.caps.values()))

    def _fill_lanes(self, connection: Any) -> None:
        lane = {"provider": "openai", "state": "active", "epoch": 1, "is_paused": False, "day_requests": 0}
        connection.execute(insert(Lane), [{"id": lane_id, "team_id": self.team, **lane} for lane_id in self.lanes])
        runs, waiting, items = [], [], []
        for lane_id in self.lanes:
            run_id = IDS.new()
            runs.append(
                {
                    "id": run_id,
                    "team_id": self.team,
                    "project_id": self.project,
                    "user_id": self.user,
                    "state": "running",
                    "priority": 5,
                    "uncertain_policy": "ask",
                    "failure_budget_percent": 0,
                    "expanding": False,
                    "total": ITEMS,
                    "pending": ITEMS,
                    "currency": "USD",
                    "estimated_micros": 0,
                    "settled_micros": 0,
                    "created_at": NOW,
                    **dict.fromkeys(COUNTS, 0),
                }
            )
            waiting.append({"run_id": run_id, "lane_id": lane_id, "pending": ITEMS})
            items += [self._item(run_id, lane_id, number) for number in range(ITEMS)]
        connection.execute(insert(Run), runs)
        connection.execute(insert(RunLane), waiting)
        connection.execute(insert(Item), items)

    def _item(self, run_id: str, lane_id: str, position: int) -> dict[str, Any]:
        words = {"template": "", "prompt": "", "fields": {}, "not_sent": [], "choices": [], "row": {}}
        numbers = dict.fromkeys(("row_number", "attempts", "tries", "resends"), 0)
        return {
            "id": IDS.new(),
            "run_id": run_id,
            "lane_id": lane_id,
            "position": position,
            "rank": position,
            "wishes": {},
            "provider": "openai",
            "model": "m",
            "state": "pending",
            "is_reused": False,
            "estimated_micros": HIGH // 2,
            "estimated_high_micros": HIGH,
            "updated_at": NOW,
            **words,
            **numbers,
        }

    def _cap(self, kind: str, target: str, amount: int) -> dict[str, Any]:
        counters = ("settled", "failed", "refused", "held", "doubt")
        return {
            "id": IDS.new(),
            "team_id": self.team,
            "kind": kind,
            "target": target,
            "period": "total",
            "zone": "UTC",
            "is_hard": True,
            "allows_unknown": False,
            "amount_micros": amount,
            "currency": "USD",
            "period_start": BEGINNING,
            "unknown": 0,
            "version": 1,
            "created_at": NOW,
            "updated_at": NOW,
            **{f"{name}_micros": 0 for name in counters},
        }

    # --- spending --------------------------------------------------------------------------------------------

    def drain(self, number: int) -> None:
        """One lane, until its items have ended or its money has."""
        chance, lane_id, fairness = random.Random(f"{self.seed}-{number}"), self.lanes[number], Fairness()
        flying: list[Claimed] = []
        deadline = time.monotonic() + DEADLINE_SECONDS
        while time.monotonic() < deadline:
            wish = Wish(
                lane_id=lane_id, epoch=1, slots=chance.randint(1, 3), now=NOW, day="d", per_day=None, new_id=IDS.new
            )
            claimed = self._until_done(lambda connection, wish=wish: claim(connection, wish, fairness))
            flying += claimed.items
            chance.shuffle(flying)
            ended = [flying.pop() for _ in range(chance.randint(0, len(flying)))]
            if ended:
                changes = [self._end(item, lane_id, chance) for item in ended]
                self._until_done(lambda connection, changes=changes: apply_changes(connection, changes))
            elif not claimed.items and not flying and self._is_over(lane_id):
                return
            self.look()
        raise AssertionError(f"lane {number} did not come to an end")

    def _end(self, item: Claimed, lane_id: str, chance: random.Random) -> Settled:
        outcome = chance.choices(list(ENDS), weights=[6, 1, 1, 1, 1])[0]
        is_free = outcome == Outcome.unavailable or (outcome == Outcome.refused and chance.random() < 0.5)
        paid = None if outcome == Outcome.uncertain else 0 if is_free else chance.randint(0, HIGH)
        return Settled(
            lane_id=lane_id,
            epoch=1,
            attempt_id=item.attempt_id,
            item_id=item.item_id,
            run_id=item.run_id,
            project_id=item.project_id,
            team_id=item.team_id,
            position=item.position,
            outcome=outcome,
            to=ENDS[outcome],
            at=NOW,
            billed=None if paid is None else not is_free,
            settled_micros=paid,
        )

    def _until_done(self, function: Any) -> Any:
        """As the ledger writer does: what meets a conflict is tried again."""
        while True:
            try:
                with self.engine.begin() as connection:
                    return function(connection)
            except OperationalError:
                continue

    def _is_over(self, lane_id: str) -> bool:
        with self.engine.connect().execution_options(readonly=True) as connection:
            queue = connection.execute(select(RunLane.__table__).where(RunLane.lane_id == lane_id)).one()
        return queue.pending == 0 or queue.cap_is_spent

    def look(self) -> None:
        """At any moment: what was settled, and everything that may still come, is inside the cap."""
        ids = [cap["id"] for cap in self.caps.values()]
        with self.engine.connect().execution_options(readonly=True) as connection:
            for cap in connection.execute(select(Cap.__table__).where(Cap.id.in_(ids))):
                assert cap.settled_micros + cap.doubt_micros + cap.held_micros <= cap.amount_micros, cap
                assert min(cap.settled_micros, cap.doubt_micros, cap.held_micros) >= 0, cap

    def check(self) -> None:
        """At rest: every hold has gone, the counters are the attempts', and what is left is less than one picture."""
        with self.engine.connect().execution_options(readonly=True) as connection:
            rows = connection.execute(
                select(Attempt.outcome, Attempt.state, Attempt.settled_micros, Attempt.billed)
                .join(Run, Run.id == Attempt.run_id)
                .where(Run.team_id == self.team)
            ).all()
            pending = connection.execute(select(func.sum(Run.pending)).where(Run.team_id == self.team)).scalar_one()
            caps = connection.execute(select(Cap.__table__).where(Cap.team_id == self.team)).all()
            open_holds = connection.execute(
                select(func.count()).select_from(Hold).where(Hold.cap_id.in_([cap.id for cap in caps]), ~Hold.in_doubt)
            ).scalar_one()
        paid: Counter[str] = Counter()
        for row in rows:
            assert row.state == "settled"
            paid[row.outcome] += row.settled_micros or 0
        doubtful = sum(1 for row in rows if row.outcome == Outcome.uncertain)
        assert open_holds == 0
        for cap in caps:
            assert cap.held_micros == 0
            assert cap.settled_micros == paid.total() <= cap.amount_micros
            assert (cap.failed_micros, cap.refused_micros) == (paid["failed"] + paid["unavailable"], paid["refused"])
            assert (cap.doubt_micros, cap.unknown) == (doubtful * HIGH, doubtful)
        left = min(cap.amount_micros - cap.settled_micros - cap.doubt_micros for cap in caps)
        assert pending == 0 or left < HIGH


def test_fifty_lanes_never_settle_more_than_a_cap(database_url: str) -> None:
    engine = make_sync_engine(database_url, synchronous="NORMAL", pool_size=LANES)

    @settings(max_examples=3, deadline=None, database=None, suppress_health_check=list(HealthCheck))
    @given(
        seed=st.integers(0, 2**32),
        team_cap=st.integers(0, LANES * ITEMS * HIGH),
        user_cap=st.integers(20 * HIGH, LANES * ITEMS * HIGH // 2),
    )
    def spend(seed: int, team_cap: int, user_cap: int) -> None:
        world = World(engine, seed, team_cap, user_cap)
        world.fill()
        begin = threading.Barrier(LANES)

        def lane(number: int) -> None:
            begin.wait()
            world.drain(number)

        with ThreadPoolExecutor(LANES) as threads:
            for result in [threads.submit(lane, number) for number in range(LANES)]:
                result.result()
        world.check()

    spend()
    engine.dispose()


def test_thousands_of_batches_may_wait_at_once(database_url: str) -> None:
    """More than a statement takes values."""
    engine = make_sync_engine(database_url, synchronous="NORMAL")
    world = World(engine, 1, 10 * HIGH, 10 * HIGH)
    world.fill()
    payers = [Payer(world.team, world.project, world.user, IDS.new(), "openai", None) for _ in range(70_000)]
    with engine.begin() as connection:
        purses = open_purses(connection, payers, now=NOW)
    assert {purse.row.kind for purse in purses.for_payer(payers[-1])} == {"team", "user"}
    engine.dispose()


def test_a_claim_does_not_spend_what_another_took_meanwhile(database_url: str) -> None:
    """The condition under which a cap is changed holds even where its lock would not."""
    engine = make_sync_engine(database_url, synchronous="NORMAL")
    world = World(engine, 1, 10 * HIGH, 10 * HIGH)
    world.fill()
    payer = Payer(world.team, world.project, world.user, "run", "openai", None)
    with engine.begin() as connection:
        purses = open_purses(connection, [payer], now=NOW)
        assert purses.reserve(purses.for_payer(payer), HIGH, IDS.new()) is None
        connection.execute(update(Cap).where(Cap.team_id == world.team).values(held_micros=1))
        with pytest.raises(CapMoved):
            write_holds(connection, purses, now=NOW)
    engine.dispose()
