"""What each team has and takes, counted over what is below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from imageloom.features.library.models import Asset, Blob
from imageloom.features.teams.models import Membership, Team
from imageloom.runtime.actor import Actor, Permission


class TeamUsage(NamedTuple):
    team: Team
    members: int
    pictures: int
    bytes: int


class OperationsRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def usage(self, actor: Actor) -> Sequence[TeamUsage]:
        """Of the actor's teams; of every team for an operator. A file that a team has twice takes its room once."""
        actor.require(Permission.members_read)
        statement = select(Team).order_by(Team.id)
        if not actor.may(Permission.users_read):
            statement = statement.where(Team.id.in_(actor.team_ids))
        teams = (await self._session.scalars(statement)).all()
        members = await self._counted(select(Membership.team_id, func.count()).group_by(Membership.team_id))
        pictures = await self._counted(
            select(Asset.team_id, func.count()).where(Asset.removed_at.is_(None)).group_by(Asset.team_id)
        )
        files = select(Asset.team_id, Asset.blake3).where(Asset.removed_at.is_(None)).distinct().subquery()
        sizes = (
            select(files.c.team_id, func.sum(Blob.size_bytes))
            .join(Blob, Blob.blake3 == files.c.blake3)
            .group_by(files.c.team_id)
        )
        taken = await self._counted(sizes)
        return [
            TeamUsage(team, members.get(team.id, 0), pictures.get(team.id, 0), taken.get(team.id, 0)) for team in teams
        ]

    async def _counted(self, statement: Select[str, int]) -> dict[str, int]:
        rows = (await self._session.execute(statement)).all()
        return {team_id: int(number) for team_id, number in rows}
