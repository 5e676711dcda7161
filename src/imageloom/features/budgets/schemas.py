"""Wire shapes of budgets. Amounts are decimal text, exact."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from imageloom.kit.periods import Period
from imageloom.runtime.http.inputs import Id, Input

Kind = Literal["batch", "user", "project", "team", "credential", "provider"]
Amount = Annotated[
    Decimal, Field(ge=0, max_digits=15, decimal_places=6, description="At most, in US dollars, such as 5.00.")
]


class BudgetCreate(Input):
    kind: Kind = Field(description="What is capped.")
    target: Id | None = Field(
        default=None,
        description="The id of the batch, user, project, key or provider. Without one: the team, or yourself.",
    )
    amount: Amount
    period: Period = Field(default="total", description="In which time: each day, week or month anew, or in all.")
    zone: Id | None = Field(default=None, description="Whose days they are, such as Asia/Taipei. UTC when absent.")
    is_hard: bool = Field(
        default=True, description="A hard cap stops what would pass it. A soft one only says that it was passed."
    )
    allows_unknown: bool = Field(
        default=False, description="Whether pictures whose price nobody states may be made under a hard cap."
    )
    team_id: Id | None = None


class BudgetUpdate(Input):
    amount: Amount
    zone: Id | None = Field(default=None, description="As it is when absent.")
    allows_unknown: bool | None = Field(default=None, description="As it is when absent.")
    version: int | None = Field(
        default=None, ge=1, le=2**31 - 1, description="Changes the cap only if it still has this version."
    )


class BudgetRead(BaseModel):
    """A cap and what is gone of it in its period.

    ``used`` was paid; ``used_failed`` and ``used_refused`` are the part of it that brought no picture. ``held`` is what
    calls on their way may cost at most. ``doubt`` is what others may have cost at most: ``unknown`` of them were paid,
    or may have been, and nobody said how much. ``left`` is what may still be spent. ``waiting`` counts items that wait
    for this cap.
    """

    id: str
    team_id: str
    kind: Kind
    target: str
    name: str | None
    period: Period
    zone: str
    is_hard: bool
    allows_unknown: bool
    amount: str
    used: str
    used_failed: str
    used_refused: str
    held: str
    doubt: str
    unknown: int
    left: str
    is_over: bool
    waiting: int
    currency: str
    period_start: datetime | None
    resets_at: datetime | None
    version: int
    created_at: datetime
    updated_at: datetime
