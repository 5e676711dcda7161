"""The floor: a protocol by hand that knows just this one answer, receives into one buffer, decodes and writes."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from urllib.parse import urlsplit

import pybase64

from bench.yardsticks.weaving import run

BUFFER_BYTES = 4 * 1024 * 1024


class Line(asyncio.BufferedProtocol):
    """One connection, one request at a time."""

    def __init__(self) -> None:
        self._buffer = bytearray(BUFFER_BYTES)
        self._view = memoryview(self._buffer)
        self._filled = 0
        self._expected: int | None = None
        self._answered: asyncio.Future[memoryview] | None = None
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._view[self._filled :]

    def buffer_updated(self, nbytes: int) -> None:
        self._filled += nbytes
        if self._expected is None:
            end = self._buffer.find(b"\r\n\r\n", 0, self._filled)
            if end < 0:
                return
            at = self._buffer.find(b"content-length: ", 0, end) + len(b"content-length: ")
            self._expected = end + 4 + int(self._buffer[at : self._buffer.find(b"\r\n", at)])
        if self._filled >= self._expected and self._answered is not None:
            self._answered.set_result(self._view[: self._expected])

    async def ask(self, request: bytes) -> memoryview:
        assert self.transport is not None
        self._filled, self._expected = 0, None
        self._answered = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return await self._answered

    def picture(self, answer: memoryview) -> bytes:
        start = self._buffer.find(b'"b64_json":"', 0, len(answer)) + len(b'"b64_json":"')
        return pybase64.b64decode(answer[start : self._buffer.find(b'"', start, len(answer))], validate=True)


async def weave(base_url: str, folder: Path, *, pictures: int, in_flight: int) -> None:
    place = urlsplit(base_url)
    numbers = iter(range(pictures))

    async def keep_asking() -> None:
        _transport, line = await asyncio.get_running_loop().create_connection(
            Line, place.hostname or "", place.port or 80
        )
        for number in numbers:
            answer = await line.ask(_request(place.path, place.netloc, number))
            (folder / f"{number}.png").write_bytes(line.picture(answer))
        assert line.transport is not None
        line.transport.close()

    await asyncio.gather(*(keep_asking() for _ in range(in_flight)))


def _request(path: str, host: str, number: int) -> bytes:
    body = json.dumps({"model": "gpt-image-2", "prompt": f"picture {number}", "size": "1024x1024"}).encode()
    head = (
        f"POST {path}/images/generations HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer sk-bench\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body


if __name__ == "__main__":
    run(weave)
