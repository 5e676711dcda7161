"""Wire shapes of quotas."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field, model_validator

from imageloom.kit.periods import Period
from imageloom.runtime.http.inputs import Id, Input

QuotaKind = Literal["images", "calls", "bytes"]
AMOUNT_MAX = 2**53 - 1
"""The largest whole number that every reader of JSON keeps exactly."""


class QuotaCreate(Input):
    kind: QuotaKind = Field(
        description="Pictures that are made; calls to providers, whatever comes of them; or bytes of stored pictures."
    )
    amount: int = Field(ge=0, le=AMOUNT_MAX, description="At most so many.")
    period: Period = Field(default="total", description="In which time: each day, week or month anew, or in all.")
    zone: Id | None = Field(default=None, description="Whose days they are, such as Asia/Taipei. UTC when absent.")
    user_id: Id | None = Field(default=None, description="For one person in the team; for the whole team when absent.")
    team_id: Id | None = Field(default=None, description="Your team when absent, if you have just one.")

    @model_validator(mode="after")
    def _room_has_no_period(self) -> QuotaCreate:
        if self.kind == "bytes" and self.period != "total":
            raise ValueError("stored bytes are counted in all: period is total")
        return self


class QuotaRead(BaseModel):
    """``used`` counts since the period began; ``left`` is what may still come, and nothing starts when it is 0."""

    id: str
    team_id: str
    user_id: str | None
    name: str
    kind: QuotaKind
    period: Period
    zone: str
    amount: int
    used: int
    left: int
    period_start: datetime | None
    resets_at: datetime | None
    created_at: datetime
    updated_at: datetime
