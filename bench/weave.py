"""A batch from its rows to stored pictures, beside the naive script and beside the floor."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.measuring import Bar, Finding, Spread, high_water_mb, processor_seconds
from bench.reusing import pages_reused
from tests.server import Server
from tools.upstream.client import Upstream

PICTURE_BYTES = 1_200_000
"""Of the PNG: 1.6 MB as base64."""
PICTURES = 500
MANY_PICTURES = 2_000
SERVING = [sys.executable, "-m", "bench.serving"]


@dataclass
class Side:
    """What one client needed, run after run: processor milliseconds and pictures a second."""

    weave: Callable[[int], tuple[float, float]]
    milliseconds: list[float] = field(default_factory=list)
    per_second: list[float] = field(default_factory=list)

    def run(self, pictures: int) -> None:
        processor, seconds = self.weave(pictures)
        self.milliseconds.append(processor * 1000 / pictures)
        self.per_second.append(pictures / seconds)


@dataclass
class Loom:
    """The product, with a key at the fake and so many calls in flight."""

    server: Server
    upstream: Upstream
    in_flight: int

    def open(self) -> None:
        self.server.start(IMAGELOOM_ENGINE__POLL_SECONDS="1.0")
        self.server.add_key("openai", self.upstream.openai, concurrency=self.in_flight)
        self.weave(64)

    @property
    def pid(self) -> int:
        assert self.server.process is not None
        return self.server.process.pid

    def weave(self, pictures: int) -> tuple[float, float]:
        prompts = [f"picture {number}" for number in range(pictures)]
        plan = {"models": ["openai/gpt-image-2"], "sizes": ["1024x1024"]}
        began, used = time.monotonic(), processor_seconds(self.pid)
        batch = self.server.post("/api/batches", {"prompts": prompts, "plan": plan})
        books: dict[str, Any] = {}

        def is_over() -> bool:
            time.sleep(0.2)
            books.update(self.server.get(f"/api/batches/{batch['id']}"))
            return books["finished_at"] is not None

        self.server.until(is_over, seconds=600)
        seconds = time.monotonic() - began
        assert books["counts"]["done"] == pictures, books["counts"]
        return processor_seconds(self.pid) - used, seconds


def yardstick(name: str, upstream: Upstream, in_flight: int) -> Callable[[int], tuple[float, float]]:
    def weave(pictures: int) -> tuple[float, float]:
        command = [sys.executable, "-m", f"bench.yardsticks.{name}", upstream.openai, str(pictures), str(in_flight)]
        said = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
        return said["processor"], said["seconds"]

    return weave


def run(*, rounds: int) -> list[Finding]:
    with Upstream("--latency", "1", "--picture-bytes", str(PICTURE_BYTES)) as upstream:
        findings = _at_64(upstream, rounds) + _at_200(upstream, rounds)
        upstream.reset()
        return [*findings, _many(upstream)]


def _measured(upstream: Upstream, in_flight: int, rounds: int, *names: str) -> tuple[list[Side], float]:
    """The product first, then the yardsticks, in turn; and what the fake used for each picture."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, Server(Path(folder)) as server:
        server.command = SERVING
        loom = Loom(server, upstream, in_flight)
        loom.open()
        sides = [Side(loom.weave), *(Side(yardstick(name, upstream, in_flight)) for name in names)]
        used, paid = processor_seconds(upstream.pid), upstream.account()["paid_calls"]
        with pages_reused(Path(folder) / "blobs" / "pictures"):
            for _ in range(rounds):
                for side in sides:
                    side.run(PICTURES)
        fake = (processor_seconds(upstream.pid) - used) * 1000 / (upstream.account()["paid_calls"] - paid)
        server.stop()
    return sides, fake


def _at_64(upstream: Upstream, rounds: int) -> list[Finding]:
    (ours, naive, floor), fake = _measured(upstream, 64, rounds, "naive", "floor")
    mine, naives = Spread(tuple(ours.milliseconds)), Spread(tuple(naive.milliseconds))
    floors = Spread(tuple(floor.milliseconds))
    speed = Spread(tuple(ours.per_second))
    return [
        Finding(name="CPU a picture, the naive script", name_zh="每張圖 CPU，一般腳本", spread=naives, unit=" ms"),
        Finding(name="CPU a picture, the floor", name_zh="每張圖 CPU，手寫下限", spread=floors, unit=" ms"),
        Finding(name="CPU a picture, Imageloom", name_zh="每張圖 CPU，Imageloom", spread=mine, unit=" ms"),
        Finding(
            name="CPU, Imageloom / naive",
            name_zh="CPU，Imageloom／一般腳本",
            spread=mine.over(naives),
            bar=Bar(limit=0.5, aim=0.3),
        ),
        Finding(
            name="CPU, Imageloom / floor",
            name_zh="CPU，Imageloom／手寫下限",
            spread=mine.over(floors),
            bar=Bar(limit=4, aim=2.5),
        ),
        Finding(name="pictures a second at 64", name_zh="64 路並行每秒張數", spread=speed),
        Finding(
            name="pictures a second at 64, Imageloom / naive",
            name_zh="64 路並行每秒張數，Imageloom／一般腳本",
            spread=speed.over(Spread(tuple(naive.per_second))),
            bar=Bar(limit=1.5, aim=2.5, more_is_better=True),
        ),
        Finding(name="CPU a picture, the fake", name_zh="每張圖 CPU，假供應商", spread=Spread.of(fake), unit=" ms"),
    ]


def _at_200(upstream: Upstream, rounds: int) -> list[Finding]:
    (ours, naive), _fake = _measured(upstream, 200, rounds, "naive")
    speed = Spread(tuple(ours.per_second))
    return [
        Finding(name="pictures a second at 200", name_zh="200 路並行每秒張數", spread=speed),
        Finding(
            name="pictures a second at 200, Imageloom / naive",
            name_zh="200 路並行每秒張數，Imageloom／一般腳本",
            spread=speed.over(Spread(tuple(naive.per_second))),
            bar=Bar(limit=2.5, aim=5, more_is_better=True),
        ),
    ]


def _many(upstream: Upstream) -> Finding:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, Server(Path(folder)) as server:
        server.command = SERVING
        loom = Loom(server, upstream, 200)
        loom.open()
        loom.weave(MANY_PICTURES)
        most = high_water_mb(loom.pid)
        server.stop()
    return Finding(
        name=f"memory, {MANY_PICTURES} pictures at 200",
        name_zh=f"記憶體，200 路並行 {MANY_PICTURES} 張",
        spread=Spread.of(most),
        unit=" MB",
        bar=Bar(limit=300, aim=200),
    )
