"""Queries about teams and projects."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache, lru_cache
from typing import Any, NamedTuple

from sqlalchemy import Connection, Select, and_, bindparam, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from imageloom.features.identity.models import OneTimeLink, SignedIn, Token, User
from imageloom.features.teams.models import Membership, Project, ProjectMember, Team
from imageloom.runtime.actor import Actor, Permission, Reach, Role, granted
from imageloom.runtime.db.visibility import visible, within

# Built once, for every request begins with one of them.
_SHOWN = (
    User.id,
    User.name,
    User.is_admin,
    Membership.team_id,
    Membership.role,
    ProjectMember.project_id,
    ProjectMember.role.label("project_role"),
)
_IN_PROJECTS = and_(ProjectMember.team_id == Membership.team_id, ProjectMember.user_id == Membership.user_id)
_OF_TOKEN = (
    select(*_SHOWN, Token.scopes)
    .join(Token, Token.user_id == User.id)
    .outerjoin(Membership, Membership.user_id == User.id)
    .outerjoin(ProjectMember, _IN_PROJECTS)
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
    .outerjoin(ProjectMember, _IN_PROJECTS)
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
    .outerjoin(ProjectMember, _IN_PROJECTS)
    .where(User.id == _FIRST_ADMIN.scalar_subquery())
)


class Member(NamedTuple):
    """A user beside their place in a team."""

    user: User
    membership: Membership


class ProjectMemberRow(NamedTuple):
    """A user who sees a project, their role in its team, and their own in the project where they have one."""

    user: User
    membership: Membership
    own: ProjectMember | None

    @property
    def role(self) -> Role:
        """What counts in the project, as :meth:`Actor.role_in` says of who asks."""
        team = Role(self.membership.role)
        return team if self.own is None or team is Role.owner else Role(self.own.role)


class TeamRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, row: Team | Membership | Project | ProjectMember) -> None:
        self._session.add(row)

    async def memberships(self, user_id: str) -> Sequence[Membership]:
        return (await self._session.scalars(select(Membership).where(Membership.user_id == user_id))).all()

    async def project_roles(self, user_id: str) -> Sequence[ProjectMember]:
        return (await self._session.scalars(select(ProjectMember).where(ProjectMember.user_id == user_id))).all()

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
        """Those that the actor is a member of, as a guest too."""
        statement = select(Team).where(Team.id.in_(tuple(actor.roles))).order_by(Team.id)
        return (await self._session.scalars(statement)).all()

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
        """Who holds a token that counts now: a row for each of their teams and roles in its projects, or one
        without a team.
        """
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
        return visible(select(Project), actor, team=Project.team_id, project=Project.id)

    async def project(self, actor: Actor, project_id: str) -> Project | None:
        return (await self._session.scalars(self.visible_to(actor).where(Project.id == project_id))).one_or_none()

    async def project_names(self, actor: Actor, project_ids: Sequence[str]) -> dict[str, str]:
        found = await self._session.scalars(self.visible_to(actor).where(Project.id.in_(project_ids)))
        return {project.id: project.name for project in found}

    async def project_members(self, project: Project) -> Sequence[ProjectMemberRow]:
        """Whoever sees the project."""
        has_own = and_(_IN_PROJECTS, ProjectMember.project_id == project.id)
        statement = (
            select(User, Membership, ProjectMember)
            .join(Membership, Membership.user_id == User.id)
            .outerjoin(ProjectMember, has_own)
            .where(
                Membership.team_id == project.team_id,
                or_(Membership.role != Role.guest.value, ProjectMember.project_id.is_not(None)),
            )
            .order_by(User.id)
        )
        rows = (await self._session.execute(statement)).all()
        return [ProjectMemberRow(user, membership, own) for user, membership, own in rows]

    async def locked_member(self, project: Project, user_id: str) -> ProjectMemberRow | None:
        """A member of the project's team, who may not see it; nobody gives them another role until we commit."""
        statement = (
            select(User, Membership)
            .join(Membership, Membership.user_id == User.id)
            .where(Membership.team_id == project.team_id, User.id == user_id)
            .with_for_update(of=Membership)
        )
        row = (await self._session.execute(statement)).one_or_none()
        if row is None:
            return None
        # Only now: whoever held the membership before us may have written it.
        own = await self._session.get(ProjectMember, (project.team_id, user_id, project.id))
        return ProjectMemberRow(row[0], row[1], own)

    async def projects(self, actor: Actor) -> Sequence[Project]:
        return (await self._session.scalars(self.visible_to(actor).order_by(Project.id))).all()

    @staticmethod
    def first_project(connection: Connection, actor: Actor, id_or_name: str | None) -> Project | None:
        """The actor's oldest project, of this id or name where one is given."""
        known = {} if id_or_name is None else {"name": id_or_name}
        statement = _all_projects(is_named=bool(known))
        if not actor.is_system:
            statement = _projects(actor.seen, is_named=bool(known))
        row = connection.execute(statement, known).one_or_none()
        return None if row is None else Project(**row._mapping)


# Built once for all that somebody may see: this is asked for each request of the gateway.
@lru_cache(maxsize=256)
def _projects(seen: Reach, *, is_named: bool) -> Select[str, str, str, datetime]:
    return _all_projects(is_named=is_named).where(within(seen, team=Project.team_id, project=Project.id))


@cache
def _all_projects(*, is_named: bool) -> Select[str, str, str, datetime]:
    """The oldest one, by its columns: what the mapper does for a row costs more than the row."""
    statement = select(Project.id, Project.team_id, Project.name, Project.created_at).order_by(Project.id).limit(1)
    wanted = (Project.id == bindparam("name")) | (Project.name == bindparam("name"))
    return statement.where(wanted) if is_named else statement
