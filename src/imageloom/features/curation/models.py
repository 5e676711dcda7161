"""Tables of blind votes."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from imageloom.runtime.db.model import Model
from imageloom.runtime.db.types import UtcDateTime


class Vote(Model):
    """One person's choice of some pictures, which were shown without saying which is which.

    ``shown`` is a hash of their ids: who votes on the same pictures again has changed their mind. ``run_id`` and
    ``project_id`` are those of all the pictures, or nothing where they differ. ``models`` is how many of them made the
    pictures; where nobody knows which, as of an imported picture, that counts as one more.
    """

    __tablename__ = "votes"
    __table_args__ = (
        UniqueConstraint("user_id", "shown"),
        Index("ix_votes_team_id_run_id", "team_id", "run_id"),
        Index("ix_votes_team_id_project_id", "team_id", "project_id"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id"))
    project_id: Mapped[str | None] = mapped_column(String(26))
    run_id: Mapped[str | None] = mapped_column(String(26))
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    shown: Mapped[str] = mapped_column(String(64))
    models: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class VotedPicture(Model):
    """A picture that was shown, and whether it was the one. ``model`` is what made it, where that is known."""

    __tablename__ = "voted_pictures"

    vote_id: Mapped[str] = mapped_column(ForeignKey("votes.id"), primary_key=True)
    asset_id: Mapped[str] = mapped_column(ForeignKey("assets.id"), primary_key=True)
    model: Mapped[str | None] = mapped_column(String(265))
    is_chosen: Mapped[bool]
