"""Which model a name means, and which models a caller can use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from imageloom.contracts.provider import LocalProvider, Provider
from imageloom.features.catalog.entries import CatalogEntry, entries, find_model
from imageloom.features.gateway.errors import ModelNotFound
from imageloom.features.gateway.schemas import OpenAIModel
from imageloom.kit.errors import InvalidInput
from imageloom.runtime.settings import GatewaySettings

Providers = Mapping[str, Provider | LocalProvider]


def named(name: str | None, *, providers: Providers, settings: GatewaySettings) -> CatalogEntry:
    """An alias of the operator, ``provider/model``, or an id that only one provider has.

    Raises :class:`ModelNotFound`: no name is ever taken to mean another model unless the operator says so.
    """
    wished = name or settings.default_model
    if wished is None:
        raise InvalidInput(
            "The request names no model, and this server has no default one.",
            field="model",
            hint="GET /v1/models lists them; the operator sets IMAGELOOM_GATEWAY__DEFAULT_MODEL.",
        )
    entry, nearest = find_model(providers, settings.aliases.get(wished, wished))
    if entry is None:
        hint = f"Did you mean {' or '.join(nearest)}?" if nearest else None
        raise ModelNotFound(f"The model {wished!r} does not exist here.", field="model", hint=hint)
    return entry


def listed(providers: Providers, settings: GatewaySettings, *, usable: frozenset[str]) -> Iterator[OpenAIModel]:
    """Every model of the providers that can be used, then the aliases of such models."""
    for entry in entries(providers):
        if entry.provider_id in usable:
            yield _shape(entry.name, entry)
    for alias, name in settings.aliases.items():
        entry_of_alias, _nearest = find_model(providers, name)
        if entry_of_alias is not None and entry_of_alias.provider_id in usable:
            yield _shape(alias, entry_of_alias)


def _shape(name: str, entry: CatalogEntry) -> OpenAIModel:
    ends = entry.model.shutdown_on
    return OpenAIModel(
        id=name,
        object="model",
        # Nobody tells when a model was made, and the member must be there.
        created=0,
        owned_by=entry.provider_id,
        shutdown_date=None if ends is None else ends.isoformat(),
    )
