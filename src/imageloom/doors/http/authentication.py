"""Who asks: a token in the Authorization header, the owner's token of this data directory, or a session's cookie."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from sqlalchemy import Connection
from starlette.requests import Request

from imageloom.features.identity.sessions import SessionKeys
from imageloom.features.teams.identifying import holder_of, owner_of, signed_in_as
from imageloom.kit.clock import Clock
from imageloom.kit.errors import CrossSite, Unauthenticated
from imageloom.runtime.actor import ANONYMOUS, Actor
from imageloom.runtime.http.cookies import CSRF_HEADER, SAFE, SESSION, is_from_own_page
from imageloom.runtime.settings import ServerSettings


@dataclass(frozen=True, kw_only=True)
class Authenticator:
    """Resolves the actor anew at each request, so that a revoked token or session, or a lost role, counts at once.

    A request with an Authorization header is judged by that alone, and needs no word against forgery: no browser sends
    the header by itself.
    """

    clock: Clock
    keys: SessionKeys
    server: ServerSettings
    owner_token: str | None = field(repr=False)

    def __call__(self, connection: Connection, request: Request) -> Actor:
        """Who sends this request."""
        header = request.headers.get("authorization")
        if header is not None:
            return self._holder(connection, header)
        cookie = request.cookies.get(SESSION)
        if cookie is None:
            return ANONYMOUS
        actor = signed_in_as(connection, self.keys.read(cookie, now=self.clock.now()), now=self.clock.now())
        if request.method not in SAFE:
            self._must_be_meant(request, session_id=str(actor.session_id))
        return actor

    def _holder(self, connection: Connection, header: str) -> Actor:
        scheme, _, token = header.partition(" ")
        token = token.strip()
        if scheme.lower() != "bearer" or not token:
            raise Unauthenticated("The Authorization header must be: Bearer <token>.")
        if self.owner_token is not None and hmac.compare_digest(token.encode(), self.owner_token.encode()):
            return owner_of(connection)
        return holder_of(connection, token, now=self.clock.now())

    def _must_be_meant(self, request: Request, *, session_id: str) -> None:
        """Browsers send cookies also with what another site made them send. Raises :class:`CrossSite`."""
        if not is_from_own_page(request, self.server):
            raise CrossSite("It came from another site.", hint="Open the page of this installation itself.")
        if not self.keys.is_csrf(request.headers.get(CSRF_HEADER, ""), session_id):
            raise CrossSite(
                f"The header {CSRF_HEADER} does not hold this session's word.",
                hint=f"Repeat the cookie imageloom_csrf in the header {CSRF_HEADER}.",
            )
