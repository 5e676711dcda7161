"""Queries about quotas, for people. Those of the ledger are in ``tallies``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, and_, bindparam, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from imageloom.features.identity.models import User
from imageloom.features.quotas.models import Quota
from imageloom.features.teams.models import Membership, Team
from imageloom.runtime.actor import Actor, Permission

# Built once: it is asked for each submit.
_BINDING = (
    select(Quota)
    .where(Quota.team_id == bindparam("team"), Quota.target.in_((bindparam("team"), bindparam("user"))))
    .order_by(Quota.id)
)


class QuotaRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    @staticmethod
    def visible_to(actor: Actor) -> Select[Quota]:
        """Those of the actor's teams and their own; of others for those who decide; all for operators."""
        statement = select(Quota)
        if actor.is_system or actor.may(Permission.users_read):
            return statement
        deciding = [team for team in actor.team_ids if actor.may(Permission.members_write, team_id=team)]
        ours = and_(
            Quota.team_id.in_(actor.team_ids),
            or_(Quota.target == Quota.team_id, Quota.target == str(actor.user_id), Quota.team_id.in_(deciding)),
        )
        if not actor.seen.also:
            return statement.where(ours)
        # What a guest may have is theirs to know; what the team may have is not.
        as_guest = and_(Quota.team_id.in_(actor.seen.teams_of_also), Quota.target == str(actor.user_id))
        return statement.where(or_(ours, as_guest))

    async def all(self, actor: Actor) -> Sequence[Quota]:
        statement = self.visible_to(actor).order_by(Quota.team_id, Quota.target, Quota.kind, Quota.id)
        return (await self._session.scalars(statement)).all()

    async def one(self, actor: Actor, quota_id: str) -> Quota | None:
        return (await self._session.scalars(self.visible_to(actor).where(Quota.id == quota_id))).one_or_none()

    async def binding(self, team_id: str, user_id: str) -> Sequence[Quota]:
        return (await self._session.scalars(_BINDING, {"team": team_id, "user": user_id})).all()

    async def same(self, same: Mapping[str, Any]) -> Quota | None:
        """The quota of the same target, kind and period, locked."""
        statement = select(Quota).where(*(getattr(Quota, name) == value for name, value in same.items()))
        return (await self._session.scalars(statement.with_for_update())).one_or_none()

    async def add(self, quota: Quota) -> None:
        self._session.add(quota)
        await self._session.flush()

    async def remove(self, quota: Quota) -> None:
        await self._session.delete(quota)
        await self._session.flush()

    async def is_team(self, team_id: str) -> bool:
        return (await self._session.scalar(select(Team.id).where(Team.id == team_id))) is not None

    async def is_member(self, team_id: str, user_id: str) -> bool:
        statement = select(Membership.user_id).where(Membership.team_id == team_id, Membership.user_id == user_id)
        return (await self._session.scalar(statement)) is not None

    async def names(self, quotas: Sequence[Quota]) -> dict[str, str]:
        """What people call the teams and users that have quotas, by id."""
        named: dict[str, str] = {}
        ids = {quota.target for quota in quotas}
        for model in (User, Team):
            if ids:
                rows = await self._session.execute(select(model.id, model.name).where(model.id.in_(ids)))
                named |= {row.id: row.name for row in rows}
        return named
