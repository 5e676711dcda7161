"""Queries about runs, items, attempts and lanes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, cast

from sqlalchemy import Select, Table, and_, case, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from imageloom.contracts.provider import Outcome
from imageloom.features.budgets.models import Hold
from imageloom.features.generation.models import (
    OPEN_ATTEMPTS,
    Attempt,
    AttemptState,
    Item,
    ItemState,
    Lane,
    Run,
    RunLane,
    RunState,
)
from imageloom.features.generation.schemas import CauseInput
from imageloom.kit.ids import TeamId
from imageloom.runtime.actor import Actor
from imageloom.runtime.db.rows import hold, insert_later, insert_now, insert_rows_later, is_new
from imageloom.runtime.db.upserts import upsert
from imageloom.runtime.db.visibility import visible, within

REQUESTS_AT_ONCE = 500
"""A statement takes only so many values."""


def is_at(provider: str) -> Any:
    """Whether an attempt was made there, by the name of its lane: its item may be another provider's by now."""
    return Attempt.lane_id.startswith(f"{provider}:", autoescape=True)


class Paid(NamedTuple):
    """What the tries of an item have cost, in micros, and how many of them nobody told the price of."""

    micros: int
    unknown: int


NOTHING = Paid(0, 0)
_NO_CAP = {"cap_id": None, "cap_reason": None, "cap_is_spent": False, "cap_more_at": None}
"""Other items wait now: whether for a cap, the next claim finds out."""


_NEW_ITEMS = insert(cast("Table", Item.__table__))


class GenerationRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def keep(self, run: Run) -> None:
        """Writes a new run, or what was changed of one that was read."""
        if is_new(run):
            await insert_now(self._session, run)
            hold(self._session, run)
        else:
            await self._session.flush()

    def add_later(self, run: Run, items: Sequence[dict[str, Any]], waiting: Counter[str]) -> None:
        """A new run that is whole, its items and how many of them wait on each lane, with the last things of the
        transaction.
        """
        insert_later(self._session, run)
        insert_rows_later(self._session, _NEW_ITEMS, *items)
        insert_rows_later(self._session, _more_waiting(self._dialect), *_waiting_rows(run.id, waiting))

    # --- runs ------------------------------------------------------------------------------------------------

    @staticmethod
    def visible_to(actor: Actor) -> Select[Run]:
        """Where every query about runs starts."""
        return visible(select(Run), actor, team=Run.team_id, project=Run.project_id)

    async def run(self, actor: Actor, run_id: str) -> Run | None:
        return (await self._session.scalars(self.visible_to(actor).where(Run.id == run_id))).one_or_none()

    async def lock_writing(self, run_id: str) -> None:
        """Until the transaction ends, nobody else writes items of this run or cancels it.

        A lock of its own: locking the run's row here would meet claims, which take items first and the run last.
        """
        if self._session.get_bind().dialect.name == "postgresql":
            await self._session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(run_id, 0))))

    async def lock_lanes(self, run_id: str) -> None:
        """Until the transaction ends, no lane of this run claims or settles anything.

        Everybody takes lanes first, then items, then the run: so no two wait for each other, and what a person
        decides comes wholly before or wholly after what a lane writes.
        """
        if self._session.get_bind().dialect.name == "postgresql":
            lanes = select(RunLane.lane_id).where(RunLane.run_id == run_id)
            statement = select(Lane.id).where(Lane.id.in_(lanes)).order_by(Lane.id).with_for_update(key_share=True)
            await self._session.execute(statement)

    async def add_counts(self, run_id: str, deltas: Mapping[str, int]) -> None:
        """Adds to a run's counters by name."""
        values = {name: getattr(Run, name) + delta for name, delta in deltas.items() if delta}
        if values:
            await self._session.execute(
                update(Run).where(Run.id == run_id).values(values).execution_options(synchronize_session=False)
            )

    # --- items -----------------------------------------------------------------------------------------------

    async def item(self, item_id: str) -> Item | None:
        return await self._session.get(Item, item_id)

    async def items(
        self, run_id: str, *, after: int, limit: int, states: Sequence[str] | None = None
    ) -> Sequence[Item]:
        """A page in order of position, after the given position."""
        statement = select(Item).where(Item.run_id == run_id, Item.position > after)
        if states:
            statement = statement.where(Item.state.in_(states))
        return (await self._session.scalars(statement.order_by(Item.position).limit(limit))).all()

    async def items_by_ids(self, item_ids: Sequence[str]) -> dict[str, Item]:
        """Of pictures that the caller has found."""
        return {item.id: item for item in await self._session.scalars(select(Item).where(Item.id.in_(item_ids)))}

    async def item_rows(self, run_id: str, item_ids: Sequence[str], state: ItemState) -> Sequence[Mapping[str, Any]]:
        """Those of a few items that are in the state."""
        statement = select(Item.__table__).where(
            Item.run_id == run_id, Item.id.in_(item_ids), Item.state == state.value
        )
        return [dict(row) for row in (await self._session.execute(statement)).mappings()]

    async def count_chosen(self, conditions: Sequence[Any]) -> dict[str, int]:
        """How many items are in each state, of those under some conditions."""
        statement = select(Item.state, func.count()).where(*conditions).group_by(Item.state)
        return {state: int(count) for state, count in await self._session.execute(statement)}

    async def waiting_chosen(self, conditions: Sequence[Any], *, limit: int) -> Sequence[Mapping[str, Any]]:
        """Items that wait, in the order in which their turn comes."""
        is_waiting = Item.state == ItemState.pending.value
        statement = select(Item.__table__).where(*conditions, is_waiting).order_by(Item.rank, Item.position)
        return [dict(row) for row in (await self._session.execute(statement.limit(limit))).mappings()]

    async def expected(self, run: Run) -> tuple[int, int, int]:
        """What the run is expected to cost without what was cancelled of it: micros, of how many items nobody knows,
        and how many they are.
        """
        known = func.count(Item.estimated_micros)
        statement = select(func.coalesce(func.sum(Item.estimated_micros), 0), func.count() - known, func.count())
        is_cancelled = Item.state == ItemState.cancelled.value
        micros, unknown, count = (
            int(value)
            for value in (await self._session.execute(statement.where(Item.run_id == run.id, is_cancelled))).one()
        )
        return run.estimated_micros - micros, run.estimated_unknown - unknown, run.total - count

    async def waiting_costs(self, run_id: str) -> Sequence[tuple[str, int, int]]:
        """Of each lane what the items that wait may cost at most, and of how many nobody knows."""
        high = Item.estimated_high_micros
        unknown = func.sum(case((high.is_(None), 1), else_=0))
        statement = (
            select(Item.lane_id, func.coalesce(func.sum(high), 0), unknown)
            .where(Item.run_id == run_id, Item.state == ItemState.pending.value)
            .group_by(Item.lane_id)
        )
        rows = await self._session.execute(statement)
        return [(lane_id, int(micros), int(count)) for lane_id, micros, count in rows]

    async def ranks(self, run_id: str) -> tuple[int, int]:
        """The lowest and the highest rank of a run; those that items have by their positions count as taken."""
        statement = select(func.min(Item.rank), func.max(Item.rank), func.max(Item.position))
        lowest, highest, last = (await self._session.execute(statement.where(Item.run_id == run_id))).one()
        return (0, 0) if lowest is None else (min(int(lowest), 0), max(int(highest), int(last)))

    async def row_counts(self, run_id: str, *, after: int, limit: int) -> list[tuple[int, int]]:
        """How many items were made from each of the next rows, in order of the rows' numbers."""
        statement = select(Item.row_number, func.count()).where(Item.run_id == run_id, Item.row_number > after)
        statement = statement.group_by(Item.row_number).order_by(Item.row_number).limit(limit)
        return [(number, int(count)) for number, count in await self._session.execute(statement)]

    async def of_rows(self, run_id: str, first: int, last: int) -> Sequence[Mapping[str, Any]]:
        """Items of a range of rows, in order of position."""
        statement = select(Item.__table__).where(Item.run_id == run_id, Item.row_number.between(first, last))
        return [dict(row) for row in (await self._session.execute(statement.order_by(Item.position))).mappings()]

    async def last_row(self, run_id: str) -> int:
        """The highest number of a sheet's row that an item was made from."""
        return int((await self._session.scalar(select(func.max(Item.row_number)).where(Item.run_id == run_id))) or 0)

    async def attempts(self, item_id: str) -> Sequence[Attempt]:
        statement = select(Attempt).where(Attempt.item_id == item_id).order_by(Attempt.number, Attempt.id)
        return (await self._session.scalars(statement)).all()

    async def paid(self, item_ids: Sequence[str]) -> dict[str, Paid]:
        """What a few items have cost so far; those without a try are absent."""
        is_over = Attempt.state == AttemptState.settled.value
        maybe_paid = or_(Attempt.billed.is_(None), Attempt.billed.is_(True))
        nobody_says = case((and_(is_over, maybe_paid, Attempt.settled_micros.is_(None)), 1), else_=0)
        statement = (
            select(Attempt.item_id, func.coalesce(func.sum(Attempt.settled_micros), 0), func.sum(nobody_says))
            .where(Attempt.item_id.in_(item_ids))
            .group_by(Attempt.item_id)
        )
        rows = await self._session.execute(statement)
        return {item_id: Paid(int(micros), int(unknown)) for item_id, micros, unknown in rows}

    async def seconds(self, item_ids: Sequence[str]) -> dict[str, float]:
        """How long the last try of each took that brought a picture, from the call until the picture was here."""
        statement = (
            select(Attempt.item_id, Attempt.started_at, Attempt.settled_at)
            .where(
                Attempt.item_id.in_(item_ids),
                Attempt.outcome == Outcome.succeeded.value,
                Attempt.settled_at.is_not(None),
            )
            .order_by(Attempt.item_id, Attempt.number)
        )
        rows = await self._session.execute(statement)
        return {row.item_id: max(0.0, (row.settled_at - row.started_at).total_seconds()) for row in rows}

    @staticmethod
    def _spent(actor: Actor, provider: str) -> Any:
        """Attempts that were paid, or may have been."""
        statement = (
            select(Attempt.id, Attempt.started_at, Attempt.provider_ref, Attempt.settled_micros, Attempt.model)
            .join(Run, Run.id == Attempt.run_id)
            .where(
                is_at(provider),
                Attempt.state == AttemptState.settled.value,
                or_(Attempt.billed.is_(None), Attempt.billed.is_(True)),
            )
        )
        return visible(statement, actor, team=Run.team_id, project=Run.project_id)

    async def spent_between(self, actor: Actor, provider: str, begin: datetime, end: datetime) -> Sequence[Any]:
        """What was paid, or may have been, for requests that began then."""
        statement = self._spent(actor, provider).where(Attempt.started_at >= begin, Attempt.started_at < end)
        return list(await self._session.execute(statement))

    async def spent_by_request(self, actor: Actor, provider: str, requests: Collection[str]) -> Sequence[Any]:
        """The same, of requests by the provider's names for them."""
        found: list[Any] = []
        names = sorted(requests)
        for start in range(0, len(names), REQUESTS_AT_ONCE):
            page = names[start : start + REQUESTS_AT_ONCE]
            statement = self._spent(actor, provider).where(Attempt.provider_ref.in_(page))
            found += (await self._session.execute(statement)).all()
        return found

    async def reused_assets(self, run_id: str) -> set[str]:
        """Pictures of others that items of this run stand on already."""
        statement = select(Item.asset_id).where(
            Item.run_id == run_id, Item.state == ItemState.done.value, Item.is_reused.is_(True)
        )
        return {asset_id for asset_id in await self._session.scalars(statement) if asset_id is not None}

    async def insert_items(self, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            # The table, not the class: what the mapper would do for each row costs as much as the row.
            await (await self._session.connection()).execute(_NEW_ITEMS, list(rows))

    async def count_items(self, run_id: str) -> int:
        statement = select(func.count()).select_from(Item).where(Item.run_id == run_id)
        return int((await self._session.execute(statement)).scalar_one())

    async def count_by_state(self, run_id: str) -> dict[str, int]:
        """Counted from the rows, not from the counters: for verifying."""
        statement = select(Item.state, func.count().label("number")).where(Item.run_id == run_id).group_by(Item.state)
        return {row.state: row.number for row in await self._session.execute(statement)}

    async def cancel_pending(self, run_id: str, now: datetime) -> int:
        result = await self._session.execute(
            update(Item)
            .where(Item.run_id == run_id, Item.state == ItemState.pending.value)
            .values(state=ItemState.cancelled.value, outcome="cancelled", updated_at=now)
            .execution_options(synchronize_session=False)
        )
        await self._session.execute(update(RunLane).where(RunLane.run_id == run_id).values(pending=0, **_NO_CAP))
        return int(result.rowcount)  # type: ignore[attr-defined]

    async def put_back(
        self,
        run_id: str,
        states: Sequence[ItemState],
        item_ids: Sequence[str] | None,
        *,
        resends: int,
        now: datetime,
        cause: CauseInput | None = None,
    ) -> Counter[str]:
        """Makes items pending again; returns how many left each state."""
        moved: Counter[str] = Counter()
        for state in states:
            statement = update(Item).where(Item.run_id == run_id, Item.state == state.value)
            if item_ids is not None:
                statement = statement.where(Item.id.in_(item_ids))
            if cause is not None:
                # `==` is `IS NULL` where the value is absent.
                statement = statement.where(
                    Item.outcome == cause.outcome, Item.provider == cause.provider, Item.message == cause.message
                )
            result = await self._session.execute(
                statement.values(
                    state=ItemState.pending.value,
                    tries=0,
                    resends=Item.resends + resends,
                    not_before_at=None,
                    outcome=None,
                    message=None,
                    updated_at=now,
                ).execution_options(synchronize_session=False)
            )
            moved[state.value] = int(result.rowcount)  # type: ignore[attr-defined]
        return moved

    async def disown(self, item_id: str, *, code: str, reason: str) -> Sequence[Any]:
        """The attempt that made the item's picture did not succeed after all. What it cost stays, and is returned."""
        disowned = await self._session.execute(
            update(Attempt)
            .where(Attempt.item_id == item_id, Attempt.outcome == Outcome.succeeded.value)
            .values(outcome=Outcome.failed.value, code=code, message=reason)
            .returning(Attempt.run_id, Attempt.lane_id, Attempt.settled_micros, Attempt.started_at)
            .execution_options(synchronize_session=False)
        )
        return disowned.all()

    async def give_up(self, run_id: str, item_ids: Sequence[str] | None, now: datetime) -> int:
        statement = update(Item).where(Item.run_id == run_id, Item.state == ItemState.uncertain.value)
        if item_ids is not None:
            statement = statement.where(Item.id.in_(item_ids))
        result = await self._session.execute(
            statement.values(state=ItemState.failed.value, updated_at=now).execution_options(synchronize_session=False)
        )
        return int(result.rowcount)  # type: ignore[attr-defined]

    # --- lanes -----------------------------------------------------------------------------------------------

    async def ensure_lane(self, lane_id: str, *, provider: str, credential_id: str | None, team_id: str | None) -> None:
        row = {
            "id": lane_id,
            "provider": provider,
            "credential_id": credential_id,
            "team_id": team_id,
            "state": "idle",
            "epoch": 0,
            "is_paused": False,
            "day_requests": 0,
        }
        await (await self._session.connection()).execute(_new_lane(self._dialect), [row])

    async def lanes_at(self, team_id: TeamId, provider: str) -> Sequence[Lane]:
        """A team's lanes at a provider, and shared ones, locked against claims."""
        statement = (
            select(Lane)
            .where(Lane.provider == provider, or_(Lane.team_id.is_(None), Lane.team_id == team_id))
            .order_by(Lane.id)
            .with_for_update()
        )
        return (await self._session.scalars(statement)).all()

    async def move_pending(self, team_id: TeamId, lane_id: str, home_id: str) -> Counter[str]:
        """Items of a team that wait on one lane wait on another from now on; returns how many of each run."""
        runs = select(Run.id).where(Run.team_id == team_id)
        statement = (
            update(Item)
            .where(Item.run_id.in_(runs), Item.lane_id == lane_id, Item.state == ItemState.pending.value)
            .values(lane_id=home_id)
            .returning(Item.run_id)
            .execution_options(synchronize_session=False)
        )
        return Counter((await self._session.scalars(statement)).all())

    async def add_waiting(self, run_id: str, counts: Counter[str]) -> None:
        """Adds to how many items of a run wait on each lane."""
        if not counts:
            return
        rows = _waiting_rows(run_id, counts)
        await (await self._session.connection()).execute(_more_waiting(self._dialect), rows)

    async def recount_waiting(self, run_id: str) -> None:
        """Sets how many items of a run wait on each lane, from the rows."""
        waiting = (
            select(func.count())
            .select_from(Item)
            .where(
                Item.run_id == RunLane.run_id, Item.lane_id == RunLane.lane_id, Item.state == ItemState.pending.value
            )
            .scalar_subquery()
        )
        await self._session.execute(
            update(RunLane)
            .where(RunLane.run_id == run_id)
            .values(pending=waiting, **_NO_CAP)
            .execution_options(synchronize_session=False)
        )

    @staticmethod
    def lanes_visible_to(actor: Actor) -> Select[Lane]:
        """Lanes of the actor's teams, and those that the whole machine shares. To guests, those that their projects'
        pictures wait on.
        """
        statement = select(Lane)
        if actor.is_system:
            return statement
        theirs = [Lane.team_id.is_(None), Lane.team_id.in_(actor.team_ids)]
        if actor.seen.also:
            of_runs = select(RunLane.lane_id).join(Run, Run.id == RunLane.run_id)
            theirs.append(Lane.id.in_(visible(of_runs, actor, team=Run.team_id, project=Run.project_id)))
        return statement.where(or_(*theirs))

    async def lanes(self, actor: Actor) -> Sequence[Lane]:
        return (await self._session.scalars(self.lanes_visible_to(actor).order_by(Lane.id))).all()

    async def lane(self, actor: Actor, lane_id: str) -> Lane | None:
        return (await self._session.scalars(self.lanes_visible_to(actor).where(Lane.id == lane_id))).one_or_none()

    async def waiting_by_lane(self, actor: Actor) -> dict[str, int]:
        """How many items of the actor's runs wait on each lane."""
        statement = (
            select(RunLane.lane_id, func.sum(RunLane.pending))
            .join(Run, Run.id == RunLane.run_id)
            .where(within(actor.seen, team=Run.team_id, project=Run.project_id), RunLane.pending > 0)
            .group_by(RunLane.lane_id)
        )
        return {lane_id: int(count) for lane_id, count in await self._session.execute(statement)}

    async def lanes_of_run(self, run_id: str) -> Sequence[tuple[Lane, RunLane]]:
        """The lanes of a run; how many of its items wait on each, and for which cap."""
        statement = (
            select(Lane, RunLane)
            .join(RunLane, RunLane.lane_id == Lane.id)
            .where(RunLane.run_id == run_id)
            .order_by(Lane.id)
        )
        return [(lane, waiting) for lane, waiting in await self._session.execute(statement)]

    async def capped_runs(self) -> int:
        """How many running batches have items that wait for a cap."""
        statement = (
            select(func.count(RunLane.run_id.distinct()))
            .join(Run, Run.id == RunLane.run_id)
            .where(
                RunLane.cap_id.is_not(None),
                RunLane.pending > 0,
                RunLane.cap_is_spent,
                Run.state == RunState.running.value,
            )
        )
        return int((await self._session.execute(statement)).scalar_one())

    async def cap_reasons(self, run_ids: Sequence[str]) -> dict[str, str]:
        """Why runs wait for a cap that no picture on its way will end."""
        statement = (
            select(RunLane.run_id, RunLane.cap_reason)
            .where(RunLane.run_id.in_(run_ids), RunLane.pending > 0, RunLane.cap_is_spent)
            .order_by(RunLane.run_id, RunLane.lane_id)
        )
        return {row.run_id: str(row.cap_reason) for row in await self._session.execute(statement)}

    async def short_of(self, run_ids: Sequence[str]) -> dict[str, set[str]]:
        """The caps that runs wait for and no picture on its way will end: ids, or the word for a quota."""
        statement = select(RunLane.run_id, RunLane.cap_id).where(
            RunLane.run_id.in_(run_ids), RunLane.pending > 0, RunLane.cap_is_spent
        )
        short: dict[str, set[str]] = {}
        for row in await self._session.execute(statement):
            short.setdefault(row.run_id, set()).add(str(row.cap_id))
        return short

    async def on_parked_lanes(self, run_ids: Sequence[str]) -> set[str]:
        """Runs of which something waits on a lane that takes nothing until somebody sees to it."""
        statement = (
            select(RunLane.run_id)
            .join(Lane, Lane.id == RunLane.lane_id)
            .where(RunLane.run_id.in_(run_ids), RunLane.pending > 0, Lane.parked_reason.is_not(None))
        )
        return set(await self._session.scalars(statement))

    async def stray_holds(self, run_id: str) -> int:
        """Money that is held for attempts that have ended: there is none, or it would never be given back."""
        statement = (
            select(func.count())
            .select_from(Hold)
            .join(Attempt, Attempt.id == Hold.attempt_id)
            .where(Attempt.run_id == run_id, Attempt.state == AttemptState.settled.value, Hold.in_doubt.is_(False))
        )
        return int((await self._session.execute(statement)).scalar_one())

    async def wasted(self, run_id: str) -> dict[str, int]:
        """What was paid for attempts that brought no picture, in micros, by outcome."""
        statement = (
            select(Attempt.outcome, func.sum(Attempt.settled_micros))
            .where(
                Attempt.run_id == run_id,
                Attempt.state == AttemptState.settled.value,
                Attempt.outcome != Outcome.succeeded.value,
                Attempt.settled_micros > 0,
            )
            .group_by(Attempt.outcome)
        )
        return {str(outcome): int(micros or 0) for outcome, micros in await self._session.execute(statement)}

    async def in_flight_by_lane(self, run_id: str) -> dict[str, int]:
        statement = (
            select(Attempt.lane_id, func.count())
            .where(Attempt.run_id == run_id, Attempt.state.in_([state.value for state in OPEN_ATTEMPTS]))
            .group_by(Attempt.lane_id)
        )
        return {lane_id: int(count) for lane_id, count in await self._session.execute(statement)}

    async def open_attempts(self, attempt_ids: Sequence[str], *, doubtful_since: datetime) -> set[str]:
        """Those of the attempts that have not ended, or that were given up since then without being certain."""
        is_open = Attempt.state.in_([state.value for state in OPEN_ATTEMPTS])
        is_doubtful = and_(Attempt.outcome == "uncertain", Attempt.settled_at > doubtful_since)
        rows = await self._session.scalars(
            select(Attempt.id).where(Attempt.id.in_(attempt_ids), or_(is_open, is_doubtful))
        )
        return set(rows)

    @property
    def _dialect(self) -> str:
        return self._session.get_bind().dialect.name


# Built once: building one costs more than the database needs for it.


def _waiting_rows(run_id: str, counts: Counter[str]) -> list[dict[str, Any]]:
    return [{"run_id": run_id, "lane_id": lane, "pending": count} for lane, count in sorted(counts.items())]


@cache
def _new_lane(dialect: str) -> Any:
    return upsert(Lane.__table__, dialect=dialect).on_conflict_do_nothing()


@cache
def _more_waiting(dialect: str) -> Any:
    statement = upsert(RunLane.__table__, dialect=dialect)
    more = {"pending": RunLane.pending + statement.excluded.pending}
    return statement.on_conflict_do_update(index_elements=["run_id", "lane_id"], set_=more)
