"""Users and their tokens."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta

from imageloom.features.identity.activity import NOWHERE, Device, record
from imageloom.features.identity.models import Token, User
from imageloom.features.identity.repository import IdentityRepository
from imageloom.features.identity.schemas import ProfileUpdate, TokenCreate
from imageloom.kit.errors import NotFound
from imageloom.runtime.actor import Permission
from imageloom.runtime.scope import Scope

TOKEN_PREFIX = "iml_"  # noqa: S105  the part that everybody may see
TOKEN_BYTES = 32
SHOWN_CHARACTERS = 10


def hash_token(token: str) -> str:
    """A random 32-byte token needs no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()


class IdentityService:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.repository = IdentityRepository(scope.session)

    async def create_user(self, name: str, *, is_admin: bool) -> User:
        """Called by the first start; people are invited later."""
        user = User(
            id=self.scope.ports.ids.new(), name=name, is_admin=is_admin, created_at=self.scope.ports.clock.now()
        )
        self.repository.add(user)
        await self.scope.session.flush()
        return user

    async def me(self) -> User:
        """Raises :class:`Forbidden` for a token that may not look."""
        self.scope.actor.require(Permission.account_read)
        return await self.scope.session.get_one(User, self.scope.actor.user_id)

    async def change_me(self, body: ProfileUpdate, *, device: Device = NOWHERE) -> User:
        """What is absent stays as it is."""
        self.scope.actor.require(Permission.account_write)
        user = await self.scope.session.get_one(User, self.scope.actor.user_id)
        if body.name not in (None, user.name):
            record(self.scope, "renamed", device=device, subject_id=user.id, before=user.name, after=body.name)
            user.name = str(body.name)
        if body.preferences is not None:
            wished = body.preferences.model_dump(exclude_unset=True)
            user.preferences = {**(user.preferences or {}), **wished}
        await self.scope.session.flush()
        return user

    async def first_admin(self) -> User | None:
        return await self.repository.first_admin()

    async def create_token(self, body: TokenCreate, *, device: Device = NOWHERE) -> tuple[Token, str]:
        """The row, and the token itself, which nobody can read again.

        A token cannot hold more than the one who makes it: scopes beyond the actor's own are refused.
        """
        actor = self.scope.actor
        actor.require(Permission.tokens_write)
        wished = None if body.scopes is None else sorted({scope.value for scope in body.scopes})
        if actor.scopes is not None:
            wished = sorted(actor.scopes if wished is None else actor.scopes.intersection(wished))
        now = self.scope.ports.clock.now()
        secret = TOKEN_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)
        token = Token(
            id=self.scope.ports.ids.new(),
            user_id=actor.user_id,
            name=body.name,
            prefix=secret[:SHOWN_CHARACTERS],
            sha256=hash_token(secret),
            scopes=wished,
            created_at=now,
            expires_at=None if body.expires_in_days is None else now + timedelta(days=body.expires_in_days),
        )
        self.repository.add(token)
        record(self.scope, "token_made", device=device, subject_id=actor.user_id, token_id=token.id)
        await self.scope.session.flush()
        return token, secret

    async def tokens(self) -> Sequence[Token]:
        self.scope.actor.require(Permission.tokens_read)
        assert self.scope.actor.user_id is not None
        return await self.repository.tokens(self.scope.actor.user_id)

    async def revoke_token(self, token_id: str, *, device: Device = NOWHERE) -> Token:
        """Works at once. Raises :class:`NotFound` for a token of somebody else."""
        self.scope.actor.require(Permission.tokens_write)
        assert self.scope.actor.user_id is not None
        token = await self.repository.token(token_id, user_id=self.scope.actor.user_id)
        if token is None:
            raise NotFound("You have no token with this id.")
        if token.revoked_at is None:
            token.revoked_at = self.scope.ports.clock.now()
            record(self.scope, "token_revoked", device=device, subject_id=token.user_id, token_id=token.id)
        return token
