"""Plans: counted exactly, enumerated lazily, resumable anywhere."""

from __future__ import annotations

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imageloom.features.batches.overrides import split_flags
from imageloom.features.batches.plan import (
    Cursor,
    Plan,
    cells,
    count_cells,
    cursor_at,
    fill_columns,
    plan_from_json,
    plan_to_json,
    prompt_column,
    unfilled,
    validate,
)
from imageloom.features.batches.prompting import PromptRule
from imageloom.features.batches.sheets.reading import SheetRow
from imageloom.features.prompts.resolving import Grammar
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


def test_prompts_are_drawn_outside_of_the_other_axes() -> None:
    made = plan(sizes=["8x8", "16x16"], seeds=["1-2"], prompts=PromptRule(draws=2, wildcard_seed=7), count=2)
    rows = [row(prompt="a {red|blue|green} cat", size=""), row(2, prompt="{a|b}", size="8x8")]
    found = list(cells(made, rows))
    assert count_cells(made, rows) == len(found) == 2 * 2 * 2 * 2 + 2 * 2 * 2
    first = [cell.prompt for cell in found[:16]]
    assert first == [first[0]] * 8 + [first[8]] * 8
    assert first[0] != first[8]
    assert [dict(cell.fields)["seed"] for cell in found[:4]] == ["1", "1", "2", "2"]
    for start in range(len(found)):
        assert list(cells(plan_from_json(plan_to_json(made)), rows, start=found[start].cursor)) == found[start:]
        assert cursor_at(made, rows, start, grammar=Grammar()) == found[start].cursor
    assert cursor_at(made, rows, len(found), grammar=Grammar()) is None


def test_other_models_and_seeds_draw_the_same_prompts() -> None:
    rows = [row(number, prompt="{red|blue|green} {a|b|c}") for number in range(1, 6)]
    rule = PromptRule(draws=3, wildcard_seed=5)

    def drawn(**axes: object) -> list[str]:
        return list(dict.fromkeys(cell.prompt for cell in cells(plan(["prompt"], prompts=rule, **axes), rows)))

    assert drawn() == drawn(seeds=["1-9"], models=["a/b", "c/d"], count=3)
    assert drawn() != list(
        dict.fromkeys(cell.prompt for cell in cells(plan(["prompt"], prompts=PromptRule(draws=3)), rows))
    )


def test_every_combination_is_made_and_reached_by_its_position() -> None:
    made = plan(["prompt"], prompts=PromptRule(mode="all"), seeds=["1-2"])
    rows = [row(prompt="{a|b} {c|d}"), row(2, prompt=" ".join(["{" + "|".join("abcdefghij") + "}"] * 12))]
    assert count_cells(made, rows) == 8 + 2 * 10**12
    assert [cell.prompt for cell in islice(cells(made, rows), 8)][::2] == ["a c", "a d", "b c", "b d"]
    start = cursor_at(made, rows, 8 + 2 * 123_456_789_012, grammar=Grammar())
    cell = next(cells(made, rows, start=start))
    assert (cell.prompt, cell.row_number) == ("b c d e f g h i j a b c", 2)


def test_what_is_written_is_left_alone_when_it_is_wished() -> None:
    made = plan(["prompt"], template="{{prompt}} \\{{prompt}}", prompts=PromptRule(mode="as_written"))
    assert next(cells(made, [row(prompt="{a|b} __c__ # d")])).prompt == "{a|b} __c__ # d {{prompt}}"
    made = plan(["prompt"], template="{{prompt}} \\{{prompt}}")
    assert next(cells(made, [row(prompt="{a|a} \\__c__")])).prompt == "a __c__ {{prompt}}"


@pytest.mark.parametrize("mode", ["random", "all"])
def test_broken_grammar_names_its_row(mode: str) -> None:
    with pytest.raises(InvalidInput) as error:
        count_cells(plan(["prompt"], prompts=PromptRule(mode=mode)), [row(prompt="a"), row(2, prompt="a {b|c")])
    assert error.value.detail == "Row 2: At character 3: this brace is not closed."
    assert error.value.extra["row"] == 2
    with pytest.raises(InvalidInput, match="Row 1: the prompt comes to nothing"):
        list(cells(plan(["prompt"], prompts=PromptRule(mode="all")), [row(prompt="{a|}")]))


def test_a_column_that_is_left_in_a_prompt_is_found() -> None:
    assert unfilled("a {{colour}} fox") == "{{colour}}"
    assert unfilled("a {red} fox {{a|b}}") is None


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
        (
            '--prompt "a cat, (big:1.2)" --negative_prompt "dark" --steps 20 --seed -1 --n_iter 2 --batch_size 3',
            "a cat, (big:1.2)",
            {"negative_prompt": "dark", "steps": "20", "count": "6"},
        ),
    ],
)
def test_flags_stand_at_the_end_of_a_line(line: str, prompt: str, fields: dict[str, str]) -> None:
    assert split_flags(line, row=1) == (prompt, fields)


@pytest.mark.parametrize("line", ["a --seeed 5", "a --seed", 'a --seed "5', "a --seed 5 stray", "a --n_iter many"])
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
