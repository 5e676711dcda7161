"""Looks at batches and their pictures, each of them one way to a thread. Whoever looks has been let in before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select

from imageloom.features.generation.models import Attempt, Item, Lane, Run, RunLane
from imageloom.features.library.models import Asset, Blob

# Statements are built once: building one costs more than the database needs for it.
_RUNS = select(
    Run.id,
    Run.state,
    Run.reason,
    Run.total,
    Run.pending,
    Run.running,
    Run.settled_micros,
    Run.settled_unknown,
    Run.currency,
    Run.finished_at,
).where(Run.id.in_(bindparam("runs", expanding=True)))
TURNED_AWAY = "The gateway could not have it made in time; nothing was sent."
"""Why a run was cancelled, when nobody but the gateway did."""
_LANES = (
    select(
        RunLane.run_id,
        RunLane.pending,
        Lane.provider,
        Lane.is_paused,
        Lane.parked_reason,
        Lane.parked_outcome,
        Lane.wait_reason,
        Lane.resume_at,
        RunLane.cap_reason,
        RunLane.cap_is_spent,
        RunLane.cap_more_at,
    )
    .join(RunLane, RunLane.lane_id == Lane.id)
    .where(RunLane.run_id.in_(bindparam("runs", expanding=True)))
)
_ITEMS = (
    select(
        Item.id,
        Item.run_id,
        Item.position,
        Item.state,
        Item.outcome,
        Item.message,
        Item.fields,
        Item.not_sent,
        Item.provider,
        Asset.id.label("asset_id"),
        Asset.blake3,
        Asset.format,
        Asset.width,
        Asset.height,
        Asset.provenance,
        Asset.removed_at,
        Blob.size_bytes,
    )
    .join(Asset, Asset.id == Item.asset_id, isouter=True)
    .join(Blob, Blob.blake3 == Asset.blake3, isouter=True)
    .where(Item.run_id.in_(bindparam("runs", expanding=True)))
    .order_by(Item.run_id, Item.position)
)
_ATTEMPTS = (
    select(Attempt.item_id, Attempt.outcome, Attempt.code, Attempt.message, Attempt.usage, Attempt.billed)
    .where(Attempt.run_id.in_(bindparam("runs", expanding=True)))
    .order_by(Attempt.item_id, Attempt.number, Attempt.id)
)
_ASSET = select(Asset.id, Asset.blake3, Asset.format, Asset.trouble).where(
    Asset.id == bindparam("asset"), Asset.removed_at.is_(None)
)


@dataclass(frozen=True, kw_only=True)
class Hold:
    """Why a lane that items wait on, or waited on until they were turned away, does not move; nothing of this when it
    does.
    """

    provider: str
    is_paused: bool
    parked_reason: str | None
    parked_outcome: str | None
    wait_reason: str | None
    resume_at: datetime | None
    cap_reason: str | None
    """Of a cap that is spent: no picture that is being made gives anything back."""
    cap_more_at: datetime | None
    """When a new period has money for it."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """How a run stands."""

    id: str
    state: str
    reason: str | None
    total: int
    pending: int
    running: int
    settled_micros: int
    settled_unknown: int
    currency: str
    finished_at: datetime | None
    holds: tuple[Hold, ...]


@dataclass(frozen=True, kw_only=True)
class Made:
    """An item at its end, its picture if there is one, and the attempts that it took."""

    position: int
    state: str
    message: str | None
    fields: Mapping[str, Any]
    not_sent: Sequence[Mapping[str, Any]]
    provider: str
    asset_id: str | None
    blake3: str | None
    format: str | None
    width: int | None
    height: int | None
    provenance: Mapping[str, Any] | None
    removed_at: datetime | None
    size_bytes: int | None
    attempts: tuple[Any, ...]


def ended(connection: Connection, run_ids: Sequence[str]) -> list[tuple[Standing, list[Made]]]:
    """How each run stands, and its items if it is over: all of one moment."""
    runs = standing(connection, run_ids)
    items = made(connection, [run_id for run_id in run_ids if runs[run_id].finished_at is not None])
    return [(runs[run_id], items.get(run_id, [])) for run_id in run_ids]


def standing(connection: Connection, run_ids: Sequence[str]) -> dict[str, Standing]:
    rows = {row.id: row._mapping for row in connection.execute(_RUNS, {"runs": run_ids})}
    holds: dict[str, list[Hold]] = {}
    away = {run_id for run_id, row in rows.items() if row["finished_at"] is not None and row["reason"] == TURNED_AWAY}
    waiting = [run_id for run_id, row in rows.items() if row["pending"] or run_id in away]
    for lane in connection.execute(_LANES, {"runs": waiting}) if waiting else ():
        if not lane.pending and lane.run_id not in away:
            continue
        hold = Hold(
            provider=lane.provider,
            is_paused=lane.is_paused,
            parked_reason=lane.parked_reason,
            parked_outcome=lane.parked_outcome,
            wait_reason=lane.wait_reason,
            resume_at=lane.resume_at,
            cap_reason=lane.cap_reason if lane.cap_is_spent else None,
            cap_more_at=lane.cap_more_at if lane.cap_is_spent else None,
        )
        holds.setdefault(lane.run_id, []).append(hold)
    return {run_id: Standing(**rows[run_id], holds=tuple(holds.get(run_id, ()))) for run_id in run_ids}


def made(connection: Connection, run_ids: Sequence[str]) -> dict[str, list[Made]]:
    """The items of each run in order."""
    if not run_ids:
        return {}
    attempts: dict[str, list[Any]] = {}
    for row in connection.execute(_ATTEMPTS, {"runs": run_ids}):
        attempts.setdefault(row.item_id, []).append(row)
    items: dict[str, list[Made]] = {}
    for row in connection.execute(_ITEMS, {"runs": run_ids}):
        one = Made(
            position=row.position,
            state=row.state,
            message=row.message,
            fields=row.fields,
            not_sent=row.not_sent,
            provider=row.provider,
            asset_id=row.asset_id,
            blake3=row.blake3,
            format=row.format,
            width=row.width,
            height=row.height,
            provenance=row.provenance,
            removed_at=row.removed_at,
            size_bytes=row.size_bytes,
            attempts=tuple(attempts.get(row.id, ())),
        )
        items.setdefault(row.run_id, []).append(one)
    return items


def asset(connection: Connection, asset_id: str) -> Any | None:
    """The picture of a signed link: the signature is what lets in. One that was deleted is not there."""
    return connection.execute(_ASSET, {"asset": asset_id}).one_or_none()
