"""What a session's cookies hold: a signed JWT that names the session's row, and the word against forged requests."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from datetime import datetime

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from imageloom.features.identity.models import SignedIn
from imageloom.runtime.cipher import Cipher

ALGORITHM = "HS256"
ISSUER = "imageloom"
LONGEST = 2_000
"""Characters of a cookie that is looked at; ours have some 300."""


@dataclass(frozen=True, kw_only=True)
class Claims:
    session_id: str
    user_id: str


@dataclass(frozen=True)
class SessionKeys:
    """Signs and knows again, with the newest master key alone: who rotates it signs everybody out."""

    cipher: Cipher

    def sign(self, session: SignedIn, *, now: datetime) -> str:
        claims = {
            "iss": ISSUER,
            "sub": session.user_id,
            "sid": session.id,
            "iat": int(now.timestamp()),
            "exp": int(session.expires_at.timestamp()),
        }
        return jwt.encode({"alg": ALGORITHM}, claims, self._key())

    def read(self, cookie: str, *, now: datetime) -> Claims | None:
        """What a cookie of ours says; ``None`` for every other, and for one that is over. Whether the session is still
        open, its row says.
        """
        if len(cookie) > LONGEST:
            return None
        try:
            claims = jwt.decode(cookie, self._key(), algorithms=[ALGORITHM]).claims
            session_id, user_id, expires = claims["sid"], claims["sub"], claims["exp"]
        except (JoseError, ValueError, TypeError, KeyError):
            return None
        known = isinstance(session_id, str) and isinstance(user_id, str) and isinstance(expires, int)
        if not known or claims.get("iss") != ISSUER or now.timestamp() >= expires:
            return None
        return Claims(session_id=session_id, user_id=user_id)

    def csrf(self, session_id: str) -> str:
        """The word that a page of ours repeats in a header, which no other site can read."""
        digest = hmac.digest(self.cipher.derived("csrf")[0], session_id.encode(), "sha256")
        return urlsafe_b64encode(digest).decode().rstrip("=")

    def is_csrf(self, told: str, session_id: str) -> bool:
        return hmac.compare_digest(told.encode(), self.csrf(session_id).encode())

    def _key(self) -> OctKey:
        return OctKey.import_key(self.cipher.derived("sessions")[0])
