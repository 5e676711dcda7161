"""Queries about wildcard files."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from imageloom.features.teams.models import Project
from imageloom.features.wildcards.models import WildcardFile
from imageloom.runtime.actor import Actor
from imageloom.runtime.db.visibility import visible


class WildcardRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, file: WildcardFile) -> None:
        self._session.add(file)
        await self._session.flush()

    async def remove(self, file: WildcardFile) -> None:
        await self._session.delete(file)
        await self._session.flush()

    async def flush(self) -> None:
        await self._session.flush()

    @staticmethod
    def visible_to(actor: Actor) -> Select[WildcardFile]:
        """Where every query about wildcard files starts."""
        return visible(select(WildcardFile), actor, team=WildcardFile.team_id, project=WildcardFile.project_id)

    async def file(self, actor: Actor, file_id: str) -> WildcardFile | None:
        """With its text."""
        statement = self.visible_to(actor).where(WildcardFile.id == file_id)
        return (await self._session.scalars(statement.options(undefer(WildcardFile.text)))).one_or_none()

    async def of_project(self, actor: Actor, project_id: str, *, with_text: bool = False) -> Sequence[WildcardFile]:
        """All of a project's files, by name. They are bounded."""
        statement = self.visible_to(actor).where(WildcardFile.project_id == project_id).order_by(WildcardFile.folded)
        if with_text:
            statement = statement.options(undefer(WildcardFile.text))
        return (await self._session.scalars(statement)).all()

    async def lock_project(self, project_id: str) -> None:
        """Keeps others from adding to the project's files until the transaction ends: they are counted first."""
        await self._session.execute(select(Project.id).where(Project.id == project_id).with_for_update())

    async def sums(self, project_id: str, *, but: str | None) -> tuple[int, int]:
        """How many files the project has beside one of them, and their bytes."""
        statement = select(func.count(), func.coalesce(func.sum(WildcardFile.size_bytes), 0)).where(
            WildcardFile.project_id == project_id
        )
        if but is not None:
            statement = statement.where(WildcardFile.id != but)
        number, size = (await self._session.execute(statement)).one()
        return int(number), int(size)
