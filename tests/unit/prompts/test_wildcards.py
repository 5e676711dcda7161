"""Wildcard files, and weights inside of prompts."""

from __future__ import annotations

import pytest

from imageloom.features.prompts.errors import WildcardBad
from imageloom.features.prompts.weights import weigh
from imageloom.features.prompts.wildcards import Values, checked_name, matching, read_lines, read_tree


def test_lines_are_values_with_weights_and_remarks() -> None:
    values = read_lines(["# animals", "cat", "", " 3::dog ", "cat"], source="animals.txt")
    assert values == Values(["cat", "dog"], [2.0, 3.0])
    assert read_lines(["a", "b"], source="x").weights is None


def test_trees_are_names() -> None:
    tree = {
        "animals": {"wild": ["fox", "2::wolf"], "tame": [{"cat": 4}, "dog"]},
        "one": "alone",
        "years": [1990],
        "year": 7,
    }
    assert read_tree(tree, name="a", folder="b/") == {
        "b/animals/wild": Values(["fox", "wolf"], [1.0, 2.0]),
        "b/animals/tame": Values(["cat", "dog"], [4.0, 1.0]),
        "b/one": Values(["alone"]),
        "b/years": Values(["1990"]),
        "b/year": Values(["7"]),
    }
    assert read_tree(["x"], name="colours", folder="") == {"colours": Values(["x"])}


@pytest.mark.parametrize(
    "document",
    [
        "text",
        {"a": True},
        {"a": None},
        {"a": [["x"]]},
        {"a": [{"b": "much"}]},
        {"a": [{"b": 0}]},
        {"..": ["x"]},
        {"a": ["x" * 30_000]},
        {"a": ["\0"]},
    ],
)
def test_what_is_no_wildcard_is_refused(document: object) -> None:
    with pytest.raises(WildcardBad) as error:
        read_tree(document, name="a", folder="")
    assert error.value.hint


def test_a_name_that_can_be_none_is_told_with_its_file() -> None:
    with pytest.raises(WildcardBad) as error:
        read_tree({"a__b": ["x"]}, name="colours", folder="")
    assert error.value.detail == "colours: 'a__b' cannot be the name of a wildcard."


def test_two_stars_and_a_slash_stand_for_no_folder_too() -> None:
    names = ["light/warm", "light/deep/cold", "lightning/x", "far/light/warm"]
    assert matching("light/**/*", names) == ["light/deep/cold", "light/warm"]
    assert matching("**/warm", [*names, "warm", "lukewarm"]) == ["far/light/warm", "light/warm", "warm"]
    assert matching("**/light/**/**/*", names) == ["far/light/warm", "light/deep/cold", "light/warm"]
    assert matching("light**/x", names) == ["lightning/x"]
    with pytest.raises(WildcardBad):
        matching("a/" + "**/b/" * 9 + "*", names)


def test_names_match_whatever_their_capitals() -> None:
    names = ["Animals/Wild", "animals/tame", "colours-cold"]
    assert matching("animals/*", names) == ["Animals/Wild", "animals/tame"]
    assert matching("COLOURS*", names) == ["colours-cold"]
    assert matching("*" * 20 + "x", ["a" * 200]) == []
    for bad in ("", "../x", "a__b", "/x", "x" * 300, "a\nb"):
        with pytest.raises(WildcardBad):
            checked_name(bad)
    assert checked_name("動物/野生") == "動物/野生"


def test_weights_are_kept_rewritten_or_taken_out() -> None:
    prompt = r"a (red:1.3) ((big:1.2) hat:0.8), \(kept:1.1\) (so) [x:y:0.5] a (ratio: 3, 16:9) at (10:30)"
    assert weigh(prompt, "a1111") == (prompt, ())
    none = weigh(prompt, "none")
    assert none.prompt == r"a red big hat, \(kept:1.1\) (so) [x:y:0.5] a (ratio: 3, 16:9) at (10:30)"
    assert none.left_out == ("(red:1.3)", "(big:1.2)", "((big:1.2) hat:0.8)")
    assert weigh("a (red:1.3) ((big:1.2) hat:0.8)", "compel").prompt == "a (red)1.3 ((big)1.2 hat)0.8"
    odd = "(low:.5) (less:-0.5) (more:+1.25) (open:1.) (fine:1.12345) (year:2026) (room:101) (list: 1, 2)"
    assert weigh(odd, "none").prompt == "low less more open fine (year:2026) (room:101) (list: 1, 2)"
    assert weigh("(less:-0.5)", "compel").prompt == "(less)-0.5"
