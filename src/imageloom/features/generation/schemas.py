"""Wire shapes of items, attempts and lanes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from imageloom.runtime.http.inputs import Input


class ItemRead(BaseModel):
    """``settled`` is what all its tries have cost so far, and ``settled_unknown`` how many of them were, or may have
    been, paid and nobody says how much; ``settled`` is null when nothing else is known.
    """

    id: str
    position: int
    state: str
    provider: str
    model: str
    template: str
    prompt: str
    fields: dict[str, Any]
    not_sent: list[dict[str, Any]]
    choices: list[dict[str, Any]]
    row: dict[str, str]
    row_number: int
    attempts: int
    outcome: str | None
    message: str | None
    asset_id: str | None
    is_reused: bool
    estimated: str | None
    settled: str | None
    settled_unknown: int
    not_before_at: datetime | None
    updated_at: datetime


class AttemptRead(BaseModel):
    id: str
    number: int
    purpose: str
    state: str
    outcome: str | None
    code: str | None
    message: str | None
    provider_ref: str | None
    sent: dict[str, Any] | None
    usage: dict[str, Any] | None
    billed: bool | None
    estimated: str | None
    settled: str | None
    currency: str
    started_at: datetime
    accepted_at: datetime | None
    settled_at: datetime | None


class CauseInput(Input):
    """One cause as it was told: exactly these items. Null stands for null."""

    outcome: str | None = Field(max_length=16)
    provider: str = Field(max_length=64)
    message: str | None = Field(max_length=2_000)


class LimitsRead(BaseModel):
    """What a lane keeps to; null is not stated."""

    concurrency: int
    requests_per_minute: int | None
    images_per_minute: int | None
    requests_per_day: int | None


class LaneRead(BaseModel):
    """``waiting`` counts the items of the actor's batches. ``reason`` says why the lane does not move, if so."""

    id: str
    provider: str
    state: str
    waiting: int
    is_paused: bool
    is_parked: bool
    reason: str | None
    resume_at: datetime | None
    heartbeat_at: datetime | None
    limits: LimitsRead | None


class BillRowRead(BaseModel):
    """One day and model, or one request: our books and the bill. ``settled`` or ``billed`` is absent where that side
    has nothing; ``difference`` is what the bill has more.
    """

    day: date | None
    model: str | None
    request: str | None
    pictures: int
    settled: str | None
    unknown: int
    billed_pictures: int | None
    billed: str | None
    difference: str


class BillRead(BaseModel):
    """A bill beside our books. ``unknown`` counts pictures that were paid and of which nobody said how much: what they
    cost is part of the ``difference``. Compared by request, only rows that differ are listed.
    """

    provider: str
    currency: str
    by: str
    since: date | None
    until: date | None
    pictures: int
    settled: str
    unknown: int
    billed: str
    difference: str
    drift_percent: str | None
    agrees: bool
    rows: list[BillRowRead]
    rows_left_out: int
