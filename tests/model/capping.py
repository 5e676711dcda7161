"""Caps that people set, change and remove meanwhile, and what each must have counted: the ledger's attempts, added up."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule
from sqlalchemy import select

from imageloom.contracts.provider import Outcome
from imageloom.features.batch_edits.applying import apply_edit
from imageloom.features.batch_edits.errors import NothingToEdit, NotWritten
from imageloom.features.batch_edits.schemas import EditRequest
from imageloom.features.budgets.models import Cap, Hold
from imageloom.features.budgets.schemas import BudgetCreate, BudgetUpdate
from imageloom.features.budgets.service import BudgetService
from imageloom.features.generation.errors import RunNotActive
from imageloom.features.generation.models import Attempt, Item, Run, RunLane
from imageloom.features.generation.spending import Spending
from imageloom.features.library.models import Asset, Blob
from imageloom.features.quotas.models import Quota
from imageloom.features.quotas.schemas import QuotaCreate
from imageloom.features.quotas.service import QuotaService
from tests.model.checking import OPEN, CheckedLedger

CAPS_MAX = 6
CHOICE = st.integers(0, 10_000)
AMOUNTS = st.sampled_from(("0", "0.005", "0.02", "0.3", "50"))
"""For nothing, for less than one picture, for a few, for one that was made dearer, and for all."""
COUNTERS = ("held_micros", "settled_micros", "failed_micros", "refused_micros", "doubt_micros", "unknown")


class CappedLedger(CheckedLedger):
    actor: Any

    def __init__(self) -> None:
        super().__init__()
        self.most: dict[str, int | None] = {}
        """What each attempt was allowed to cost when it began, whatever became of its item."""

    # --- what people do --------------------------------------------------------------------------------------

    async def budget(self, act: Callable[[BudgetService], Any]) -> Any:
        async with self.scopes.open(self.actor) as scope:
            return await act(BudgetService(scope, Spending()))

    @precondition(lambda self: self.books.runs and len(self.caps()) < CAPS_MAX)
    @rule(
        kind=st.sampled_from(("batch", "batch", "user", "project", "team", "provider")),
        number=CHOICE,
        amount=AMOUNTS,
        period=st.sampled_from(("total", "total", "day")),
        is_hard=st.booleans(),
        allows_unknown=st.booleans(),
    )
    def set_cap(self, kind: str, number: int, amount: str, period: Any, is_hard: bool, allows_unknown: bool) -> None:
        run = self.pick(self.runs(), number)
        (row,) = self.rows(select(Run.__table__).where(Run.id == run.id))
        targets = {
            "batch": run.id,
            "user": row["user_id"],
            "project": row["project_id"],
            "team": None,
            "provider": self.pick(["openai", "other"], number),
        }
        body = BudgetCreate(
            kind=kind,
            target=targets[kind],
            amount=amount,
            period=period,
            is_hard=is_hard,
            allows_unknown=allows_unknown,
        )
        self.run(self.budget(lambda service: service.put(body)))

    @precondition(lambda self: self.books.runs)
    @rule(
        kind=st.sampled_from(("images", "calls", "bytes")),
        amount=st.sampled_from((0, 1, 3, 6, 1_000_000)),
        period=st.sampled_from(("total", "day")),
        is_own=st.booleans(),
    )
    def set_quota(self, kind: Any, amount: int, period: Any, is_own: bool) -> None:
        whose = str(self.actor.user_id) if is_own else None
        body = QuotaCreate(kind=kind, amount=amount, period="total" if kind == "bytes" else period, user_id=whose)

        async def put() -> None:
            async with self.scopes.open(self.actor) as scope:
                await QuotaService(scope).put(body, Spending())

        self.run(put())

    @precondition(lambda self: self.rows(select(Quota.id)))
    @rule(number=CHOICE)
    def remove_quota(self, number: int) -> None:
        quota_id = self.pick(self.rows(select(Quota.id).order_by(Quota.id)), number)["id"]

        async def remove() -> None:
            async with self.scopes.open(self.actor) as scope:
                await QuotaService(scope).remove(quota_id, Spending())

        self.run(remove())

    @precondition(lambda self: self.caps())
    @rule(number=CHOICE, amount=AMOUNTS, zone=st.sampled_from((None, "Asia/Taipei", "UTC")))
    def change_cap(self, number: int, amount: str, zone: str | None) -> None:
        """In another zone its days begin at other times: it is counted anew."""
        cap_id = self.pick(self.caps(), number)["id"]
        body = BudgetUpdate(amount=amount, zone=zone)
        self.run(self.budget(lambda service: service.update(cap_id, body)))

    @precondition(lambda self: self.caps())
    @rule(number=CHOICE)
    def remove_cap(self, number: int) -> None:
        cap_id = self.pick(self.caps(), number)["id"]
        self.run(self.budget(lambda service: service.remove(cap_id)))

    @precondition(lambda self: self.books.runs)
    @rule(
        number=CHOICE,
        fields=st.sampled_from(({"quality": "high"}, {"quality": "low"}, {"model": "other/gpt-image-2"})),
    )
    def edit(self, number: int, fields: dict[str, str]) -> None:
        """What waits is made dearer, or cheaper, or for a provider whose prices nobody states."""
        run, request = self.pick(self.runs(), number), EditRequest(fields=fields)
        edit = apply_edit(run.id, request, actor=self.actor, scopes=self.scopes, if_match=None, idempotency_key=None)
        try:
            self.run(edit)
        except RunNotActive:
            assert run.state in ("finished", "cancelled")
        except NotWritten:
            assert run.expanding
        except NothingToEdit:
            pass
        for row in self.rows(select(Item.id, Item.lane_id).where(Item.run_id == run.id)):
            run.items[row["id"]].lane = row["lane_id"]

    # --- what must always be so ------------------------------------------------------------------------------

    def caps(self) -> list[Any]:
        return self.rows(select(Cap.__table__).order_by(Cap.id))

    def capped(self, lane_id: str) -> set[str]:
        """The batches that wait for a cap on a lane."""
        waiting = select(RunLane.run_id).where(RunLane.lane_id == lane_id, RunLane.cap_id.is_not(None))
        return {row["run_id"] for row in self.rows(waiting)}

    @invariant()
    def the_caps_are_right(self) -> None:
        """Every counter of every cap is what its attempts come to, and each open attempt holds its money there."""
        if not self.workers:
            return
        attempts = self.attempts()
        holds = self.rows(select(Hold.__table__))
        for cap in self.caps():
            own = [attempt for attempt in attempts if _binds(cap, attempt)]
            assert {name: cap[name] for name in COUNTERS} == self.counted(own), (cap, own)
            held = {hold["attempt_id"]: hold["micros"] for hold in holds if not hold["in_doubt"] and _of(hold, cap)}
            assert held == {one["id"]: self.most[one["id"]] for one in own if one["state"] in OPEN}, (cap, own)

    @invariant()
    def the_quotas_are_right(self) -> None:
        """Pictures that were made or are being made, calls that began, and the room of what is stored."""
        quotas = self.rows(select(Quota.__table__)) if self.workers else []
        if not quotas:
            return
        attempts = self.attempts()
        rooms = select(Blob.size_bytes).join(Asset, Asset.blake3 == Blob.blake3)
        room = sum(row["size_bytes"] for row in self.rows(rooms))
        for quota in quotas:
            own = [one for one in attempts if one["started_at"] >= quota["period_start"]]
            used = {
                "images": sum(one["state"] in OPEN or one["outcome"] == Outcome.succeeded for one in own),
                "calls": len(own),
                "bytes": room,
            }
            assert quota["used"] == used[quota["kind"]], (quota, own)

    def attempts(self) -> list[Any]:
        """All of them, with whom they are for."""
        columns = (Attempt.__table__, Item.provider, Item.estimated_high_micros.label("most"))
        whose = (Run.team_id, Run.project_id, Run.user_id)
        statement = select(*columns, *whose).join(Item, Item.id == Attempt.item_id).join(Run, Run.id == Attempt.run_id)
        attempts = self.rows(statement)
        for attempt in attempts:
            self.most.setdefault(attempt["id"], attempt["most"])
        return attempts

    def counted(self, attempts: list[Any]) -> dict[str, int]:
        sums = Counter(dict.fromkeys(COUNTERS, 0))
        for attempt in attempts:
            most, paid, outcome = self.most[attempt["id"]] or 0, attempt["settled_micros"], attempt["outcome"]
            if attempt["state"] in OPEN:
                sums["held_micros"] += most
            elif paid is not None:
                sums["settled_micros"] += paid
                if outcome == Outcome.refused:
                    sums["refused_micros"] += paid
                elif outcome != Outcome.succeeded:
                    sums["failed_micros"] += paid
            elif attempt["billed"] is not False:
                sums["doubt_micros"] += most
                sums["unknown"] += 1
        return dict(sums)


def _of(hold: Any, cap: Any) -> bool:
    return bool(hold["cap_id"] == cap["id"] and hold["period_start"] == cap["period_start"])


def _binds(cap: Any, attempt: Any) -> bool:
    """Whether the attempt began in the period that the cap counts, and spends of it."""
    provider = attempt["lane_id"].partition(":")[0]
    targets = {
        "batch": attempt["run_id"],
        "user": attempt["user_id"],
        "project": attempt["project_id"],
        "team": attempt["team_id"],
        "provider": provider,
    }
    return bool(targets[cap["kind"]] == cap["target"] and attempt["started_at"] >= cap["period_start"])
