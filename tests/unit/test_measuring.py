from __future__ import annotations

import os
from itertools import count

import pytest

from bench.measuring import Bar, Finding, Spread, Verdict, high_water_mb, in_turn, processor_seconds, resident_mb
from bench.report import LANGUAGES, rows


def test_a_ratio_is_taken_pair_by_pair_and_told_by_its_median():
    ratios = Spread.of(2, 9, 4).over(Spread.of(1, 3, 4))

    assert ratios.values == (2, 3, 1)
    assert ratios.median == 2
    assert ratios.quartiles == (1.5, 2.5)


def test_one_value_is_its_own_quartiles_and_none_is_refused():
    assert Spread.of(7).quartiles == (7, 7)
    with pytest.raises(ValueError, match="nothing was measured"):
        Spread.of()


@pytest.mark.parametrize(
    ("values", "verdict"),
    [((1, 2, 3), Verdict.met), ((1.5, 2.2, 3), Verdict.near), ((2.5, 3, 4), Verdict.missed)],
)
def test_a_bar_is_missed_only_when_the_better_quarter_misses_it_too(values: tuple[float, ...], verdict: Verdict):
    assert Bar(limit=2).judge(Spread.of(*values)) == verdict


def test_where_more_is_better_the_bar_is_a_floor():
    bar = Bar(limit=2, more_is_better=True)

    assert bar.judge(Spread.of(2, 3)) == Verdict.met
    assert bar.judge(Spread.of(1, 1.1, 1.2)) == Verdict.missed


def test_sides_run_in_turn():
    order = count()

    assert [spread.values for spread in in_turn([lambda: next(order), lambda: next(order)], rounds=2)] == [
        (0, 2),
        (1, 3),
    ]


def test_a_process_is_measured_from_outside():
    assert processor_seconds(os.getpid(), with_children=True) >= processor_seconds(os.getpid()) > 0
    assert high_water_mb(os.getpid()) > 1
    assert resident_mb(os.getpid()) > 1


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_finding_is_a_row_in_both_languages(language):
    finding = Finding(name="ratio", name_zh="比值", spread=Spread.of(1, 3), bar=Bar(limit=4, aim=2), unit=" ms")

    assert rows([finding], language)[-1].startswith(
        f"| {language.name_of(finding)} | 2 ms | 1.5 to 2.5 | <= 4 ms | 2 ms |"
    )
    for document in LANGUAGES:
        assert "<!-- bench weave -->" in document.document.read_text(encoding="utf-8")
