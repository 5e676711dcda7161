"""Durable jobs of identity: letters, which are tried until their link is over, and the broom."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog

from imageloom.features.identity.letters import letter_of_change, letter_to_known, letter_with
from imageloom.features.identity.links import LinkKind, address_of, is_open, secret_of
from imageloom.features.identity.repository import IdentityRepository
from imageloom.features.identity.signing_in import LETTER_JOB
from imageloom.runtime.actor import SYSTEM
from imageloom.runtime.engine.protocol import Call, Engine, Wait
from imageloom.runtime.mail import Letter, LetterNotSent, Mailer
from imageloom.runtime.scope import Scope, Scopes

log = structlog.get_logger(__name__)

AGAIN_SECONDS = 60.0


def register(engine: Engine, scopes: Scopes, mailer: Mailer) -> None:
    """Names the jobs. Before the engine starts."""

    async def send(call: Call) -> Wait | None:
        link_id = str(call.payload["link_id"])
        async with scopes.open(SYSTEM, write=False) as scope:
            letter = await write_letter(scope, link_id)
        if letter is None:
            return None
        try:
            await mailer.send(letter)
        except LetterNotSent as error:
            log.warning("letter_waits", link_id=link_id, reason=str(error))
            return Wait(topic=f"letter:{link_id}", timeout_seconds=AGAIN_SECONDS)
        return None

    engine.register(LETTER_JOB, send)


async def write_letter(scope: Scope, link_id: str) -> Letter | None:
    """The letter of a link; ``None`` where there is nobody to write to, or no more reason."""
    repository = IdentityRepository(scope.session)
    link = await repository.link(link_id)
    now = scope.ports.clock.now()
    if link is None or link.email is None or not is_open(link, now):
        return None
    base = scope.ports.settings.letters_base
    user = await repository.user_of(link.email)
    if link.kind == LinkKind.reset and (user is None or user.disabled_at is not None):
        return None
    if link.kind == LinkKind.registration and user is not None:
        return letter_to_known(base, to=link.email)
    if link.kind == LinkKind.notice:
        return letter_of_change(base, to=link.email)
    if link.kind == LinkKind.email and user is not None:
        # Somebody has it already: they are not bothered, and who asked is not told.
        return None
    address = address_of(link.kind, secret_of(link, scope.ports.cipher), base=base)
    minutes = int((link.expires_at - now).total_seconds() // 60) + 1
    return letter_with(link.kind, address, to=link.email, minutes=minutes)


async def sweep(scopes: Scopes, *, before: datetime) -> None:
    """Deletes what has been over since ``before``: sessions, links, counted tries. The log of activity stays,
    but for failed sign-ins with an address that nobody has.
    """
    async with scopes.open(SYSTEM) as scope:
        lockout = timedelta(seconds=scope.ports.settings.people.lockout_seconds)
        throttled = scope.ports.clock.now() - max(lockout, timedelta(hours=1))
        await IdentityRepository(scope.session).prune(before=before, throttled_before=throttled)
