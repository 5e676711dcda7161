"""Edits, claims, answers and undoing in any order, on a real database: the books balance after each step."""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import select

from imageloom.contracts.provider import Outcome
from imageloom.features.batch_edits.applying import apply_edit, preview_edit
from imageloom.features.batch_edits.errors import NothingToEdit, NothingToUndo, StalePreview
from imageloom.features.batch_edits.schemas import EditRequest
from imageloom.features.batch_edits.service import EditService
from imageloom.features.batches.schemas import BatchCreate
from imageloom.features.batches.submitting import submit
from imageloom.features.catalog.fitting import DoesNotFit
from imageloom.features.generation.apply import apply_changes
from imageloom.features.generation.changes import Claimed, Settled
from imageloom.features.generation.claims import Fairness, Wish, claim
from imageloom.features.generation.errors import NothingToRetry, RunNotActive
from imageloom.features.generation.models import Attempt, Item, ItemState, Run, RunLane
from imageloom.features.generation.service import GenerationService
from imageloom.features.generation.taking import take
from imageloom.features.teams.service import TeamService
from imageloom.runtime.actor import SYSTEM
from imageloom.runtime.db.engines import make_sync_engine
from tests.model.test_books import make_place  # noqa: F401  a fixture
from tests.model.workers import Place, Worker

STATES = [state.value for state in ItemState]
CHOICE = st.integers(0, 10_000)
WHERE = st.sampled_from(
    ({}, {"rows": ["1-2"]}, {"items": ["2-"]}, {"prompt_contains": "picture 1"}, {"models": ["openai/gpt-image-2"]})
)
ACTS = st.sampled_from(
    (
        {"fields": {"quality": "high"}},
        {"fields": {"quality": None, "size": "1024x1024"}},
        {"fields": {"model": "other/gpt-image-2"}},
        {"replace": {"find": "picture", "replace": "photo"}},
        {"remove": True},
        {"move": "front"},
        {"move": "back", "priority": 7},
        {"fields": {"quality": "low"}, "move": "front", "replace": {"find": "photo", "replace": "picture"}},
    )
)
ENDS = st.sampled_from((Outcome.refused, Outcome.failed, Outcome.rate_limited, Outcome.uncertain))
TO = {
    Outcome.refused: ItemState.refused,
    Outcome.failed: ItemState.failed,
    Outcome.rate_limited: ItemState.pending,
    Outcome.uncertain: ItemState.uncertain,
}
"""What an attempt comes to. Pictures are made elsewhere: here nothing needs a file."""


class Edited(RuleBasedStateMachine):
    """One batch on two lanes, edited while it is claimed and settled."""

    make_place: Callable[[], Place]

    def __init__(self) -> None:
        super().__init__()
        self.place = type(self).make_place()
        self.runner = asyncio.Runner()
        self.engine = make_sync_engine(self.place.url, synchronous="NORMAL")
        self.worker = Worker("w", self.place, self.place.folder / "incoming")
        self.runner.run(self.worker.start())
        self.scopes = self.worker.scopes
        self.attempts: list[tuple[str, Claimed]] = []
        self.edits: list[str] = []
        self.epochs: dict[str, int] = {}

    def teardown(self) -> None:
        self.runner.run(self.worker.kill())
        self.engine.dispose()
        self.runner.close()

    @initialize(count=st.integers(1, 4))
    def begin(self, count: int) -> None:
        async def owner() -> Any:
            async with self.scopes.open(SYSTEM) as scope:
                return await TeamService(scope).ensure_owner()

        self.actor = self.runner.run(owner())
        body = BatchCreate(
            prompts=[f"picture {number}" for number in range(count)],
            plan={"models": ["openai/gpt-image-2"]},
            failure_budget_percent=100,
        )
        _batch, run, _new = self.runner.run(submit(body, actor=self.actor, scopes=self.scopes, idempotency_key=None))
        self.run_id, self.requested = run.id, count

    def rows(self, statement: Any) -> list[Any]:
        with self.engine.connect().execution_options(readonly=True) as connection:
            return list(connection.execute(statement).mappings())

    # --- people ----------------------------------------------------------------------------------------------

    @rule(where=WHERE, act=ACTS, previews=st.booleans(), claims=st.booleans(), number=CHOICE)
    def edit(self, where: Any, act: Any, previews: bool, claims: bool, number: int) -> None:
        """With a preview, and with a claim between the two, or without."""
        request = EditRequest(where=where, **act)
        untouched = {row["id"]: row for row in self.rows(select(Item.__table__)) if row["state"] != "pending"}
        tag = None
        try:
            if previews:
                preview, previewed = self.runner.run(
                    preview_edit(self.run_id, request, actor=self.actor, scopes=self.scopes)
                )
                tag = previewed.tag
                if preview.problems:
                    return
            if claims:
                self.claim(number)
            edit, _new = self.runner.run(
                apply_edit(
                    self.run_id, request, actor=self.actor, scopes=self.scopes, if_match=tag, idempotency_key=None
                )
            )
        except (NothingToEdit, RunNotActive, StalePreview, DoesNotFit):
            return
        self.edits.append(edit.id)
        if previews and not claims:
            assert edit.told["claimed_meanwhile"] == 0
            assert edit.told["matched"] == preview.matched
            assert edit.told["after"] == preview.after.model_dump(mode="json")
        now = {row["id"]: row for row in self.rows(select(Item.__table__))}
        assert all(now[item_id] == row for item_id, row in untouched.items()), "what had begun is as it was"

    @rule(count=st.integers(1, 3))
    def append(self, count: int) -> None:
        request = EditRequest(append={"prompts": [f"more {number}" for number in range(count)]})
        try:
            edit, _new = self.runner.run(
                apply_edit(
                    self.run_id, request, actor=self.actor, scopes=self.scopes, if_match=None, idempotency_key=None
                )
            )
        except RunNotActive:
            return
        self.edits.append(edit.id)
        self.requested += count

    @rule(number=CHOICE)
    def undo(self, number: int) -> None:
        if not self.edits:
            return

        async def act() -> Any:
            async with self.scopes.open(self.actor) as scope:
                edit = await EditService(scope).undo(self.run_id, self.edits[number % len(self.edits)])
                items = await EditService(scope).repository.items(edit.id)
                return edit, [(item.undone, item.before, item.after) for item in items]

        try:
            edit, items = self.runner.run(act())
        except (NothingToUndo, RunNotActive):
            return
        assert edit.state == "undone"
        assert all(words for words, _before, _after in items)
        assert edit.undone["restored"] + edit.undone["kept_items"] == len(items)

    @rule()
    def retry(self) -> None:
        async def act() -> None:
            async with self.scopes.open(self.actor) as scope:
                await GenerationService(scope).retry(self.run_id, states=[ItemState.failed, ItemState.cancelled])

        with contextlib.suppress(NothingToRetry):
            self.runner.run(act())

    # --- lanes -----------------------------------------------------------------------------------------------

    @rule(number=CHOICE)
    def claim(self, number: int) -> None:
        lanes = [row["lane_id"] for row in self.rows(select(RunLane.lane_id).order_by(RunLane.lane_id))]
        lane_id = lanes[number % len(lanes)]
        now = self.worker.ports.clock.now()
        with self.engine.begin() as connection:
            if lane_id not in self.epochs:
                epoch = take(connection, lane_id, seen_epoch=0, owner="w", now=now)
                assert epoch == 1
                self.epochs[lane_id] = epoch
            wish = Wish(
                lane_id=lane_id,
                epoch=1,
                slots=1 + number % 3,
                now=now + timedelta(hours=1),
                day="2026-01-01",
                per_day=None,
                new_id=self.place.ids.new,
            )
            waiting = select(Item.id).where(Item.lane_id == lane_id, Item.state == "pending")
            ranked = [row.id for row in connection.execute(waiting.order_by(Item.rank, Item.position))]
            claimed = claim(connection, wish, Fairness()).items
        if claimed:
            assert [item.item_id for item in claimed] == ranked[: len(claimed)], "the first in the queue comes first"
        self.attempts += [(lane_id, item) for item in claimed]

    @rule(number=CHOICE, outcome=ENDS)
    def settle(self, number: int, outcome: Outcome) -> None:
        if not self.attempts:
            return
        lane_id, item = self.attempts.pop(number % len(self.attempts))
        change = Settled(
            lane_id=lane_id,
            epoch=1,
            attempt_id=item.attempt_id,
            item_id=item.item_id,
            run_id=item.run_id,
            project_id=item.project_id,
            team_id=item.team_id,
            position=item.position,
            outcome=outcome,
            to=TO[outcome],
            at=self.worker.ports.clock.now(),
            billed=False,
        )
        with self.engine.begin() as connection:
            assert not apply_changes(connection, [change]).results

    # --- what must always be so ------------------------------------------------------------------------------

    @invariant()
    def the_books_balance(self) -> None:
        if not hasattr(self, "run_id"):
            return
        (run,) = self.rows(select(Run.__table__).where(Run.id == self.run_id))
        items = self.rows(select(Item.__table__).where(Item.run_id == self.run_id))
        counts = Counter(item["state"] for item in items)
        assert {state: run[state] for state in STATES} == {state: counts[state] for state in STATES}
        assert run["total"] == self.requested == len(items) == sum(run[state] for state in STATES)
        assert sorted(item["position"] for item in items) == list(range(len(items)))
        known = [item["estimated_micros"] for item in items if item["estimated_micros"] is not None]
        assert (run["estimated_micros"], run["estimated_unknown"]) == (sum(known), len(items) - len(known))
        waiting = Counter(item["lane_id"] for item in items if item["state"] == "pending")
        for lane in self.rows(select(RunLane.__table__).where(RunLane.run_id == self.run_id)):
            assert lane["pending"] == waiting.pop(lane["lane_id"], 0)
        assert not waiting
        assert all(item["lane_id"].startswith(f"{item['provider']}:") for item in items)
        is_over = counts["pending"] == counts["running"] == 0
        assert (run["finished_at"] is not None) == is_over
        assert run["state"] == ("finished" if is_over else "running")
        opened = self.rows(select(Attempt.item_id).where(Attempt.state != "settled"))
        assert {row["item_id"] for row in opened} == {item["id"] for item in items if item["state"] == "running"}


def test_the_books_balance_whatever_is_edited(make_place: Callable[[], Place]) -> None:  # noqa: F811
    run_state_machine_as_test(
        type("EditedHere", (Edited,), {"make_place": staticmethod(make_place)}),
        settings=settings(
            max_examples=12,
            stateful_step_count=25,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
