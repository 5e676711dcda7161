"""Pictures at URLs, as providers serve them that do not send the bytes with the answer."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass, field

from tools.upstream.directives import Directive
from tools.upstream.wire import Answer

PRIVATE_URL = "http://10.11.12.13/picture.png"


@dataclass
class Files:
    """What was made and waits to be fetched."""

    base: str = ""
    kept: dict[str, tuple[bytes, Directive | None]] = field(default_factory=dict)
    fetched: Counter[str] = field(default_factory=Counter)

    def put(self, content: bytes, directive: Directive | None) -> str:
        """The URL under which the picture waits."""
        if directive is not None and directive.name == "evilurl":
            return PRIVATE_URL
        token = secrets.token_hex(10)
        self.kept[token] = (content, directive)
        return f"{self.base}/files/{token}.png"

    def clear(self) -> None:
        self.kept.clear()
        self.fetched.clear()

    def read(self, path: str) -> Answer:
        token = path.removeprefix("/files/").removesuffix(".png")
        content, directive = self.kept.get(token, (None, None))
        name = directive.name if directive is not None else None
        if content is None or name == "expired":
            return Answer(403, b"<Error>Expired</Error>", "application/xml")
        self.fetched[token] += 1
        is_early = directive is not None and self.fetched[token] <= (directive.number or 1)
        if name == "503file" and is_early:
            return Answer(503, b"busy", "text/plain")
        if name == "resetfile" and is_early:
            return Answer(reset=True)
        answer = Answer(200, content, "image/png")
        if name == "cut":
            answer.cut_after = len(content) // 2
        return answer
