"""Signing in and out, the first start, and new passwords. Hashing lies between transactions, never inside one."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from pydantic import SecretStr

from imageloom.features.identity.activity import NOWHERE, Device, record
from imageloom.features.identity.errors import EmailTaken, NoSession, PresentPasswordWrong, WeakPassword, WrongPassword
from imageloom.features.identity.links import LinkKind, LinkSpent, OneTimeLinks
from imageloom.features.identity.models import OneTimeLink, SignedIn, User
from imageloom.features.identity.repository import IdentityRepository
from imageloom.features.identity.schemas import PasswordChange, Reset, Setup
from imageloom.features.identity.schemas import SignIn as SignInBody
from imageloom.features.identity.sessions import SessionKeys
from imageloom.kit.errors import InvalidInput, NotFound, TooMany
from imageloom.runtime.actor import SYSTEM, Actor, Permission
from imageloom.runtime.passwords import Passwords, Strength
from imageloom.runtime.scope import Scope, Scopes
from imageloom.runtime.settings import PeopleSettings

LETTER_JOB = "identity.letter"
SETUP_DAYS = 7
LETTER_WINDOW = timedelta(hours=1)
_WRONG = "No user has this address and this password."


@dataclass(frozen=True, kw_only=True)
class Signed:
    """Who is signed in now, and on what."""

    user: User
    session: SignedIn


@dataclass(frozen=True, kw_only=True)
class SigningIn:
    """Everything that needs a password, or a link instead of one."""

    scopes: Scopes
    passwords: Passwords

    @property
    def keys(self) -> SessionKeys:
        return SessionKeys(self.scopes.ports.cipher)

    @property
    def settings(self) -> PeopleSettings:
        return self.scopes.ports.settings.people

    async def setup_secret(self) -> str | None:
        """What stands in the link of a first start; ``None`` once an operator can sign in. Older ones stop working."""
        async with self.scopes.open(SYSTEM) as scope:
            repository, links = IdentityRepository(scope.session), OneTimeLinks(scope)
            owner = await repository.first_admin()
            if owner is None or await repository.may_operator_sign_in():
                return None
            await repository.revoke_links(OneTimeLink.kind == LinkKind.setup, now=scope.ports.clock.now())
            link = await links.make(LinkKind.setup, lasts=timedelta(days=SETUP_DAYS), user_id=owner.id)
            return links.secret(link)

    async def setup(self, body: Setup, *, device: Device) -> Signed:
        """Makes the owner of this installation somebody who can sign in. Raises :class:`LinkSpent`."""
        async with self.scopes.open(SYSTEM, write=False) as scope:
            await OneTimeLinks(scope).find(body.token, LinkKind.setup)
        hashed = await self.hashed(body.password, body.email, body.name)
        async with self.scopes.open(SYSTEM) as scope:
            repository, links = IdentityRepository(scope.session), OneTimeLinks(scope)
            link = await links.find(body.token, LinkKind.setup)
            await links.take(link)
            user = None if link.user_id is None else await repository.user(link.user_id)
            if user is None or await repository.may_operator_sign_in():
                raise LinkSpent("An operator can sign in already.", field="token", hint="Sign in.")
            await self.must_be_free(scope, body.email)
            user.name, user.email, user.password = body.name, body.email, hashed
            record(scope, "setup", device=device, user_id=user.id, subject_id=user.id)
            return await self.open_session(scope, user, device=device)

    async def sign_in(self, body: SignInBody, *, device: Device) -> Signed:
        """Raises :class:`WrongPassword`, the same for every reason, and :class:`TooMany` for an address under lock.

        Each try is counted before its password is looked at, so that tries at the same time gain nothing, and what a
        try costs is the same whether or not somebody has the address.
        """
        key = key_of("sign-in", body.email)
        async with self.scopes.open(SYSTEM) as scope:
            repository = IdentityRepository(scope.session)
            window = timedelta(seconds=self.settings.lockout_seconds)
            tries, since = await repository.count_try(key, now=scope.ports.clock.now(), window=window)
            user = await repository.user_of(body.email)
            known = None if user is None else user.password
        if tries > self.settings.sign_in_tries:
            raise self._locked(since + window)
        good, better = await self.passwords.check(body.password.get_secret_value(), known)
        signed: Signed | None = None
        async with self.scopes.open(SYSTEM) as scope:
            repository = IdentityRepository(scope.session)
            user = await repository.user_of(body.email)
            if good and user is not None and user.disabled_at is None and user.password == known:
                user.password = better or user.password
                await repository.forget_tries(key)
                record(scope, "sign_in", device=device, user_id=user.id, subject_id=user.id)
                signed = await self.open_session(scope, user, device=device)
            else:
                record(scope, "sign_in_failed", device=device, subject_id=None if user is None else user.id)
        if signed is None:
            raise WrongPassword(_WRONG, hint="Try again, or have a link sent that sets a new password.")
        return signed

    async def refresh(self, actor: Actor) -> Signed:
        """The same session for longer. Raises :class:`NoSession` for a token."""
        async with self.scopes.open(actor) as scope:
            now = scope.ports.clock.now()
            session = await scope.session.get(SignedIn, actor.session_id or "")
            if session is None or session.revoked_at is not None or actor.user_id is None:
                raise NoSession("This was asked for with a token.", hint="Tokens last until they expire.")
            session.seen_at, session.expires_at = now, self._end(session.created_at, now)
            user = await scope.session.get_one(User, actor.user_id)
            user.seen_at = now
            return Signed(user=user, session=session)

    async def ask_for_letter(self, kind: LinkKind, email: str) -> None:
        """Whether somebody has the address makes no difference here: the letter's job finds out."""
        async with self.scopes.open(SYSTEM) as scope:
            now = scope.ports.clock.now()
            repository = IdentityRepository(scope.session)
            tries, _ = await repository.count_try(key_of("letter", email), now=now, window=LETTER_WINDOW)
            lasts = timedelta(seconds=self.settings.link_seconds)
            link = await OneTimeLinks(scope).make(kind, lasts=lasts, email=email)
            if tries <= self.settings.letters_per_hour:
                await scope.enqueue(LETTER_JOB, f"letter:{link.id}", {"link_id": link.id})

    async def reset(self, body: Reset, *, device: Device) -> None:
        """A new password by a link; every device is signed out. Raises :class:`LinkSpent`."""
        async with self.scopes.open(SYSTEM, write=False) as scope:
            _, user = await self._resetting(scope, body.token)
        hashed = await self.hashed(body.password, user.email or "", user.name)
        async with self.scopes.open(SYSTEM) as scope:
            link, user = await self._resetting(scope, body.token)
            await OneTimeLinks(scope).take(link)
            await self._new_password(scope, user, hashed)
            record(scope, "password_reset", device=device, user_id=user.id, subject_id=user.id)

    async def check_present(self, actor: Actor, password: SecretStr) -> str | None:
        """The hash that stands in the books, after its password was said. Tries are counted, as those of signing in.

        Raises :class:`PresentPasswordWrong`, and :class:`TooMany` after many.
        """
        assert actor.user_id is not None
        key = key_of("change", actor.user_id)
        async with self.scopes.open(SYSTEM) as scope:
            window = timedelta(seconds=self.settings.lockout_seconds)
            repository = IdentityRepository(scope.session)
            tries, since = await repository.count_try(key, now=scope.ports.clock.now(), window=window)
            known = (await scope.session.get_one(User, actor.user_id)).password
        if tries > self.settings.sign_in_tries:
            raise self._locked(since + window)
        good, _ = await self.passwords.check(password.get_secret_value(), known)
        if not good:
            raise PresentPasswordWrong("That is not your present password.", field="current", hint="Try again.")
        async with self.scopes.open(SYSTEM) as scope:
            await IdentityRepository(scope.session).forget_tries(key)
        return known

    async def change_password(self, actor: Actor, body: PasswordChange, *, device: Device) -> None:
        """Every other device is signed out. Raises :class:`PresentPasswordWrong`, and :class:`TooMany` after many."""
        actor.require(Permission.account_write)
        if body.new.get_secret_value() == body.current.get_secret_value():
            raise InvalidInput("It is the same as the present one.", field="new", hint="Choose another one.")
        known = await self.check_present(actor, body.current)
        async with self.scopes.open(actor, write=False) as scope:
            user = await scope.session.get_one(User, actor.user_id)
            email, name = user.email, user.name
        hashed = await self.hashed(body.new, email or "", name, field="new")
        async with self.scopes.open(actor) as scope:
            user = await scope.session.get_one(User, actor.user_id)
            if user.password != known:
                raise PresentPasswordWrong("It was changed meanwhile.", field="current", hint="Try again.")
            await self._new_password(scope, user, hashed, but=actor.session_id)
            record(scope, "password_changed", device=device, subject_id=user.id)

    async def hashed(self, password: SecretStr, *about: str, field: str = "password") -> str:
        """The hash of a new password. Raises :class:`WeakPassword`."""
        found = await self.strength(password, *about)
        if found.weakness is not None:
            hint = "Several words that do not belong together are strong, and easily kept in mind."
            raise WeakPassword(found.weakness, field=field, hint=hint)
        return await self.passwords.hash(password.get_secret_value())

    async def strength(self, password: SecretStr, *about: str) -> Strength:
        """How a new password is judged, of somebody of whom others know ``about``: a name, an address."""
        words = [part for word in about for part in (word, *word.replace("@", " ").split())]
        least = self.settings.password_score
        return await self.passwords.judge(password.get_secret_value(), least=least, about=[*words, "imageloom"])

    async def must_be_free(self, scope: Scope, email: str) -> None:
        """Raises :class:`EmailTaken`. Only for those who hold a link: strangers are never told."""
        if await IdentityRepository(scope.session).user_of(email) is not None:
            raise EmailTaken("Somebody has this address already.", field="email", hint="Sign in with it.")

    async def open_session(self, scope: Scope, user: User, *, device: Device = NOWHERE) -> Signed:
        now = scope.ports.clock.now()
        session = SignedIn(
            id=scope.ports.ids.new(),
            user_id=user.id,
            agent=device.agent,
            address=device.address,
            created_at=now,
            seen_at=now,
            expires_at=self._end(now, now),
        )
        IdentityRepository(scope.session).add(session)
        user.seen_at = now
        await scope.session.flush()
        return Signed(user=user, session=session)

    def _end(self, created_at: datetime, now: datetime) -> datetime:
        latest = created_at + timedelta(days=self.settings.session_days)
        return min(latest, now + timedelta(seconds=self.settings.session_seconds))

    async def _resetting(self, scope: Scope, secret: str) -> tuple[OneTimeLink, User]:
        link = await OneTimeLinks(scope).find(secret, LinkKind.reset)
        repository = IdentityRepository(scope.session)
        user = (
            await repository.user(link.user_id)
            if link.user_id is not None
            else await repository.user_of(link.email or "")
        )
        if user is None or user.disabled_at is not None or user.email is None:
            raise LinkSpent("This link belongs to nobody who can sign in.", field="token", hint="Ask an operator.")
        return link, user

    async def _new_password(self, scope: Scope, user: User, hashed: str, *, but: str | None = None) -> None:
        """Other links that would set one, and other devices, are out at once."""
        now = scope.ports.clock.now()
        repository = IdentityRepository(scope.session)
        user.password = hashed
        mine = (OneTimeLink.user_id == user.id) | (OneTimeLink.email == user.email)
        await repository.revoke_links(OneTimeLink.kind == LinkKind.reset, mine, now=now)
        await repository.forget_tries(key_of("sign-in", user.email or ""))
        for session in await repository.sessions(user.id, now=now):
            if session.id != but:
                session.revoked_at = now

    def _locked(self, until: datetime) -> TooMany:
        seconds = max(1, math.ceil((until - self.scopes.ports.clock.now()).total_seconds()))
        return TooMany(
            f"There were {self.settings.sign_in_tries} tries.",
            hint=f"Try again in {seconds} seconds, or have a link sent that sets a new password.",
            headers={"Retry-After": str(seconds)},
        )


def key_of(kind: str, whose: str) -> str:
    return hashlib.sha256(f"{kind}\n{whose}".encode()).hexdigest()


async def my_sessions(scope: Scope) -> list[SignedIn]:
    """The devices on which the actor is signed in."""
    scope.actor.require(Permission.account_read)
    now = scope.ports.clock.now()
    return list(await IdentityRepository(scope.session).sessions(str(scope.actor.user_id), now=now))


async def revoke_sessions(scope: Scope, session_id: str | None, *, device: Device) -> int:
    """Signs the actor out on one device, or on all; at once. Raises :class:`NotFound` for a device of somebody else."""
    scope.actor.require(Permission.account_write)
    now = scope.ports.clock.now()
    mine = await IdentityRepository(scope.session).sessions(str(scope.actor.user_id), now=now)
    chosen = [session for session in mine if session_id in (None, session.id)]
    if session_id is not None and not chosen:
        raise NotFound("You are not signed in on such a device.")
    for session in chosen:
        session.revoked_at = now
    record(scope, "sign_out", device=device, subject_id=scope.actor.user_id, sessions=len(chosen))
    return len(chosen)
