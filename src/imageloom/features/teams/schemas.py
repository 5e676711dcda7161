"""Wire shapes of projects."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from imageloom.runtime.http.inputs import Id, Input


class ProjectCreate(Input):
    name: str = Field(min_length=1, max_length=200)
    team_id: Id | None = Field(default=None, description="Your team when absent, if you have just one.")


class ProjectRead(BaseModel):
    id: str
    team_id: str
    name: str
    created_at: datetime
