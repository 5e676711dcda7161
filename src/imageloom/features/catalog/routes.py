"""Routes of providers and models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple
from datetime import date
from typing import Annotated

from fastapi import Query

from imageloom.contracts.provider import HeaderKey, LocalProvider, Operation, Provider
from imageloom.features.catalog.entries import CatalogEntry, entries
from imageloom.features.catalog.fitting import fit
from imageloom.features.catalog.price_files import price_shelf
from imageloom.features.catalog.price_lines import PriceLine
from imageloom.features.catalog.prices import CURRENCY, PriceBook, Rate, UnknownPrice, beaten_by
from imageloom.features.catalog.pricing import wanted_picture
from imageloom.features.catalog.schemas import ModelRead, PriceRead, PricesRead, ProviderRead, SizesRead
from imageloom.runtime.http.problems import errors
from imageloom.runtime.http.routing import Router
from imageloom.runtime.http.scopes import ReadScope

router = Router(prefix="/api", tags=["catalogue"])


@router.get("/models", responses=errors())
async def list_models(
    scope: ReadScope, provider: Annotated[str | None, Query(max_length=64)] = None
) -> list[ModelRead]:
    """Every model of the catalogue, with its capabilities and the expected price of a picture without its prompt."""
    prices = price_shelf(scope.ports.settings.prices_folder).book()
    today = scope.ports.clock.now().date()
    return [
        shape(entry, prices, today=today)
        for entry in entries(scope.ports.providers)
        if provider is None or entry.provider_id == provider
    ]


@router.get("/prices", responses=errors())
async def list_prices(
    scope: ReadScope,
    provider: Annotated[str | None, Query(max_length=64)] = None,
    model: Annotated[str | None, Query(max_length=200)] = None,
) -> PricesRead:
    """The price book: every line with its source and dates, and whether it is stale, or beaten by another."""
    shelf = price_shelf(scope.ports.settings.prices_folder)
    book = shelf.book()
    today, stale_days = scope.ports.clock.now().date(), scope.ports.settings.prices.stale_days
    return PricesRead(
        stale_after_days=stale_days,
        trouble=shelf.trouble,
        lines=[
            shape_price(name, line, lines, today=today, stale_days=stale_days)
            for name, lines in sorted(book.lines.items())
            for line in lines
            if provider in (None, name) and model in (None, line.match.get("model"))
        ],
    )


def shape_price(
    provider: str, line: PriceLine, lines: Sequence[PriceLine], *, today: date, stale_days: int
) -> PriceRead:
    return PriceRead(
        provider=provider,
        unit=line.unit,
        match=dict(line.match),
        amount=format(line.amount.normalize(), "f"),
        currency=line.currency,
        takes=None if line.takes is None else [str(part) for part in astuple(line.takes)],
        valid_from=line.valid_from,
        source=line.source,
        checked_on=line.checked_on,
        is_stale=line.is_stale(on=today, after_days=stale_days),
        is_override=line.is_override,
        is_in_force=line.valid_from <= today and beaten_by(line, lines, on=today) is None,
        place=line.place,
    )


def shape(entry: CatalogEntry, prices: PriceBook, *, today: date) -> ModelRead:
    model = entry.model
    fields = fit(model, {}, operation=Operation.text_to_image, references=0, today=date.min).request_fields
    wanted = wanted_picture(entry, fields, operation=Operation.text_to_image, references=0)
    rate = prices.rate(wanted, on=today)
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
        masks=model.masks,
        deprecated_on=model.deprecated_on,
        shutdown_on=model.shutdown_on,
        replacement=model.replacement,
        expected_price=format(rate.expected.normalize(), "f") if isinstance(rate, Rate) else None,
        currency=CURRENCY if isinstance(rate, Rate) else None,
        unknown_price=rate.why if isinstance(rate, UnknownPrice) else None,
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
