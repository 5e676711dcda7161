"""Tables of edits: what was wished, what came of it, and what each item was before."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from imageloom.runtime.db.model import Model
from imageloom.runtime.db.types import JsonColumn, UtcDateTime


class BatchEdit(Model):
    """A named change of items that nobody had claimed.

    ``state`` is ``applied`` or ``undone``; ``revision`` is the batch's after it. ``told`` is what it came to,
    ``undone`` what came of undoing it. ``key`` and ``body_hash`` make the same request twice one edit.
    """

    __tablename__ = "batch_edits"
    __table_args__ = (UniqueConstraint("user_id", "key"), Index("ix_batch_edits_batch_id_id", "batch_id", "id"))

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    batch_id: Mapped[str] = mapped_column(ForeignKey("batches.id"))
    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    name: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(16))
    revision: Mapped[int]
    body: Mapped[dict[str, Any]] = mapped_column(JsonColumn)
    told: Mapped[dict[str, Any]] = mapped_column(JsonColumn)
    undone: Mapped[dict[str, Any] | None] = mapped_column(JsonColumn)
    priority_before: Mapped[int | None]
    sheet_id: Mapped[str | None] = mapped_column(ForeignKey("sheets.id"))
    key: Mapped[str | None] = mapped_column(String(255))
    body_hash: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    undone_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class BatchEditItem(Model):
    """What an edit did to one item: ``changed``, ``removed`` or ``appended``.

    ``before`` and ``after`` hold what differs. ``undone`` says what undoing did: ``restored``, or why it could not.
    """

    __tablename__ = "batch_edit_items"

    edit_id: Mapped[str] = mapped_column(ForeignKey("batch_edits.id"), primary_key=True)
    item_id: Mapped[str] = mapped_column(ForeignKey("items.id"), primary_key=True, index=True)
    position: Mapped[int]
    kind: Mapped[str] = mapped_column(String(16))
    before: Mapped[dict[str, Any] | None] = mapped_column(JsonColumn)
    after: Mapped[dict[str, Any] | None] = mapped_column(JsonColumn)
    undone: Mapped[str | None] = mapped_column(String(200))
