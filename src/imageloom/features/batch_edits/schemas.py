"""Wire shapes of edits."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field, model_validator

from imageloom.features.batches.schemas import PROMPTS_MAX, PlanInput, ProblemRead, UnknownRead
from imageloom.features.budgets.schemas import Kind
from imageloom.runtime.http.inputs import Id, Input, Name

# SQLite takes no condition that is nested a thousand deep.
Ranges = Annotated[list[Id], Field(max_length=200)]
VALUES_MAX = 200_000
Value = Annotated[str, Field(max_length=100_000)]


class SelectionInput(Input):
    """Which items. Each part that is given must hold; of one part, any entry. Only items that wait are ever changed."""

    rows: Ranges = Field(default_factory=list, description="Rows of the sheet: 12, 3-9, 11- or -5.")
    items: Ranges = Field(
        default_factory=list, description="Items by their number, counted from 1: 12, 3-9, 11- or -5."
    )
    prompt_contains: str | None = Field(
        default=None, min_length=1, max_length=10_000, description="Text in the prompt, letter by letter."
    )
    models: list[Name] = Field(default_factory=list, max_length=50)
    item_ids: list[Id] = Field(default_factory=list, max_length=1_000)


class ReplaceInput(Input):
    find: str = Field(min_length=1, max_length=1_000)
    replace: str = Field(default="", max_length=10_000, description=r"With `regex`, \1 stands for the first group.")
    regex: bool = Field(default=False, description="Whether `find` is a regular expression. It has little time.")
    ignore_case: bool = False


class AppendInput(Input):
    """Rows to add, from an uploaded sheet or typed; planned like a batch's own."""

    sheet_id: Id | None = None
    prompts: list[str] | None = Field(default=None, min_length=1, max_length=PROMPTS_MAX)
    plan: PlanInput | None = Field(default=None, description="Without it the batch's own plan holds for them.")

    @model_validator(mode="after")
    def _one_source(self) -> AppendInput:
        if (self.sheet_id is None) == (self.prompts is None):
            raise ValueError("give either sheet_id or prompts")
        return self


class EditRequest(Input):
    """A named change. Its parts are carried out together, or none of them."""

    name: Name | None = None
    where: SelectionInput = SelectionInput()
    fields: dict[Name, Value | int | None] = Field(
        default_factory=dict,
        max_length=50,
        description="model, size, quality, seed, prompt, negative_prompt, format, background, or an option of the "
        "model. null takes it back to what the model does by itself.",
    )
    replace: ReplaceInput | None = Field(default=None, description="Find and replace in the prompts.")
    remove: bool = Field(default=False, description="The chosen items end as cancelled.")
    move: Literal["front", "back"] | None = Field(default=None, description="Which of what waits comes first, or last.")
    priority: int | None = Field(default=None, ge=0, le=9, description="Of the whole batch; 9 is the most urgent.")
    append: AppendInput | None = None

    @property
    def chooses(self) -> bool:
        """Whether anything is done to items that are there."""
        return bool(self.fields or self.replace or self.remove or self.move)

    @model_validator(mode="after")
    def _does_something(self) -> EditRequest:
        if not (self.chooses or self.priority is not None or self.append):
            raise ValueError("say what is to be done: fields, replace, remove, move, priority or append")
        if self.remove and (self.fields or self.replace or self.move):
            raise ValueError("what is removed is not changed as well")
        if sum(len(str(value)) for value in self.fields.values()) > VALUES_MAX:
            raise ValueError(f"the values of fields have more than {VALUES_MAX} characters together")
        if any("\x00" in str(text) for text in (*self.fields, *self.fields.values())):
            raise ValueError("the text holds a NUL character")
        if self.where != SelectionInput() and not self.chooses:
            raise ValueError("where chooses items, and nothing is done to them")
        return self


class SumRead(BaseModel):
    """``low``, ``expected`` and ``high`` sum what is known; ``unknown`` counts items whose price nobody states."""

    items: int
    low: str | None
    expected: str | None
    high: str | None
    unknown: int
    reasons: list[UnknownRead]
    currency: str


class EditCounts(BaseModel):
    """``matched`` are chosen items that wait. Those that nobody may change any more are in ``begun``, by their state.

    ``before`` and ``after`` are what the touched items cost with today's prices; ``estimated_before`` and
    ``estimated_after`` what the batch is expected to, without what was cancelled of it.
    """

    matched: int
    changed: int
    removed: int
    moved: int
    appended: int
    unchanged: int
    begun: dict[str, int]
    before: SumRead
    after: SumRead
    estimated_before: str | None
    estimated_after: str | None
    unknown_before: int
    unknown_after: int
    warnings: list[str]


class EditedItem(BaseModel):
    """An item as it would be sent. ``sent`` is the prompt as the model takes it."""

    model: str
    prompt: str
    sent: str
    fields: dict[str, Any]
    not_sent: list[dict[str, Any]]


class EditedRow(BaseModel):
    """``item_id`` and ``before`` are null for what is appended; ``after`` is null for what is removed."""

    item_id: str | None
    position: int
    row_number: int
    before: EditedItem | None
    after: EditedItem | None


class EditedCap(BaseModel):
    """A cap that binds the batch. ``left`` is what may still be spent of it now, and ``waiting_before`` and
    ``waiting_after`` what the items of the batch that wait may cost at most; ``unknown_before`` and ``unknown_after``
    count those whose price nobody states. What a hard cap does not cover waits.
    """

    cap_id: str
    kind: Kind
    target: str
    is_hard: bool
    amount: str
    left: str
    waiting_before: str
    waiting_after: str
    unknown_before: int
    unknown_after: int
    covers_before: bool
    covers_after: bool
    currency: str


class EditPreview(EditCounts):
    """What an edit would do. ``rows`` are the first that it touches; ``problems`` would keep it from being applied."""

    batch_id: str
    revision: int
    rows: list[EditedRow]
    caps: list[EditedCap]
    problems: list[ProblemRead]
    problem_cells: int


class KeptRead(BaseModel):
    item_id: str
    position: int
    why: str


class UndoneRead(BaseModel):
    """``kept`` are the first of those that could not be brought back, and ``kept_items`` counts them all."""

    restored: int
    kept_items: int
    kept: list[KeptRead]
    priority: str | None


class EditRead(EditCounts):
    """``claimed_meanwhile`` are items that began between the preview and the edit, which left them as they were."""

    id: str
    batch_id: str
    user_id: str
    name: str
    state: str
    revision: int
    request: dict[str, Any]
    claimed_meanwhile: int
    claimed_ids: list[str]
    created_at: datetime
    undone_at: datetime | None
    undone: UndoneRead | None


class EditItemRead(BaseModel):
    """``before`` and ``after`` hold what the edit changed of the item, under the names of its row."""

    item_id: str
    position: int
    kind: str
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    undone: str | None
