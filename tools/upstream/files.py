"""Pictures at URLs, as providers serve them that do not send the bytes with the answer."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tools.upstream.directives import Directive
from tools.upstream.wire import Answer

EVIL_URLS = (
    "http://10.11.12.13/picture.png",
    "https://10.0.0.1/p.png",
    "https://172.16.0.1/p.png",
    "https://192.168.1.1/p.png",
    "https://127.0.0.1/p.png",
    "https://127.1/p.png",
    "https://2130706433/p.png",
    "https://017700000001/p.png",
    "https://0x7f000001/p.png",
    "https://0x7f.1/p.png",
    "https://0177.0.0.1/p.png",
    "https://0.0.0.0/p.png",
    "https://0/p.png",
    "https://169.254.169.254/latest/meta-data/",
    "http://169.254.169.254/latest/meta-data/",
    "https://100.64.0.1/p.png",
    "https://192.0.0.192/p.png",
    "https://198.18.0.1/p.png",
    "https://224.0.0.1/p.png",
    "https://255.255.255.255/p.png",
    "https://[::1]/p.png",
    "https://[::]/p.png",
    "https://[::ffff:127.0.0.1]/p.png",
    "https://[::ffff:7f00:1]/p.png",
    "https://[0:0:0:0:0:ffff:127.0.0.1]/p.png",
    "https://[::127.0.0.1]/p.png",
    "https://[64:ff9b::7f00:1]/p.png",
    "https://[2002:7f00:1::]/p.png",
    "https://[fd00::1]/p.png",
    "https://[fe80::1]/p.png",
    "https://[fe80::1%25lo]/p.png",
    "https://[ff02::1]/p.png",
    "https://[::1/p.png",
    "https://localhost/p.png",
    "https://LOCALHOST/p.png",
    "https://ⓛocalhost/p.png",
    "https://１２７.0.0.1/p.png",
    "https://user:password@127.0.0.1/p.png",
    "https://example.com@127.0.0.1/p.png",
    "https://example.com\\@127.0.0.1/p.png",
    "https://example.com#@127.0.0.1/p.png x",
    "https:///p.png",
    "https:p.png",
    "//127.0.0.1/p.png",
    "/etc/passwd",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/_FLUSHALL",
    "ftp://127.0.0.1/p.png",
    "data:image/png;base64,iVBORw0KGgo=",
    "javascript:alert(1)",
    "ldap://127.0.0.1/x",
    "https://127.0.0.1:99999/p.png",
    "https://127.0.0.1:0/p.png",
    "http://127.0.0.1\r\nX: y/p.png",
    "\x00",
    "",
)
"""Addresses to which no picture may be fetched."""


@dataclass
class Files:
    """What waits to be fetched, and is made each time it is: thousands that were kept would take the memory from those
    who are measured beside them.
    """

    base: str = ""
    kept: dict[str, tuple[Callable[[], bytes], Directive | None]] = field(default_factory=dict)
    fetched: Counter[str] = field(default_factory=Counter)

    def put(self, make: Callable[[], bytes], directive: Directive | None) -> str:
        """The URL under which the picture waits."""
        if directive is not None and directive.name == "evilurl":
            return _evil(directive)
        token = secrets.token_hex(10)
        self.kept[token] = (make, directive)
        return f"{self.base}/files/{token}.png"

    def clear(self) -> None:
        self.kept.clear()
        self.fetched.clear()

    def read(self, path: str) -> Answer:
        token = path.removeprefix("/files/").removesuffix(".png")
        make, directive = self.kept.get(token, (None, None))
        name = directive.name if directive is not None else None
        if make is None or name == "expired":
            return Answer(403, b"<Error>Expired</Error>", "application/xml")
        if name == "evilredirect" and directive is not None:
            return Answer(302, headers={"location": _evil(directive).encode(errors="ignore").decode("latin-1")})
        self.fetched[token] += 1
        is_early = directive is not None and self.fetched[token] <= (directive.number or 1)
        if name == "503file" and is_early:
            return Answer(503, b"busy", "text/plain")
        if name == "resetfile" and is_early:
            return Answer(reset=True)
        content = make()
        answer = Answer(200, content, "image/png")
        if name == "cut":
            answer.cut_after = len(content) // 2
        return answer


def _evil(directive: Directive) -> str:
    """``#fake:evilurl:N`` is the N-th of them, from 1."""
    return EVIL_URLS[(directive.number or 1) - 1]
