"""Many answers in one moment share the memory that one alone may have."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

import httpcore2

from imageloom.runtime.egress.guard import Reach
from imageloom.runtime.egress.lines import Lines
from imageloom.runtime.egress.wire import CROWDED_BYTES, HELD_BYTES_OF_ALL, RECEIVE_BYTES, Wire
from tests.waiting import until

BODY = bytes(8 * RECEIVE_BYTES)
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(BODY) + BODY


async def _answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_asked: bool) -> None:
    if is_asked:
        await reader.readuntil(b"\r\n\r\n")
    writer.write(ANSWER)
    await writer.drain()
    writer.close()


@asynccontextmanager
async def answering(*, is_asked: bool = False) -> AsyncIterator[int]:
    server = await asyncio.start_server(partial(_answer, is_asked=is_asked), "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def _hear_nothing(_event: str, _info: Mapping[str, Any]) -> None:
    pass


async def pieces_of(stream: httpcore2.AsyncNetworkStream) -> list[bytes]:
    pieces = []
    while piece := await stream.read(RECEIVE_BYTES, timeout=20):
        pieces.append(piece)
    return pieces


async def test_while_much_waits_to_be_read_an_answer_comes_in_small_pieces_and_whole() -> None:
    wire = Wire(Reach.local)
    async with answering() as port, AsyncExitStack() as unread:
        while wire.held_bytes < HELD_BYTES_OF_ALL:
            before = wire.held_bytes
            stream = await wire.connect_tcp("127.0.0.1", port, timeout=20)
            unread.push_async_callback(stream.aclose)
            await until(lambda before=before: wire.held_bytes > before)  # type: ignore[misc]
        last = await wire.connect_tcp("127.0.0.1", port, timeout=20)
        pieces = await pieces_of(last)
        await last.aclose()
    assert b"".join(pieces) == ANSWER
    assert max(map(len, pieces)) <= CROWDED_BYTES


async def test_what_was_read_and_what_nobody_will_read_makes_room_again() -> None:
    wire = Wire(Reach.local)
    async with answering() as port:
        read = await wire.connect_tcp("127.0.0.1", port, timeout=20)
        assert b"".join(await pieces_of(read)) == ANSWER
        left = await wire.connect_tcp("127.0.0.1", port, timeout=20)
        await until(lambda: wire.held_bytes > 0)
        await left.aclose()
        await until(lambda: wire.held_bytes == 0)
        await read.aclose()
    assert wire.held_bytes == 0


async def test_an_answer_that_is_left_in_its_middle_makes_room_again() -> None:
    wire = Wire(Reach.local)
    lines = Lines(wire, tls=ssl.create_default_context(), most=1, keep_seconds=1.0)
    async with answering(is_asked=True) as port:
        request = httpcore2.Request(
            "GET",
            f"http://127.0.0.1:{port}/",
            headers=[(b"Host", b"127.0.0.1")],
            extensions={"trace": _hear_nothing},
        )
        response = await lines.handle_async_request(request)
        await until(lambda: wire.held_bytes > 0)
        await response.aclose()
        await until(lambda: wire.held_bytes == 0)
    await lines.aclose()
