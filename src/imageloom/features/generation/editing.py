"""What an edit of a batch does to items that nobody has claimed yet, inside the caller's transaction.

Whoever edits holds the run's lanes, as those do who cancel: an edit comes wholly before a claim or wholly after it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Table, bindparam, func, or_, update

from imageloom.contracts.provider import Outcome
from imageloom.features.generation.apply import judge_runs
from imageloom.features.generation.errors import RunNotActive
from imageloom.features.generation.models import Item, ItemState, Run, RunState
from imageloom.features.generation.repository import GenerationRepository
from imageloom.features.generation.service import GenerationService
from imageloom.runtime.actor import Permission
from imageloom.runtime.scope import Scope

EDITABLE = (
    "rank",
    "lane_id",
    "provider",
    "model",
    "prompt",
    "wishes",
    "fields",
    "not_sent",
    "estimated_micros",
    "estimated_high_micros",
)
"""What an edit may change of an item. What it costs is told by the last two."""
AT_ONCE = 500
"""A statement takes only so many values."""
_ITEMS = cast("Table", Item.__table__)
_REWRITE = (
    update(_ITEMS)
    .where(_ITEMS.c.id == bindparam("b_id"), _ITEMS.c.state == ItemState.pending.value)
    .values({**{name: bindparam(name) for name in EDITABLE}, "updated_at": bindparam("at")})
)


class ItemEditor:
    """Changes items that wait. Call :meth:`hold` first and :meth:`close` last."""

    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.repository = GenerationRepository(scope.session)
        self.now = scope.ports.clock.now()
        self._deltas: Counter[str] = Counter()

    async def hold(self, run_id: str, *, may_be_finished: bool = False) -> Run:
        """The run; until the transaction ends nothing of it is claimed, settled, cancelled or written by others.

        Raises :class:`NotFound`, and :class:`RunNotActive` for a run that is over.
        """
        self.scope.actor.require(Permission.batches_write)
        await self.repository.lock_writing(run_id)
        await self.repository.lock_lanes(run_id)
        run = await GenerationService(self.scope).run(run_id, permission=Permission.batches_write)
        is_over = run.state == RunState.cancelled or (run.state == RunState.finished and not may_be_finished)
        if is_over:
            raise RunNotActive(f"The batch is {run.state}.", state=run.state, hint="Submit a new one.")
        return run

    async def rows(self, run_id: str, item_ids: Collection[str], state: ItemState) -> dict[str, Mapping[str, Any]]:
        """Those of the items that are in the state now, by id."""
        found: dict[str, Mapping[str, Any]] = {}
        for page in pages(item_ids):
            found |= {row["id"]: row for row in await self.repository.item_rows(run_id, page, state)}
        return found

    async def rewrite(self, changes: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]]) -> None:
        """From what each item was to what it is now, both with every name of ``EDITABLE``. All of them wait."""
        if not changes:
            return
        for before, after in changes.values():
            self._price(before, -1)
            self._price(after, 1)
        values = [
            {"b_id": item_id, "at": self.now, **{name: after[name] for name in EDITABLE}}
            for item_id, (_before, after) in changes.items()
        ]
        await (await self.scope.session.connection()).execute(_REWRITE, values)

    async def end(self, item_ids: Collection[str], *, reason: str) -> None:
        """Items that wait are cancelled, and say why."""
        for page in pages(item_ids):
            await self._move(page, ItemState.pending, ItemState.cancelled, Outcome.cancelled.value, reason)
        self._deltas.update({"pending": -len(item_ids), "cancelled": len(item_ids)})

    async def reopen(self, item_ids: Collection[str]) -> None:
        """Items that an edit cancelled wait again."""
        for page in pages(item_ids):
            await self._move(page, ItemState.cancelled, ItemState.pending, None, None)
        self._deltas.update({"pending": len(item_ids), "cancelled": -len(item_ids)})

    async def promise(self, run: Run, count: int) -> None:
        """So many more items are requested. They are written in the same transaction."""
        await self.repository.add_counts(run.id, {"total": count, "pending": count})

    async def close(self, run: Run, *, lanes: Collection[str] = ()) -> None:
        """Sets the counters right, and finishes a run of which nothing is left, or begins it again."""
        await self.repository.add_counts(run.id, dict(self._deltas))
        await self.repository.add_waiting(run.id, Counter(dict.fromkeys(lanes, 0)))
        await self.repository.recount_waiting(run.id)
        session = self.scope.session
        await session.refresh(run)
        if run.state == RunState.finished and run.pending:
            run.state, run.finished_at = RunState.running.value, None
        await session.flush()
        connection = await session.connection()
        for event in await connection.run_sync(lambda sync: judge_runs(sync, [run.id], self.now)):
            await self.scope.publish(event["kind"], topic=event["topic"], payload=event["payload"])
        await session.refresh(run)
        await self.scope.publish(
            "run.changed", topic=f"run:{run.id}", payload={"state": run.state, "reason": run.reason}
        )
        self.scope.hint("lanes.wake")

    def _price(self, values: Mapping[str, Any], sign: int) -> None:
        if values["estimated_micros"] is None:
            self._deltas["estimated_unknown"] += sign
        else:
            self._deltas["estimated_micros"] += sign * values["estimated_micros"]

    async def _move(
        self, item_ids: Sequence[str], source: ItemState, to: ItemState, outcome: str | None, message: str | None
    ) -> None:
        await self.scope.session.execute(
            update(Item)
            .where(Item.id.in_(item_ids), Item.state == source.value)
            .values(state=to.value, outcome=outcome, message=message, updated_at=self.now)
            .execution_options(synchronize_session=False)
        )


def pages(ids: Collection[str]) -> Iterator[list[str]]:
    """In pieces that a statement takes, in order of id, so that no two who lock them wait for each other."""
    ordered = sorted(ids)
    return (ordered[start : start + AT_ONCE] for start in range(0, len(ordered), AT_ONCE))


def chosen_items(
    run_id: str,
    *,
    rows: Sequence[tuple[int, int]],
    positions: Sequence[tuple[int, int]],
    models: Sequence[tuple[str, str]],
    item_ids: Sequence[str],
    contains: str | None,
    dialect: str,
) -> Any:
    """The condition of a selection: every part that says something must hold; ranges include both ends."""
    conditions = [Item.run_id == run_id]
    if rows:
        conditions.append(or_(*(Item.row_number.between(low, high) for low, high in rows)))
    if positions:
        conditions.append(or_(*(Item.position.between(low, high) for low, high in positions)))
    if models:
        conditions.append(or_(*((Item.provider == provider) & (Item.model == model) for provider, model in models)))
    if item_ids:
        conditions.append(Item.id.in_(item_ids))
    if contains is not None:
        # Not LIKE: one database would look at the case, and the other would not.
        find = func.strpos if dialect == "postgresql" else func.instr
        conditions.append(find(Item.prompt, contains) > 0)
    return conditions
