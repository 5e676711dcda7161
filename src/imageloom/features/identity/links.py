"""Links that work once: to set up the installation, take an invitation, register, reset a password, take an address."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from datetime import datetime, timedelta
from enum import StrEnum
from typing import ClassVar

from imageloom.features.identity.models import OneTimeLink
from imageloom.features.identity.repository import IdentityRepository
from imageloom.kit.errors import InvalidInput
from imageloom.kit.ids import ID_LENGTH
from imageloom.runtime.cipher import Cipher
from imageloom.runtime.scope import Scope


class LinkKind(StrEnum):
    """What a link is for. The value is also the place of the page that takes it."""

    setup = "setup"
    invitation = "invitation"
    registration = "registration"
    reset = "reset"
    email = "email"
    notice = "notice"
    """Tells of something, and opens nothing."""


class LinkSpent(InvalidInput):
    code: ClassVar[str] = "link_spent"
    title: ClassVar[str] = "This link does not work."


def secret_of(link: OneTimeLink, cipher: Cipher) -> str:
    """What stands in the link. Derived, so that neither the database nor a job's payload holds it."""
    told = f"{link.kind}\n{link.id}".encode()
    digest = hmac.digest(cipher.derived("one-time-links")[0], told, "sha256")
    return link.id + urlsafe_b64encode(digest).decode().rstrip("=")


def address_of(kind: str, secret: str, *, base: str) -> str:
    """Behind the ``#`` stands what a browser sends to nobody."""
    return f"{base}/{kind}#token={secret}"


class OneTimeLinks:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.repository = IdentityRepository(scope.session)

    async def make(self, kind: LinkKind, *, lasts: timedelta, **more: str | None) -> OneTimeLink:
        """A new link; ``more`` are columns of its row."""
        now = self.scope.ports.clock.now()
        link = OneTimeLink(
            id=self.scope.ports.ids.new(), kind=kind.value, created_at=now, expires_at=now + lasts, **more
        )
        self.repository.add(link)
        await self.scope.session.flush()
        return link

    def secret(self, link: OneTimeLink) -> str:
        return secret_of(link, self.scope.ports.cipher)

    async def find(self, secret: str, *kinds: LinkKind) -> OneTimeLink:
        """The open link of this secret. Raises :class:`LinkSpent`, the same for every reason."""
        link = await self.repository.link(secret[:ID_LENGTH])
        good = link is not None and hmac.compare_digest(secret.encode(), self.secret(link).encode())
        if link is None or not good or link.kind not in kinds or not is_open(link, self.scope.ports.clock.now()):
            raise _spent()
        return link

    async def take(self, link: OneTimeLink) -> None:
        """Raises :class:`LinkSpent` for the slower of two."""
        if not await self.repository.take_link(link.id, now=self.scope.ports.clock.now()):
            raise _spent()


def is_open(link: OneTimeLink, now: datetime) -> bool:
    return link.used_at is None and link.revoked_at is None and link.expires_at > now


def _spent() -> LinkSpent:
    return LinkSpent("It was taken already, has expired, or never was.", field="token", hint="Ask for a new one.")
