"""The outbox: facts written in the transaction that made them true, read in order by streams and subscribers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Index, String, insert, text
from sqlalchemy.orm import Mapped, mapped_column

from imageloom.runtime.db.model import Model
from imageloom.runtime.db.types import JsonColumn, Serial, UtcDateTime

# Any fixed number; it names the lock under which outbox ids are given out.
_ORDER_LOCK = 4_711_001


class OutboxRow(Model):
    """One event. ``topic`` groups what one listener follows, such as ``run:<id>``."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_topic_id", "topic", "id"),)

    id: Mapped[int] = mapped_column(Serial, primary_key=True, autoincrement=True)
    kind: Mapped[str] = mapped_column(String(64))
    topic: Mapped[str] = mapped_column(String(64))
    payload: Mapped[dict[str, Any]] = mapped_column(JsonColumn)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Subscription(Model):
    """How far a named subscriber has read."""

    __tablename__ = "subscriptions"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    last_id: Mapped[int] = mapped_column(Serial)


def write_outbox(connection: Connection, rows: list[dict[str, Any]]) -> None:
    """Inserts event rows in the caller's transaction.

    On PostgreSQL ids are given out before commit, so two transactions could commit out of order and a reader that
    follows the id would miss one. Holding a lock until commit makes id order equal commit order. SQLite has one
    writer at a time anyway.
    """
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ORDER_LOCK})
    connection.execute(insert(OutboxRow), rows)
