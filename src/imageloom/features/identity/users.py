"""Everybody who may sign in, for the operator of the installation; and the log of what was done."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from imageloom.features.identity.activity import Device, record
from imageloom.features.identity.errors import LastOperator
from imageloom.features.identity.links import LinkKind, OneTimeLinks
from imageloom.features.identity.models import Activity, OneTimeLink, User
from imageloom.features.identity.repository import IdentityRepository
from imageloom.kit.errors import Conflict, NotFound
from imageloom.runtime.actor import Permission
from imageloom.runtime.scope import Scope


class UserService:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.repository = IdentityRepository(scope.session)

    async def page(self, *, after: str | None, limit: int) -> Sequence[User]:
        self.scope.actor.require(Permission.users_read)
        return await self.repository.users(after=after, limit=limit)

    async def disable(self, user_id: str, *, device: Device) -> User:
        """Every session and token of theirs stops at once; what they made stays. Raises :class:`LastOperator`."""
        user = await self._user(user_id)
        await self._must_not_be_last(user)
        now = self.scope.ports.clock.now()
        if user.disabled_at is None:
            user.disabled_at = now
            for session in await self.repository.sessions(user.id, now=now):
                session.revoked_at = now
            theirs = (OneTimeLink.user_id == user.id) | (OneTimeLink.made_by == user.id)
            await self.repository.revoke_links(theirs, now=now)
            record(self.scope, "user_disabled", device=device, subject_id=user.id)
            await self.scope.session.flush()
        return user

    async def enable(self, user_id: str, *, device: Device) -> User:
        """They sign in anew; tokens that were not revoked work again."""
        user = await self._user(user_id)
        if user.disabled_at is not None:
            user.disabled_at = None
            record(self.scope, "user_enabled", device=device, subject_id=user.id)
            await self.scope.session.flush()
        return user

    async def change(self, user_id: str, *, is_admin: bool, device: Device) -> User:
        """Makes an operator, or no longer one; at once. Raises :class:`LastOperator`."""
        user = await self._user(user_id)
        self.scope.actor.require_whole()
        if not is_admin:
            await self._must_not_be_last(user)
        if user.is_admin != is_admin:
            user.is_admin = is_admin
            kind = "operator_made" if is_admin else "operator_unmade"
            record(self.scope, kind, device=device, subject_id=user.id)
            await self.scope.session.flush()
        return user

    async def reset_link(self, user_id: str, *, device: Device) -> tuple[OneTimeLink, str]:
        """A link that sets a new password, to be handed over. The old password works until it is taken."""
        user = await self._user(user_id)
        # Whoever takes the link may do everything that the user may.
        self.scope.actor.require_whole()
        if user.email is None or user.disabled_at is not None:
            raise Conflict("Nobody can sign in as this user.", hint="Enable them, or invite somebody with an address.")
        links = OneTimeLinks(self.scope)
        lasts = timedelta(seconds=self.scope.ports.settings.people.link_seconds)
        link = await links.make(LinkKind.reset, lasts=lasts, user_id=user.id, made_by=self.scope.actor.user_id)
        record(self.scope, "reset_link_made", device=device, subject_id=user.id, link_id=link.id)
        return link, links.secret(link)

    async def activity(self, *, before: str | None, limit: int) -> Sequence[Activity]:
        """Everybody's, the newest first."""
        self.scope.actor.require(Permission.users_read)
        return await self.repository.activity(None, before=before, limit=limit)

    async def my_activity(self, *, before: str | None, limit: int) -> Sequence[Activity]:
        """What the actor did, and what was done to their account."""
        self.scope.actor.require(Permission.account_read)
        return await self.repository.activity(str(self.scope.actor.user_id), before=before, limit=limit)

    async def _must_not_be_last(self, user: User) -> None:
        if user.is_admin and list(await self.repository.operators()) == [user.id]:
            raise LastOperator("This is the only operator.", hint="Make somebody else one first.")

    async def _user(self, user_id: str) -> User:
        self.scope.actor.require(Permission.users_write)
        user = await self.repository.user(user_id)
        if user is None:
            raise NotFound("There is no such user.")
        return user
