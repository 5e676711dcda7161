"""Wire shapes of providers and models."""

from __future__ import annotations

from datetime import date

from pydantic import BaseModel


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
    deprecated_on: date | None
    shutdown_on: date | None
    replacement: str | None
    expected_price: str | None
    currency: str | None


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
