"""Tables of caps and holds. The counters of a cap are kept in the transaction that changes what they count."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from imageloom.runtime.db.model import Model
from imageloom.runtime.db.types import UtcDateTime


class Cap(Model):
    """What may be spent on one thing in one period: by a team, or within it by a batch, user, project, key or provider.

    ``project_id`` is that of a capped project or batch. ``period_start`` is the start of the period that the counters
    are about. It never goes back, so a clock that does opens no new purse. ``settled_micros`` is what was paid;
    ``failed_micros`` and ``refused_micros`` are the part of it that brought no picture. ``held_micros`` is what calls
    on their way may cost; ``doubt_micros`` what others may have cost, of which nobody said how much: ``unknown``
    counts those.
    """

    __tablename__ = "caps"
    __table_args__ = (
        UniqueConstraint("team_id", "kind", "target", "period", "is_hard"),
        Index("ix_caps_target", "target"),
        Index("ix_caps_team_id_id", "team_id", "id"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id"))
    kind: Mapped[str] = mapped_column(String(16))
    target: Mapped[str] = mapped_column(String(100))
    project_id: Mapped[str | None] = mapped_column(String(26))
    period: Mapped[str] = mapped_column(String(8))
    zone: Mapped[str] = mapped_column(String(64))
    is_hard: Mapped[bool]
    allows_unknown: Mapped[bool]
    amount_micros: Mapped[int] = mapped_column(BigInteger)
    currency: Mapped[str] = mapped_column(String(3))
    period_start: Mapped[datetime] = mapped_column(UtcDateTime)
    settled_micros: Mapped[int] = mapped_column(BigInteger)
    failed_micros: Mapped[int] = mapped_column(BigInteger)
    refused_micros: Mapped[int] = mapped_column(BigInteger)
    held_micros: Mapped[int] = mapped_column(BigInteger)
    doubt_micros: Mapped[int] = mapped_column(BigInteger)
    unknown: Mapped[int]
    version: Mapped[int]
    created_by: Mapped[str | None] = mapped_column(String(26))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Hold(Model):
    """What one attempt may cost, held of one cap from before the call until its end; ``None`` when nobody knows.

    ``in_doubt``: the attempt ended without anybody knowing whether it was paid, and a late answer may still tell.
    """

    __tablename__ = "holds"
    __table_args__ = (Index("ix_holds_cap_id", "cap_id"),)

    attempt_id: Mapped[str] = mapped_column(String(26), primary_key=True)
    cap_id: Mapped[str] = mapped_column(ForeignKey("caps.id"), primary_key=True)
    micros: Mapped[int | None] = mapped_column(BigInteger)
    period_start: Mapped[datetime] = mapped_column(UtcDateTime)
    in_doubt: Mapped[bool]
