"""Tables of recipes."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from imageloom.runtime.db.model import Model
from imageloom.runtime.db.types import JsonColumn, UtcDateTime


class Recipe(Model):
    """A request by name. ``live_name`` is the name until the recipe is removed: then another may take it."""

    __tablename__ = "recipes"
    __table_args__ = (UniqueConstraint("project_id", "live_name"), Index("ix_recipes_team_id_id", "team_id", "id"))

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id"))
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id"))
    name: Mapped[str] = mapped_column(String(200))
    live_name: Mapped[str | None] = mapped_column(String(200))
    latest: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class RecipeVersion(Model):
    """What the recipe was from one saving to the next. Never changed and never deleted: batches name it."""

    __tablename__ = "recipe_versions"

    recipe_id: Mapped[str] = mapped_column(ForeignKey("recipes.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"))
    note: Mapped[str | None] = mapped_column(String(1000))
    # It may hold megabytes of wildcards, which no list shows.
    request: Mapped[dict[str, Any]] = mapped_column(JsonColumn, deferred=True)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
