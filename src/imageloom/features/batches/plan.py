"""A plan: the product of zipped axes over the rows of a sheet, counted and enumerated without ever being a list.

The sheet's row is the outermost axis. A row that states a field itself is not multiplied by that field's axis: its
value stands in the axis's place.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from itertools import islice, product
from math import prod
from typing import Any, NamedTuple

from imageloom.features.batches.errors import MissingColumn
from imageloom.features.batches.overrides import column_fields, join_size, split_flags
from imageloom.features.batches.problems import PlanProblems
from imageloom.features.batches.sheets.errors import row_error
from imageloom.features.batches.sheets.reading import SheetRow
from imageloom.features.catalog.fitting import PROMPT_MAX
from imageloom.kit.errors import InvalidInput
from imageloom.kit.numbers import whole_number

PROMPT_COLUMNS = ("prompt", "提示詞", "提示词", "提示", "text")
COUNT_MAX = 1_000
SEED_MAX = 2**63 - 1
SEEDS_MAX = 10_000
# The spaces beside a name are stripped later: several ways to match the same run of them would take for ever.
NAME_SHOWN = 100
_COLUMN = re.compile(r"(\\)?\{\{([^{}]+)\}\}")
_SIZE = re.compile(r"\s*(\d{1,5})\s*[xX×*]\s*(\d{1,5})\s*")

Resolve = Callable[[str, SheetRow], str]
"""From a template and a row to the prompt."""


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


class Cell(NamedTuple):
    """One picture that is wanted. ``copy`` counts from 1 among those that differ in nothing else."""

    position: int
    row_index: int
    inner_index: int
    row_number: int
    template: str
    prompt: str
    fields: Mapping[str, str]
    row: Mapping[str, str]
    copy: int

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


def fill_columns(template: str, row: SheetRow) -> str:
    """Puts a row's values in place of ``{{column}}``, once; braces after a backslash stay as they are.

    Raises a row error for more than a prompt may have: a long template times a long cell would fill the memory.
    """
    folded = {column.casefold(): text for column, text in row.values.items()}
    filled = 0

    def value(match: re.Match[str]) -> str:
        nonlocal filled
        if match.group(1):
            return match.group(0)[1:]
        text = folded.get(match.group(2).strip().casefold(), "")
        filled += len(text)
        if filled > PROMPT_MAX:
            raise row_error(row.number, f"the filled template has more than {PROMPT_MAX} characters.")
        return text

    return _COLUMN.sub(value, template)


def count_cells(plan: Plan, rows: Iterable[SheetRow], problems: PlanProblems | None = None) -> int:
    """How many pictures the plan makes, exactly. Rows that cannot be used are added to ``problems``, or raised."""
    planned = (_row_plan_or_problem(plan, row, fill_columns, problems) for row in rows)
    return sum(row_plan.size for row_plan in planned if row_plan is not None)


def cells(
    plan: Plan,
    rows: Iterable[SheetRow],
    problems: PlanProblems | None = None,
    *,
    start: Cursor | None = None,
    resolve: Resolve = fill_columns,
) -> Iterator[Cell]:
    """The plan's cells in order, from a cursor on. Positions are dense from 0; rows that cannot be used have
    none, and are added to ``problems``, or raised.
    """
    first = start or Cursor(row_index=0, inner_index=0, position=0)
    position = first.position
    for row_index, row in enumerate(islice(rows, first.row_index, None), start=first.row_index):
        row_plan = _row_plan_or_problem(plan, row, resolve, problems)
        if row_plan is None:
            continue
        skip = first.inner_index if row_index == first.row_index else 0
        for inner_index, (fields, copy) in enumerate(islice(row_plan.inner(), skip, None), start=skip):
            yield Cell(
                position=position,
                row_index=row_index,
                inner_index=inner_index,
                row_number=row.number,
                template=plan.template,
                prompt=row_plan.prompt,
                fields=fields,
                row=row.values,
                copy=copy,
            )
            position += 1


@dataclass(frozen=True, kw_only=True)
class _RowPlan:
    prompt: str
    fixed: Mapping[str, str]
    axes: tuple[tuple[Mapping[str, str], ...], ...]
    count: int

    @property
    def size(self) -> int:
        return prod(len(axis) for axis in self.axes) * self.count

    def inner(self) -> Iterator[tuple[Mapping[str, str], int]]:
        for values in product(*self.axes):
            fields = dict(self.fixed)
            for value in values:
                fields.update(value)
            for copy in range(1, self.count + 1):
                yield fields, copy


def _row_plan_or_problem(plan: Plan, row: SheetRow, resolve: Resolve, problems: PlanProblems | None) -> _RowPlan | None:
    try:
        return _row_plan(plan, row, resolve)
    except InvalidInput as error:
        if problems is None:
            raise
        problems.add(row.number, error)
        return None


def _row_plan(plan: Plan, row: SheetRow, resolve: Resolve) -> _RowPlan:
    own = column_fields(row.values)
    prompt = resolve(plan.template, row)
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
    return _RowPlan(prompt=prompt.strip(), fixed={**plan.constants, **own}, axes=axes, count=count)


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
    }


def plan_from_json(document: Mapping[str, Any]) -> Plan:
    return Plan(
        template=document["template"],
        axes=tuple(Axis(name=axis["name"], values=tuple(axis["values"])) for axis in document["axes"]),
        count=document["count"],
        constants=document["constants"],
        reads_flags=document["reads_flags"],
        reuse=document["reuse"],
    )
