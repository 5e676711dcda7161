"""A bad network between two programs on this machine: a TCP proxy that delays, starves, cuts, resets and refuses."""

from __future__ import annotations

import asyncio
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

PIECE_BYTES = 16_384
START_SECONDS = 10.0


@dataclass
class Weather:
    """What the network does to connections. Changes act at once, on those that are open as well.

    ``down_bytes_per_second`` bounds each answer. ``cut_after`` ends an answer after so many bytes: with a FIN, or with
    a RST when ``resets``. ``refuses`` listens no more, so that nothing is ever sent; ``swallows`` accepts and never
    says a word again.
    """

    latency_seconds: float = 0.0
    down_bytes_per_second: float | None = None
    cut_after: int | None = None
    resets: bool = False
    refuses: bool = False
    swallows: bool = False


class Proxy:
    """Listens on a port of its own and passes on to ``port``. Runs in a thread; use it as a context manager."""

    def __init__(self, port: int) -> None:
        self._target = port
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy", daemon=True)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.StreamWriter] = set()
        self.weather = Weather()
        self.port = 0
        self.connections = 0
        self.most_at_once = 0

    def __enter__(self) -> Self:
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result(START_SECONDS)
        return self

    def __exit__(self, *_error: object) -> None:
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(START_SECONDS)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(START_SECONDS)
        self._loop.close()

    def becomes(self, **weather: float | bool | None) -> None:
        """New weather; what is not named is fine again."""
        self.weather = Weather(**weather)  # type: ignore[arg-type]
        asyncio.run_coroutine_threadsafe(self._open_or_shut(), self._loop).result(START_SECONDS)

    def reset_all(self) -> None:
        """Every open connection ends with a RST."""

        async def reset() -> None:
            for writer in list(self._open):
                _reset(writer)

        asyncio.run_coroutine_threadsafe(reset(), self._loop).result(START_SECONDS)

    async def _listen(self) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def _open_or_shut(self) -> None:
        if self.weather.refuses and self._server is not None:
            self._server.close()
            self._server = None
        elif not self.weather.refuses and self._server is None:
            await self._listen()

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in list(self._open):
            writer.transport.abort()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open.add(writer)
        self.most_at_once = max(self.most_at_once, len(self._open))
        try:
            down, up = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            self._open.discard(writer)
            _reset(writer)
            return
        # No HTTP client half-closes: when either side has ended, nothing more is said, and the connection is over.
        sides = (
            asyncio.ensure_future(self._pass(reader, up, answers=False)),
            asyncio.ensure_future(self._pass(down, writer, answers=True)),
        )
        try:
            await asyncio.wait(sides, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for side in sides:
                side.cancel()
            await asyncio.gather(*sides, return_exceptions=True)
            self._open.discard(writer)
            up.transport.abort()
            writer.close()

    async def _pass(self, source: asyncio.StreamReader, target: asyncio.StreamWriter, *, answers: bool) -> None:
        passed = 0
        while piece := await source.read(PIECE_BYTES):
            weather = self.weather
            if weather.swallows:
                await self._until(lambda: not self.weather.swallows)
            if weather.latency_seconds and answers:
                await asyncio.sleep(weather.latency_seconds)
            if answers and weather.cut_after is not None and passed + len(piece) > weather.cut_after:
                target.write(piece[: max(0, weather.cut_after - passed)])
                if weather.resets:
                    _reset(target)
                return
            target.write(piece)
            passed += len(piece)
            await target.drain()
            if answers and weather.down_bytes_per_second is not None:
                await asyncio.sleep(len(piece) / weather.down_bytes_per_second)

    async def _until(self, is_so: Callable[[], bool]) -> None:
        while not is_so():
            await asyncio.sleep(0.02)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Ends with a RST rather than a FIN."""
    raw = writer.get_extra_info("socket")
    if raw is not None:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
