"""Teams, members and projects."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from sqlalchemy import Connection

from imageloom.features.identity.activity import Device, record
from imageloom.features.identity.models import User
from imageloom.features.identity.service import IdentityService
from imageloom.features.teams.models import Membership, Project, Team
from imageloom.features.teams.repository import TeamRepository
from imageloom.features.teams.schemas import ProjectCreate
from imageloom.kit.errors import Conflict, Forbidden, InvalidInput, NotFound
from imageloom.kit.ids import ProjectId, TeamId, UserId
from imageloom.runtime.actor import Actor, Permission, Role
from imageloom.runtime.scope import Scope

DEFAULT_NAME = "Studio"


class TeamService:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.repository = TeamRepository(scope.session)

    async def actor_of(self, user: User, *, scopes: Sequence[str] | None) -> Actor:
        """The user with the roles they have now."""
        memberships = await self.repository.memberships(user.id)
        projects: dict[TeamId, dict[ProjectId, Role]] = {}
        for own in await self.repository.project_roles(user.id):
            projects.setdefault(TeamId(own.team_id), {})[ProjectId(own.project_id)] = Role(own.role)
        return Actor(
            user_id=UserId(user.id),
            name=user.name,
            roles={TeamId(membership.team_id): Role(membership.role) for membership in memberships},
            projects=projects,
            scopes=None if scopes is None else frozenset(scopes),
            is_admin=user.is_admin,
        )

    async def ensure_owner(self) -> Actor:
        """The local owner; the first call makes the user, a team and a project."""
        identity = IdentityService(self.scope)
        user = await identity.first_admin()
        if user is None:
            user = await identity.create_user("owner", is_admin=True)
            await self.settle(user, name=DEFAULT_NAME)
        return await self.actor_of(user, scopes=None)

    async def is_operated(self, *team_ids: str) -> bool:
        """Whether one of these is an operator's team: to such a team belongs what belongs to the installation.

        Teams of people who registered by themselves get neither the installation's keys nor its network.
        """
        return await self.repository.operated(team_ids)

    async def settle(self, user: User, *, name: str) -> Team:
        """A team and a project of one's own."""
        team = await self.create_team(name, owner=user)
        await self._add_project(team.id, name)
        return team

    async def create_team(self, name: str, *, owner: User) -> Team:
        now = self.scope.ports.clock.now()
        team = Team(id=self.scope.ports.ids.new(), name=name, created_at=now)
        self.repository.add(team)
        await self.scope.session.flush()
        self.repository.add(Membership(team_id=team.id, user_id=owner.id, role=Role.owner.value, created_at=now))
        await self.scope.session.flush()
        return team

    async def create_project(self, body: ProjectCreate, *, device: Device) -> Project:
        """Raises :class:`Conflict` when the team has one of that name."""
        team_id = self.team_of(body.team_id)
        self.scope.actor.require(Permission.projects_write, team_id=team_id)
        await self._must_be_free(team_id, body.name)
        project = await self._add_project(team_id, body.name)
        record(self.scope, "project_made", device=device, team_id=team_id, project_id=project.id, name=project.name)
        return project

    async def rename_project(self, project_id: str, name: str, *, device: Device) -> Project:
        """Raises :class:`NotFound`, also for a project that the actor does not see, and :class:`Conflict`."""
        project = await self.repository.project(self.scope.actor, project_id)
        self.scope.actor.require_for(project, Permission.projects_write)
        if project is None:
            raise NotFound("There is no such project.")
        await self._must_be_free(TeamId(project.team_id), name, but=project.id)
        told = {"project_id": project.id, "before": project.name, "after": name}
        record(self.scope, "project_renamed", device=device, team_id=project.team_id, **told)
        project.name = name
        await self.scope.session.flush()
        return project

    async def projects(self) -> Sequence[Project]:
        self.scope.actor.require(Permission.projects_read)
        return await self.repository.projects(self.scope.actor)

    async def project(self, id_or_name: str | None) -> Project:
        """The named project, or the first one. Raises :class:`NotFound`."""
        connection = await self.scope.session.connection()
        return await connection.run_sync(partial(project_of, actor=self.scope.actor, id_or_name=id_or_name))

    def team_of(self, team_id: str | None) -> TeamId:
        """The named team, or the actor's only one."""
        if team_id is not None:
            return TeamId(team_id)
        teams = self.scope.actor.team_ids
        if not teams:
            raise Forbidden("You are in no team.", hint="Ask for an invitation.")
        if len(teams) != 1:
            raise InvalidInput("You are in several teams; say which one.", field="team_id")
        return teams[0]

    async def _must_be_free(self, team_id: TeamId, name: str, *, but: str | None = None) -> None:
        """Raises :class:`Conflict` when the team has another project of that name."""
        for project in await self.repository.projects(self.scope.actor):
            if project.team_id == team_id and project.name == name and project.id != but:
                raise Conflict(f"The team already has a project named {name!r}.", field="name")

    async def _add_project(self, team_id: str, name: str) -> Project:
        project = Project(
            id=self.scope.ports.ids.new(), team_id=team_id, name=name, created_at=self.scope.ports.clock.now()
        )
        self.repository.add(project)
        await self.scope.session.flush()
        return project


def project_of(connection: Connection, *, actor: Actor, id_or_name: str | None) -> Project:
    """The actor's project of this id or name, or their first one. Raises :class:`NotFound`."""
    project = TeamRepository.first_project(connection, actor, id_or_name)
    if project is None:
        told = "There is no project yet." if id_or_name is None else "There is no such project."
        raise NotFound(told, field="project")
    return project
