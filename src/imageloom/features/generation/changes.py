"""What a lane tells the ledger. Each change names the lane and the epoch under which it was decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from imageloom.contracts.provider import Outcome
from imageloom.features.generation.models import ItemState


class LaneLost(Exception):
    """Another driver has taken the lane; whatever this one still wants to write is refused.

    ``is_written`` says of a picture that came late that it was written all the same.
    """

    is_written: bool = False


@dataclass(frozen=True, kw_only=True)
class Change:
    lane_id: str
    epoch: int


@dataclass(frozen=True, kw_only=True)
class Accepted(Change):
    """The provider has taken the job: from now on it can be asked for again, whatever happens here."""

    attempt_id: str
    handle: Mapping[str, Any]
    sent: Mapping[str, Any] | None
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Fetching(Change):
    """The provider is done and the picture waits at a URL."""

    attempt_id: str
    handle: Mapping[str, Any]
    at: datetime


@dataclass(frozen=True, kw_only=True)
class StoredPicture:
    """A picture that lies in the blob store, with its row's values."""

    asset_id: str
    blake3: str
    size_bytes: int
    media_type: str
    format: str
    width: int
    height: int
    provenance: Mapping[str, Any]
    request_hash: str | None = None


@dataclass(frozen=True, kw_only=True)
class Settled(Change):
    """An attempt ended, and its item moves on from ``running``."""

    attempt_id: str
    item_id: str
    run_id: str
    project_id: str
    team_id: str
    position: int
    outcome: Outcome
    to: ItemState
    at: datetime
    code: str | None = None
    message: str | None = None
    billed: bool | None = None
    settled_micros: int | None = None
    usage: Mapping[str, Any] | None = None
    sent: Mapping[str, Any] | None = None
    provider_ref: str | None = None
    not_before_at: datetime | None = None
    tries: int = 0
    """How many of the item's tries this attempt burned."""
    resends: int = 0
    pictures: tuple[StoredPicture, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LaneWaits(Change):
    """The lane stops claiming: until ``resume_at``, or, with the outcome that ``parked`` it, until a person acts."""

    reason: str | None
    resume_at: datetime | None = None
    parked: Outcome | None = None


@dataclass(frozen=True, kw_only=True)
class Delayed(Change):
    """The attempt's item stays ``running`` longer than it should, and says why until it ends."""

    attempt_id: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Heartbeat(Change):
    at: datetime


@dataclass(frozen=True, kw_only=True)
class Claimed:
    """An item that became ``running``, with its new attempt in ``sending``. Everything a try needs."""

    attempt_id: str
    item_id: str
    run_id: str
    project_id: str
    team_id: str
    user_id: str
    position: int
    number: int
    provider: str
    model: str
    template: str
    prompt: str
    fields: Mapping[str, Any]
    not_sent: list[dict[str, Any]]
    tries: int
    resends: int
    uncertain_policy: str
    look_since: datetime | None
    estimated_micros: int | None
    estimated_high_micros: int | None
    state: str = "sending"
    handle: Mapping[str, Any] | None = None
    started_at: datetime | None = None
    sent: Mapping[str, Any] | None = field(default=None)
