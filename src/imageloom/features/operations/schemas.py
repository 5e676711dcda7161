"""Wire shapes of health."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel


class HealthPart(BaseModel):
    name: str
    status: Literal["up", "degraded", "down"]
    detail: str | None


class HealthRead(BaseModel):
    """``starting`` and ``down`` come with HTTP 503, so that a load balancer understands them."""

    status: Literal["starting", "up", "degraded", "down"]
    version: str
    parts: list[HealthPart]


class LiveRead(BaseModel):
    status: Literal["starting", "up", "degraded", "down"]


class TeamUsageRead(BaseModel):
    """What a team has and takes. A file that it has twice takes its room once."""

    team_id: str
    team: str
    members: int
    pictures: int
    file_bytes: int
