"""Weights inside a prompt, ``(word:1.3)``: kept for models that read them, rewritten or taken out for others."""

from __future__ import annotations

import re
from typing import NamedTuple

from imageloom.contracts.provider import PromptWeights

_WEIGHTED = re.compile(r"(?<!\\)\(([^()\[\]:\\]{1,2000}):\s*(\d{1,3}(?:\.\d{1,4})?)\s*\)")
_ROUNDS = 16


class Weighed(NamedTuple):
    """The prompt as the model takes it, and the weights that were taken out of it."""

    prompt: str
    left_out: tuple[str, ...]


def weigh(prompt: str, dialect: PromptWeights) -> Weighed:
    """Only ``(words:number)`` is a weight: other brackets are text, and so are those behind a backslash."""
    if dialect == "a1111" or "(" not in prompt or ":" not in prompt:
        return Weighed(prompt, ())
    left_out: list[str] = []

    def rewritten(match: re.Match[str]) -> str:
        if dialect == "compel":
            return f"\x00{match[1]}\x01{match[2]}"
        left_out.append(match[0])
        return match[1]

    # From the inside out: weights stand in weights.
    for _round in range(_ROUNDS):
        changed = _WEIGHTED.sub(rewritten, prompt)
        if changed == prompt:
            break
        prompt = changed
    return Weighed(prompt.replace("\x00", "(").replace("\x01", ")"), tuple(left_out))
