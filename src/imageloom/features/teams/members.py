"""Members of teams and their roles. Somebody is always left who may change them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from imageloom.features.identity.activity import Device, record
from imageloom.features.identity.models import User
from imageloom.features.teams.models import Membership, Team
from imageloom.features.teams.repository import Member, TeamRepository
from imageloom.kit.errors import Conflict, Forbidden, NotFound
from imageloom.kit.ids import TeamId
from imageloom.runtime.actor import Permission, Role
from imageloom.runtime.scope import Scope


class LastOwner(Conflict):
    code: ClassVar[str] = "last_owner"
    title: ClassVar[str] = "A team needs an owner."
    way_out: ClassVar[str | None] = "Make somebody else an owner first."


class MemberService:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.repository = TeamRepository(scope.session)

    async def teams(self) -> Sequence[Team]:
        """The actor's own."""
        self.scope.actor.require(Permission.members_read)
        return await self.repository.teams(self.scope.actor)

    async def members(self, team_id: str) -> Sequence[Member]:
        """Addresses are left out for those who may not invite. Raises :class:`NotFound` for a foreign team."""
        self.scope.actor.require(Permission.members_read, team_id=TeamId(team_id))
        return await self.repository.members(team_id)

    def sees_addresses(self, team_id: str) -> bool:
        return self.scope.actor.may(Permission.members_write, team_id=TeamId(team_id))

    async def change_role(self, team_id: str, user_id: str, role: Role, *, device: Device) -> Membership:
        """Counts at once. Raises :class:`LastOwner`."""
        membership = await self._membership(team_id, user_id, stays=role is Role.owner)
        if role not in (Role.viewer, Role.guest):
            # Whoever gets the role may do more than a narrowed token.
            self.scope.actor.require_whole()
        before, membership.role = membership.role, role.value
        record(
            self.scope,
            "role_changed",
            device=device,
            subject_id=user_id,
            team_id=team_id,
            before=before,
            after=role.value,
        )
        await self.scope.session.flush()
        return membership

    async def remove(self, team_id: str, user_id: str, *, device: Device) -> Membership:
        """What they made stays the team's. Raises :class:`LastOwner`."""
        membership = await self._membership(team_id, user_id, stays=False)
        await self.scope.session.delete(membership)
        record(self.scope, "member_removed", device=device, subject_id=user_id, team_id=team_id, before=membership.role)
        await self.scope.session.flush()
        return membership

    async def _membership(self, team_id: str, user_id: str, *, stays: bool) -> Membership:
        """``stays``: whoever it is will be an owner. Two owners who leave at once wait for each other."""
        self.scope.actor.require(Permission.members_write, team_id=TeamId(team_id))
        everybody = {membership.user_id: membership for membership in await self.repository.locked_memberships(team_id)}
        membership = everybody.get(user_id)
        if membership is None:
            raise NotFound("The team has no such member.")
        owners = [one for one in everybody.values() if one.role == Role.owner]
        if not stays and owners == [membership]:
            raise LastOwner("This is the only owner of the team.")
        if not stays and membership.role == Role.owner:
            await self._must_not_show_out(user_id)
        return membership

    async def _must_not_show_out(self, user_id: str) -> None:
        """An operator whom another owner shows out could not come back, and the team would lose what only an
        operator's team has. Raises :class:`Forbidden`.
        """
        user = await self.scope.session.get_one(User, user_id)
        if user.is_admin and not self.scope.actor.is_admin:
            raise Forbidden(
                "This owner is an operator of the installation.",
                hint="They step down themselves, or another operator lowers them.",
            )
