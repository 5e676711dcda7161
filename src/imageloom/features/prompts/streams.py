"""Streams of random numbers, one for each token, from keys alone: no state, the same on every machine."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from math import isqrt

MASK = 2**64 - 1
_STEP = 0x9E3779B97F4A7C15
_ROUNDS = 6
NAMES_REMEMBERED = 256
NAME_CHARACTERS = 200
"""Of a longer text the key is not remembered: the text would be, too."""


def mix(number: int) -> int:
    """SplitMix64: every bit of the number changes about half of the result's."""
    number = (number + _STEP) & MASK
    number = ((number ^ (number >> 30)) * 0xBF58476D1CE4E5B9) & MASK
    number = ((number ^ (number >> 27)) * 0x94D049BB133111EB) & MASK
    return number ^ (number >> 31)


def name_key(text: str, ordinal: int = 0) -> int:
    """64 bits that stand for a text, and for which of several with the same text."""
    return _remembered_key(text, ordinal) if len(text) <= NAME_CHARACTERS else _key(text, ordinal)


def _key(text: str, ordinal: int) -> int:
    digest = blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big") ^ ((ordinal * _STEP) & MASK)


_remembered_key = lru_cache(maxsize=NAMES_REMEMBERED)(_key)


def below(number: int, count: int) -> int:
    """A number from 0 to ``count - 1``, from 64 random bits."""
    return number * count >> 64


def weighted(number: int, heavy: Sequence[float]) -> int:
    """An index, from 64 random bits and the running sums of the weights."""
    return min(bisect_right(heavy, number / 2**64 * heavy[-1]), len(heavy) - 1)


def shuffled(index: int, count: int, key: int) -> int:
    """Where the index stands in a shuffle of ``range(count)``, without making the shuffle.

    A Feistel network over a grid hardly larger than the range; what falls outside goes round again.
    """
    if count == 1:
        return 0
    rows = isqrt(count - 1) + 1
    columns = -(-count // rows)
    while True:
        row, column = divmod(index, columns)
        for turn in range(0, _ROUNDS, 2):
            row = (row + mix(key ^ (column << 8) ^ turn)) % rows
            column = (column + mix(key ^ (row << 8) ^ (turn + 1))) % columns
        index = row * columns + column
        if index < count:
            return index
