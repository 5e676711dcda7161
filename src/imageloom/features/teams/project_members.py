"""Members of a project: a role there that is another than in the team, or the only one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from imageloom.features.identity.activity import Device, record
from imageloom.features.teams.models import Project, ProjectMember
from imageloom.features.teams.repository import ProjectMemberRow, TeamRepository
from imageloom.kit.errors import Conflict, NotFound
from imageloom.kit.ids import TeamId
from imageloom.runtime.actor import Permission, Role
from imageloom.runtime.scope import Scope

_LITTLE = (Role.viewer, Role.guest)


class OwnsTheTeam(Conflict):
    code: ClassVar[str] = "owns_the_team"
    title: ClassVar[str] = "An owner of the team is an owner of each of its projects."
    way_out: ClassVar[str | None] = "Give them another role in the team first."


class ProjectMemberService:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.repository = TeamRepository(scope.session)

    async def members(self, project_id: str) -> Sequence[ProjectMemberRow]:
        """Whoever sees the project. Raises :class:`NotFound`, also for a project that the actor does not see."""
        return await self.repository.project_members(await self._project(project_id, Permission.members_read))

    def sees_addresses(self, team_id: str) -> bool:
        """As in the list of the team: who is an owner of the project alone may not invite."""
        return self.scope.actor.may(Permission.members_write, team_id=TeamId(team_id))

    async def put(self, project_id: str, user_id: str, role: Role, *, device: Device) -> ProjectMemberRow:
        """Gives a member of the team this role in the project, at once. Raises :class:`OwnsTheTeam`."""
        project = await self._project(project_id, Permission.members_write)
        member = await self._member(project, user_id)
        if member.membership.role == Role.owner:
            raise OwnsTheTeam(f"{member.user.name} is an owner of the team.", field="user_id")
        own, before = member.own, member.role
        if own is None:
            own = ProjectMember(
                team_id=project.team_id,
                user_id=user_id,
                project_id=project.id,
                role=role.value,
                created_at=self.scope.ports.clock.now(),
            )
            self.repository.add(own)
        own.role = role.value
        return await self._changed(project, member._replace(own=own), before, "project_role_changed", device)

    async def remove(self, project_id: str, user_id: str, *, device: Device) -> ProjectMemberRow:
        """From now on their role in the team counts; a guest sees the project no more. What they made stays."""
        project = await self._project(project_id, Permission.members_write)
        member = await self._member(project, user_id)
        if member.own is None:
            raise NotFound("They have no role of their own in this project.", hint="Their role in the team counts.")
        before = member.role
        await self.scope.session.delete(member.own)
        return await self._changed(project, member._replace(own=None), before, "project_member_removed", device)

    async def _changed(
        self, project: Project, member: ProjectMemberRow, before: Role, kind: str, device: Device
    ) -> ProjectMemberRow:
        if member.role not in _LITTLE:
            # Whoever gets the role may do more than a narrowed token; taking a lower one away gives it, too.
            self.scope.actor.require_whole()
        record(
            self.scope,
            kind,
            device=device,
            subject_id=member.user.id,
            team_id=project.team_id,
            project_id=project.id,
            before=before.value,
            after=member.role.value,
        )
        await self.scope.session.flush()
        return member

    async def _project(self, project_id: str, permission: Permission) -> Project:
        project = await self.repository.project(self.scope.actor, project_id)
        self.scope.actor.require_for(project, permission)
        if project is None:
            raise NotFound("There is no such project.")
        return project

    async def _member(self, project: Project, user_id: str) -> ProjectMemberRow:
        member = await self.repository.locked_member(project, user_id)
        if member is None:
            raise NotFound(
                "The team of this project has no such member.", hint="Invite them into the team first, as a guest."
            )
        return member
