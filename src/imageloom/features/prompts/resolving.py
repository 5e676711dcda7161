"""Prompts resolved: one by number, all in order, or drawn."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import blake2b
from itertools import count, islice
from typing import NamedTuple

from imageloom.features.prompts.linking import Linker
from imageloom.features.prompts.parsing import parse
from imageloom.features.prompts.spaces import Chosen, Draw, Saying, Space
from imageloom.features.prompts.streams import mix
from imageloom.features.prompts.wildcards import GivenWildcards, Values, Wildcards

REMEMBERED = 512
REMEMBERED_CHARACTERS = 4_000
"""A long prompt is not linked faster for being remembered, and its space may take megabytes."""
TRIES = 16
SCANNED_MAX = 10_000


class Resolved(NamedTuple):
    """A text that a prompt came to. ``is_again`` says that everything else had come before it; ``remarks`` stood in
    the values of wildcards that were chosen, each once.
    """

    text: str
    choices: tuple[Chosen, ...]
    is_again: bool = False
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Prompt:
    """A prompt, understood. ``remarks`` were left out of it."""

    space: Space
    remarks: tuple[str, ...]

    @property
    def count(self) -> int:
        """How many combinations of choices there are."""
        return self.space.count

    def at(self, number: int) -> Resolved:
        """One combination; they count from 0."""
        saying = Saying()
        text = self.space.say(number, saying)
        return Resolved(text, tuple(saying.chosen), remarks=tuple(dict.fromkeys(saying.remarks)))

    def draws(self, seed: int, row: int, *, start: int = 0) -> Iterator[Resolved]:
        """Without end, the same for the same seed and row. No text comes twice before all have come."""
        if self.count == 1:
            first = self.at(0)
            return (first._replace(is_again=number > 0) for number in count(start))
        return islice(self._draws(mix(mix(seed) ^ row)), start, None)

    def _draws(self, key: int) -> Iterator[Resolved]:
        seen: set[int] = set()
        scanned, is_again = 0, False
        for number in count():
            if len(seen) >= self.count:
                seen.clear()
                scanned, is_again = 0, True
            found = self._drawn(key, number, seen)
            if found is None:
                found, scanned = self._left(scanned, seen)
            if found is None:
                # Nothing else was left, as far as was looked.
                found = self.at(self.space.draw(key, Draw(number)))
                if scanned >= self.count:
                    seen.clear()
                    scanned = 0
                is_again = True
            yield found._replace(is_again=True) if is_again else found
            seen.add(_digest(found.text))

    def _drawn(self, key: int, number: int, seen: set[int]) -> Resolved | None:
        """Each token's stream says what it chooses; what has come before is drawn again from the same streams."""
        for attempt in range(TRIES):
            found = self.at(self.space.draw(key, Draw(number, attempt)))
            if not seen or _digest(found.text) not in seen:
                return found
        return None

    def _left(self, scanned: int, seen: set[int]) -> tuple[Resolved | None, int]:
        """The first combination in order whose text has not come."""
        for combination in range(scanned, min(self.count, scanned + SCANNED_MAX)):
            found = self.at(combination)
            if _digest(found.text) not in seen:
                return found, combination
        return None, min(self.count, scanned + SCANNED_MAX)


class Grammar:
    """Understands prompts over the same wildcards."""

    def __init__(self, wildcards: Wildcards | None = None) -> None:
        self._linker = Linker(wildcards or GivenWildcards({}))
        self._remembered = lru_cache(maxsize=REMEMBERED)(self._read)

    @property
    def used(self) -> Mapping[str, Values]:
        """The wildcards that prompts named so far, with their values."""
        return self._linker.used

    def read(self, text: str) -> Prompt:
        """Raises :class:`PromptBad` with the position, and :class:`WildcardBad`."""
        return self._remembered(text) if len(text) <= REMEMBERED_CHARACTERS else self._read(text)

    def _read(self, text: str) -> Prompt:
        parsed = parse(text)
        return Prompt(self._linker.link(parsed), parsed.remarks)


def _digest(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")
