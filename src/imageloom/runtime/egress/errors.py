"""How a call can end without an answer, and how to speak of it without giving anything away."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import ClassVar, Literal, TypeAlias

from imageloom.kit.errors import Problem

SHORTEST_SECRET = 8
"""Shorter ones are stand-ins such as "none" or "ollama", which ordinary sentences hold too."""

NoAnswerReason: TypeAlias = Literal["connect", "timeout", "reset", "cut", "too_large", "protocol", "dns", "tls"]

_URL_SECRETS = re.compile(
    r"(?P<scheme>[a-zA-Z][a-zA-Z0-9+.-]*://)(?:[^/\s?#@]*@)?(?P<rest>[^\s?#\"'<>]*)(?:[?#][^\s\"'<>]*)?"
)
_BEARER = re.compile(r"(?i)\b(bearer|basic|key|token)\s+[A-Za-z0-9._~+/=-]{12,}")


class NoAnswer(Exception):
    """The provider gave no usable answer.

    ``sent`` is false only when it is certain that no byte of the request left this machine; then another try is free.
    ``reason``: ``connect`` refused or unreachable; ``dns`` and ``tls`` failed before that; ``timeout``; ``reset`` the
    connection ended before the answer began; ``cut`` it ended within the answer; ``too_large`` the answer passed its
    cap; ``protocol`` what came was not HTTP.
    """

    def __init__(self, reason: NoAnswerReason, *, sent: bool, message: str) -> None:
        super().__init__(message)
        self.reason: NoAnswerReason = reason
        self.sent = sent
        self.message = message

    def __repr__(self) -> str:
        return f"NoAnswer({self.reason!r}, sent={self.sent}, message={self.message!r})"


class Blocked(Problem):
    """The egress refused to call an address. Nothing was sent there, and no credential anywhere."""

    status: ClassVar[int] = 400
    code: ClassVar[str] = "address_refused"
    title: ClassVar[str] = "This address is not called."


def redact(text: str, secrets: Iterable[str] = ()) -> str:
    """``text`` without the secrets, without user names, passwords and queries in URLs, and without bearer tokens."""
    for secret in sorted({secret for secret in secrets if len(secret) >= SHORTEST_SECRET}, key=len, reverse=True):
        text = text.replace(secret, "***")
    text = _URL_SECRETS.sub(_bare_url, text)
    return _BEARER.sub(r"\1 ***", text)


def _bare_url(match: re.Match[str]) -> str:
    return f"{match['scheme']}{match['rest']}"
