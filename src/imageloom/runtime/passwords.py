"""Passwords: how strong one is, and its hash, which is made beside the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher
from zxcvbn_rs_py import Feedback, zxcvbn

from imageloom.runtime.settings import PeopleSettings

LONGEST = 256
"""Characters. Nobody types more, and hashing a book costs."""
BCRYPT_BYTES = 72
"""What bcrypt reads of a password. Older programs cut there silently, and ours must know their hashes again."""
AT_ONCE = 2
"""Hashes made at the same time: each takes its memory and a core."""


@dataclass(frozen=True, kw_only=True)
class Strength:
    """How hard a password is to guess, from 0 to 4, and in words why it is not enough; ``None`` when it is."""

    score: int
    weakness: str | None


def judge(password: str, *, least: int, about: Sequence[str]) -> Strength:
    """Holds a password against ``least`` (0-4). ``about`` are words that others know of its owner, which make it
    weaker.
    """
    found = zxcvbn(password, [word for word in about if word])
    score = int(found.score)
    return Strength(score=score, weakness=None if score >= least else _weakness(found.feedback))


def _weakness(feedback: Feedback | None) -> str:
    told = [] if feedback is None else [feedback.warning, *feedback.suggestions]
    return " ".join(str(sentence) for sentence in told if sentence is not None) or "It can be guessed."


class Passwords:
    """argon2id for every new hash; bcrypt is known again, and replaced when its password comes by."""

    def __init__(self, settings: PeopleSettings) -> None:
        argon2 = Argon2Hasher(
            time_cost=settings.password_passes, memory_cost=settings.password_memory_kib, parallelism=1
        )
        self._hashes = PasswordHash((argon2, BcryptHasher()))
        self._turns = asyncio.Semaphore(AT_ONCE)
        self._judged = asyncio.Semaphore(1)
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        async with self._turns:
            return await asyncio.to_thread(self._hashes.hash, password)

    async def judge(self, password: str, *, least: int, about: Sequence[str]) -> Strength:
        """:func:`judge`, which takes its time with long ones, beside the event loop and one after another."""
        async with self._judged:
            return await asyncio.to_thread(judge, password, least=least, about=about)

    async def check(self, password: str, known: str | None) -> tuple[bool, str | None]:
        """Whether the password belongs to the hash, and the hash that should replace it, if any.

        ``known`` of ``None``: there is no such user. It takes as long, and says no.
        """
        async with self._turns:
            return await asyncio.to_thread(self._check, password, known)

    def _check(self, password: str, known: str | None) -> tuple[bool, str | None]:
        if self._nobodys is None:
            self._nobodys = self._hashes.hash("nobody's password")
        try:
            good, better = self._hashes.verify_and_update(_cut(password, known), known or self._nobodys)
        except UnknownHashError:
            return False, None
        if known is None or not good:
            return False, None
        # Of a password that was cut for bcrypt, the new hash is of the whole.
        return True, None if better is None else self._hashes.hash(password)


def _cut(password: str, known: str | None) -> str | bytes:
    return password if known is None or not known.startswith("$2") else password.encode()[:BCRYPT_BYTES]
