"""Queries about teams and projects."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session

from imageloom.features.identity.models import OneTimeLink, SignedIn, Token, User
from imageloom.features.teams.models import Membership, Project, Team
from imageloom.runtime.actor import Actor, Permission, Role, granted

# Built once, for every request begins with one of them.
_SHOWN = (User.id, User.name, User.is_admin, Membership.team_id, Membership.role)
_OF_TOKEN = (
    select(*_SHOWN, Token.scopes)
    .join(Token, Token.user_id == User.id)
    .outerjoin(Membership, Membership.user_id == User.id)
    .where(
        Token.sha256 == bindparam("sha256"),
        Token.revoked_at.is_(None),
        or_(Token.expires_at.is_(None), Token.expires_at > bindparam("now")),
        User.disabled_at.is_(None),
    )
)
_OF_SESSION = (
    select(*_SHOWN)
    .join(SignedIn, SignedIn.user_id == User.id)
    .outerjoin(Membership, Membership.user_id == User.id)
    .where(
        SignedIn.id == bindparam("session_id"),
        SignedIn.user_id == bindparam("user_id"),
        SignedIn.revoked_at.is_(None),
        SignedIn.expires_at > bindparam("now"),
        User.disabled_at.is_(None),
    )
)
_FIRST_ADMIN = select(User.id).where(User.is_admin, User.disabled_at.is_(None)).order_by(User.id).limit(1)
_OF_OWNER = (
    select(*_SHOWN)
    .outerjoin(Membership, Membership.user_id == User.id)
    .where(User.id == _FIRST_ADMIN.scalar_subquery())
)


class Member(NamedTuple):
    """A user beside their place in a team."""

    user: User
    membership: Membership


class TeamRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, row: Team | Membership | Project) -> None:
        self._session.add(row)

    async def memberships(self, user_id: str) -> Sequence[Membership]:
        return (await self._session.scalars(select(Membership).where(Membership.user_id == user_id))).all()

    async def operated(self, team_ids: Sequence[str]) -> bool:
        """Whether an operator of the installation is an owner of one of these teams."""
        statement = (
            select(func.count())
            .select_from(Membership)
            .join(User, User.id == Membership.user_id)
            .where(
                Membership.team_id.in_(team_ids),
                Membership.role == Role.owner,
                User.is_admin,
                User.disabled_at.is_(None),
            )
        )
        return bool(await self._session.scalar(statement))

    async def teams(self, actor: Actor) -> Sequence[Team]:
        return (await self._session.scalars(select(Team).where(Team.id.in_(actor.team_ids)).order_by(Team.id))).all()

    async def members(self, team_id: str) -> Sequence[Member]:
        statement = (
            select(User, Membership)
            .join(Membership, Membership.user_id == User.id)
            .where(Membership.team_id == team_id)
            .order_by(User.id)
        )
        return [Member(user, membership) for user, membership in (await self._session.execute(statement)).all()]

    async def locked_memberships(self, team_id: str) -> Sequence[Membership]:
        """All of a team, held until this transaction ends."""
        statement = select(Membership).where(Membership.team_id == team_id).order_by(Membership.user_id)
        return (await self._session.scalars(statement.with_for_update())).all()

    async def inviter(self, user_id: str, *, team_id: str) -> bool:
        """Whether this user is an owner of the team now, and not disabled."""
        statement = (
            select(Membership.role)
            .join(User, User.id == Membership.user_id)
            .where(Membership.team_id == team_id, Membership.user_id == user_id, User.disabled_at.is_(None))
        )
        role = await self._session.scalar(statement)
        return role is not None and Permission.members_write in granted(Role(role))

    async def invitations(self, team_ids: Sequence[str], *, now: datetime) -> Sequence[OneTimeLink]:
        """Those that can still be taken, the newest first."""
        statement = (
            select(OneTimeLink)
            .where(
                OneTimeLink.kind == "invitation",
                OneTimeLink.team_id.in_(team_ids),
                OneTimeLink.used_at.is_(None),
                OneTimeLink.revoked_at.is_(None),
                OneTimeLink.expires_at > now,
            )
            .order_by(OneTimeLink.id.desc())
        )
        return (await self._session.scalars(statement)).all()

    @staticmethod
    def holder(connection: Connection, sha256: str, *, now: datetime) -> Sequence[Any]:
        """Who holds a token that counts now: a row for each of their teams, or one without a team."""
        return connection.execute(_OF_TOKEN, {"sha256": sha256, "now": now}).all()

    @staticmethod
    def signed_in(connection: Connection, session_id: str, *, user_id: str, now: datetime) -> Sequence[Any]:
        """Whose session this is, if it is open now; likewise."""
        return connection.execute(_OF_SESSION, {"session_id": session_id, "user_id": user_id, "now": now}).all()

    @staticmethod
    def owner(connection: Connection) -> Sequence[Any]:
        """The first operator, likewise."""
        return connection.execute(_OF_OWNER).all()

    @staticmethod
    def visible_to(actor: Actor) -> Select[Project]:
        """Where every query about projects starts."""
        return select(Project).where(Project.team_id.in_(actor.team_ids))

    async def projects(self, actor: Actor) -> Sequence[Project]:
        return (await self._session.scalars(self.visible_to(actor).order_by(Project.id))).all()

    @classmethod
    def first_project(cls, connection: Connection, actor: Actor, id_or_name: str | None) -> Project | None:
        """The actor's oldest project, of this id or name where one is given."""
        statement = cls.visible_to(actor).order_by(Project.id).limit(1)
        if id_or_name is not None:
            statement = statement.where((Project.id == id_or_name) | (Project.name == id_or_name))
        with Session(connection, expire_on_commit=False) as session:
            project = session.scalars(statement).one_or_none()
            session.expunge_all()
        return project
