"""Queries about batches and sheets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, Text, and_, cast, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from imageloom.features.batches.models import Batch, IdempotencyKey, Sheet
from imageloom.features.generation.models import Item, ItemState, Run, RunState
from imageloom.features.identity.models import User
from imageloom.features.library.models import Asset
from imageloom.runtime.actor import Actor
from imageloom.runtime.db.rows import insert_later, insert_now
from imageloom.runtime.db.visibility import visible

_COUNTS = tuple(getattr(Run, state.value) for state in ItemState)
_WITHOUT_PICTURE = [
    state.value for state in (ItemState.failed, ItemState.refused, ItemState.uncertain, ItemState.cancelled)
]


class BatchRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, row: Batch | Sheet | IdempotencyKey) -> None:
        await insert_now(self._session, row)

    def add_later(self, row: Batch | Sheet | IdempotencyKey) -> None:
        """With the last things of the transaction."""
        insert_later(self._session, row)

    @staticmethod
    def visible_to(actor: Actor) -> Select[Batch, Run]:
        """Where every query about batches starts."""
        statement = select(Batch, Run).join(Run, Run.id == Batch.id)
        return visible(statement, actor, team=Batch.team_id, project=Batch.project_id)

    async def batch(self, actor: Actor, batch_id: str) -> tuple[Batch, Run] | None:
        row = (await self._session.execute(self.visible_to(actor).where(Batch.id == batch_id))).one_or_none()
        return None if row is None else (row[0], row[1])

    async def names(self, batch_ids: Sequence[str]) -> dict[str, tuple[str, str]]:
        """What batches of pictures that the caller has found are called, and whose they are."""
        statement = (
            select(Batch.id, Batch.name, User.name.label("user"))
            .join(Run, Run.id == Batch.id)
            .outerjoin(User, User.id == Run.user_id)
            .where(Batch.id.in_(batch_ids))
        )
        return {row.id: (row.name, row.user or "") for row in await self._session.execute(statement)}

    async def request(self, batch_id: str) -> Mapping[str, Any] | None:
        """What was submitted, of a batch that the caller has found."""
        statement = select(Batch.request).where(Batch.id == batch_id)
        request: Mapping[str, Any] | None = (await self._session.execute(statement)).scalar_one()
        return request

    async def batches(
        self, actor: Actor, *, before: str | None, limit: int, project_id: str | None
    ) -> Sequence[tuple[Batch, Run]]:
        """A page, newest first."""
        statement = self.visible_to(actor)
        if project_id is not None:
            statement = statement.where(Batch.project_id == project_id)
        if before is not None:
            statement = statement.where(Batch.id < before)
        rows = await self._session.execute(statement.order_by(Batch.id.desc()).limit(limit))
        return [(batch, run) for batch, run in rows]

    async def submitted(
        self, actor: Actor, *, before: str | None, limit: int, project_id: str | None
    ) -> Sequence[tuple[Batch, Sheet]]:
        """Batches that were submitted as a plan, with their sheets, newest first."""
        statement = (
            select(Batch, Sheet)
            .join(Sheet, Sheet.id == Batch.sheet_id)
            # What has no request is null in JSON, too.
            .where(func.coalesce(cast(Batch.request, Text), "null") != "null")
        )
        statement = visible(statement, actor, team=Batch.team_id, project=Batch.project_id)
        if project_id is not None:
            statement = statement.where(Batch.project_id == project_id)
        if before is not None:
            statement = statement.where(Batch.id < before)
        rows = await self._session.execute(statement.order_by(Batch.id.desc()).limit(limit))
        return [(batch, sheet) for batch, sheet in rows]

    async def standing(self, actor: Actor, *, ended_since: datetime, limit: int) -> Sequence[Any]:
        """Those that the actor submitted and that are not over, or have been only since then, newest first."""
        columns = (Batch.id, Batch.name, Run.state, Run.reason, Run.held_from, Run.finished_at, *_COUNTS)
        statement = (
            self.visible_to(actor)
            .with_only_columns(*columns)
            .where(
                Run.user_id == str(actor.user_id),
                or_(Run.finished_at.is_(None), Run.finished_at >= ended_since),
                # Requests to the gateway have no plan, and whoever sent them has the answer.
                func.coalesce(cast(Batch.request, Text), "null") != "null",
            )
            .order_by(Batch.id.desc())
            .limit(limit)
        )
        return (await self._session.execute(statement)).all()

    async def expanding(self) -> Sequence[str]:
        """Ids of batches whose items are not all written, oldest first."""
        statement = select(Run.id).where(Run.expanding, Run.state != RunState.cancelled.value).order_by(Run.id)
        return (await self._session.scalars(statement)).all()

    async def closed(self, now: datetime) -> Sequence[tuple[Batch, Run]]:
        """Batches that are not over and whose window has closed, in order of id, as claims take their runs."""
        statement = (
            select(Batch, Run)
            .join(Run, Run.id == Batch.id)
            .where(Run.closes_at <= now, Run.finished_at.is_(None), Batch.schedule.is_not(None))
            .order_by(Run.id)
        )
        return [(batch, run) for batch, run in await self._session.execute(statement)]

    async def locked(self, batch_id: str) -> tuple[Batch, Run] | None:
        """For the job that writes items: nobody else writes them meanwhile."""
        statement = (
            select(Batch, Run).join(Run, Run.id == Batch.id).where(Batch.id == batch_id).with_for_update(of=Batch)
        )
        row = (await self._session.execute(statement)).one_or_none()
        return None if row is None else (row[0], row[1])

    async def sheet(self, actor: Actor, sheet_id: str) -> Sheet | None:
        statement = visible(
            select(Sheet).where(Sheet.id == sheet_id), actor, team=Sheet.team_id, project=Sheet.project_id
        )
        return (await self._session.scalars(statement)).one_or_none()

    async def same_sheet(self, sheet: Sheet) -> Sheet | None:
        """A sheet of the same project with the same content, read in the same way."""
        statement = select(Sheet).where(
            Sheet.project_id == sheet.project_id, Sheet.blake3 == sheet.blake3, Sheet.format == sheet.format
        )
        return (await self._session.scalars(statement.order_by(Sheet.id).limit(1))).one_or_none()

    async def idempotency_key(self, user_id: str, key: str) -> IdempotencyKey | None:
        return await self._session.get(IdempotencyKey, (user_id, key))

    # --- items, seen from afar -------------------------------------------------------------------------------

    async def cells(self, run_id: str, *, after: int, limit: int) -> Sequence[Any]:
        """Short rows of the items after a position, with what is known of each picture's preview."""
        statement = (
            select(Item.position, Item.id, Item.state, Item.asset_id, Asset.previews)
            .outerjoin(Asset, Asset.id == Item.asset_id)
            .where(Item.run_id == run_id, Item.position > after)
            .order_by(Item.position)
            .limit(limit)
        )
        return (await self._session.execute(statement)).all()

    async def causes(self, run_id: str, *, limit: int) -> Sequence[Any]:
        """Items without a picture that ended alike, counted; ``in_all`` is the number of all of them."""
        number = func.count()
        statement = (
            select(
                Item.state,
                Item.outcome,
                Item.provider,
                Item.message,
                number.label("items"),
                func.min(Item.position).label("first"),
                func.sum(Item.estimated_micros).label("micros"),
                func.count(Item.estimated_micros).label("priced"),
                func.sum(number).over().label("in_all"),
            )
            .where(Item.run_id == run_id, Item.state.in_(_WITHOUT_PICTURE))
            .group_by(Item.state, Item.outcome, Item.provider, Item.message)
            .order_by(number.desc(), func.min(Item.position))
            .limit(limit)
        )
        return (await self._session.execute(statement)).all()

    # --- one prompt at every model ---------------------------------------------------------------------------

    async def lineups(self, run_id: str, *, start: int, limit: int) -> tuple[int, Sequence[Any]]:
        """How many lines there are, and the items of some: each with its line's first position, and its turn.

        In a line stand the items with one prompt, each the so-manieth of its model, whatever their rows.
        """
        turn = func.row_number().over(partition_by=(Item.prompt, Item.provider, Item.model), order_by=Item.position)
        cells = (
            select(Item.id, Item.prompt, Item.position, turn.label("turn"))
            .where(Item.run_id == run_id)
            .subquery("cells")
        )
        line = (cells.c.prompt, cells.c.turn)
        lines = select(*line, func.min(cells.c.position).label("first")).group_by(*line).subquery("lines")
        total = (await self._session.execute(select(func.count()).select_from(lines))).scalar_one()
        page = select(lines).order_by(lines.c.first).offset(start).limit(limit).subquery("page")
        is_of = [cells.c[name] == page.c[name] for name in ("prompt", "turn")]
        statement = (
            select(page.c.first, page.c.turn, Item)
            .select_from(page)
            .join(cells, and_(*is_of))
            .join(Item, Item.id == cells.c.id)
            .order_by(page.c.first, Item.position)
        )
        return total, (await self._session.execute(statement)).all()

    async def models(self, run_id: str) -> Sequence[tuple[str, str]]:
        """Providers and models of a batch, in the order in which they come first."""
        statement = select(Item.provider, Item.model).where(Item.run_id == run_id).group_by(Item.provider, Item.model)
        rows = await self._session.execute(statement.order_by(func.min(Item.position)))
        return [(row.provider, row.model) for row in rows]
