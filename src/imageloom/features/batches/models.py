"""Tables of batches, sheets and idempotency keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from imageloom.runtime.db.model import Model
from imageloom.runtime.db.types import JsonColumn, UtcDateTime


class Sheet(Model):
    """An uploaded prompt sheet: the file as it came, and what was found in it. The rows are read from the file.

    ``row_count`` are the rows that hold text; ``blank_rows`` were passed over.
    """

    __tablename__ = "sheets"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id"), index=True)
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id"))
    filename: Mapped[str] = mapped_column(String(300))
    format: Mapped[str] = mapped_column(String(16))
    encoding: Mapped[str | None] = mapped_column(String(32))
    columns: Mapped[list[str]] = mapped_column(JsonColumn)
    row_count: Mapped[int]
    blank_rows: Mapped[int]
    sample: Mapped[list[dict[str, str]]] = mapped_column(JsonColumn)
    blake3: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Batch(Model):
    """What a person submitted: a name, a plan, and where its prompts come from. Its run has the same id.

    ``cursor`` is how far the plan has been written as items. ``revision`` counts the edits since.
    ``request`` is what was submitted, as it may be submitted again; ``None`` where it was no plan. ``origin`` names the
    recipe that it was made by. ``schedule`` says when it may buy; the opening that it comes to stands with the run.
    """

    __tablename__ = "batches"
    __table_args__ = (Index("ix_batches_team_id_id", "team_id", "id"),)

    id: Mapped[str] = mapped_column(ForeignKey("runs.id"), primary_key=True)
    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id"))
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id"), index=True)
    name: Mapped[str] = mapped_column(String(300))
    plan: Mapped[dict[str, Any]] = mapped_column(JsonColumn)
    # It may hold megabytes of wildcards, which no list shows.
    request: Mapped[dict[str, Any] | None] = mapped_column(JsonColumn, deferred=True)
    origin: Mapped[dict[str, Any] | None] = mapped_column(JsonColumn)
    schedule: Mapped[dict[str, Any] | None] = mapped_column(JsonColumn)
    sheet_id: Mapped[str] = mapped_column(ForeignKey("sheets.id"))
    references: Mapped[list[dict[str, Any]]] = mapped_column(JsonColumn)
    cursor: Mapped[dict[str, Any] | None] = mapped_column(JsonColumn)
    written: Mapped[int]
    revision: Mapped[int]
    warnings: Mapped[list[str]] = mapped_column(JsonColumn)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class IdempotencyKey(Model):
    """The answer to a submit, kept so that the same submit twice is one batch."""

    __tablename__ = "idempotency_keys"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    body_hash: Mapped[str] = mapped_column(String(64))
    batch_id: Mapped[str] = mapped_column(String(26))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
