"""Queries about teams and projects."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from imageloom.features.teams.models import Membership, Project, Team
from imageloom.runtime.actor import Actor


class TeamRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, row: Team | Membership | Project) -> None:
        self._session.add(row)

    async def memberships(self, user_id: str) -> Sequence[Membership]:
        return (await self._session.scalars(select(Membership).where(Membership.user_id == user_id))).all()

    @staticmethod
    def visible_to(actor: Actor) -> Select[Project]:
        """Where every query about projects starts."""
        return select(Project).where(Project.team_id.in_(actor.team_ids))

    async def projects(self, actor: Actor) -> Sequence[Project]:
        return (await self._session.scalars(self.visible_to(actor).order_by(Project.id))).all()

    async def project(self, actor: Actor, id_or_name: str) -> Project | None:
        statement = self.visible_to(actor).where((Project.id == id_or_name) | (Project.name == id_or_name))
        return (await self._session.scalars(statement.order_by(Project.id).limit(1))).one_or_none()
