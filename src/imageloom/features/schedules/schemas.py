"""Wire shapes of schedules."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import BaseModel, Field, field_validator

from imageloom.features.recipes.schemas import RecipeRun
from imageloom.runtime.http.inputs import Id, Input, Name

CHANGES_MAX = 50_000


class ScheduleCreate(Input):
    name: Name = Field(min_length=1)
    recipe_id: Id
    cron: str = Field(max_length=200, description="Minute, hour, day, month, weekday: 30 22 * * mon-fri.")
    zone: Id | None = Field(default=None, description="On whose wall the clock hangs, such as Asia/Taipei; else UTC.")
    changes: RecipeRun = Field(
        default=RecipeRun(), description="What a run changes. Its `schedule` may hold windows for what it makes."
    )

    @field_validator("changes")
    @classmethod
    def _is_short(cls, changes: RecipeRun) -> RecipeRun:
        if len(changes.model_dump_json()) > CHANGES_MAX:
            raise ValueError(f"they have more than {CHANGES_MAX} characters: save them in the recipe")
        return changes


class RecurringRead(BaseModel):
    """``trouble`` says why the last time made nothing."""

    id: str
    project_id: str
    user_id: str
    recipe_id: str
    name: str
    cron: str
    zone: str
    changes: dict[str, Any]
    is_paused: bool
    next_at: datetime
    last_at: datetime | None
    last_batch_id: str | None
    trouble: str | None
    created_at: datetime
    removed_at: datetime | None
