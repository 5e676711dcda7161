"""The outbox: facts written in the transaction that made them true, read in order by streams and subscribers."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, Index, String, event, insert, text
from sqlalchemy.orm import Mapped, mapped_column

from imageloom.runtime.db.model import Model
from imageloom.runtime.db.types import JsonColumn, Serial, UtcDateTime

# Any fixed number; it names the lock under which outbox ids are given out.
_ORDER_LOCK = 4_711_001
_KEPT = "events"


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


def keep_events(connection: Connection, rows: Iterable[dict[str, Any]]) -> None:
    """Keeps event rows until the caller's transaction ends; its committer then calls :func:`write_events`.

    Whoever writes one holds the lock of their order until it commits, and would deadlock with others if it locked
    anything after it: so nobody can.
    """
    connection.info.setdefault(_KEPT, []).extend(rows)


def write_events(connection: Connection) -> None:
    """The last thing of a transaction, before its commit.

    On PostgreSQL ids are given out before commit, so two transactions could commit out of order and a reader that
    follows the id would miss one. Holding a lock until commit makes id order equal commit order. SQLite has one
    writer at a time anyway.
    """
    rows = connection.info.pop(_KEPT, None)
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ORDER_LOCK})
    connection.execute(insert(OutboxRow), rows)


def forget_events_at_begin(engine: Engine) -> None:
    """What an earlier transaction of a connection told and did not commit did not happen."""

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        connection.info.pop(_KEPT, None)
