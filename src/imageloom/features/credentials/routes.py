"""Routes of provider keys."""

from __future__ import annotations

from fastapi import Request

from imageloom.contracts.provider import Provider
from imageloom.features.credentials.check import check_key
from imageloom.features.credentials.models import Credential
from imageloom.features.credentials.schemas import KeyChecked, KeyCreate, KeyRead, KeyUpdate, RotatedRead
from imageloom.features.credentials.service import (
    ENVIRONMENT_ID,
    CredentialService,
    KeyReadOnly,
    environment_of,
)
from imageloom.features.identity.routes import AskingDevice
from imageloom.kit.errors import Forbidden, InvalidInput, NotFound
from imageloom.runtime.http.problems import errors
from imageloom.runtime.http.routing import Router
from imageloom.runtime.http.scopes import KnownActor, ReadScope, WriteScope, http_ports

router = Router(prefix="/api/keys", tags=["keys"])


def shape(credential: Credential) -> KeyRead:
    return KeyRead(
        id=credential.id,
        provider=credential.provider,
        label=credential.label,
        hint=credential.hint,
        base_url=credential.base_url,
        source="stored",
        limits=credential.limits,
        created_at=credential.created_at,
        checked_at=credential.checked_at,
        trouble=credential.trouble,
    )


def shape_lent(provider: Provider) -> KeyRead:
    return KeyRead(
        id=f"{ENVIRONMENT_ID}:{provider.id}",
        provider=provider.id,
        label=f"from {environment_of(provider)}",
        hint="…",
        base_url=None,
        source="environment",
        limits={},
        created_at=None,
        checked_at=None,
        trouble=None,
    )


@router.get("", responses=errors(Forbidden))
async def list_keys(scope: ReadScope) -> list[KeyRead]:
    """Keys of the actor's teams, masked, and those that the environment lends."""
    service = CredentialService(scope)
    return [shape(credential) for credential in await service.all()] + [shape_lent(p) for p in await service.lent()]


@router.post("", status_code=201, responses=errors(Forbidden, NotFound, InvalidInput))
async def create_key(body: KeyCreate, scope: WriteScope, device: AskingDevice) -> KeyRead:
    """Stores a key, encrypted. It cannot be read again."""
    return shape(await CredentialService(scope).create(body, device=device))


@router.post("/rotate", responses=errors(Forbidden, InvalidInput))
async def rotate_keys(scope: WriteScope, device: AskingDevice) -> RotatedRead:
    """Makes a new master key and writes every stored secret again under it. For the operator."""
    return RotatedRead(secrets=await CredentialService(scope).rotate_master_key(device=device))


@router.patch("/{key_id}", responses=errors(Forbidden, NotFound, InvalidInput, KeyReadOnly))
async def change_key(key_id: str, body: KeyUpdate, scope: WriteScope, device: AskingDevice) -> KeyRead:
    """Another key in place of this one, another name, address or limits. What is absent stays. New calls use it."""
    return shape(await CredentialService(scope).change(key_id, body, device=device))


@router.delete("/{key_id}", responses=errors(Forbidden, NotFound, KeyReadOnly))
async def remove_key(key_id: str, scope: WriteScope, device: AskingDevice) -> KeyRead:
    """Removes a key. Its secret is deleted; its part in the books stays."""
    return shape(await CredentialService(scope).remove(key_id, device=device))


@router.post("/{key_id}/test", responses=errors(Forbidden, NotFound))
async def test_key(key_id: str, actor: KnownActor, request: Request) -> KeyChecked:
    """Asks the provider whether the key works, with a call that costs nothing."""
    return await check_key(
        key_id,
        actor=actor,
        scopes=http_ports(request).scopes,
        egress=request.app.state.egress,
        folder=request.app.state.folder,
    )
