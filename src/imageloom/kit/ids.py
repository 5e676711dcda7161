"""Ids: sortable by time, unguessable enough to be public, typed so that two cannot be swapped."""

from __future__ import annotations

import os
import threading
import time
from typing import NewType, Protocol

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
ID_LENGTH = 26


def _encode(value: int) -> str:
    digits = []
    for _ in range(ID_LENGTH):
        digits.append(_ALPHABET[value & 31])
        value >>= 5
    return "".join(reversed(digits))


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
            value = (time.time_ns() // 1_000_000 << 80) | int.from_bytes(os.urandom(10), "big")
            if value <= self._last:
                value = self._last + 1
            self._last = value
        return _encode(value)


def looks_like_id(text: str) -> bool:
    """Whether the text has the shape of an id made here."""
    return len(text) == ID_LENGTH and all(character in _ALPHABET for character in text)
