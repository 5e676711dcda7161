"""Who is acting, and what they may do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from imageloom.kit.errors import Forbidden, NotFound, Unauthenticated
from imageloom.kit.ids import TeamId, UserId


class Role(StrEnum):
    """A member's role in a team, from most to least."""

    owner = "owner"
    editor = "editor"
    viewer = "viewer"


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
_ROLES: Mapping[Role, frozenset[Permission]] = {
    Role.viewer: _VIEWER,
    Role.editor: _EDITOR,
    Role.owner: frozenset(Permission) - OWN - OPERATORS,
}


def granted(role: Role) -> frozenset[Permission]:
    """What a role may do in its team."""
    return _ROLES[role]


@dataclass(frozen=True, kw_only=True)
class Actor:
    """Whoever stands behind a scope.

    ``roles`` holds the role in each team. ``scopes`` of ``None`` means everything the roles allow; a token narrows
    it. ``is_admin`` is the operator of the installation. ``is_system`` is the program itself: jobs and lanes.
    ``session_id`` is the session through which they ask, ``None`` for a token; ``is_local`` is the owner's own machine.
    """

    user_id: UserId | None = None
    name: str = "anonymous"
    roles: Mapping[TeamId, Role] = field(default_factory=dict)
    scopes: frozenset[str] | None = None
    is_admin: bool = False
    is_system: bool = False
    is_local: bool = False
    session_id: str | None = None

    @property
    def team_ids(self) -> tuple[TeamId, ...]:
        return tuple(self.roles)

    def may(self, permission: Permission, *, team_id: TeamId | None = None) -> bool:
        """Whether the actor may do this in the team, or anywhere when no team is named."""
        if self.is_system:
            return True
        if self.scopes is not None and permission.value not in self.scopes:
            return False
        if permission in OWN:
            return self.user_id is not None
        if permission in OPERATORS:
            return self.is_admin
        if team_id is not None:
            role = self.roles.get(team_id)
            return role is not None and permission in _ROLES[role]
        return any(permission in _ROLES[role] for role in self.roles.values())

    def require_whole(self) -> None:
        """Raises :class:`Forbidden` for a token that is narrowed by scopes, where what it got would be wider."""
        if self.scopes is not None:
            raise Forbidden("A token that is narrowed by scopes may not do this.", hint="Sign in, or use a whole one.")

    def require(self, permission: Permission, *, team_id: TeamId | None = None) -> None:
        """Raises :class:`Unauthenticated`, :class:`NotFound` for a foreign team, or :class:`Forbidden`."""
        if self.is_system:
            return
        if self.user_id is None:
            raise Unauthenticated("This needs a token.", hint="Sign in, or send Authorization: Bearer <token>.")
        if team_id is not None and team_id not in self.roles:
            raise NotFound("There is no such thing, or it belongs to another team.")
        if not self.may(permission, team_id=team_id):
            raise Forbidden(f"This needs the permission {permission.value}.", permission=permission.value)


ANONYMOUS = Actor()
SYSTEM = Actor(name="system", is_system=True)
