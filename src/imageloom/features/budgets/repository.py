"""Queries about caps, for people. Those of the ledger are in ``holding``."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, and_, delete, insert, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from imageloom.features.budgets.models import Cap, Hold
from imageloom.features.identity.models import User
from imageloom.features.teams.models import Membership, Project
from imageloom.runtime.actor import Actor, Permission


class BudgetRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    @staticmethod
    def visible_to(actor: Actor) -> Select[Cap]:
        """Caps of the actor's teams; as a guest of their projects alone. What another person may spend is for those who
        decide about it.
        """
        statement = select(Cap)
        if actor.is_system:
            return statement
        deciding = [team for team in actor.team_ids if actor.may(Permission.keys_write, team_id=team)]
        is_mine = Cap.target == str(actor.user_id)
        ours = and_(Cap.team_id.in_(actor.team_ids), or_(Cap.kind != "user", is_mine, Cap.team_id.in_(deciding)))
        seen = actor.seen
        if not seen.also:
            return statement.where(ours)
        about_me = and_(Cap.kind == "user", is_mine)
        as_guest = and_(Cap.team_id.in_(seen.teams_of_also), or_(Cap.project_id.in_(seen.also), about_me))
        return statement.where(or_(ours, as_guest))

    async def caps(
        self, actor: Actor, *, kinds: Collection[str] | None, before: str | None, limit: int
    ) -> Sequence[Cap]:
        """A page, newest first, older than the given id."""
        statement = self.visible_to(actor).order_by(Cap.id.desc()).limit(limit)
        if kinds is not None:
            statement = statement.where(Cap.kind.in_(kinds))
        if before is not None:
            statement = statement.where(Cap.id < before)
        return (await self._session.scalars(statement)).all()

    async def caps_on(self, actor: Actor, team_id: str, targets: Collection[str]) -> Sequence[Cap]:
        """Those of a team on any of the targets, oldest first."""
        statement = self.visible_to(actor).where(Cap.team_id == team_id, Cap.target.in_(sorted(targets)))
        return (await self._session.scalars(statement.order_by(Cap.id))).all()

    async def cap(self, actor: Actor, cap_id: str, *, lock: bool = False) -> Cap | None:
        statement = self.visible_to(actor).where(Cap.id == cap_id)
        if lock:
            statement = statement.with_for_update()
        return (await self._session.scalars(statement)).one_or_none()

    async def same(self, cap: Mapping[str, Any]) -> Cap | None:
        """The cap on the same thing in the same period, locked."""
        names = ("team_id", "kind", "target", "period", "is_hard")
        statement = select(Cap).where(*(getattr(Cap, name) == cap[name] for name in names)).with_for_update()
        return (await self._session.scalars(statement)).one_or_none()

    async def add(self, cap: Cap) -> None:
        self._session.add(cap)
        await self._session.flush()

    async def remove(self, cap: Cap) -> None:
        await self.forget_holds(cap.id)
        await self._session.delete(cap)
        await self._session.flush()

    async def forget_holds(self, cap_id: str) -> None:
        await self._session.execute(delete(Hold).where(Hold.cap_id == cap_id))

    async def add_holds(self, rows: Sequence[Mapping[str, Any]]) -> None:
        if rows:
            await self._session.execute(insert(Hold), list(rows))

    async def is_member(self, team_id: str, user_id: str) -> bool:
        statement = select(Membership.user_id).where(Membership.team_id == team_id, Membership.user_id == user_id)
        return (await self._session.scalars(statement)).one_or_none() is not None

    async def is_project(self, team_id: str, project_id: str) -> bool:
        statement = select(Project.id).where(Project.team_id == team_id, Project.id == project_id)
        return (await self._session.scalars(statement)).one_or_none() is not None

    async def names(self, caps: Sequence[Cap]) -> dict[str, str]:
        """What people call the users and projects that are capped, by id."""
        users = {cap.target for cap in caps if cap.kind == "user"}
        projects = {cap.target for cap in caps if cap.kind == "project"}
        named: dict[str, str] = {}
        for model, ids in ((User, users), (Project, projects)):
            if ids:
                rows = await self._session.execute(select(model.id, model.name).where(model.id.in_(ids)))
                named |= {row.id: row.name for row in rows}
        return named
