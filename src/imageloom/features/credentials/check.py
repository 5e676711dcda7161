"""Testing a key: a free call between two short transactions."""

from __future__ import annotations

from pathlib import Path

from imageloom.contracts.provider import Provider
from imageloom.features.credentials.schemas import KeyChecked
from imageloom.features.credentials.service import ENVIRONMENT_ID, CredentialService
from imageloom.runtime.actor import Actor
from imageloom.runtime.egress.client import Egress
from imageloom.runtime.egress.errors import Blocked, NoAnswer
from imageloom.runtime.scope import Scopes


async def check_key(key_id: str, *, actor: Actor, scopes: Scopes, egress: Egress, folder: Path) -> KeyChecked:
    """Raises :class:`NotFound` for a key of another team."""
    async with scopes.open(actor, write=False) as scope:
        unlocked = await CredentialService(scope).unlock_for_test(key_id)
    provider = scopes.ports.providers[unlocked.provider]
    assert isinstance(provider, Provider)
    assert unlocked.endpoint is not None
    call = provider.check()
    if call is None:
        return KeyChecked(works=True, message="This provider has no free way to test a key.")
    folder.mkdir(parents=True, exist_ok=True)
    try:
        fault = provider.read_check(await egress.send(call, endpoint=unlocked.endpoint, folder=folder))
        trouble = None if fault is None else fault.message
    except (NoAnswer, Blocked) as error:
        trouble = str(error)
    if unlocked.credential_id == ENVIRONMENT_ID:
        return KeyChecked(works=trouble is None, message=trouble or "The key works.")
    async with scopes.open(actor) as scope:
        row = await CredentialService(scope).one(key_id)
        row.checked_at, row.trouble = scopes.ports.clock.now(), trouble
    return KeyChecked(works=trouble is None, message=trouble or "The key works.")
