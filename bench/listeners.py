"""Thousands who follow one batch, beside a bare ASGI stream with the same messages."""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from bench.measuring import Bar, Finding, Spread, processor_seconds, resident_mb
from bench.yardsticks.running import serving
from tests.server import Server
from tools.upstream.client import Upstream

LISTENERS = 5_000
AT_ONCE = 100
OPEN_SECONDS = 300.0
HEAR_SECONDS = 60.0
MESSAGES = 8


class Ear(asyncio.Protocol):
    """One listener: counts the events that it hears."""

    def __init__(self, crowd: Crowd) -> None:
        self._crowd = crowd

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(self._crowd.request)
        self._crowd.transports.append(transport)

    def data_received(self, data: bytes) -> None:
        heard = data.count(b"event: ")
        if heard:
            self._crowd.heard += heard
            self._crowd.hearing.set()


@dataclass
class Crowd:
    """Everybody who listens at one server, and what the last message was."""

    pid: int
    port: int
    path: str
    headers: str
    say: Callable[[], Awaitable[None]]
    heard: int = 0
    hearing: asyncio.Event = field(default_factory=asyncio.Event)
    transports: list[asyncio.Transport] = field(default_factory=list)
    kilobytes_each: float = 0.0

    @property
    def request(self) -> bytes:
        return f"GET {self.path} HTTP/1.1\r\nHost: localhost\r\n{self.headers}\r\n".encode()

    async def gather(self) -> None:
        """Everybody comes and has heard the first message."""
        loop = asyncio.get_running_loop()
        before = 0.0
        for start in range(0, LISTENERS, AT_ONCE):
            if start == AT_ONCE:
                # The first ones also open the connections to the database, which are not theirs alone.
                before = resident_mb(self.pid)
            await asyncio.gather(
                *(loop.create_connection(lambda: Ear(self), "127.0.0.1", self.port) for _ in range(AT_ONCE))
            )
            await self.until(start + AT_ONCE, seconds=OPEN_SECONDS)
        self.kilobytes_each = (resident_mb(self.pid) - before) * 1024 / (LISTENERS - AT_ONCE)

    async def until(self, count: int, *, seconds: float = HEAR_SECONDS) -> None:
        async with asyncio.timeout(seconds):
            while self.heard < count:
                self.hearing.clear()
                await self.hearing.wait()

    async def microseconds_a_message(self) -> float:
        await asyncio.sleep(1.0)
        used = processor_seconds(self.pid)
        for _ in range(MESSAGES):
            goal = self.heard + LISTENERS
            await self.say()
            await self.until(goal)
        return (processor_seconds(self.pid) - used) * 1e6 / (LISTENERS * MESSAGES)

    def leave(self) -> None:
        for transport in self.transports:
            transport.abort()


def run(*, rounds: int) -> list[Finding]:
    return asyncio.run(_run(rounds))


async def _run(rounds: int) -> list[Finding]:
    with (
        Upstream() as upstream,
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        Server(Path(folder)) as server,
        serving("streams") as (pid, port),
    ):
        server.start(IMAGELOOM_ENGINE__POLL_SECONDS="1.0")
        batch = await asyncio.to_thread(_held_batch, server, upstream)
        ours, bare = _ours(server, batch), _bare(pid, port)
        mine: list[float] = []
        bares: list[float] = []
        for crowd in (ours, bare):
            await crowd.gather()
        for _ in range(rounds):
            mine.append(await ours.microseconds_a_message())
            bares.append(await bare.microseconds_a_message())
        for crowd in (ours, bare):
            crowd.leave()
        await asyncio.to_thread(server.stop)
    spread = Spread(tuple(mine))
    return [
        Finding(
            name=f"memory a listener, {LISTENERS:,} listeners",
            name_zh=f"每位聽眾記憶體，{LISTENERS:,} 位",
            spread=Spread.of(ours.kilobytes_each),
            unit=" KB",
            bar=Bar(limit=30, aim=20),
        ),
        Finding(
            name="memory a listener, bare ASGI",
            name_zh="每位聽眾記憶體，裸 ASGI",
            spread=Spread.of(bare.kilobytes_each),
            unit=" KB",
        ),
        Finding(name="CPU a message", name_zh="每則訊息 CPU", spread=spread, unit=" us"),
        Finding(
            name="CPU a message, Imageloom / bare ASGI",
            name_zh="每則訊息 CPU，Imageloom／裸 ASGI",
            spread=spread.over(Spread(tuple(bares))),
            bar=Bar(limit=2, aim=1.5),
        ),
    ]


def _held_batch(server: Server, upstream: Upstream) -> str:
    """A batch that stays as it is until a person changes it."""
    server.add_key("openai", upstream.openai)
    server.submit(["the first"])
    for lane in server.get("/api/lanes"):
        server.post(f"/api/lanes/{lane['id']}/pause")
    return str(server.submit(["one", "two"])["id"])


def _ours(server: Server, batch_id: str) -> Crowd:
    assert server.process is not None
    turn = {"next": "pause"}

    async def say() -> None:
        await asyncio.to_thread(server.post, f"/api/batches/{batch_id}/{turn['next']}")
        turn["next"] = "resume" if turn["next"] == "pause" else "pause"

    address = server.address
    return Crowd(
        pid=server.process.pid,
        port=urlsplit(address["url"]).port or 0,
        path=f"/api/batches/{batch_id}/events",
        headers=f"Authorization: Bearer {address['token']}\r\n",
        say=say,
    )


def _bare(pid: int, port: int) -> Crowd:
    document = {"state": "paused", "at": time.time(), "counts": dict.fromkeys("abcdefgh", 1000), "lanes": ["x" * 200]}
    message = f"event: delta\nid: 123\ndata: {json.dumps(document)}\n\n".encode()

    async def say() -> None:
        request = Request(f"http://127.0.0.1:{port}/", data=message)
        await asyncio.to_thread(lambda: urlopen(request, timeout=HEAR_SECONDS).close())

    return Crowd(pid=pid, port=port, path="/", headers="", say=say)
