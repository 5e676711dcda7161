"""Wire shapes of recipes and of differences between batches."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, Field, field_validator, model_validator

from imageloom.features.batches.schemas import PROMPTS_MAX, BatchCreate, ScheduleInput
from imageloom.features.budgets.schemas import Amount
from imageloom.runtime.http.inputs import Id, Input, Name


class RecipeCreate(Input):
    """Saved under a name that the project has, it is that recipe's next version."""

    name: Name = Field(min_length=1)
    project: Name | None = Field(default=None, description="Id or name; the first project when absent.")
    note: str | None = Field(default=None, max_length=1_000)
    request: BatchCreate | None = Field(default=None, description="What a submit would send, without its project.")
    from_batch: Id | None = Field(default=None, description="A batch whose request is saved, instead of one.")

    @field_validator("name")
    @classmethod
    def _is_a_name(cls, name: str) -> str:
        if not name.strip() or name != name.strip() or not name.isprintable():
            raise ValueError("a name has no space around it and only characters that are seen")
        return name

    @model_validator(mode="after")
    def _one_source(self) -> RecipeCreate:
        if (self.request is None) == (self.from_batch is None):
            raise ValueError("give either request or from_batch")
        if self.request is not None and self.request.project is not None:
            raise ValueError("the project stands beside the request, not in it")
        return self


class RecipeRun(Input):
    """What is different this time. ``plan`` holds members of the plan by name; what it does not name stays."""

    version: int | None = Field(default=None, ge=1, le=10**9, description="The latest when absent.")
    name: str | None = Field(default=None, max_length=300)
    sheet_id: Id | None = None
    prompts: list[str] | None = Field(default=None, min_length=1, max_length=PROMPTS_MAX)
    references: list[Id] | None = Field(default=None, max_length=16)
    plan: dict[Name, Any] = Field(
        default_factory=dict, max_length=50, description="Such as models, sizes, qualities, seeds or count."
    )
    priority: int | None = Field(default=None, ge=0, le=9)
    cap: Amount | None = None
    cap_allows_unknown: bool | None = None
    pilot: int | None = Field(default=None, ge=1, le=10_000)
    schedule: ScheduleInput | None = None
    without: list[Literal["cap", "pilot", "schedule"]] = Field(
        default_factory=list, max_length=3, description="What the recipe says and does not hold this time."
    )

    @model_validator(mode="after")
    def _is_with_or_without(self) -> RecipeRun:
        for member in self.without:
            if getattr(self, member) is not None:
                raise ValueError(f"{member} is given and is in without")
        return self

    @model_validator(mode="after")
    def _one_source(self) -> RecipeRun:
        if self.sheet_id is not None and self.prompts is not None:
            raise ValueError("give either sheet_id or prompts")
        return self


class RecipeVersionLine(BaseModel):
    number: int
    user_id: str
    note: str | None
    created_at: datetime


class RecipeVersionRead(RecipeVersionLine):
    request: dict[str, Any]


class RecipeRead(BaseModel):
    """``latest`` is the number of the newest version."""

    id: str
    project_id: str
    name: str
    latest: int
    created_at: datetime
    updated_at: datetime
    removed_at: datetime | None


class RecipeDetail(RecipeRead):
    version: RecipeVersionRead


class FieldChange(BaseModel):
    """A member of two requests, by its path, such as plan.models."""

    field: str
    before: Any
    after: Any


class VersionsDiff(BaseModel):
    before: int
    after: int
    changes: list[FieldChange]


class MoneyDiff(BaseModel):
    """Sums of what is known. ``difference`` is null where a price of either side is not."""

    before: str
    before_unknown: int
    after: str
    after_unknown: int
    difference: str | None


class BatchesDiff(BaseModel):
    """``counts``: items that are ``same``, ``changed``, ``new`` or ``missing``, matched on their row and these axes."""

    before: str
    after: str
    matched_on: list[str]
    plan: list[FieldChange]
    counts: dict[str, int]
    estimated: MoneyDiff
    settled: MoneyDiff
    currency: str


class ItemSide(BaseModel):
    item_id: str
    position: int
    state: str
    model: str
    prompt: str
    fields: dict[str, Any]
    asset_id: str | None
    estimated: str | None


class ItemDiff(BaseModel):
    """``fields`` are the names of what differs."""

    row_number: int
    verdict: str
    fields: list[str]
    before: ItemSide | None
    after: ItemSide | None
