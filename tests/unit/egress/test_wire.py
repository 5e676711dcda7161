"""Many answers in one moment share the memory that one alone may have."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

import httpcore2

from imageloom.runtime.egress.guard import Reach
from imageloom.runtime.egress.wire import CROWDED_BYTES, HELD_BYTES_OF_ALL, RECEIVE_BYTES, Wire

ANSWER = bytes(8 * RECEIVE_BYTES)


async def _answer(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(ANSWER)
    await writer.drain()
    writer.close()


@asynccontextmanager
async def answering() -> AsyncIterator[int]:
    server = await asyncio.start_server(_answer, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def until(is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not is_so():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)


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
        assert wire.held_bytes == 0
        await read.aclose()
    assert wire.held_bytes == 0
