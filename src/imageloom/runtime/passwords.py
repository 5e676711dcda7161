"""Passwords: how strong one is, and its hash, which is made beside the event loop."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher
from pwdlib.hashers.bcrypt import BcryptHasher
from zxcvbn_rs_py import zxcvbn

from imageloom.runtime.settings import PeopleSettings

LONGEST = 256
"""Characters. Nobody types more, and hashing a book costs."""
BCRYPT_BYTES = 72
"""What bcrypt reads of a password. Older programs cut there silently, and ours must know their hashes again."""
AT_ONCE = 2
"""Hashes made at the same time: each takes its memory and a core."""


def weakness(password: str, *, least: int, about: Sequence[str]) -> str | None:
    """Why the password is weaker than ``least`` (0-4), in a sentence; ``None`` when it is not.

    ``about`` are words that others know of its owner, which make it weaker.
    """
    found = zxcvbn(password, [word for word in about if word])
    if int(found.score) >= least:
        return None
    feedback = found.feedback
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
        self._nobodys: str | None = None

    async def hash(self, password: str) -> str:
        async with self._turns:
            return await asyncio.to_thread(self._hashes.hash, password)

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
