"""The grammar: what each sign means, what stays text, and what is refused."""

from __future__ import annotations

from contextlib import suppress
from itertools import islice

import pytest

from imageloom.features.prompts.errors import PromptBad
from imageloom.features.prompts.resolving import Grammar
from imageloom.features.prompts.wildcards import GivenWildcards, Values

WILDCARDS = GivenWildcards(
    {
        "animal": Values(["cat", "dog", "{big|small} bird"]),
        "hues/cold": Values(["blue", "green"]),
        "hues/warm": Values(["red", "blue"]),
        "clothes": Values(["a ${season:summer} coat and a ${season:summer} hat"]),
        "weighted": Values(["often", "seldom"], [9.0, 1.0]),
        "nothing": Values([]),
        "first": Values(["the __second__"]),
        "second": Values(["a", "the __first__"]),
    }
)


def everything(text: str) -> list[str]:
    prompt = Grammar(WILDCARDS).read(text)
    return [prompt.at(number).text for number in range(prompt.count)]


def drawn(text: str, count: int, *, seed: int = 0, row: int = 1) -> list[str]:
    return [found.text for found in islice(Grammar(WILDCARDS).read(text).draws(seed, row), count)]


MEANINGS = {
    "a {red|blue} cat": ["a red cat", "a blue cat"],
    "{a|{b|c}|}": ["a", "b", "c", ""],
    "{3::a|0.5::b}": ["a", "b"],
    "{a|a|b}": ["a", "b"],
    "{2$$ and $$a|b|c}": ["a and b", "a and c", "b and a", "b and c", "c and a", "c and b"],
    "{2$$a|b}": ["a, b", "b, a"],
    "{ 2 $$a|b}": ["a, b", "b, a"],
    "{@ 1 - 2 $$+$$a|b}": ["a", "b", "a+b", "b+a"],
    "{1-2$$+$$a|b}": ["a", "b", "a+b", "b+a"],
    "{-2$$a|b}": ["a", "b", "a, b", "b, a"],
    "{2-$$a|b}": ["a, b", "b, a"],
    "{0-1$$a}": ["", "a"],
    "{9$$a|b}": ["a, b", "b, a"],
    "{2$$a|{b|c}}": ["a, b", "a, c", "b, a", "c, a"],
    "__animal__": ["cat", "dog", "big bird", "small bird"],
    "{2$$ $$__hues/cold__}": ["blue green", "green blue"],
    "__hues/*__": ["blue", "green", "red"],
    "__HUES/COLD__": ["blue", "green"],
    "{__hues/cold__}": ["blue", "green"],
    "${v=!{a|b}}${v} and ${v}": ["a and a", "b and b"],
    "${ v = !{a|b}}${v} and ${v}": ["a and a", "b and b"],
    "${v={a|b}}${v} and ${v}": ["a and a", "a and b", "b and a", "b and b"],
    "${v=!{a|b}}never used": ["never used"],
    "${v:{a|b}}": ["a", "b"],
    "${v=c}${v:a}": ["c"],
    "__clothes__": ["a summer coat and a summer hat"],
    "__clothes(season=winter)__": ["a winter coat and a winter hat"],
    "${season={a|b}}__clothes__": ["a a coat and a a hat", "a a coat and a b hat", "a b coat and a a hat", "a b coat and a b hat"],
    "${season=!{a|b}}__clothes__": ["a a coat and a a hat", "a b coat and a b hat"],
    "%{a {photo|film} of ..., 4k$$ {a cat|a dog} }": [
        "a photo of a cat, 4k",
        "a photo of a dog, 4k",
        "a film of a cat, 4k",
        "a film of a dog, 4k",
    ],
    "{\n  a\n  |b\n}": ["a", "b"],
    "[[a, b]] c": ["a c", "b c"],
    "<random:a, b,c>": ["a", "b", "c"],
    "<random:a,b|c>": ["a,b", "c"],
    "<random:<random:a|b>,c>": ["a", "b", "c"],
    "<random[2,]:a|b>": ["a, b", "b, a"],
    "<random:2-4>": ["2", "3", "4"],
    "<wildcard:animal,not=cat>": ["dog", "big bird", "small bird"],
    "<wildcard[2]:hues/cold>": ["blue green", "green blue"],
    "<setvar[v]:{a|b}> and <var:v>": ["a and a", "b and b"],
    "<setvar[v,false]:{a|b}>${v}": ["a", "b"],
    "a cat # and a remark": ["a cat "],
    "# a remark\na cat": ["\na cat"],
    r"\{a\|b\} \__animal__ \# \$\{v} \<random:a> \[[a,b]]": ["{a|b} __animal__ # ${v} <random:a> [[a,b]]"],
    r"{a\|b|c\}}": ["a|b", "c}"],
    r"\\{a|b}": ["\\a", "\\b"],
}  # fmt: skip


@pytest.mark.parametrize("text", MEANINGS)
def test_every_sign_means_what_it_says(text: str) -> None:
    assert everything(text) == MEANINGS[text]


PLAIN = [
    "a cat",
    '{"subject": "a cat", "style": {"name": "oil", "hues": ["red"]}}',
    "{a} and } or | or ${5} and 100% and $$",
    "an unclosed { brace",
    "the #1 fan of C# and #ff0000",
    "C:\\new\\folder and \\(brackets\\)",
    "a snake_case name and __ a gap and ____ or ______",
    "<lora:x:1> <b>bold</b> a < b > c",
    "[[one]] [a, b] [[",
    "(word:1.3), [a:b:0.5]",
    "{{prompt}} {% for x in y %}",
    "3::4 and a::b",
]


@pytest.mark.parametrize("text", PLAIN)
def test_what_does_not_look_like_grammar_stays_as_it_is(text: str) -> None:
    assert everything(text) == [text]


BROKEN = {
    "a {red|blue": ("unclosed", 3),
    "a {2$$red": ("unclosed", 3),
    "{0::a|b}": ("weight", 2),
    "{1.5$$a|b}": ("range", 1),
    "{1000000$$a|b}": ("range", 1),
    "a {~ 1-2-3 $$a|b}": ("range", 3),
    "{3-1$$a|b}": ("range", 1),
    "{0$$a|b}": ("range", 1),
    "a __nimal__": ("unknown_wildcard", 3),
    "__nothing__": ("empty_wildcard", 1),
    "__../secret__": ("wildcard_name", 1),
    "the __first__": ("cycle", 5),
    "${v}": ("unknown_variable", 1),
    "${v=${v}}${v}": ("unknown_variable", 5),
    "${v=a": ("unclosed", 1),
    "{a ${v=b}|c} ${v}": ("unknown_variable", 14),
    "__clothes(season=winter": ("unclosed", 1),
    "__clothes(season=winter, 5)__": ("argument", 25),
    "%{a photo$$a cat}": ("wrap", 1),
    "%{... $$ a cat": ("unclosed", 1),
    "<random:a,b": ("unclosed", 1),
    "<random[x]:a,b>": ("range", 1),
    "<random:1-100000>": ("range", 1),
    "<wildcard:animal": ("unclosed", 1),
    "{" * 60 + "a|b" + "}" * 60: ("too_deep", 49),
}


@pytest.mark.parametrize("text", BROKEN)
def test_broken_grammar_is_refused_with_its_place_and_rule(text: str) -> None:
    with pytest.raises(PromptBad) as error:
        everything(text)
    rule, position = BROKEN[text]
    assert error.value.extra["rule"] == rule
    assert error.value.extra["position"] == position or "wildcard" in error.value.extra
    assert error.value.hint


def test_an_unknown_wildcard_names_the_nearest() -> None:
    with pytest.raises(PromptBad) as error:
        everything("__animals__")
    assert error.value.hint == "Did you mean __animal__?"


def test_a_broken_value_of_a_wildcard_names_it() -> None:
    grammar = Grammar(GivenWildcards({"bad": Values(["good", "a {b|c"])}))
    with pytest.raises(PromptBad, match="character 3 of a value of __bad__") as error:
        grammar.read("x __bad__")
    assert error.value.extra["wildcard"] == "bad"


BOMBS = {
    "variables that double": "${a=" + "x" * 40 + "}"
    + "".join(f"${{v{n}=${{{'a' if n == 0 else f'v{n - 1}'}}}${{{'a' if n == 0 else f'v{n - 1}'}}}}}" for n in range(40))
    + "${v39}",
    "choices without end": "{a|b}" * 16_000,
    "a hundred thousand open braces with an option": "{" * 99_000 + "a|b",
    "all of very many": "{2-$$" + "|".join(f"o{n}" for n in range(15_000)) + "}",
    "many of what has choices": "{90$$" + "|".join(f"{{a|o{n}}}" for n in range(9_000)) + "}",
    "wildcards that double": "__w0__",
    "wildcards with arguments that double": "__p0(x=1)__",
    "a chain of wildcards": "__c0__",
}  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS)
def test_bombs_are_refused(bomb: str) -> None:
    wildcards = {
        **{f"w{n}": Values([f"__w{n + 1}__ and __w{n + 1}__", "x" * 100]) for n in range(40)},
        "w40": Values(["a", "b"]),
        **{f"p{n}": Values([f"__p{n + 1}(x=1)____p{n + 1}(x=1)__ ${{x}}"]) for n in range(40)},
        "p40": Values(["${x}"]),
        **{f"c{n}": Values([f"__c{n + 1}__"]) for n in range(100)},
        "c100": Values(["a"]),
    }
    with pytest.raises(PromptBad) as error:
        Grammar(GivenWildcards(wildcards)).read(BOMBS[bomb])
    assert error.value.extra["rule"] in {"too_long", "too_many", "too_deep", "too_large", "unclosed"}


def test_a_chain_of_wildcards_cannot_be_lengthened_by_remembering_its_end() -> None:
    grammar = Grammar(GivenWildcards({f"c{n}": Values([f"__c{n + 1}__"]) for n in range(90)} | {"c90": Values(["a"])}))
    with pytest.raises(PromptBad, match="nested"):
        for number in reversed(range(90)):
            grammar.read(f"__c{number}__")


def test_a_prompt_of_a_hundred_thousand_characters_is_read() -> None:
    words = "一隻貓在雨中, " * 12_000
    assert everything(words + "{a|b}")[1] == words + "b"


RUNS = [
    *(head + " " * 90_000 for head in ("{1", "{1-", "{-", "{", "{1.", "${v =")),
    "<random:" + "{" * 30_000 + "}" * 30_000 + ">",
    "<random:" + "<a" * 20_000 + ">" * 20_000 + "|b>",
    "<random:" * 6_000 + "a|b" + ">" * 6_000,
]


@pytest.mark.parametrize("text", RUNS, ids=range(len(RUNS)))
def test_long_runs_are_read_in_one_go(text: str) -> None:
    """Each took from ten seconds to minutes when what was read was read again from every place in it."""
    with suppress(PromptBad):
        everything(text)


@pytest.mark.parametrize(
    ("text", "comes_to"),
    [
        ("<random:a < b|c>", ["a < b", "c"]),
        ("<random:{x,y},z>", ["{x,y}", "z"]),
        ("<random:<random:x|y>,z>", ["x", "y", "z"]),
        ("<random:<lora:a:1>|<lora:b:{1|2}> c>", ["<lora:a:1>", "<lora:b:1> c", "<lora:b:2> c"]),
        ("<random:<lora:a,b:1>,c>", ["<lora:a,b:1>", "c"]),
        ("<setvar[v]:<lora:a:1> x>", ["<lora:a:1> x"]),
        ("<setvar[v]:I <3 you>", ["I <3 you"]),
        ("<random:I <3 cats|dogs>", ["I <3 cats", "dogs"]),
        ("<random:a|b> <lora:x:1>", ["a <lora:x:1>", "b <lora:x:1>"]),
    ],
)
def test_the_outermost_sign_parts_options(text: str, comes_to: list[str]) -> None:
    assert everything(text) == comes_to


def test_choices_are_told_with_their_wildcards() -> None:
    prompt = Grammar(WILDCARDS).read("{a|b} __animal__")
    assert [tuple(choice) for choice in prompt.at(7).choices] == [
        ("{a|b}", "b", None),
        ("__animal__", "small bird", "animal"),
        ("{big|small}", "small", None),
    ]


def test_remarks_are_told() -> None:
    assert Grammar().read("# one\na cat # two").remarks == ("# one", "# two")


def test_remarks_of_a_wildcards_value_are_told_where_it_is_chosen() -> None:
    noted = Values(["fox # red, if any", "wolf", "# first\n  bear, {big|small} # last\n"])
    prompt = Grammar(GivenWildcards({"wild": noted})).read("a __wild__ and __wild__ # mine")
    assert prompt.remarks == ("# mine",)
    told = {found.text: found.remarks for found in map(prompt.at, range(prompt.count))}
    assert told["a fox and wolf "] == ("# red, if any",)
    assert told["a fox and fox "] == ("# red, if any",)
    assert told["a wolf and wolf "] == ()
    assert told["a bear, big and fox "] == ("# first", "# last", "# red, if any")


def test_cyclical_tokens_go_on_with_each_draw() -> None:
    assert drawn("{@a|b|c} x", 5) == ["a x", "b x", "c x", "a x", "b x"]
    assert drawn("__@hues/cold__ [[x, y]]", 4) == ["blue x", "green y", "blue y", "green x"]


def test_weights_are_kept() -> None:
    often = sum(drawn("__weighted__", 1, row=row) == ["often"] for row in range(2_000))
    assert 1_700 < often < 1_900
