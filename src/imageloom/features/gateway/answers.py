"""Bodies of answers: JSON around pictures that are read, encoded and sent in pieces, and the same as events."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any, TypeAlias

import orjson
import pybase64
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

PIECE_BYTES = 3 << 19
"""A multiple of three: pieces of base64 can be put together without a seam."""

SENT_BYTES = 1 << 18

Part: TypeAlias = "bytes | tuple[Path, int]"
"""Bytes as they are, or a file that becomes base64, and its size."""


class PictureAnswer(Response):
    """A body whose length is known before its first picture is read."""

    media_type = "application/json"

    def __init__(self, parts: Sequence[Part], *, headers: dict[str, str]) -> None:
        self._parts = parts
        self.status_code = 200
        self.background = None
        length = sum(len(part) if isinstance(part, bytes) else encoded_length(part[1]) for part in parts)
        self.init_headers({**headers, "Content-Length": str(length)})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for piece in pieces(self._parts):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def encoded_length(size: int) -> int:
    return 4 * ((size + 2) // 3)


async def pieces(parts: Sequence[Part]) -> AsyncIterator[bytes]:
    """At most one piece of a picture is in memory at a time."""
    for part in parts:
        if isinstance(part, bytes):
            # The loop copies what the network does not take at once, and moves it with all that it takes later.
            for start in range(0, len(part), SENT_BYTES):
                yield part[start : start + SENT_BYTES]
            continue
        path, size = part
        for start in range(0, size, PIECE_BYTES):
            yield await asyncio.to_thread(_encoded, path, start, min(PIECE_BYTES, size - start))


def _encoded(path: Path, start: int, size: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        piece = file.read(size)
    if len(piece) < size:
        # The length has been told; breaking off is all that is left.
        raise OSError(f"{path.name} became shorter while it was sent")
    return pybase64.b64encode(piece)


def place(number: int) -> orjson.Fragment:
    """Where in a document the n-th file goes. JSON holds no character 0, and no text of a document brings one in."""
    return orjson.Fragment(b'"%s"' % _mark(number))


def _mark(number: int) -> bytes:
    return b"\0%d\0" % number


def parts_of(document: dict[str, Any], files: Sequence[Part]) -> list[Part]:
    """JSON with the files, or what they are in base64, in their places."""
    told = orjson.dumps(document)
    parts: list[Part] = []
    for number, file in enumerate(files):
        before, _found, told = told.partition(_mark(number))
        parts += [before, file]
    return [*parts, told]


def event(kind: str, document: dict[str, Any], files: Sequence[Part]) -> list[Part]:
    """One server-sent event, in parts."""
    return [b"event: %s\ndata: " % kind.encode(), *parts_of(document, files), b"\n\n"]
