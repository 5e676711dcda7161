"""The space of a prompt: counted exactly, every text reachable, draws without a duplicate, tokens apart."""

from __future__ import annotations

from collections import Counter
from itertools import islice

from hypothesis import given, settings
from hypothesis import strategies as st

from imageloom.features.prompts.resolving import Grammar, Prompt
from imageloom.features.prompts.streams import shuffled
from imageloom.features.prompts.wildcards import GivenWildcards, Values

words = st.text("abcdefgh", min_size=1, max_size=3)


def choice(options: list[str]) -> str:
    return "{" + "|".join(options) + "}"


tokens = st.recursive(
    words,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=4).map(choice),
        st.tuples(st.integers(1, 3), st.lists(inner, min_size=2, max_size=4)).map(
            lambda pair: f"{{{pair[0]}$$-$${'|'.join(pair[1])}}}"
        ),
        st.lists(inner, min_size=1, max_size=3).map(" ".join),
        st.just("__w__"),
    ),
    max_leaves=8,
)
WILDCARDS = GivenWildcards({"w": Values(["cat", "dog", "{big|small} bird"]), "v": Values([f"v{n}" for n in range(40)])})


def read(text: str) -> Prompt:
    return Grammar(WILDCARDS).read(text)


@settings(max_examples=60, deadline=None)
@given(tokens, st.integers(0, 5))
def test_every_draw_is_one_of_the_counted(text: str, seed: int) -> None:
    prompt = read(text)
    if prompt.count > 2_000:
        return
    everything = [prompt.at(number) for number in range(prompt.count)]
    for found in islice(prompt.draws(seed, 1), 10):
        assert (found.text, found.choices) in {(one.text, one.choices) for one in everything}


@settings(max_examples=60, deadline=None)
@given(tokens, st.integers(0, 5))
def test_no_text_comes_twice_before_all_have_come(text: str, seed: int) -> None:
    prompt = read(text)
    if prompt.count > 300:
        return
    everything = {prompt.at(number).text for number in range(prompt.count)}
    found = list(islice(prompt.draws(seed, 1), len(everything) + 1))
    assert {one.text for one in found[:-1]} == everything
    assert [one.is_again for one in found] == [False] * len(everything) + [True]


@settings(max_examples=40, deadline=None)
@given(tokens, st.integers(0, 5), st.integers(0, 30))
def test_draws_can_be_resumed_anywhere(text: str, seed: int, start: int) -> None:
    prompt = read(text)
    assert list(islice(prompt.draws(seed, 1, start=start), 5)) == list(islice(prompt.draws(seed, 1), start, start + 5))


parts = st.lists(st.sampled_from(["{red|blue|green}", "__v__", "{2$$a|b|c|d}", "{3::x|y}", "${q:{m|n}}"]), unique=True)


@settings(max_examples=60, deadline=None)
@given(parts, st.randoms(use_true_random=False), st.integers(0, 2**63 - 1), st.integers(1, 10**6))
def test_adding_and_reordering_other_parts_changes_no_choice(
    listed: list[str], random: object, seed: int, row: int
) -> None:
    more = [*listed, "{new|other}", "some words"]
    random.shuffle(more)
    before = next(read(", ".join(listed)).draws(seed, row)).choices
    after = next(read(" and ".join(more)).draws(seed, row)).choices
    assert {choice.token: choice.value for choice in before}.items() <= {
        choice.token: choice.value for choice in after
    }.items()


def test_a_wildcard_goes_through_its_values_whatever_stands_beside_it() -> None:
    alone = [found.choices[0].value for found in islice(read("__v__").draws(3, 1), 40)]
    beside = [found.choices[-1].value for found in islice(read("{red|blue} x __v__").draws(3, 1), 40)]
    assert alone == beside
    assert len(set(alone)) == 40


def test_tokens_with_the_same_words_choose_apart() -> None:
    pairs = {next(read("{red|blue} and {red|blue}").draws(seed, 1)).text for seed in range(60)}
    assert len(pairs) == 4


def test_every_option_comes_up_about_as_often() -> None:
    found = Counter(next(read("{a|b|c|d|e}").draws(0, row)).text for row in range(5_000))
    assert set(found) == set("abcde")
    assert all(850 < times < 1_150 for times in found.values())


@given(st.integers(1, 300), st.integers(0, 2**64 - 1))
def test_a_shuffle_holds_every_index_once(size: int, key: int) -> None:
    assert {shuffled(index, size, key) for index in range(size)} == set(range(size))


def test_a_space_of_a_million_millions_is_counted_and_reached() -> None:
    prompt = read(" ".join("{" + "|".join(f"{letter}{n}" for n in range(1_000)) + "}" for letter in "abcd"))
    assert prompt.count == 10**12
    assert prompt.at(0).text == "a0 b0 c0 d0"
    assert prompt.at(10**12 - 1).text == "a999 b999 c999 d999"
    assert prompt.at(123_456_789_012).text == "a123 b456 c789 d12"


def test_texts_that_are_alike_are_drawn_once() -> None:
    found = list(islice(read("{a|ab}{bc|c}").draws(0, 1), 5))
    assert sorted(one.text for one in found[:3]) == ["abbc", "abc", "ac"]
    assert [one.is_again for one in found] == [False, False, False, True, True]
