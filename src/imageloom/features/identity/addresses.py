"""A new mail address: asked for with the password, and taken only by a letter that arrives there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from imageloom.features.identity.activity import Device, record
from imageloom.features.identity.errors import PresentPasswordWrong
from imageloom.features.identity.links import LinkKind, LinkSpent, OneTimeLinks
from imageloom.features.identity.models import OneTimeLink, User
from imageloom.features.identity.repository import IdentityRepository
from imageloom.features.identity.schemas import EmailChange
from imageloom.features.identity.signing_in import LETTER_JOB, LETTER_WINDOW, SigningIn, key_of
from imageloom.kit.errors import InvalidInput
from imageloom.runtime.actor import SYSTEM, Actor, Permission
from imageloom.runtime.scope import Scope


@dataclass(frozen=True, kw_only=True)
class Addresses:
    """Of those who sign in. Until the letter's link is taken they sign in with the address that they have."""

    people: SigningIn

    async def ask(self, actor: Actor, body: EmailChange, *, device: Device) -> None:
        """Sends a link to the new address. Raises :class:`PresentPasswordWrong`, and ``TooMany`` after many tries.

        Whether somebody has the address makes no difference here.
        """
        actor.require(Permission.account_write)
        known = await self.people.check_present(actor, body.current)
        async with self.people.scopes.open(actor) as scope:
            user = await scope.session.get_one(User, actor.user_id)
            if user.password != known:
                raise PresentPasswordWrong("It was changed meanwhile.", field="current", hint="Try again.")
            if user.email == body.email:
                raise InvalidInput("This is your address already.", field="email", hint="Say another one.")
            await self._revoke(scope, user)
            await self._write_to(scope, LinkKind.email, body.email, user)
            record(scope, "email_change_asked", device=device, subject_id=user.id)

    async def take(self, secret: str, *, device: Device) -> None:
        """The new address by its link. Raises :class:`LinkSpent`, and ``EmailTaken`` where somebody has it by now.

        The old address is told. Links that were sent there for a new password stop working.
        """
        async with self.people.scopes.open(SYSTEM) as scope:
            links, repository = OneTimeLinks(scope), IdentityRepository(scope.session)
            link = await links.find(secret, LinkKind.email)
            user = None if link.user_id is None else await repository.user(link.user_id)
            if user is None or user.disabled_at is not None or user.password is None or link.email is None:
                raise LinkSpent("This link belongs to nobody who can sign in.", field="token", hint="Ask an operator.")
            await self.people.must_be_free(scope, link.email)
            await links.take(link)
            old, user.email = user.email, link.email
            await self._revoke(scope, user)
            mine = (OneTimeLink.user_id == user.id) | (OneTimeLink.email == old)
            await repository.revoke_links(OneTimeLink.kind == LinkKind.reset, mine, now=scope.ports.clock.now())
            if old is not None:
                await self._write_to(scope, LinkKind.notice, old, user)
            record(scope, "email_changed", device=device, user_id=user.id, subject_id=user.id)

    async def _revoke(self, scope: Scope, user: User) -> None:
        """Of several new addresses that were asked for the last one counts."""
        repository = IdentityRepository(scope.session)
        theirs = (OneTimeLink.kind == LinkKind.email) & (OneTimeLink.user_id == user.id)
        await repository.revoke_links(theirs, now=scope.ports.clock.now())

    async def _write_to(self, scope: Scope, kind: LinkKind, email: str, user: User) -> None:
        settings, now = self.people.settings, scope.ports.clock.now()
        tries, _ = await IdentityRepository(scope.session).count_try(
            key_of("letter", email), now=now, window=LETTER_WINDOW
        )
        lasts = timedelta(seconds=settings.link_seconds)
        link = await OneTimeLinks(scope).make(kind, lasts=lasts, email=email, user_id=user.id)
        if tries <= settings.letters_per_hour:
            await scope.enqueue(LETTER_JOB, f"letter:{link.id}", {"link_id": link.id})
