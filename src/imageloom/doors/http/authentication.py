"""Who asks: a token in the Authorization header, or the owner's token of this data directory."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from sqlalchemy import Connection

from imageloom.features.teams.identifying import holder_of, owner_of
from imageloom.kit.clock import Clock
from imageloom.kit.errors import Unauthenticated
from imageloom.runtime.actor import ANONYMOUS, Actor


@dataclass(frozen=True, kw_only=True)
class Authenticator:
    """Resolves the actor anew at each request, so that a revoked token or a lost role counts at once."""

    clock: Clock
    owner_token: str | None = field(repr=False)

    def __call__(self, connection: Connection, header: str | None) -> Actor:
        """Who sends such an Authorization header."""
        if header is None:
            return ANONYMOUS
        scheme, _, token = header.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("The Authorization header must be: Bearer <token>.")
        if self.owner_token is not None and hmac.compare_digest(token.encode(), self.owner_token.encode()):
            return owner_of(connection)
        return holder_of(connection, token, now=self.clock.now())
