"""Weights inside a prompt, ``(word:1.3)``: kept for models that read them, rewritten or taken out for others."""

from __future__ import annotations

import re
from typing import NamedTuple

from imageloom.contracts.provider import PromptWeights

_BRACKET = re.compile(r"\\.|[()]", re.DOTALL)
# Behind a digit it is a ratio or a time of day: 16:9.
_WEIGHT = re.compile(r"(?<![\d\s]):\s*([+-]?(?:\d{1,2}(?:\.\d{0,6})?|\.\d{1,6}))\s*\Z")
_WEIGHT_CHARACTERS = 20


class Weighed(NamedTuple):
    """The prompt as the model takes it, and the weights that were taken out of it."""

    prompt: str
    left_out: tuple[str, ...]


def weigh(prompt: str, dialect: PromptWeights) -> Weighed:
    """Only ``(words:number)`` is a weight: other brackets are text, and so are those behind a backslash."""
    if dialect == "a1111" or "(" not in prompt or ":" not in prompt:
        return Weighed(prompt, ())
    pieces: list[tuple[int, int, str]] = []
    left_out: list[str] = []
    for start, colon, end, number in _weights(prompt):
        if dialect == "compel":
            pieces.append((colon, end, f"){number}"))
        else:
            pieces += [(start, start + 1, ""), (colon, end, "")]
            left_out.append(prompt[start:end])
    weighed, at = "", 0
    for start, end, text in sorted(pieces):
        weighed += prompt[at:start] + text
        at = end
    return Weighed(weighed + prompt[at:], tuple(left_out))


def _weights(prompt: str) -> list[tuple[int, int, int, str]]:
    """Where each begins, where its colon is, where it ends, and its number."""
    found: list[tuple[int, int, int, str]] = []
    opened: list[int] = []
    for match in _BRACKET.finditer(prompt):
        if match.group() == "(":
            opened.append(match.start())
        elif match.group() == ")" and opened:
            start, end = opened.pop(), match.start()
            weight = _WEIGHT.search(prompt, max(start + 2, end - _WEIGHT_CHARACTERS), end)
            if weight is not None:
                found.append((start, weight.start(), end + 1, weight.group(1)))
    return found
