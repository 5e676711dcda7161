"""Queries about edits."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Table, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from imageloom.features.batch_edits.models import BatchEdit, BatchEditItem
from imageloom.features.batches.models import Batch
from imageloom.features.generation.editing import pages
from imageloom.runtime.actor import Actor
from imageloom.runtime.db.visibility import visible


class EditRepository:
    """Who may see a batch may see its edits: whoever asks here has found the batch first."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, edit: BatchEdit, items: Sequence[Mapping[str, Any]]) -> None:
        self._session.add(edit)
        await self._session.flush()
        if items:
            await self._session.execute(insert(cast("Table", BatchEditItem.__table__)), list(items))

    async def known(self, user_id: str, key: str) -> BatchEdit | None:
        statement = select(BatchEdit).where(BatchEdit.user_id == user_id, BatchEdit.key == key)
        return (await self._session.scalars(statement)).one_or_none()

    async def edit(self, batch_id: str, edit_id: str) -> BatchEdit | None:
        statement = select(BatchEdit).where(BatchEdit.id == edit_id, BatchEdit.batch_id == batch_id)
        return (await self._session.scalars(statement)).one_or_none()

    async def visible(self, actor: Actor, edit_id: str) -> BatchEdit | None:
        """An edit that the actor sees, of whichever batch."""
        statement = select(BatchEdit).join(Batch, Batch.id == BatchEdit.batch_id).where(BatchEdit.id == edit_id)
        statement = visible(statement, actor, team=Batch.team_id, project=Batch.project_id)
        return (await self._session.scalars(statement)).one_or_none()

    async def edits(self, batch_id: str, *, before: str | None, limit: int) -> Sequence[BatchEdit]:
        """A page, newest first."""
        statement = select(BatchEdit).where(BatchEdit.batch_id == batch_id)
        if before is not None:
            statement = statement.where(BatchEdit.id < before)
        return (await self._session.scalars(statement.order_by(BatchEdit.id.desc()).limit(limit))).all()

    async def items(
        self, edit_id: str, *, after: str | None = None, limit: int | None = None
    ) -> Sequence[BatchEditItem]:
        """A page in order of the items' ids, or all."""
        statement = select(BatchEditItem).where(BatchEditItem.edit_id == edit_id).order_by(BatchEditItem.item_id)
        if after is not None:
            statement = statement.where(BatchEditItem.item_id > after)
        if limit is not None:
            statement = statement.limit(limit)
        return (await self._session.scalars(statement)).all()

    async def tell(self, edit_id: str, told: Mapping[str, str]) -> None:
        """Writes beside each item what undoing did: a few sentences for thousands of items."""
        table = cast("Table", BatchEditItem.__table__)
        for words in sorted(set(told.values())):
            for page in pages([item_id for item_id, said in told.items() if said == words]):
                statement = update(table).where(table.c.edit_id == edit_id, table.c.item_id.in_(page))
                await self._session.execute(statement.values(undone=words))
