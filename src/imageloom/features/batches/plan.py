"""A plan: the product of zipped axes over the rows of a sheet, counted and enumerated without ever being a list.

The sheet's row is the outermost axis. A row that states a field itself is not multiplied by that field's axis: its
value stands in the axis's place.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice
from math import prod
from typing import Any, NamedTuple

from imageloom.features.batches.errors import MissingColumn
from imageloom.features.batches.overrides import COUNT_MAX, column_fields, join_size, split_flags
from imageloom.features.batches.problems import PlanProblems
from imageloom.features.batches.prompting import PromptRule, RowPrompts
from imageloom.features.batches.sheets.errors import row_error
from imageloom.features.batches.sheets.reading import SheetRow
from imageloom.features.catalog.fitting import PROMPT_MAX
from imageloom.features.prompts.resolving import Grammar
from imageloom.features.prompts.spaces import Chosen
from imageloom.kit.errors import InvalidInput
from imageloom.kit.numbers import whole_number

PROMPT_COLUMNS = ("prompt", "提示詞", "提示词", "提示", "text")
SEED_MAX = 2**63 - 1
SEEDS_MAX = 10_000
# The spaces beside a name are stripped later: several ways to match the same run of them would take for ever.
NAME_SHOWN = 100
_COLUMN = re.compile(r"(\\)?\{\{([^{}|]+)\}\}")
_SIZE = re.compile(r"\s*(\d{1,5})\s*[xX×*]\s*(\d{1,5})\s*")


@dataclass(frozen=True, kw_only=True)
class Axis:
    """Values that are tried one after the other. Fields in one value are zipped; axes are multiplied."""

    name: str
    values: tuple[Mapping[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class Cursor:
    """Where enumeration goes on: the row's index, the cell within the row, and the cell's position."""

    row_index: int
    inner_index: int
    position: int


START = Cursor(row_index=0, inner_index=0, position=0)


class Cell(NamedTuple):
    """One picture that is wanted. ``copy`` counts from 1 among those that differ in nothing else.

    ``draw`` counts the row's prompts from 0. ``choices`` made the prompt out of the template, and ``remarks`` were left
    out of it; ``is_again`` says that the row's grammar has nothing left that had not come before.
    """

    position: int
    row_index: int
    inner_index: int
    row_number: int
    template: str
    prompt: str
    fields: Mapping[str, str]
    row: Mapping[str, str]
    copy: int
    draw: int = 0
    choices: Sequence[Chosen] = ()
    remarks: Sequence[str] = ()
    is_again: bool = False
    has_grammar: bool = False

    @property
    def cursor(self) -> Cursor:
        """Where enumeration begins with this cell."""
        return Cursor(row_index=self.row_index, inner_index=self.inner_index, position=self.position)


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What is multiplied. ``constants`` hold for every cell that does not say otherwise."""

    template: str
    axes: tuple[Axis, ...]
    count: int
    constants: Mapping[str, str]
    reads_flags: bool
    reuse: bool = False
    """Whether pictures of the same requests that the project has already are taken instead of new ones."""
    prompts: PromptRule = PromptRule()

    @classmethod
    def of(
        cls,
        *,
        template: str | None,
        columns: Sequence[str],
        models: Sequence[str] = (),
        sizes: Sequence[str] = (),
        qualities: Sequence[str] = (),
        seeds: Sequence[str] = (),
        count: int = 1,
        negative_prompt: str | None = None,
        format: str | None = None,  # noqa: A002  the field's name everywhere else
        background: str | None = None,
        reuse: bool = False,
        prompts: PromptRule = PromptRule(),
    ) -> Plan:
        """Raises :class:`InvalidInput` for an axis that cannot be read, or a sheet whose prompt is not known."""
        axes = (
            _axis("model", models),
            _axis("size", [normal_size(size, field="plan.sizes") for size in sizes]),
            _axis("quality", qualities),
            _axis("seed", read_seeds(seeds)),
        )
        constants = {"negative_prompt": negative_prompt, "format": format, "background": background}
        return cls(
            template=template if template is not None else "{{" + prompt_column(columns) + "}}",
            axes=tuple(axis for axis in axes if axis.values),
            count=count,
            constants={name: value for name, value in constants.items() if value},
            # Only lines of text carry flags; in a table the columns do.
            reads_flags=tuple(columns) == ("prompt",) and template is None,
            reuse=reuse,
            prompts=prompts,
        )


def prompt_column(columns: Sequence[str]) -> str:
    """The column that holds the prompt. Raises :class:`InvalidInput` when it is not clear which."""
    folded = {column.casefold(): column for column in columns}
    for name in PROMPT_COLUMNS:
        if name in folded:
            return folded[name]
    if len(columns) == 1:
        return columns[0]
    raise InvalidInput(
        f"None of the columns {', '.join(columns)} is named prompt.",
        field="plan.template",
        hint="Name one prompt, or say how the prompt is made: --template 'a photo of {{subject}}'",
    )


def validate(plan: Plan, columns: Sequence[str]) -> None:
    """Raises :class:`MissingColumn` for a column that the template names and the sheet lacks."""
    folded = {column.casefold(): column for column in columns}
    for match in _COLUMN.finditer(plan.template):
        name = match.group(2).strip()
        if match.group(1) or name.casefold() in folded:
            continue
        near = get_close_matches(name.casefold(), folded, n=3, cutoff=0.4)
        hint = f"Did you mean {' or '.join('{{' + folded[n] + '}}' for n in near)}?" if near else None
        raise MissingColumn(
            f"The template names the column {name[:NAME_SHOWN]!r}; the sheet has {', '.join(columns)}.",
            field="plan.template",
            hint=hint,
        )


def unfilled(prompt: str) -> str | None:
    """The first ``{{column}}`` that is left in a prompt. What cells hold is not filled in again."""
    if "{{" not in prompt:
        return None
    return next((match.group(0) for match in _COLUMN.finditer(prompt)), None)


def fill_columns(template: str, row: SheetRow, *, for_grammar: bool = False) -> str:
    """Puts a row's values in place of ``{{column}}``, once; braces after a backslash stay as they are.

    ``for_grammar`` leaves those braces escaped. Raises a row error for more than a prompt may have: a long template
    times a long cell would fill the memory.
    """
    folded = {column.casefold(): text for column, text in row.values.items()}
    filled = 0

    def value(match: re.Match[str]) -> str:
        nonlocal filled
        if match.group(1):
            return f"\\{{\\{{{match.group(2)}\\}}\\}}" if for_grammar else match.group(0)[1:]
        text = folded.get(match.group(2).strip().casefold(), "")
        filled += len(text)
        if filled > PROMPT_MAX:
            raise row_error(row.number, f"the filled template has more than {PROMPT_MAX} characters.")
        return text

    return _COLUMN.sub(value, template)


def count_cells(
    plan: Plan, rows: Iterable[SheetRow], problems: PlanProblems | None = None, *, grammar: Grammar | None = None
) -> int:
    """How many pictures the plan makes, exactly. Rows that cannot be used are added to ``problems``, or raised."""
    grammar = grammar or Grammar()
    planned = (_row_plan_or_problem(plan, row, grammar, problems) for row in rows)
    return sum(row_plan.size for row_plan in planned if row_plan is not None)


def cells(
    plan: Plan,
    rows: Iterable[SheetRow],
    problems: PlanProblems | None = None,
    *,
    start: Cursor | None = None,
    grammar: Grammar | None = None,
) -> Iterator[Cell]:
    """The plan's cells in order, from a cursor on. Positions are dense from 0; rows that cannot be used have
    none, and are added to ``problems``, or raised.
    """
    grammar = grammar or Grammar()
    first = start or START
    position = first.position
    for row_index, row in enumerate(islice(rows, first.row_index, None), start=first.row_index):
        row_plan = _row_plan_or_problem(plan, row, grammar, problems)
        if row_plan is None:
            continue
        skip = first.inner_index if row_index == first.row_index else 0
        for cell in row_plan.cells(plan, row, problems, row_index=row_index, skip=skip, position=position):
            yield cell
            position = cell.position + 1


def cursor_at(plan: Plan, rows: Iterable[SheetRow], position: int, *, grammar: Grammar) -> Cursor | None:
    """Where the cell of a position is, without making those before it; ``None`` behind the last.

    Raises what is wrong with a row before it.
    """
    before = 0
    for row_index, row in enumerate(rows):
        size = _row_plan(plan, row, grammar).size
        if position < before + size:
            return Cursor(row_index=row_index, inner_index=position - before, position=position)
        before += size
    return None


@dataclass(frozen=True, kw_only=True)
class _RowPlan:
    """A row's prompts, outermost; then the axes, the last moving fastest; then the copies."""

    prompts: RowPrompts
    fixed: Mapping[str, str]
    axes: tuple[tuple[Mapping[str, str], ...], ...]
    count: int

    @property
    def each(self) -> int:
        """Cells for one prompt."""
        return prod(len(axis) for axis in self.axes) * self.count

    @property
    def size(self) -> int:
        return self.prompts.count * self.each

    def cells(
        self,
        plan: Plan,
        row: SheetRow,
        problems: PlanProblems | None,
        *,
        row_index: int,
        skip: int,
        position: int,
    ) -> Iterator[Cell]:
        first, rest = divmod(skip, self.each)
        for draw, resolved in self.prompts.since(first):
            prompt = resolved.text.strip()
            if not prompt:
                nothing = row_error(row.number, "the prompt comes to nothing.", hint="An option of it is empty.")
                if problems is None:
                    raise nothing
                problems.add(row.number, nothing)
                continue
            for index in range(rest, self.each):
                combination, copy = divmod(index, self.count)
                yield Cell(
                    position=position,
                    row_index=row_index,
                    inner_index=draw * self.each + index,
                    row_number=row.number,
                    template=plan.template,
                    prompt=prompt,
                    fields=self._fields(combination),
                    row=row.values,
                    copy=copy + 1,
                    draw=draw,
                    choices=resolved.choices,
                    remarks=(*self.prompts.remarks, *resolved.remarks),
                    is_again=resolved.is_again,
                    has_grammar=plan.prompts.has_grammar,
                )
                position += 1
            rest = 0

    def _fields(self, combination: int) -> Mapping[str, str]:
        chosen = []
        for axis in reversed(self.axes):
            combination, index = divmod(combination, len(axis))
            chosen.append(axis[index])
        fields = dict(self.fixed)
        for value in reversed(chosen):
            fields.update(value)
        return fields


def _row_plan_or_problem(plan: Plan, row: SheetRow, grammar: Grammar, problems: PlanProblems | None) -> _RowPlan | None:
    try:
        return _row_plan(plan, row, grammar)
    except InvalidInput as error:
        if problems is None:
            raise
        problems.add(row.number, error)
        return None


def _row_plan(plan: Plan, row: SheetRow, grammar: Grammar) -> _RowPlan:
    own = column_fields(row.values)
    prompt = fill_columns(plan.template, row, for_grammar=plan.prompts.has_grammar)
    if plan.reads_flags:
        prompt, flags = split_flags(prompt, row=row.number)
        own |= flags
    own = join_size(own, row=row.number)
    if not prompt.strip():
        raise row_error(row.number, "the prompt is empty.", hint="Write one, or delete the row.")
    count = _own_count(own.pop("count", None), plan.count, row=row.number)
    if "size" in own:
        own["size"] = normal_size(own["size"], field="size", row=row.number)
    if "seed" in own:
        own["seed"] = _own_seed(own["seed"], row=row.number)
    axes = tuple(axis.values for axis in plan.axes if axis.name not in own)
    prompts = plan.prompts.read(prompt.strip(), grammar, row=row.number)
    return _RowPlan(prompts=prompts, fixed={**plan.constants, **own}, axes=axes, count=count)


def _own_count(text: str | None, count: int, *, row: int) -> int:
    if text is None:
        return count
    number = whole_number(text, most=COUNT_MAX)
    if not number:
        raise row_error(row, f"the count {text[:NAME_SHOWN]!r} is no number from 1 to {COUNT_MAX}.", column="count")
    return number


def _own_seed(text: str, *, row: int) -> str:
    number = whole_number(text, most=SEED_MAX)
    if number is None:
        raise row_error(row, f"the seed {text[:NAME_SHOWN]!r} is no whole number.", column="seed")
    return str(number)


def normal_size(text: str, *, field: str, row: int | None = None) -> str:
    """``WIDTHxHEIGHT`` from any of the usual signs, or ``auto``."""
    if text.strip().lower() == "auto":
        return "auto"
    match = _SIZE.fullmatch(text)
    if match is None or not int(match.group(1)) or not int(match.group(2)):
        if row is not None:
            raise row_error(row, f"the size {text!r} is not WIDTHxHEIGHT.", column="size", hint="Such as 1024x1024.")
        raise InvalidInput(f"The size {text!r} is not WIDTHxHEIGHT.", field=field, hint="Such as 1024x1024.")
    return f"{int(match.group(1))}x{int(match.group(2))}"


def read_seeds(texts: Sequence[str]) -> list[str]:
    """Numbers and ranges such as ``1-5``. Raises :class:`InvalidInput`."""
    seeds: list[str] = []
    for text in texts:
        first, dash, last = text.strip().partition("-")
        low = whole_number(first, most=SEED_MAX)
        high = whole_number(last, most=SEED_MAX) if dash else low
        if low is None or high is None:
            raise InvalidInput(
                f"The seed {text!r} is no number and no range.", field="plan.seeds", hint="Such as 7, or 1-5."
            )
        if high < low or high - low >= SEEDS_MAX or len(seeds) > SEEDS_MAX:
            raise InvalidInput(
                f"The seeds {text!r} are no range of at most {SEEDS_MAX}.", field="plan.seeds", hint="Such as 1-5."
            )
        seeds += [str(seed) for seed in range(low, high + 1)]
    return seeds


def _axis(name: str, values: Sequence[str]) -> Axis:
    distinct = dict.fromkeys(value.strip() for value in values if value.strip())
    return Axis(name=name, values=tuple({name: value} for value in distinct))


def plan_to_json(plan: Plan) -> dict[str, Any]:
    return {
        "template": plan.template,
        "axes": [{"name": axis.name, "values": [dict(value) for value in axis.values]} for axis in plan.axes],
        "count": plan.count,
        "constants": dict(plan.constants),
        "reads_flags": plan.reads_flags,
        "reuse": plan.reuse,
        "prompts": plan.prompts.to_json(),
    }


def plan_from_json(document: Mapping[str, Any]) -> Plan:
    return Plan(
        template=document["template"],
        axes=tuple(Axis(name=axis["name"], values=tuple(axis["values"])) for axis in document["axes"]),
        count=document["count"],
        constants=document["constants"],
        reads_flags=document["reads_flags"],
        reuse=document["reuse"],
        prompts=PromptRule(**document["prompts"]),
    )
