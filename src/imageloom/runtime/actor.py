"""Who is acting, and what they may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import NamedTuple, Protocol

from imageloom.kit.errors import Forbidden, NotFound, Unauthenticated
from imageloom.kit.ids import ProjectId, TeamId, UserId


class Role(StrEnum):
    """A member's role in a team, from most to least. A guest sees nothing but projects that they have a role in."""

    owner = "owner"
    editor = "editor"
    viewer = "viewer"
    guest = "guest"


class Permission(StrEnum):
    """One thing that may be done. A token's scopes are these words."""

    batches_read = "batches:read"
    batches_write = "batches:write"
    assets_read = "assets:read"
    assets_write = "assets:write"
    assets_delete = "assets:delete"
    keys_read = "keys:read"
    keys_write = "keys:write"
    lanes_read = "lanes:read"
    lanes_write = "lanes:write"
    tokens_read = "tokens:read"
    tokens_write = "tokens:write"
    projects_read = "projects:read"
    projects_write = "projects:write"
    server_read = "server:read"
    account_read = "account:read"
    account_write = "account:write"
    members_read = "members:read"
    members_write = "members:write"
    users_read = "users:read"
    users_write = "users:write"


_VIEWER = frozenset(
    {
        Permission.batches_read,
        Permission.assets_read,
        Permission.lanes_read,
        Permission.projects_read,
        Permission.members_read,
    }
)
_EDITOR = _VIEWER | {Permission.batches_write, Permission.assets_write, Permission.keys_read}
OWN = frozenset({Permission.account_read, Permission.account_write})
"""About oneself: no role is needed."""
OPERATORS = frozenset({Permission.users_read, Permission.users_write})
"""About the whole installation: no role is enough."""
OF_PROJECTS = frozenset(
    {
        Permission.batches_read,
        Permission.batches_write,
        Permission.assets_read,
        Permission.assets_write,
        Permission.assets_delete,
        Permission.lanes_read,
        Permission.projects_read,
        Permission.members_read,
        Permission.members_write,
    }
)
"""About what belongs to a project: here the role in the project decides. Keys and the like are the team's alone."""
_ROLES: Mapping[Role, frozenset[Permission]] = {
    Role.guest: frozenset(),
    Role.viewer: _VIEWER,
    Role.editor: _EDITOR,
    Role.owner: frozenset(Permission) - OWN - OPERATORS,
}


def granted(role: Role) -> frozenset[Permission]:
    """What a role may do in its team."""
    return _ROLES[role]


class OfProject(Protocol):
    """Whatever belongs to a project, and the project itself."""

    @property
    def team_id(self) -> str: ...
    @property
    def project_id(self) -> str: ...


class Reach(NamedTuple):
    """The things of projects with which somebody may do something: those of ``teams`` but for the projects ``but``, and
    those of the projects ``also``, which belong to other ``teams_of_also``.
    """

    teams: tuple[TeamId, ...] = ()
    but: tuple[ProjectId, ...] = ()
    also: tuple[ProjectId, ...] = ()
    teams_of_also: tuple[TeamId, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Whoever stands behind a scope.

    ``roles`` holds the role in each team, ``projects`` those of single projects, by their teams: in its project such a
    role counts instead of the team's, but an owner of the team is the owner of each project. ``scopes`` of ``None``
    means everything the roles allow; a token narrows it. ``is_admin`` is the operator of the installation.
    ``is_system`` is the program itself: jobs and lanes. ``session_id`` is the session through which they ask, ``None``
    for a token; ``is_local`` is the owner's own machine.
    """

    user_id: UserId | None = None
    name: str = "anonymous"
    roles: Mapping[TeamId, Role] = field(default_factory=dict)
    projects: Mapping[TeamId, Mapping[ProjectId, Role]] = field(default_factory=dict)
    scopes: frozenset[str] | None = None
    is_admin: bool = False
    is_system: bool = False
    is_local: bool = False
    session_id: str | None = None

    @cached_property
    def team_ids(self) -> tuple[TeamId, ...]:
        """The teams of which the actor sees everything; not those where they are a guest."""
        return tuple(team_id for team_id, role in self.roles.items() if role is not Role.guest)

    def role_in(self, team_id: TeamId, project_id: ProjectId | None = None) -> Role | None:
        """The role that counts in a team, or in one of its projects; ``None`` for a stranger."""
        role = self.roles.get(team_id)
        if role is None or role is Role.owner or project_id is None:
            return role
        return self.projects.get(team_id, {}).get(project_id, role)

    @cached_property
    def seen(self) -> Reach:
        """What of projects the actor sees: every role in a project sees all of it."""
        return self.reach(Permission.projects_read)

    @property
    def working_in(self) -> tuple[TeamId, ...]:
        """The teams whose models make this actor's pictures: also those in which they have but a project."""
        return self.team_ids + self.seen.teams_of_also

    def reach(self, permission: Permission) -> Reach:
        """Where the actor's roles allow this with what belongs to projects, whatever the scopes of their token."""
        teams = tuple(team_id for team_id, role in self.roles.items() if permission in _ROLES[role])
        but: list[ProjectId] = []
        also: dict[ProjectId, TeamId] = {}
        for team_id, projects in self.projects.items():
            for project_id in projects:
                role = self.role_in(team_id, project_id)
                is_allowed = role is not None and permission in _ROLES[role]
                if team_id in teams and not is_allowed:
                    but.append(project_id)
                elif team_id not in teams and is_allowed:
                    also[project_id] = team_id
        return Reach(teams, tuple(but), tuple(also), tuple(dict.fromkeys(also.values())))

    def may(
        self, permission: Permission, *, team_id: TeamId | None = None, project_id: ProjectId | None = None
    ) -> bool:
        """Whether the actor may do this in the project or team, or anywhere when none is named."""
        if self.is_system:
            return True
        if self.scopes is not None and permission.value not in self.scopes:
            return False
        if permission in OWN:
            return self.user_id is not None
        if permission in OPERATORS:
            return self.is_admin
        if team_id is not None:
            role = self.role_in(team_id, project_id if permission in OF_PROJECTS else None)
            return role is not None and permission in _ROLES[role]
        if any(permission in _ROLES[role] for role in self.roles.values()):
            return True
        return permission in OF_PROJECTS and bool(self.projects) and bool(self.reach(permission).also)

    def require_whole(self) -> None:
        """Raises :class:`Forbidden` for a token that is narrowed by scopes, where what it got would be wider."""
        if self.scopes is not None:
            raise Forbidden("A token that is narrowed by scopes may not do this.", hint="Sign in, or use a whole one.")

    def require(
        self, permission: Permission, *, team_id: TeamId | None = None, project_id: ProjectId | None = None
    ) -> None:
        """Raises :class:`Unauthenticated`, :class:`NotFound` for what they do not see, or :class:`Forbidden`."""
        if self.is_system:
            return
        if self.user_id is None:
            raise Unauthenticated("This needs a token.", hint="Sign in, or send Authorization: Bearer <token>.")
        if team_id is not None and self._is_hidden(team_id, project_id):
            raise NotFound("There is no such thing, or it belongs to another team.")
        if not self.may(permission, team_id=team_id, project_id=project_id):
            raise Forbidden(f"This needs the permission {permission.value}.", permission=permission.value)

    def require_for(self, thing: OfProject | None, permission: Permission) -> None:
        """The same for something of a project; anywhere, where there is no such thing for them."""
        if thing is None:
            self.require(permission)
        else:
            self.require(permission, team_id=TeamId(thing.team_id), project_id=ProjectId(thing.project_id))

    def _is_hidden(self, team_id: TeamId, project_id: ProjectId | None) -> bool:
        role = self.role_in(team_id, project_id)
        return role is None or (project_id is not None and role is Role.guest)


ANONYMOUS = Actor()
SYSTEM = Actor(name="system", is_system=True)
