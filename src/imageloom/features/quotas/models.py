"""The table of quotas. What is used is kept in the transaction that changes what it counts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from imageloom.runtime.db.model import Model
from imageloom.runtime.db.types import UtcDateTime


class Quota(Model):
    """How much of one kind a team may have in a period, or one of its people: ``target`` is its id, or theirs.

    ``used`` counts since ``period_start``, which never goes back: pictures that were made or are being made, calls that
    began, or the bytes of stored pictures. A picture that did not come is given back.
    """

    __tablename__ = "quotas"
    __table_args__ = (UniqueConstraint("team_id", "target", "kind", "period"),)

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id"))
    target: Mapped[str] = mapped_column(String(26))
    kind: Mapped[str] = mapped_column(String(16))
    period: Mapped[str] = mapped_column(String(8))
    zone: Mapped[str] = mapped_column(String(64))
    amount: Mapped[int] = mapped_column(BigInteger)
    used: Mapped[int] = mapped_column(BigInteger)
    period_start: Mapped[datetime] = mapped_column(UtcDateTime)
    created_by: Mapped[str | None] = mapped_column(String(26))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
