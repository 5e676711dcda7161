"""A small HTTP/1.1 server on asyncio streams: the transport is in reach, so that connections can be broken."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import orjson

REASONS = {200: "OK", 201: "Created", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found"}


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    _body: bytes | None = None

    async def body(self) -> bytes:
        if self._body is None:
            self._body = await self.reader.readexactly(int(self.headers.get("content-length", "0")))
        return self._body

    async def fields(self) -> dict[str, Any]:
        """The members of a JSON body, or the fields of a form; files become their sizes."""
        body = await self.body()
        kind = self.headers.get("content-type", "")
        if kind.startswith("multipart/form-data"):
            return _form(kind, body)
        document = json.loads(body) if body else {}
        return document if isinstance(document, dict) else {}


@dataclass
class Answer:
    """What goes back. ``cut_after`` closes in the middle; ``reset`` sends a RST instead; ``pace`` drips.

    ``pieces`` are sent in chunks instead of a body, each after so many seconds; with ``cut`` they never end.
    """

    status: int = 200
    body: bytes = b""
    kind: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)
    cut_after: int | None = None
    reset: bool = False
    pace: int | None = None
    pieces: list[tuple[float, bytes]] | None = None
    cut: bool = False

    @classmethod
    def json(cls, document: Any, status: int = 200, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return cls(status=status, body=orjson.dumps(document), headers=named)


Handler = Callable[[Request], Awaitable[Answer]]


async def serve_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, handler: Handler) -> None:
    """Answers requests until the other side leaves, or an answer breaks the connection."""
    try:
        while True:
            request = await _read_head(reader, writer)
            if request is None:
                break
            answer = await handler(request)
            if answer.reset:
                _reset(writer)
                return
            await request.body()
            if not await _send(writer, answer):
                break
    except (asyncio.IncompleteReadError, ConnectionError, asyncio.LimitOverrunError, asyncio.CancelledError):
        # Cancelled only when the program ends, which asyncio's own callback would tell of at length.
        pass
    finally:
        writer.close()


async def _read_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Request | None:
    line = await reader.readline()
    if not line.strip():
        return None
    method, target, _version = line.decode("latin-1").split(" ", 2)
    headers: dict[str, str] = {}
    while (line := await reader.readline()).strip():
        name, _, value = line.decode("latin-1").partition(":")
        headers[name.strip().lower()] = value.strip()
    parts = urlsplit(target)
    return Request(method, parts.path, dict(parse_qsl(parts.query)), headers, reader, writer)


async def _send(writer: asyncio.StreamWriter, answer: Answer) -> bool:
    """False when the connection is over."""
    length = {"transfer-encoding": "chunked"} if answer.pieces else {"content-length": str(len(answer.body))}
    headers = {"content-type": answer.kind, **length, **answer.headers}
    head = f"HTTP/1.1 {answer.status} {REASONS.get(answer.status, 'Said')}\r\n"
    head += "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    writer.write(head.encode() + b"\r\n")
    if answer.pieces:
        for seconds, piece in answer.pieces:
            await asyncio.sleep(seconds)
            writer.write(b"%x\r\n%s\r\n" % (len(piece), piece))
            await writer.drain()
        writer.write(b"" if answer.cut else b"0\r\n\r\n")
        await writer.drain()
        return not answer.cut
    if answer.cut_after is not None:
        writer.write(answer.body[: answer.cut_after])
        await writer.drain()
        return False
    if answer.pace is not None:
        for start in range(0, len(answer.body), answer.pace):
            writer.write(answer.body[start : start + answer.pace])
            await writer.drain()
            await asyncio.sleep(1)
        return True
    writer.write(answer.body)
    await writer.drain()
    return True


def _reset(writer: asyncio.StreamWriter) -> None:
    """Ends with a RST rather than a FIN."""
    raw = writer.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


def _form(kind: str, body: bytes) -> dict[str, Any]:
    message = BytesParser(policy=HTTP).parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + body)
    fields: dict[str, Any] = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        if part.get_filename() is None:
            fields[str(name)] = payload.decode()
        else:
            fields.setdefault(str(name), []).append(len(payload))
    return fields
