"""The catalogue: what every provider serves, by name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches

from imageloom.contracts.provider import LocalProvider, Model, Provider

NEAREST = 3


@dataclass(frozen=True, kw_only=True)
class CatalogEntry:
    """A model and who serves it. ``name`` is ``provider/model``."""

    provider_id: str
    model: Model

    @property
    def name(self) -> str:
        return f"{self.provider_id}/{self.model.id}"


def entries(providers: Mapping[str, Provider | LocalProvider]) -> Iterator[CatalogEntry]:
    """Every listed model."""
    for provider in providers.values():
        for model in provider.models:
            yield CatalogEntry(provider_id=provider.id, model=model)


def find_model(providers: Mapping[str, Provider | LocalProvider], name: str) -> tuple[CatalogEntry | None, list[str]]:
    """The entry of a name, or ``None`` and the nearest names.

    ``provider/model`` is exact; a bare model id works while only one provider has it; where a provider serves models
    that nobody can list, any name after its id is taken.
    """
    provider_id, _, model_id = name.partition("/")
    provider = providers.get(provider_id)
    exact = None if provider is None else next((model for model in provider.models if model.id == model_id), None)
    if exact is not None:
        return CatalogEntry(provider_id=provider_id, model=exact), []
    known = {entry.name: entry for entry in entries(providers)}
    bare = [entry for entry in known.values() if entry.model.id == name]
    if len(bare) == 1:
        return bare[0], []
    if model_id and isinstance(provider, Provider) and provider.open_models:
        return CatalogEntry(provider_id=provider_id, model=provider.open_model(model_id)), []
    return None, get_close_matches(name, known, n=NEAREST, cutoff=0.4)
