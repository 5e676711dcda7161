"""Wire shapes of tokens and of the one who asks."""

from __future__ import annotations

from datetime import datetime

from pydantic import BaseModel, Field

from imageloom.runtime.actor import Permission
from imageloom.runtime.http.inputs import Input


class TokenCreate(Input):
    name: str = Field(min_length=1, max_length=200, description="What the token is for.")
    scopes: list[Permission] | None = Field(default=None, description="What it may do; everything when absent.")
    expires_in_days: int | None = Field(default=None, ge=1, le=3650, description="Days until it stops working.")


class TokenRead(BaseModel):
    id: str
    name: str
    prefix: str
    scopes: list[str] | None
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


class TokenCreated(BaseModel):
    """The only time the token itself is shown."""

    token: str
    details: TokenRead


class TeamRoleRead(BaseModel):
    team_id: str
    role: str


class MeRead(BaseModel):
    user_id: str
    name: str
    is_admin: bool
    roles: list[TeamRoleRead]
    scopes: list[str] | None
