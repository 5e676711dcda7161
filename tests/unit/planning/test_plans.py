"""Plans: counted exactly, enumerated lazily, resumable anywhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imageloom.features.batches.overrides import split_flags
from imageloom.features.batches.plan import (
    Cursor,
    Plan,
    cells,
    count_cells,
    fill_columns,
    plan_from_json,
    plan_to_json,
    prompt_column,
    validate,
)
from imageloom.features.batches.sheets.reading import SheetRow
from imageloom.kit.errors import InvalidInput


def row(number: int = 1, **values: str) -> SheetRow:
    return SheetRow(number=number, values=values)


def plan(columns: list[str] | None = None, **axes: object) -> Plan:
    return Plan.of(template=axes.pop("template", None), columns=columns or ["prompt", "size"], **axes)


def test_a_row_that_states_a_field_is_not_multiplied_by_it() -> None:
    made = plan(sizes=["64x64", "32x32"], qualities=["low", "high"], count=2)
    rows = [row(prompt="a", size=""), row(2, prompt="b", size="8×8")]
    found = list(cells(made, rows))
    assert count_cells(made, rows) == len(found) == 8 + 4
    assert {cell.fields["size"] for cell in found if cell.prompt == "b"} == {"8x8"}
    assert [cell.copy for cell in found[:2]] == [1, 2]


@given(
    st.lists(st.sampled_from(["", "16x16"]), min_size=1, max_size=5),
    st.integers(0, 3),
    st.integers(1, 3),
    st.data(),
)
def test_counting_and_resuming_agree_with_enumerating(
    sizes: list[str], axes: int, count: int, data: st.DataObject
) -> None:
    made = plan(sizes=[f"{n}x8" for n in range(1, axes + 1)], seeds=["1-2"], count=count)
    rows = [row(n, prompt=f"p{n}", size=size) for n, size in enumerate(sizes, start=1)]
    found = list(cells(made, rows))
    assert count_cells(made, rows) == len(found)
    assert [cell.position for cell in found] == list(range(len(found)))
    start = data.draw(st.integers(0, len(found) - 1))
    cell = found[start]
    cursor = Cursor(row_index=cell.row_index, inner_index=cell.inner_index, position=cell.position)
    assert list(cells(plan_from_json(plan_to_json(made)), rows, start=cursor)) == found[start:]


def test_columns_fill_the_template_once() -> None:
    filled = fill_columns(r"a {{ Subject }} and \{{subject}}", row(subject="{{other}}"))
    assert filled == "a {{other}} and {{subject}}"
    with pytest.raises(InvalidInput, match="names the column") as error:
        validate(plan(template="{{subjct}}", columns=["subject"]), ["subject"])
    assert error.value.hint == "Did you mean {{subject}}?"
    with pytest.raises(InvalidInput, match="None of the columns"):
        prompt_column(["a", "b"])
    assert prompt_column(["提示詞", "x"]) == "提示詞"


@pytest.mark.parametrize(
    ("line", "prompt", "fields"),
    [
        ("a cat --seed 5 --width 10 --height 20", "a cat", {"seed": "5", "width": "10", "height": "20"}),
        ("it's -- a dash", "it's -- a dash", {}),
        ('a --negative "dark, cold" --n=2', "a", {"negative_prompt": "dark, cold", "count": "2"}),
        ("50--50 odds", "50--50 odds", {}),
    ],
)
def test_flags_stand_at_the_end_of_a_line(line: str, prompt: str, fields: dict[str, str]) -> None:
    assert split_flags(line, row=1) == (prompt, fields)


@pytest.mark.parametrize("line", ["a --seeed 5", "a --seed", 'a --seed "5', "a --seed 5 stray"])
def test_a_bad_flag_names_its_row(line: str) -> None:
    with pytest.raises(InvalidInput, match="Row 3"):
        split_flags(line, row=3)


@pytest.mark.parametrize(
    "values",
    [
        {"prompt": "a", "count": "0"},
        {"prompt": "a", "seed": "-1"},
        {"prompt": "a", "size": "big"},
        {"prompt": "a", "width": "5"},
        {"prompt": " "},
    ],
)
def test_a_bad_row_is_named(values: dict[str, str]) -> None:
    made = plan(columns=["prompt", *values])
    with pytest.raises(InvalidInput, match="Row 1"):
        count_cells(made, [row(**values)])


@pytest.mark.parametrize(
    "axes",
    [
        {"seeds": ["5-1"]},
        {"seeds": ["1-20000"]},
        {"seeds": ["-3"]},
        {"seeds": ["99999999999999999999"]},
        {"sizes": ["0x5"]},
        {"sizes": ["wide"]},
    ],
)
def test_a_bad_axis_names_its_field(axes: dict[str, list[str]]) -> None:
    with pytest.raises(InvalidInput) as error:
        plan(**axes)
    assert error.value.field == f"plan.{next(iter(axes))}"


def test_a_size_may_be_left_to_the_model() -> None:
    assert [cell.fields["size"] for cell in cells(plan(["prompt"], sizes=["auto", "8 X 8"]), [row(prompt="a")])] == [
        "auto",
        "8x8",
    ]
