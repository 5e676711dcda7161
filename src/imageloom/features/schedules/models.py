"""The table of schedules."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from imageloom.runtime.db.model import Model
from imageloom.runtime.db.types import JsonColumn, UtcDateTime


class Schedule(Model):
    """Runs a recipe as ``user_id`` whenever ``cron`` comes in ``zone``, with ``changes``.

    ``next_at`` is the time that comes next; ``last_at`` the last that was run, and ``last_batch_id`` what it made, or
    ``trouble`` what kept it from that.
    """

    __tablename__ = "schedules"
    __table_args__ = (Index("ix_schedules_team_id_id", "team_id", "id"), Index("ix_schedules_next_at", "next_at"))

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id"))
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id"))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    recipe_id: Mapped[str] = mapped_column(ForeignKey("recipes.id"))
    name: Mapped[str] = mapped_column(String(200))
    changes: Mapped[dict[str, Any]] = mapped_column(JsonColumn)
    cron: Mapped[str] = mapped_column(String(100))
    zone: Mapped[str] = mapped_column(String(100))
    is_paused: Mapped[bool]
    next_at: Mapped[datetime] = mapped_column(UtcDateTime)
    last_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_batch_id: Mapped[str | None] = mapped_column(String(26))
    trouble: Mapped[str | None] = mapped_column(String(500))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
