"""The table of provider keys."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from imageloom.runtime.db.model import Model
from imageloom.runtime.db.types import JsonColumn, UtcDateTime


class Credential(Model):
    """A key at a provider. ``secret`` is encrypted; ``hint`` is its last characters, for people.

    ``limits`` lowers the provider's default limits. A key that was lent by the environment is no row.
    """

    __tablename__ = "credentials"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id"), index=True)
    provider: Mapped[str] = mapped_column(String(64))
    label: Mapped[str] = mapped_column(String(200))
    secret: Mapped[bytes | None] = mapped_column(LargeBinary)
    hint: Mapped[str] = mapped_column(String(16))
    base_url: Mapped[str | None] = mapped_column(String(2000))
    limits: Mapped[dict[str, Any]] = mapped_column(JsonColumn)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    checked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    trouble: Mapped[str | None] = mapped_column(String(2000))
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
