"""The ledger's tables. A row here is the truth; counters beside it are kept in the same transaction."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, false, text
from sqlalchemy.orm import Mapped, mapped_column

from imageloom.runtime.db.model import Model
from imageloom.runtime.db.types import JsonColumn, UtcDateTime


class ItemState(StrEnum):
    pending = "pending"
    running = "running"
    done = "done"
    failed = "failed"
    refused = "refused"
    cancelled = "cancelled"
    uncertain = "uncertain"


class AttemptState(StrEnum):
    sending = "sending"
    accepted = "accepted"
    fetching = "fetching"
    settled = "settled"


OPEN_ATTEMPTS = (AttemptState.sending, AttemptState.accepted, AttemptState.fetching)


class RunState(StrEnum):
    running = "running"
    paused = "paused"
    cancelled = "cancelled"
    finished = "finished"


class LaneState(StrEnum):
    """``idle`` has no driver; ``active`` has one. A person's pause and a provider's are facts beside it."""

    idle = "idle"
    active = "active"


class UncertainPolicy(StrEnum):
    ask = "ask"
    resend_once = "resend_once"
    give_up = "give_up"


class Run(Model):
    """The ledger's side of one batch: items that are paused, resumed and cancelled together, and their counts.

    After a restore, providers may have jobs that were started from ``look_since`` on and are not known here.

    Of the first ``pilot`` items a person is asked before any other begins: until then those from the position
    ``held_from`` on wait. Calls begin from ``opens_at`` on, and before ``closes_at``.
    """

    __tablename__ = "runs"
    # Whoever began them asks again and again how they stand.
    __table_args__ = (Index("ix_runs_user_id_finished_at", "user_id", "finished_at"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id"), index=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str | None] = mapped_column(String(500))
    priority: Mapped[int]
    uncertain_policy: Mapped[str] = mapped_column(String(16))
    failure_budget_percent: Mapped[int]
    expanding: Mapped[bool]
    total: Mapped[int]
    pending: Mapped[int]
    running: Mapped[int]
    done: Mapped[int]
    failed: Mapped[int]
    refused: Mapped[int]
    cancelled: Mapped[int]
    uncertain: Mapped[int]
    estimated_micros: Mapped[int] = mapped_column(BigInteger)
    estimated_unknown: Mapped[int]
    settled_micros: Mapped[int] = mapped_column(BigInteger)
    settled_unknown: Mapped[int]
    currency: Mapped[str] = mapped_column(String(3))
    look_since: Mapped[datetime | None] = mapped_column(UtcDateTime)
    pilot: Mapped[int | None]
    held_from: Mapped[int | None]
    opens_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closes_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RunLane(Model):
    """How many items of a run wait on a lane: the small table that claiming looks at, whatever the size of the run.

    ``cap_id`` is the cap that the next of them waits for, if one does, and ``cap_reason`` says so to people;
    ``cap_is_spent`` when no picture that is on its way can end the waiting; ``cap_more_at`` is when a new period does.
    """

    __tablename__ = "run_lanes"
    __table_args__ = (
        Index("ix_run_lanes_lane_id_pending", "lane_id", "pending"),
        # Few of them wait for a cap, and whoever asks how many must not read them all.
        Index(
            "ix_run_lanes_cap_id",
            "cap_id",
            sqlite_where=text("cap_id IS NOT NULL"),
            postgresql_where=text("cap_id IS NOT NULL"),
        ),
    )

    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    lane_id: Mapped[str] = mapped_column(ForeignKey("lanes.id"), primary_key=True)
    pending: Mapped[int]
    served_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    cap_id: Mapped[str | None] = mapped_column(String(26))
    cap_reason: Mapped[str | None] = mapped_column(String(500))
    cap_is_spent: Mapped[bool] = mapped_column(default=False, server_default=false())
    cap_more_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Item(Model):
    """One cell of a batch's grid: exactly one picture is wanted.

    ``template`` is what was typed, ``choices`` what its grammar chose and ``prompt`` what it came to. ``wishes`` are
    what the plan says of it, ``fields`` what they come to at the model, with the ``prompt`` as it is sent where the
    model takes it in other words; ``not_sent`` is what the model does not know. ``row`` is the sheet's row. Of the
    items that wait, that of the lowest ``rank`` is next; it is the position until somebody moves the item.
    """

    __tablename__ = "items"
    __table_args__ = (
        UniqueConstraint("run_id", "position"),
        Index("ix_items_claim", "run_id", "lane_id", "state", "rank", "position"),
        Index("ix_items_run_id_state_position", "run_id", "state", "position"),
        Index("ix_items_run_id_row_number", "run_id", "row_number"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    run_id: Mapped[str] = mapped_column(ForeignKey("runs.id"))
    position: Mapped[int]
    rank: Mapped[int]
    lane_id: Mapped[str] = mapped_column(ForeignKey("lanes.id"))
    provider: Mapped[str] = mapped_column(String(64))
    model: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(16))
    template: Mapped[str] = mapped_column(Text)
    prompt: Mapped[str] = mapped_column(Text)
    wishes: Mapped[dict[str, str]] = mapped_column(JsonColumn)
    fields: Mapped[dict[str, Any]] = mapped_column(JsonColumn)
    not_sent: Mapped[list[dict[str, Any]]] = mapped_column(JsonColumn)
    choices: Mapped[list[dict[str, Any]]] = mapped_column(JsonColumn)
    row: Mapped[dict[str, str]] = mapped_column(JsonColumn)
    row_number: Mapped[int]
    not_before_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    attempts: Mapped[int]
    tries: Mapped[int]
    resends: Mapped[int]
    outcome: Mapped[str | None] = mapped_column(String(16))
    message: Mapped[str | None] = mapped_column(String(2000))
    asset_id: Mapped[str | None] = mapped_column(String(26))
    is_reused: Mapped[bool]
    """Whether its picture was made before, for an item of another batch: nothing was sent and nothing is paid."""
    estimated_micros: Mapped[int | None] = mapped_column(BigInteger)
    estimated_high_micros: Mapped[int | None] = mapped_column(BigInteger)
    """The most that one attempt is thought to cost; ``None`` when nobody knows."""
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Attempt(Model):
    """One try at one provider. Written durably before the call that may cost money.

    ``handle`` is the provider's job, enough to ask for it again. ``settled_micros`` of ``None`` with ``billed`` true
    means that money was spent and nobody says how much. ``model`` and the estimates are those of the call: its item
    may be edited afterwards, and what was spent stays where it was spent.
    """

    __tablename__ = "attempts"
    __table_args__ = (
        Index("ix_attempts_item_id_number", "item_id", "number"),
        Index("ix_attempts_lane_id_state", "lane_id", "state"),
        Index("ix_attempts_run_id_state", "run_id", "state"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("items.id"))
    run_id: Mapped[str] = mapped_column(String(26))
    lane_id: Mapped[str] = mapped_column(String(100))
    model: Mapped[str] = mapped_column(String(200))
    number: Mapped[int]
    epoch: Mapped[int]
    state: Mapped[str] = mapped_column(String(16))
    outcome: Mapped[str | None] = mapped_column(String(16))
    code: Mapped[str | None] = mapped_column(String(200))
    message: Mapped[str | None] = mapped_column(String(2000))
    handle: Mapped[dict[str, Any] | None] = mapped_column(JsonColumn)
    provider_ref: Mapped[str | None] = mapped_column(String(200))
    sent: Mapped[dict[str, Any] | None] = mapped_column(JsonColumn)
    usage: Mapped[dict[str, Any] | None] = mapped_column(JsonColumn)
    billed: Mapped[bool | None]
    estimated_micros: Mapped[int | None] = mapped_column(BigInteger)
    estimated_high_micros: Mapped[int | None] = mapped_column(BigInteger)
    settled_micros: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    purpose: Mapped[str] = mapped_column(String(16))
    started_at: Mapped[datetime] = mapped_column(UtcDateTime)
    accepted_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Lane(Model):
    """The queue of one credential at one provider. ``epoch`` rises with each driver and fences the one before."""

    __tablename__ = "lanes"

    id: Mapped[str] = mapped_column(String(100), primary_key=True)
    provider: Mapped[str] = mapped_column(String(64))
    credential_id: Mapped[str | None] = mapped_column(String(26))
    team_id: Mapped[str | None] = mapped_column(String(26), index=True)
    state: Mapped[str] = mapped_column(String(16))
    epoch: Mapped[int]
    owner: Mapped[str | None] = mapped_column(String(64))
    heartbeat_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    is_paused: Mapped[bool]
    parked_reason: Mapped[str | None] = mapped_column(String(500))
    parked_outcome: Mapped[str | None] = mapped_column(String(16))
    wait_reason: Mapped[str | None] = mapped_column(String(500))
    resume_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    day: Mapped[str | None] = mapped_column(String(10))
    day_requests: Mapped[int]
