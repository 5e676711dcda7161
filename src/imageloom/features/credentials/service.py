"""Provider keys: kept encrypted, used through an endpoint, never read again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

from pydantic import SecretStr

from imageloom.contracts.provider import HeaderKey, Limits, LocalProvider, NoKey, Provider
from imageloom.features.credentials.models import Credential
from imageloom.features.credentials.repository import CredentialRepository
from imageloom.features.credentials.schemas import KeyCreate, KeyUpdate
from imageloom.features.identity.activity import Device, record
from imageloom.features.teams.service import TeamService
from imageloom.kit.errors import Conflict, Forbidden, InvalidInput, NotFound
from imageloom.kit.ids import TeamId
from imageloom.runtime.actor import SYSTEM, Permission
from imageloom.runtime.cipher import add_master_key
from imageloom.runtime.egress.endpoint import EgressSettings, Endpoint
from imageloom.runtime.egress.errors import Blocked
from imageloom.runtime.egress.guard import check_stated
from imageloom.runtime.scope import Scope

HINT_CHARACTERS = 4
ENVIRONMENT_ID = "env"
"""In place of a row's id: the key that the environment lends to every team."""


class KeyReadOnly(Conflict):
    code: ClassVar[str] = "key_read_only"
    title: ClassVar[str] = "This key cannot be changed here."


@dataclass(frozen=True, kw_only=True)
class Unlocked:
    """How to reach a provider: which credential, where, and with which limits. The key is inside the endpoint."""

    credential_id: str | None
    provider: str
    endpoint: Endpoint | None
    limits: Limits
    team_id: str | None

    @property
    def lane_id(self) -> str:
        return self.provider if self.credential_id is None else f"{self.provider}:{self.credential_id}"


class CredentialService:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.repository = CredentialRepository(scope.session)

    async def create(self, body: KeyCreate, *, device: Device) -> Credential:
        team_id = self._team(body.team_id)
        self.scope.actor.require(Permission.keys_write, team_id=team_id)
        provider = self._remote(body.provider)
        if body.base_url is not None:
            await self._require_operated(team_id)
        key = _key_text(body.key)
        if not key and isinstance(provider.auth, HeaderKey) and body.base_url is None:
            raise InvalidInput(f"{provider.title} needs a key.", field="key")
        credential = Credential(
            id=self.scope.ports.ids.new(),
            team_id=team_id,
            provider=provider.id,
            label=body.label,
            secret=self.scope.ports.cipher.encrypt(key) if key else None,
            hint=_hint(key),
            base_url=self._base_url(provider, body.base_url),
            limits=body.limits.model_dump(exclude_none=True),
            created_at=self.scope.ports.clock.now(),
        )
        self.repository.add(credential)
        await self.scope.session.flush()
        self._record("key_added", credential, device)
        await self._announce(credential)
        return credential

    async def all(self) -> Sequence[Credential]:
        self.scope.actor.require(Permission.keys_read)
        return await self.repository.all(self.scope.actor)

    async def usable(self) -> frozenset[str]:
        """Providers that the actor's teams can use now: those with a key, and those that need none."""
        teams = self.scope.actor.working_in
        stored = await self.repository.providers(teams)
        providers = self.scope.ports.providers.values()
        keyless = {p.id for p in providers if isinstance(p, LocalProvider) or isinstance(p.auth, NoKey)}
        return frozenset(stored | keyless | {provider.id for provider in await self._lent_to(teams)})

    async def lent(self) -> list[Provider]:
        """Providers whose key the environment lends: to teams of an operator, whose money it is."""
        return await self._lent_to(self.scope.actor.team_ids)

    async def _lent_to(self, teams: Sequence[TeamId]) -> list[Provider]:
        providers = self.scope.ports.providers.values()
        found = [p for p in providers if isinstance(p, Provider) and self._environment_key(p) is not None]
        if not found or self.scope.actor.is_system:
            return found
        return found if await TeamService(self.scope).is_operated(*teams) else []

    async def remove(self, credential_id: str, *, device: Device) -> Credential:
        """The row stays for the books; the secret is gone. Raises :class:`KeyReadOnly`."""
        await self._refuse_lent(credential_id)
        credential = await self.one(credential_id)
        self.scope.actor.require(Permission.keys_write, team_id=TeamId(credential.team_id))
        credential.removed_at = self.scope.ports.clock.now()
        credential.secret = None
        await self.scope.session.flush()
        self._record("key_removed", credential, device)
        await self._announce(credential)
        return credential

    async def change(self, credential_id: str, body: KeyUpdate, *, device: Device) -> Credential:
        """What is absent stays. Raises :class:`KeyReadOnly`."""
        await self._refuse_lent(credential_id)
        credential = await self.one(credential_id)
        self.scope.actor.require(Permission.keys_write, team_id=TeamId(credential.team_id))
        if body.label is not None:
            credential.label = body.label
        if body.limits is not None:
            credential.limits = body.limits.model_dump(exclude_none=True)
        if body.key is not None or "base_url" in body.model_fields_set:
            await self._change_secret(credential, body)
        await self.scope.session.flush()
        self._record("key_changed", credential, device)
        self.scope.hint(changed_topic(credential.id))
        await self._announce(credential)
        return credential

    def _record(self, kind: str, credential: Credential, device: Device) -> None:
        told = {"key_id": credential.id, "provider": credential.provider, "label": credential.label}
        record(self.scope, kind, device=device, team_id=credential.team_id, **told, base_url=credential.base_url)

    async def _change_secret(self, credential: Credential, body: KeyUpdate) -> None:
        """The key and where it is sent belong together: whoever may change keys may not read them."""
        provider = self._remote(credential.provider)
        base_url = credential.base_url
        if "base_url" in body.model_fields_set:
            base_url = self._base_url(provider, body.base_url)
        if base_url is not None and base_url != credential.base_url:
            await self._require_operated(TeamId(credential.team_id))
        key = _key_text(body.key)
        if key:
            credential.secret, credential.hint = self.scope.ports.cipher.encrypt(key), _hint(key)
        elif base_url != credential.base_url and credential.secret is not None:
            raise InvalidInput(
                "The key that is kept belongs to the address that it was given for.",
                field="key",
                hint="Give the key for the new address with it.",
            )
        if base_url is None and credential.secret is None and isinstance(provider.auth, HeaderKey):
            raise InvalidInput(f"{provider.title} needs a key.", field="key")
        credential.base_url = base_url
        credential.checked_at, credential.trouble = None, None

    async def unlock_for_test(self, credential_id: str) -> Unlocked:
        """A key of the actor's teams, or one that the environment lends. Raises :class:`NotFound`."""
        lent = await self._lent(credential_id)
        if lent is not None:
            self.scope.actor.require(Permission.keys_write)
            unlocked = self._unlock_environment(lent)
            assert unlocked is not None
            return unlocked
        credential = await self.one(credential_id)
        self.scope.actor.require(Permission.keys_write, team_id=TeamId(credential.team_id))
        return self.unlock(credential)

    async def one(self, credential_id: str) -> Credential:
        """Raises :class:`NotFound`, also for a key of another team."""
        self.scope.actor.require(Permission.keys_read)
        credential = await self.repository.one(self.scope.actor, credential_id)
        if credential is None:
            raise NotFound("There is no such key.")
        return credential

    async def rotate_master_key(self, *, device: Device) -> int:
        """Puts a new master key before the old ones and writes every secret under it; returns how many.

        The old keys stay, so that a rollback of this transaction loses nothing and a backup can still be read.
        """
        if not self.scope.actor.is_admin:
            raise Forbidden("Only the operator of the installation rotates the master key.")
        # A token of the operator does no more than its scopes say.
        self.scope.actor.require(Permission.keys_write)
        settings = self.scope.ports.settings
        if settings.secrets.master_key is not None:
            raise InvalidInput(
                "The master key is set by IMAGELOOM_SECRETS__MASTER_KEY.",
                hint="Put the new key in front of it there, separated by a comma, and start again.",
            )
        self.scope.ports.cipher.add_key(add_master_key(settings.data_dir))
        count = 0
        for credential in await self.repository.all(SYSTEM):
            if credential.secret is not None:
                credential.secret = self.scope.ports.cipher.rotate(credential.secret)
                count += 1
        record(self.scope, "master_key_rotated", device=device, secrets=count)
        return count

    async def unlock_for_team(self, provider_id: str, *, team_id: str) -> Unlocked | None:
        """The credential that a team's work at a provider uses: its own first, then the environment's."""
        provider = self.scope.ports.providers[provider_id]
        if isinstance(provider, LocalProvider):
            return Unlocked(
                credential_id=None, provider=provider.id, endpoint=None, limits=provider.limits, team_id=None
            )
        credential = await self.repository.first(team_id=team_id, provider=provider_id)
        if credential is not None:
            return self.unlock(credential)
        unlocked = self._unlock_environment(provider)
        is_lent = unlocked is not None and isinstance(provider.auth, HeaderKey)
        if is_lent and not await TeamService(self.scope).is_operated(team_id):
            return None
        return unlocked

    async def unlock_lane(self, *, provider_id: str, credential_id: str | None) -> Unlocked:
        """The credential of a lane, for its driver. Raises :class:`NotFound` when it was removed."""
        provider = self.scope.ports.providers.get(provider_id)
        if provider is None:
            raise NotFound(f"The provider {provider_id} is not installed any more.")
        if isinstance(provider, LocalProvider):
            return Unlocked(
                credential_id=None, provider=provider.id, endpoint=None, limits=provider.limits, team_id=None
            )
        if credential_id is None or credential_id == ENVIRONMENT_ID:
            unlocked = self._unlock_environment(provider)
            if unlocked is None:
                raise NotFound(f"The environment no longer holds a key for {provider.title}.")
            return unlocked
        credential = await self.repository.one(self.scope.actor, credential_id)
        if credential is None:
            raise NotFound(f"The key of this lane at {provider.title} was removed.")
        return self.unlock(credential)

    def unlock(self, credential: Credential) -> Unlocked:
        provider = self._remote(credential.provider)
        secret = None if credential.secret is None else self.scope.ports.cipher.decrypt(credential.secret)
        return Unlocked(
            credential_id=credential.id,
            provider=provider.id,
            endpoint=_endpoint(provider, secret, credential.base_url),
            limits=lower(provider.limits, credential.limits),
            team_id=credential.team_id,
        )

    async def _announce(self, credential: Credential) -> None:
        payload = {"team_id": credential.team_id, "provider": credential.provider}
        await self.scope.publish("keys.changed", topic=f"team:{credential.team_id}", payload=payload)

    async def _require_operated(self, team_id: TeamId) -> None:
        if not await TeamService(self.scope).is_operated(team_id):
            raise Forbidden(
                "Another server may be named in teams of an operator alone: it could be one of this network.",
                hint="Ask the operator of this installation.",
            )

    async def _refuse_lent(self, credential_id: str) -> None:
        lent = await self._lent(credential_id)
        if lent is not None:
            raise KeyReadOnly(
                f"This key is lent by the environment variable {environment_of(lent)}.",
                hint="Unset it where Imageloom is started, and start again.",
            )

    async def _lent(self, credential_id: str) -> Provider | None:
        return next((p for p in await self.lent() if credential_id == f"{ENVIRONMENT_ID}:{p.id}"), None)

    def _unlock_environment(self, provider: Provider) -> Unlocked | None:
        key = self._environment_key(provider)
        if key is None and not isinstance(provider.auth, NoKey):
            return None
        return Unlocked(
            credential_id=ENVIRONMENT_ID,
            provider=provider.id,
            endpoint=_endpoint(provider, key, None),
            limits=provider.limits,
            team_id=None,
        )

    def _environment_key(self, provider: Provider) -> str | None:
        name = environment_of(provider)
        return None if name is None else self.scope.ports.environment.get(name) or None

    def _remote(self, provider_id: str) -> Provider:
        provider = self.scope.ports.providers.get(provider_id)
        if provider is None:
            known = sorted(p.id for p in self.scope.ports.providers.values() if isinstance(p, Provider))
            raise InvalidInput(
                f"There is no provider {provider_id!r}.", field="provider", hint=f"Known: {', '.join(known)}."
            )
        if isinstance(provider, LocalProvider):
            raise InvalidInput(f"{provider.title} runs on this machine and needs no key.", field="provider")
        return provider

    def _base_url(self, provider: Provider, base_url: str | None) -> str | None:
        if base_url is None:
            return None
        if not provider.any_base_url:
            raise InvalidInput(f"{provider.title} has one address only.", field="base_url")
        try:
            check_stated(base_url, settings=EgressSettings())
        except Blocked as error:
            raise InvalidInput(
                error.detail,
                field="base_url",
                hint=error.hint or "Such as https://images.example.com/v1, without a user, a query or a fragment.",
            ) from None
        return base_url.rstrip("/")

    def _team(self, team_id: str | None) -> TeamId:
        if team_id is not None:
            return TeamId(team_id)
        teams = self.scope.actor.team_ids
        if not teams:
            self.scope.actor.require(Permission.keys_write)
        if len(teams) != 1:
            raise InvalidInput("You are in several teams; say which one.", field="team_id")
        return teams[0]


def changed_topic(credential_id: str) -> str:
    """What those hear who use the key: it, its address or its limits are others now."""
    return f"key:{credential_id}"


def _key_text(key: SecretStr | None) -> str:
    text = "" if key is None else key.get_secret_value().strip()
    if any(ord(character) < 33 or ord(character) > 126 for character in text):
        raise InvalidInput("The key holds a space or a character that no key has.", field="key")
    return text


def _hint(key: str) -> str:
    return f"…{key[-HINT_CHARACTERS:]}" if len(key) >= 2 * HINT_CHARACTERS else "…"


def environment_of(provider: Provider) -> str | None:
    """The variable that may lend a key of the provider."""
    return provider.auth.environment if isinstance(provider.auth, HeaderKey) else None


def lower(limits: Limits, wishes: dict[str, int]) -> Limits:
    """The provider's limits, lowered by what the credential states; never raised where the provider states one."""
    values: dict[str, int] = {}
    for name, wish in wishes.items():
        stated = getattr(limits, name)
        values[name] = wish if stated is None or name == "concurrency" else min(stated, wish)
    return replace(limits, **values)  # type: ignore[arg-type]


def _endpoint(provider: Provider, key: str | None, base_url: str | None) -> Endpoint:
    return Endpoint(
        base_url=base_url or provider.base_url,
        auth=provider.auth,
        key=None if key is None else SecretStr(key),
        hosts=provider.hosts,
    )
