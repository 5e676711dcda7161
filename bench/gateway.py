"""Requests at /v1 beside a pass-through to the same provider, which keeps and books nothing."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any

import httpx2

from bench.measuring import Bar, Finding, Spread, processor_seconds
from bench.reusing import file_milliseconds, pages_reused
from bench.weave import PICTURE_BYTES, SERVING
from bench.yardsticks.running import serving
from tests.server import Server
from tools.upstream.client import Upstream

REQUESTS = 256
IN_FLIGHT = 64
SECONDS = 1.0
"""How long the provider takes where all callers ask in one moment."""
APART_REQUESTS = 128
APART_SECONDS = 5.0
"""And where each asks at its own moment."""
FILES = 256
BY_URL = "#fake:url"
"""The fake answers such prompts with the address of the picture, as OpenAI's API does of models that are gone."""


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What each of the callers asks for, again and again, and how far apart they begin."""

    name: str
    name_zh: str
    prompt: str
    response_format: str | None
    requests: int = REQUESTS
    apart_seconds: float = 0.0

    @property
    def apart(self) -> Asked:
        return replace(self, requests=APART_REQUESTS, apart_seconds=APART_SECONDS / IN_FLIGHT)


LINK = Asked(name="a link", name_zh="連結", prompt=BY_URL, response_format="url")
BASE64 = Asked(name="base64", name_zh="base64", prompt="", response_format=None)


@dataclass
class Side:
    """One way to the provider: the process that pays for it, and what its callers saw."""

    url: str
    token: str
    model: str
    pid: int | None = None
    milliseconds: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    def run(self, asked: Asked) -> None:
        used = 0.0 if self.pid is None else processor_seconds(self.pid)
        waits = asyncio.run(self._ask(asked))
        self.waits.append(median(waits) * 1000)
        if self.pid is not None:
            self.milliseconds.append((processor_seconds(self.pid) - used) * 1000 / asked.requests)

    async def _ask(self, asked: Asked) -> list[float]:
        numbers = iter(range(asked.requests))
        waits: list[float] = []
        body: dict[str, Any] = {"model": self.model, "size": "1024x1024", "n": 1}
        if asked.response_format is not None:
            body["response_format"] = asked.response_format
        headers = {"Authorization": f"Bearer {self.token}"}

        async def keep_asking(client: httpx2.AsyncClient, caller: int) -> None:
            await asyncio.sleep(caller * asked.apart_seconds)
            for number in numbers:
                began = time.monotonic()
                request = client.build_request(
                    "POST",
                    f"{self.url}/images/generations",
                    json={**body, "prompt": f"picture {number} {asked.prompt}"},
                )
                answer = await client.send(request, stream=True)
                async for _piece in answer.aiter_raw():
                    pass
                await answer.aclose()
                assert answer.status_code == 200, answer.status_code
                waits.append(time.monotonic() - began)

        limits = httpx2.Limits(max_connections=IN_FLIGHT, max_keepalive_connections=IN_FLIGHT)
        async with httpx2.AsyncClient(headers=headers, timeout=600, limits=limits, trust_env=False) as client:
            await asyncio.gather(*(keep_asking(client, caller) for caller in range(IN_FLIGHT)))
        return waits


def run(*, rounds: int) -> list[Finding]:
    with (
        Upstream("--latency", str(SECONDS), "--picture-bytes", str(PICTURE_BYTES)) as upstream,
        serving("passing", upstream.openai) as (pid, port),
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        Server(Path(folder)) as server,
    ):
        server.command = SERVING
        server.start(IMAGELOOM_ENGINE__POLL_SECONDS="1.0")
        server.add_key("openai", upstream.openai, concurrency=IN_FLIGHT)
        assert server.process is not None
        address, ours_pid = server.address, server.process.pid

        def sides() -> Sides:
            ours = Side(f"{address['url']}/v1", address["token"], "openai/gpt-image-2", ours_pid)
            thin = Side(f"http://127.0.0.1:{port}/v1", "sk-bench", "gpt-image-2", pid)
            return ours, thin, Side(upstream.openai, "sk-bench", "gpt-image-2")

        with pages_reused(Path(folder) / "blobs" / "pictures"):
            at_once = [(asked, bar, _measured(sides, rounds, asked)) for asked, bar in BARS]
            upstream.config(latency=APART_SECONDS)
            apart = [(asked, _measured(sides, (rounds + 1) // 2, asked.apart)) for asked, _bar in BARS]
        server.stop()
    return [
        *_files(),
        *(finding for asked, bar, found in at_once for finding in _at_once(asked, bar, found)),
        *(finding for asked, found in apart for finding in _apart(asked, found)),
    ]


Sides = tuple[Side, Side, Side]
BARS = ((LINK, Bar(limit=4, aim=2)), (BASE64, Bar(limit=2, aim=1.3)))
"""Of the processor's time, over the pass-through's."""


def _measured(make: Callable[[], Sides], rounds: int, asked: Asked) -> Sides:
    for side in make():
        side.run(replace(asked, requests=IN_FLIGHT))
    sides = make()
    for _ in range(rounds):
        for side in sides:
            side.run(asked)
    return sides


def _at_once(asked: Asked, bar: Bar, sides: Sides) -> list[Finding]:
    ours, thin, direct = sides
    what, what_zh = asked.name, asked.name_zh
    mine, theirs = Spread(tuple(ours.milliseconds)), Spread(tuple(thin.milliseconds))
    wait, wait_zh = f"added to the median wait, {IN_FLIGHT} at once", f"{IN_FLIGHT} 路同時時中位等待多出的時間"
    return [
        Finding(name=f"CPU a request, {what}", name_zh=f"每個請求 CPU，{what_zh}", spread=mine, unit=" ms"),
        Finding(
            name=f"CPU a request, {what}, pass-through",
            name_zh=f"每個請求 CPU，{what_zh}，純轉送",
            spread=theirs,
            unit=" ms",
        ),
        Finding(
            name=f"CPU, {what}, Imageloom / pass-through",
            name_zh=f"CPU，{what_zh}，Imageloom／純轉送",
            spread=mine.over(theirs),
            bar=bar,
        ),
        _added(f"{wait}, {what}", f"{wait_zh}，{what_zh}", ours, direct, bar=Bar(limit=60)),
        _added(f"{wait}, {what}, pass-through", f"{wait_zh}，{what_zh}，純轉送", thin, direct),
    ]


def _files() -> list[Finding]:
    """What the kernel takes for a picture's file, and what it would take on pages that the machine has to get first."""
    name, name_zh = "CPU to write and sync a picture's file, alone", "單獨寫入並同步一張圖片的檔案，CPU"
    used = [
        Spread.of(file_milliseconds(PICTURE_BYTES, files=FILES, is_reused=is_reused)) for is_reused in (True, False)
    ]
    return [
        Finding(name=name, name_zh=name_zh, spread=used[0], unit=" ms"),
        Finding(
            name=f"{name}, on pages that the machine has to get first",
            name_zh=f"{name_zh}，用機器還得先取得的記憶體頁",
            spread=used[1],
            unit=" ms",
        ),
    ]


def _apart(asked: Asked, sides: Sides) -> list[Finding]:
    ours, thin, direct = sides
    what, what_zh = asked.name, asked.name_zh
    wait, wait_zh = f"the same, each at its own moment, {what}", f"同上，各自的時刻，{what_zh}"
    return [
        _added(wait, wait_zh, ours, direct, bar=Bar(limit=60)),
        _added(f"{wait}, pass-through", f"{wait_zh}，純轉送", thin, direct),
        Finding(
            name=f"CPU a request, each at its own moment, {what}",
            name_zh=f"每個請求 CPU，各自的時刻，{what_zh}",
            spread=Spread(tuple(ours.milliseconds)),
            unit=" ms",
        ),
    ]


def _added(name: str, name_zh: str, side: Side, direct: Side, *, bar: Bar | None = None) -> Finding:
    """To what the provider itself takes, in the same round."""
    added = tuple(mine - its for mine, its in zip(side.waits, direct.waits, strict=True))
    return Finding(name=name, name_zh=name_zh, spread=Spread(added), unit=" ms", bar=bar)
