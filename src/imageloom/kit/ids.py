"""Ids: sortable by time, unguessable enough to be public, typed so that two cannot be swapped."""

from __future__ import annotations

import threading
import time
from typing import NewType, Protocol

from imageloom.kit.chance import CHANCE

UserId = NewType("UserId", str)
TeamId = NewType("TeamId", str)
ProjectId = NewType("ProjectId", str)
RunId = NewType("RunId", str)
ItemId = NewType("ItemId", str)
AttemptId = NewType("AttemptId", str)
AssetId = NewType("AssetId", str)
CredentialId = NewType("CredentialId", str)
LaneId = NewType("LaneId", str)
SheetId = NewType("SheetId", str)
TokenId = NewType("TokenId", str)

# Crockford's base 32: no I, L, O, U, so an id can be read aloud and typed.
_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
_PAIRS = tuple(first + second for first in _ALPHABET for second in _ALPHABET)
ID_LENGTH = 26


def _encode(value: int) -> str:
    digits = []
    for _ in range(ID_LENGTH // 2):
        digits.append(_PAIRS[value & 1023])
        value >>= 10
    digits.reverse()
    return "".join(digits)


class Ids(Protocol):
    """Makes new ids. Injected, so that a test can say which."""

    def new(self) -> str:
        """A 26-character id; ids made later in one process sort later."""
        ...


class UlidIds:
    """ULID-shaped ids: 48 bits of milliseconds, then 80 random bits, made strictly increasing inside a process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._last = 0

    def new(self) -> str:
        with self._lock:
            now = time.time_ns() // 1_000_000
            if now > self._last >> 80:
                self._last = now << 80 | int.from_bytes(CHANCE.take(10), "big")
            else:
                # In the same millisecond one counts on, as ULIDs do: thousands of rows are named at once.
                self._last += 1
            value = self._last
        return _encode(value)


def looks_like_id(text: str) -> bool:
    """Whether the text has the shape of an id made here."""
    return len(text) == ID_LENGTH and all(character in _ALPHABET for character in text)
