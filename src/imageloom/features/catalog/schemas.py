"""Wire shapes of providers and models."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel, Field


class SizesRead(BaseModel):
    default: str
    choices: list[str]
    multiple_of: int
    min_side: int
    max_side: int
    max_pixels: int | None
    max_ratio: float | None


class ModelRead(BaseModel):
    name: str
    provider: str
    model: str
    title: str
    note: str
    operations: list[str]
    sizes: SizesRead
    qualities: list[str]
    seed: str
    negative_prompt: bool
    formats: list[str]
    backgrounds: list[str]
    max_references: int
    masks: bool
    deprecated_on: date | None
    shutdown_on: date | None
    replacement: str | None
    expected_price: str | None
    currency: str | None
    unknown_price: str | None = Field(description="Why the price is not known, if it is not.")


class PriceRead(BaseModel):
    """A line of the price book. ``amount`` is per unit, of tokens per million; ``match`` is what it holds for.

    It is in force when it is valid today and no other line takes its place. ``place`` is its file and line.
    """

    provider: str
    unit: str
    match: dict[str, str]
    amount: str
    currency: str
    takes: list[str] | None = Field(description="How many units a picture takes: low, expected and high.")
    valid_from: date
    source: str
    checked_on: date
    is_stale: bool
    is_override: bool
    is_in_force: bool
    place: str


class PricesRead(BaseModel):
    """``trouble`` says what is wrong with the installation's own price files now, if anything is."""

    stale_after_days: int
    trouble: str | None
    lines: list[PriceRead]


class ProviderRead(BaseModel):
    id: str
    title: str
    kind: str
    needs_key: bool
    base_url: str | None
    any_base_url: bool
    open_models: bool
    concurrency: int
    models: int
