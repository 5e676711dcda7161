"""Tables of wildcard files."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from imageloom.runtime.db.model import Model
from imageloom.runtime.db.types import JsonColumn, UtcDateTime


class WildcardFile(Model):
    """A file of a project, as somebody wrote it. ``wildcards`` are what it holds, by name, with how many values.

    ``folded`` is the name without capitals: two files that differ in nothing else would be one wildcard.
    """

    __tablename__ = "wildcard_files"
    __table_args__ = (
        UniqueConstraint("project_id", "folded"),
        Index("ix_wildcard_files_team_id_id", "team_id", "id"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id"))
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id"))
    name: Mapped[str] = mapped_column(String(200))
    folded: Mapped[str] = mapped_column(String(600))
    kind: Mapped[str] = mapped_column(String(8))
    # No list shows it.
    text: Mapped[str] = mapped_column(Text, deferred=True)
    size_bytes: Mapped[int]
    wildcards: Mapped[list[dict[str, Any]]] = mapped_column(JsonColumn)
    version: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
