"""Routes of providers and models."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from imageloom.contracts.provider import HeaderKey, LocalProvider, Operation, Provider
from imageloom.features.catalog.entries import CatalogEntry, entries
from imageloom.features.catalog.prices import PriceBook
from imageloom.features.catalog.schemas import ModelRead, ProviderRead, SizesRead
from imageloom.runtime.http.problems import errors
from imageloom.runtime.http.scopes import ReadScope

router = APIRouter(prefix="/api", tags=["catalogue"])


@router.get("/models", responses=errors())
async def list_models(
    scope: ReadScope, provider: Annotated[str | None, Query(max_length=64)] = None
) -> list[ModelRead]:
    """Every model of the catalogue, with its capabilities and its expected price."""
    prices = PriceBook.load()
    return [
        shape(entry, prices, scope)
        for entry in entries(scope.ports.providers)
        if provider is None or entry.provider_id == provider
    ]


def shape(entry: CatalogEntry, prices: PriceBook, scope: ReadScope) -> ModelRead:
    model = entry.model
    width, _, height = model.sizes.default.partition("x")
    sized = width.isdigit() and height.isdigit()
    expected = prices.expected(
        entry.provider_id,
        model.id,
        width=int(width) if sized else None,
        height=int(height) if sized else None,
        quality=model.default_quality,
        operation=Operation.text_to_image,
        on=scope.ports.clock.now().date(),
    )
    sizes = model.sizes
    return ModelRead(
        name=entry.name,
        provider=entry.provider_id,
        model=model.id,
        title=model.title,
        note=model.note,
        operations=sorted(operation.value for operation in model.operations),
        sizes=SizesRead(
            default=sizes.default,
            choices=list(sizes.choices),
            multiple_of=sizes.multiple_of,
            min_side=sizes.min_side,
            max_side=sizes.max_side,
            max_pixels=sizes.max_pixels,
            max_ratio=sizes.max_ratio,
        ),
        qualities=list(model.qualities),
        seed=model.seed,
        negative_prompt=model.negative_prompt,
        formats=list(model.formats),
        backgrounds=list(model.backgrounds),
        max_references=model.max_references,
        deprecated_on=model.deprecated_on,
        shutdown_on=model.shutdown_on,
        replacement=model.replacement,
        expected_price=None if expected is None else format(expected.amount.normalize(), "f"),
        currency=None if expected is None else expected.currency,
    )


@router.get("/providers", responses=errors())
async def list_providers(scope: ReadScope) -> list[ProviderRead]:
    """Every provider that is installed."""
    return [shape_provider(provider) for provider in scope.ports.providers.values()]


def shape_provider(provider: Provider | LocalProvider) -> ProviderRead:
    remote = isinstance(provider, Provider)
    return ProviderRead(
        id=provider.id,
        title=provider.title,
        kind="remote" if remote else "local",
        needs_key=isinstance(provider, Provider) and isinstance(provider.auth, HeaderKey),
        base_url=provider.base_url if isinstance(provider, Provider) else None,
        any_base_url=isinstance(provider, Provider) and provider.any_base_url,
        open_models=isinstance(provider, Provider) and provider.open_models,
        concurrency=provider.limits.concurrency,
        models=len(provider.models),
    )
