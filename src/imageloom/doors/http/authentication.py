"""Who asks: a token in the Authorization header, or the owner's token of this data directory."""

from __future__ import annotations

import hmac

from fastapi import Request

from imageloom.features.identity.service import IdentityService
from imageloom.features.teams.service import TeamService
from imageloom.kit.errors import Unauthenticated
from imageloom.runtime.actor import ANONYMOUS, SYSTEM, Actor
from imageloom.runtime.scope import Scopes


class Authenticator:
    """Resolves the actor anew at each request, so that a revoked token or a lost role counts at once."""

    def __init__(self, scopes: Scopes, *, owner_token: str | None) -> None:
        self._scopes = scopes
        self._owner_token = owner_token

    async def __call__(self, request: Request) -> Actor:
        header = request.headers.get("authorization")
        if header is None:
            return ANONYMOUS
        scheme, _, token = header.partition(" ")
        if scheme.lower() != "bearer" or not token.strip():
            raise Unauthenticated("The Authorization header must be: Bearer <token>.")
        token = token.strip()
        async with self._scopes.open(SYSTEM, write=False) as scope:
            teams = TeamService(scope)
            identity = IdentityService(scope)
            if self._owner_token is not None and hmac.compare_digest(token.encode(), self._owner_token.encode()):
                owner = await identity.first_admin()
                if owner is None:
                    raise Unauthenticated("This installation has no owner yet.")
                return await teams.actor_of(owner, scopes=None)
            user, row = await identity.user_of_token(token)
            return await teams.actor_of(user, scopes=row.scopes)
