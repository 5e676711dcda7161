"""Resolving prompts with five wildcards each: ten thousand of one template, and ten thousand different ones."""

from __future__ import annotations

import time
from itertools import islice

from bench.measuring import Bar, Finding, Spread
from imageloom.features.prompts.resolving import Grammar
from imageloom.features.prompts.wildcards import GivenWildcards, Values

PROMPTS = 10_000
VALUES = 1_000
WILDCARDS = GivenWildcards(
    {
        name: Values([f"{name} {number}" for number in range(VALUES)])
        for name in ("subject", "place", "light", "mood", "style")
    }
)
TEMPLATE = "a photo of __subject__ in __place__, __light__, __mood__, __style__"


def run(*, rounds: int) -> list[Finding]:
    return [
        Finding(
            name=f"CPU, {PROMPTS:,} draws of one prompt with 5 wildcards",
            name_zh=f"CPU，一則含 5 個萬用字的提示詞抽 {PROMPTS:,} 次",
            spread=Spread(tuple(_of_one() for _round in range(rounds))),
            unit=" s",
            bar=Bar(limit=1.0),
        ),
        Finding(
            name=f"CPU, {PROMPTS:,} different prompts with 5 wildcards, read and drawn",
            name_zh=f"CPU，{PROMPTS:,} 則各含 5 個萬用字的不同提示詞，解讀並抽取",
            spread=Spread(tuple(_of_many() for _round in range(rounds))),
            unit=" s",
            bar=Bar(limit=1.0),
        ),
    ]


def _of_one() -> float:
    used = time.process_time()
    found = {one.text for one in islice(Grammar(WILDCARDS).read(TEMPLATE).draws(0, 1), PROMPTS)}
    used = time.process_time() - used
    assert len(found) == PROMPTS
    return used


def _of_many() -> float:
    used = time.process_time()
    grammar = Grammar(WILDCARDS)
    found = {next(grammar.read(f"{row}: {TEMPLATE}").draws(0, row)).text for row in range(PROMPTS)}
    used = time.process_time() - used
    assert len(found) == PROMPTS
    return used
