"""What the server says is found in its source, and nothing else is."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from imageloom.runtime.passwords import judge
from tools.gen.borrowed import PASSWORDS
from tools.gen.said import Listener, Sentence, all_said, faults, problems, sentences

SOURCE = '''
"""A docstring is not said."""
REASON = "Paused by a person."

class TooFew(Problem):
    """Not said either."""
    code = "too few words."
    title = "There are too few."

class FarFewer(TooFew):
    way_out = "Add some."

def check(run, names, count):
    log.warning("This goes to the log.")
    assert names, "This is for developers."
    if run["failed"] > count:
        raise FarFewer(f"{run['failed']} of {len(names)} and {len(names)} failed{'s' if count else ''}.", hint="see there")
    if not names:
        raise ValueError("give names")
    return row_error("this is no JSON."), f"{', '.join(names)}", "a-code", route.get("/x", description="Not this one.")
'''


def said(source: str) -> list[str]:
    tree = ast.parse(source)
    return [
        text for text, _line in Listener("x.py", problems({"x.py": tree}) | {"ValueError", "row_error"}).said_in(tree)
    ]


def test_finds_what_is_said_and_nothing_else() -> None:
    assert said(SOURCE) == [
        "Paused by a person.",
        "There are too few.",
        "Add some.",
        "{failed} of {names} and {names2} faileds.",
        "{failed} of {names} and {names2} failed.",
        "see there",
        "give names",
        "this is no JSON.",
    ]


def test_names_the_file_and_the_line(tmp_path: Path) -> None:
    (tmp_path / "lane.py").write_text('\n\nREASON = "Paused by a person."\n', encoding="utf-8")
    assert sentences(tmp_path) == [Sentence("Paused by a person.", "src/imageloom/lane.py:3")]


@pytest.mark.parametrize(
    ("words", "fault"),
    [
        ({}, "no translation of 'Row {row}.' (x.py:1)"),
        ({"Row {row}.": ""}, "no translation of 'Row {row}.' (x.py:1)"),
        ({"Row {row}.": "第 {line} 列。"}, "other gaps in the translation of 'Row {row}.' (x.py:1)"),
        ({"Row {row}.": "第 {row} 列。", "Gone.": "沒了。"}, "nobody says 'Gone.' any more"),
    ],
)
def test_drift_is_a_fault(words: dict[str, str], fault: str) -> None:
    assert list(faults([Sentence("Row {row}.", "x.py:1")], words, "zh-TW")) == [f"zh-TW: {fault}"]


def test_a_translation_may_turn_the_words_round() -> None:
    assert not list(faults([Sentence("{a} of {b}.", "x.py:1")], {"{a} of {b}.": "{b} 之 {a}。"}, "zh-TW"))


def test_hears_what_the_page_shows() -> None:
    heard = {one.text for one in all_said()}
    assert {"Paused by a person.", "Cancelled by a person.", "The key of this lane was removed."} <= heard
    assert {"the model takes no seed", "Field required", "{reason} It was paid for."} <= heard
    assert len(heard) > 500


@pytest.mark.parametrize(
    "password", ["password", "aaaaaa", "abcdef", "mei", "1987", "p@ssword", "PASSWORD", "2024-05-06"]
)
def test_knows_what_is_said_of_weak_passwords(password: str) -> None:
    told = judge(password, least=4, about=["mei"]).weakness
    assert told is not None
    for sentence in PASSWORDS:
        told = told.replace(sentence, "")
    assert told.strip() == ""
