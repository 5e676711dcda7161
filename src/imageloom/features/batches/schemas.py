"""Wire shapes of batches and sheets."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from pydantic import AwareDatetime, BaseModel, Field, model_validator

from imageloom.features.budgets.schemas import Amount
from imageloom.features.generation.schemas import CauseInput, ItemRead
from imageloom.runtime.http.inputs import Id, Input, Name

PROMPTS_MAX = 10_000


class SheetRead(BaseModel):
    id: str
    filename: str
    format: str
    encoding: str | None
    columns: list[str]
    row_count: int
    blank_rows: int = Field(description="Rows without any text and lines that begin with #, which were passed over.")
    sample: list[dict[str, str]]
    created_at: datetime


class SheetRowRead(BaseModel):
    number: int
    values: dict[str, str]


class RowsRead(BaseModel):
    """Rows of a sheet, in order. ``number`` is a row's place as a person sees it; ``next`` goes on behind the last."""

    rows: list[SheetRowRead]
    next: str | None


class PromptsInput(Input):
    """How prompts with grammar are resolved. The grammar is in docs/prompts.md."""

    mode: Literal["random", "all", "as_written"] = Field(
        default="random",
        description="random draws; all makes every combination; as_written knows no grammar but {{column}}.",
    )
    draws: int = Field(default=1, ge=1, le=100_000, description="Prompts that are drawn for each row.")
    wildcard_seed: int = Field(
        default=0, ge=0, le=2**63 - 1, description="The same number draws the same prompts, whatever the image seeds."
    )
    wildcards: dict[Name, list[str]] = Field(
        default_factory=dict, max_length=1_000, description="Values by name, beside the folder's. 2::text weighs twice."
    )

    @model_validator(mode="after")
    def _draws_are_random(self) -> PromptsInput:
        if self.draws > 1 and self.mode != "random":
            raise ValueError("draws are for the mode random")
        return self


class PlanInput(Input):
    """The axes. Their product is what will be made; a row that states a field itself is not multiplied by it."""

    template: str | None = Field(
        default=None, max_length=100_000, description="The prompt, with {{column}} for a column's value."
    )
    models: list[Name] = Field(
        default_factory=list, max_length=50, description="provider/model, such as openai/gpt-image-2."
    )
    sizes: list[Id] = Field(default_factory=list, max_length=50, description="Such as 1024x1024.")
    qualities: list[Id] = Field(default_factory=list, max_length=20)
    seeds: list[Id] = Field(default_factory=list, max_length=1000, description="Numbers or ranges such as 1-5.")
    count: int = Field(default=1, ge=1, le=1000, description="Pictures per cell.")
    negative_prompt: str | None = Field(default=None, max_length=100_000)
    format: str | None = Field(default=None, max_length=20)
    background: str | None = Field(default=None, max_length=20)
    reuse: bool = Field(
        default=False,
        description="Whether pictures that the project has of the very same requests are taken, for nothing, instead "
        "of making new ones. Each stands in for one item at most.",
    )
    prompts: PromptsInput = PromptsInput()


class BatchSource(Input):
    project: Name | None = Field(default=None, description="Id or name; the first project when absent.")
    sheet_id: Id | None = Field(default=None, description="An uploaded sheet.")
    prompts: list[str] | None = Field(
        default=None, min_length=1, max_length=PROMPTS_MAX, description="Prompt lines, instead of a sheet."
    )
    references: list[Id] = Field(
        default_factory=list, max_length=16, description="Assets to edit: every item sends them along."
    )
    plan: PlanInput = PlanInput()

    @model_validator(mode="after")
    def _one_source(self) -> BatchSource:
        if (self.sheet_id is None) == (self.prompts is None):
            raise ValueError("give either sheet_id or prompts")
        return self


class ScheduleInput(Input):
    """When calls may begin. All parts that are given hold: from the start on, within a window."""

    start_at: AwareDatetime | None = Field(default=None, description="A time with its offset.")
    cron: str | None = Field(
        default=None, max_length=200, description="Starts when this next comes: minute, hour, day, month, weekday."
    )
    windows: list[Id] = Field(
        default_factory=list, max_length=20, description="Such as 22:00-06:00 Asia/Taipei, or sat-sun 00:00-24:00."
    )
    zone: Id | None = Field(default=None, description="Time zone of what names none, such as Asia/Taipei; else UTC.")

    @model_validator(mode="after")
    def _says_when(self) -> ScheduleInput:
        if self.start_at is not None and self.cron is not None:
            raise ValueError("give either start_at or cron")
        if self.start_at is None and self.cron is None and not self.windows:
            raise ValueError("give start_at, cron or windows")
        return self


class BatchCreate(BatchSource):
    name: str | None = Field(default=None, max_length=300)
    priority: int = Field(default=5, ge=0, le=9, description="9 is the most urgent.")
    uncertain_policy: Literal["ask", "resend_once", "give_up"] = Field(
        default="ask", description="What to do when nobody can know whether a request was carried out and paid."
    )
    failure_budget_percent: int | None = Field(
        default=None, ge=1, le=100, description="Failed share that pauses the batch."
    )
    cap: Amount | None = Field(
        default=None, description="What the batch may cost at most, in US dollars. What would pass it waits."
    )
    cap_allows_unknown: bool = Field(
        default=False, description="Whether the cap lets pictures be made whose price nobody states."
    )
    pilot: int | None = Field(
        default=None, ge=1, le=10_000, description="So many of the first items are made; then the batch asks to go on."
    )
    schedule: ScheduleInput | None = None


class UnknownRead(BaseModel):
    """Why the price of so many items is not known."""

    why: str
    items: int


class PreviewRequest(BatchSource):
    offset: int = Field(default=0, ge=0, le=2**53 - 1, description="Position of the first picture that is shown.")
    limit: int = Field(default=20, ge=1, le=200)


class PreviewItem(BaseModel):
    """A picture that the plan would make. ``sent`` is the prompt as the model takes it."""

    position: int
    row_number: int
    template: str
    prompt: str
    sent: str
    choices: list[dict[str, str | None]]
    provider: str
    model: str
    fields: dict[str, Any]
    not_sent: list[dict[str, Any]]


class PreviewRead(BaseModel):
    """``count`` is exact, in decimal digits: it may have more of them than a number in JSON keeps."""

    count: str
    items: list[PreviewItem]
    next: int | None


class ModelEstimate(BaseModel):
    provider: str
    model: str
    items: int
    reused: int
    low: str | None
    expected: str | None
    high: str | None
    unknown: int
    reasons: list[UnknownRead]


class ProblemRead(BaseModel):
    """A rule that rows break: ``row`` is the first of them, and ``cells`` is how many pictures cannot be made."""

    row: int
    rule: str
    field: str | None
    detail: str
    hint: str | None
    cells: int


class EstimateRead(BaseModel):
    """``low``, ``expected`` and ``high`` sum what is known; ``unknown`` counts items whose price nobody states.

    ``problems`` are what would keep this from being submitted, the first hundred; ``problem_cells`` counts all.
    ``reused`` are those of the items that need no new picture and cost nothing.
    ``prices_checked_on`` is when the oldest price in the sums was last compared with its source.
    ``row_items`` says of the rows from 1 on, up to the first thousand, how many items each comes to.
    """

    items: int
    row_items: list[int]
    reused: int
    low: str | None
    expected: str | None
    high: str | None
    unknown: int
    reasons: list[UnknownRead]
    currency: str
    prices_checked_on: date | None
    models: list[ModelEstimate]
    problems: list[ProblemRead]
    problem_cells: int
    not_sent: list[dict[str, Any]]
    warnings: list[str]


class CountsRead(BaseModel):
    total: int
    pending: int
    running: int
    done: int
    failed: int
    refused: int
    cancelled: int
    uncertain: int


class PilotRead(BaseModel):
    """``state``: ``running``, ``asking`` when its items have ended, and ``over`` when all others may begin."""

    items: int
    state: Literal["running", "asking", "over"]


class ScheduleRead(BaseModel):
    start_at: datetime | None
    cron: str | None
    windows: list[str]
    zone: str | None


class BatchRead(BaseModel):
    """Calls begin from ``opens_at`` on and before ``closes_at``, where these are not null; then comes another one."""

    id: str
    project_id: str
    name: str
    state: str
    reason: str | None
    priority: int
    uncertain_policy: str
    failure_budget_percent: int
    pilot: PilotRead | None
    schedule: ScheduleRead | None
    opens_at: datetime | None
    closes_at: datetime | None
    expanding: bool
    counts: CountsRead
    estimated: str | None
    estimated_unknown: int
    settled: str
    settled_unknown: int
    currency: str
    warnings: list[str]
    plan: dict[str, Any]
    origin: dict[str, Any] | None
    sheet_id: str
    created_at: datetime
    finished_at: datetime | None


News = Literal["ended", "pilot", "failures", "uncertain", "budget", "quota", "parked"]


class StandingRead(BaseModel):
    """What a person who began a batch would want to hear of it.

    ``news``: it has ``ended``; its ``pilot`` has, and it asks whether to go on; too many ``failures`` paused it; what
    is ``uncertain`` waits for a decision; no ``budget`` or ``quota`` is left; a lane is ``parked`` until somebody sees
    to it.
    """

    id: str
    name: str
    state: str
    counts: CountsRead
    news: list[News]
    finished_at: datetime | None


class CellsRead(BaseModel):
    """Items as columns, for drawing thousands of them at once: the same place in each list is the same item.

    ``previews`` says of its picture: ``done`` when a preview can be asked for, ``pending`` while it is made,
    ``damaged`` or ``held`` when there is none; null where there is no picture.
    """

    positions: list[int]
    ids: list[str]
    states: list[str]
    assets: list[str | None]
    previews: list[str | None]
    next: str | None


class LineupCell(BaseModel):
    """``seconds`` is how long the call took that brought the picture; null where none did, or it was made before."""

    model: str
    seconds: float | None
    item: ItemRead


class LineupRead(BaseModel):
    """``turn`` counts from 1 the times that a model draws this prompt: with another seed or size, or for another row.
    ``row_number`` is the row of the first of its pictures.
    """

    row_number: int
    turn: int
    prompt: str
    cells: list[LineupCell]


class LineupsRead(BaseModel):
    """``models`` are all of the batch; a line has no cell for one that was not asked."""

    models: list[str]
    total: int
    lines: list[LineupRead]


class CauseRead(BaseModel):
    """Items that ended alike. ``estimated`` is what trying them again is expected to cost, where prices are known."""

    state: str
    outcome: str | None
    provider: str
    message: str | None
    items: int
    first_position: int
    estimated: str | None
    estimated_unknown: int


class CausesRead(BaseModel):
    """``left_out`` counts items of the rarer causes, which are not listed."""

    causes: list[CauseRead]
    left_out: int
    currency: str


class RetryRequest(Input):
    states: list[Literal["failed", "refused", "cancelled"]] = Field(default=["failed"], min_length=1)
    item_ids: list[Id] | None = Field(default=None, min_length=1, max_length=10_000)
    cause: CauseInput | None = Field(default=None, description="Only items of this cause: see .../causes.")


class ReconcileRequest(Input):
    resolution: Literal["resend", "give_up"] = Field(
        description="resend may pay a second time for what was already paid; give_up ends the item as failed."
    )
    item_ids: list[Id] | None = Field(default=None, min_length=1, max_length=10_000)


class SubmittedRead(BaseModel):
    """What a batch was made by, as it may be submitted again: ``request`` is null for what was no plan."""

    batch_id: str
    request: dict[str, Any] | None
    sheet: SheetRead


class HistoryLine(BaseModel):
    """A submit. ``prompts`` are its first; ``is_typed`` says that there is no file behind them."""

    batch_id: str
    name: str
    prompts: list[str]
    row_count: int
    is_typed: bool
    models: list[str]
    created_at: datetime


class MovedRead(BaseModel):
    items: int


class VerifyProblem(BaseModel):
    item_id: str | None
    position: int | None
    rule: str
    detail: str


class VerifyRead(BaseModel):
    """``balanced`` is true when every requested item is accounted for and every done item has its picture, or somebody
    has thrown that away: ``in_trash`` lie in the trash, ``removed`` were deleted from there.
    """

    batch_id: str
    balanced: bool
    requested: int
    counts: dict[str, int]
    pictures: int
    in_trash: int
    removed: int
    bytes_checked: int
    estimated: str | None
    estimated_unknown: int
    settled: str
    settled_unknown: int
    settled_failed: str
    settled_refused: str
    paid_attempts: int
    open_attempts: int
    resent_items: int
    problems: list[VerifyProblem]


class FileRead(BaseModel):
    """A finished picture and the path that the name template gives it. It is ``kept``, or lies ``in_trash``, from where
    it can still be fetched, or was ``removed`` from there for good. A picture that was uploaded has no item.
    """

    asset_id: str
    item_id: str | None
    position: int
    path: str
    size_bytes: int
    width: int
    height: int
    whereabouts: Literal["kept", "in_trash", "removed"]
