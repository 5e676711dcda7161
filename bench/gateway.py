"""Requests at /v1 beside a pass-through to the same provider, which keeps and books nothing."""

from __future__ import annotations

import asyncio
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import httpx2

from bench.measuring import Bar, Finding, Spread, processor_seconds
from bench.weave import PICTURE_BYTES, SERVING
from bench.yardsticks.running import serving
from tests.server import Server
from tools.upstream.client import Upstream

REQUESTS = 256
IN_FLIGHT = 64
BY_URL = "#fake:url"
"""The fake answers such prompts with the address of the picture, as OpenAI's API does of models that are gone."""


@dataclass
class Side:
    """One way to the provider: the process that pays for it, and what its callers saw."""

    url: str
    token: str
    model: str
    pid: int | None = None
    milliseconds: list[float] = field(default_factory=list)
    waits: list[float] = field(default_factory=list)

    def run(self, *, prompt: str, response_format: str | None) -> None:
        used = 0.0 if self.pid is None else processor_seconds(self.pid)
        waits = asyncio.run(self._ask(prompt, response_format))
        self.waits.append(median(waits) * 1000)
        if self.pid is not None:
            self.milliseconds.append((processor_seconds(self.pid) - used) * 1000 / REQUESTS)

    async def _ask(self, prompt: str, response_format: str | None) -> list[float]:
        numbers = iter(range(REQUESTS))
        waits: list[float] = []
        body: dict[str, Any] = {"model": self.model, "size": "1024x1024", "n": 1}
        if response_format is not None:
            body["response_format"] = response_format
        headers = {"Authorization": f"Bearer {self.token}"}

        async def keep_asking(client: httpx2.AsyncClient) -> None:
            for number in numbers:
                began = time.monotonic()
                request = client.build_request(
                    "POST", f"{self.url}/images/generations", json={**body, "prompt": f"picture {number} {prompt}"}
                )
                answer = await client.send(request, stream=True)
                async for _piece in answer.aiter_raw():
                    pass
                await answer.aclose()
                assert answer.status_code == 200, answer.status_code
                waits.append(time.monotonic() - began)

        limits = httpx2.Limits(max_connections=IN_FLIGHT, max_keepalive_connections=IN_FLIGHT)
        async with httpx2.AsyncClient(headers=headers, timeout=600, limits=limits, trust_env=False) as client:
            await asyncio.gather(*(keep_asking(client) for _ in range(IN_FLIGHT)))
        return waits


def run(*, rounds: int) -> list[Finding]:
    with (
        Upstream("--latency", "1", "--picture-bytes", str(PICTURE_BYTES)) as upstream,
        serving("passing", upstream.openai) as (pid, port),
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        Server(Path(folder)) as server,
    ):
        server.command = SERVING
        server.start(IMAGELOOM_ENGINE__POLL_SECONDS="1.0")
        server.add_key("openai", upstream.openai, concurrency=IN_FLIGHT)
        assert server.process is not None
        address, ours_pid = server.address, server.process.pid

        def sides() -> list[Side]:
            ours = Side(f"{address['url']}/v1", address["token"], "openai/gpt-image-2", ours_pid)
            thin = Side(f"http://127.0.0.1:{port}/v1", "sk-bench", "gpt-image-2", pid)
            return [ours, thin, Side(upstream.openai, "sk-bench", "gpt-image-2")]

        by_url = _measured(sides, rounds, prompt=BY_URL, response_format="url")
        by_base64 = _measured(sides, rounds, prompt="", response_format=None)
        server.stop()
    return [
        *_findings(by_url, "a link", "連結", Bar(limit=4, aim=2)),
        *_findings(by_base64, "base64", "base64", Bar(limit=2, aim=1.3)),
    ]


def _measured(
    make: Callable[[], list[Side]], rounds: int, *, prompt: str, response_format: str | None
) -> tuple[Side, Side, Side]:
    warm = make()
    for side in warm:
        side.run(prompt=prompt, response_format=response_format)
    ours, thin, direct = sides = make()
    for _ in range(rounds):
        for side in sides:
            side.run(prompt=prompt, response_format=response_format)
    return ours, thin, direct


def _findings(sides: tuple[Side, Side, Side], what: str, what_zh: str, bar: Bar) -> list[Finding]:
    ours, thin, direct = sides
    mine, theirs = Spread(tuple(ours.milliseconds)), Spread(tuple(thin.milliseconds))
    added = Spread(tuple(mine - theirs for mine, theirs in zip(ours.waits, direct.waits, strict=True)))
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
        Finding(
            name=f"added to the median wait at {IN_FLIGHT} in flight, {what}",
            name_zh=f"{IN_FLIGHT} 路並行時中位等待多出的時間，{what_zh}",
            spread=added,
            unit=" ms",
            bar=Bar(limit=60),
        ),
    ]
