"""``#fake:NAME`` in a prompt makes that call misbehave; ``#fake:NAME:N`` only its first N calls."""

from __future__ import annotations

import re
from dataclasses import dataclass

_DIRECTIVE = re.compile(r"#fake:([a-z0-9]+)(?::(\d+))?")
_ONCE = frozenset({"429", "429noheader", "429absurd", "500", "503", "reset"})
_COUNTED = frozenset({"slowpoll", "503poll", "resetpoll", "503file", "resetfile", "evilurl", "evilredirect"})
"""The number counts polls or downloads, or chooses, and does not count submits."""
NAMES = frozenset(
    [
        "refuse",
        "refusepaid",
        "429",
        "429noheader",
        "429absurd",
        "500",
        "503",
        "502html",
        "html200",
        "hang",
        "drip",
        "cut",
        "reset",
        "lost",
        "trunc",
        "badb64",
        "badjson",
        "empty",
        "oversized",
        "wrongsize",
        "quota",
        "auth",
        "stuck",
        "slowpoll",
        "expired",
        "404poll",
        "canceled",
        "failed",
        "503poll",
        "resetpoll",
        "resetcancel",
        "url",
        "503file",
        "resetfile",
        "evilurl",
        "evilredirect",
        "nul",
        "nulrefusal",
        "streamcut",
        "streamlate",
        "streamerror",
        "streamrefuse",
        "nostream",
    ]
)


@dataclass(frozen=True)
class Directive:
    name: str
    number: int | None

    def applies(self, call: int) -> bool:
        """Whether the ``call``-th call of this prompt, from 1, misbehaves."""
        if self.name in _COUNTED:
            return True
        limit = self.number if self.number is not None else (1 if self.name in _ONCE else None)
        return limit is None or call <= limit


def parse(prompt: str) -> Directive | None:
    match = _DIRECTIVE.search(prompt)
    if match is None or match.group(1) not in NAMES:
        return None
    return Directive(match.group(1), int(match.group(2)) if match.group(2) else None)
