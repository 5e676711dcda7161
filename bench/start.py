"""From a start to the first call that is sent, and what the server needs while nothing happens."""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

from bench.measuring import Bar, Finding, Spread, processor_seconds, resident_mb
from tests.server import Server
from tools.upstream.client import Upstream

IDLE_SECONDS = 20.0


def run(*, rounds: int) -> list[Finding]:
    with Upstream("--latency", "1") as upstream, tempfile.TemporaryDirectory(prefix="bench-") as folder:
        with Server(Path(folder)) as server:
            _start(server)
            server.add_key("openai", upstream.openai, concurrency=2)
            _fill(server)
            dispatch = Spread(tuple(_to_dispatch(server, upstream) for _ in range(rounds)))
        with tempfile.TemporaryDirectory(prefix="bench-") as other, Server(Path(other)) as server:
            _start(server)
            assert server.process is not None
            idle = Spread(tuple(_idle_share(server.process.pid) for _ in range(rounds)))
            memory = resident_mb(server.process.pid)
            server.stop()
    return [
        Finding(
            name="from listening to the first call after a kill",
            name_zh="強制結束後，從開始監聽到送出第一個呼叫",
            spread=dispatch,
            unit=" s",
            bar=Bar(limit=5),
        ),
        Finding(name="idle, share of a core", name_zh="閒置時佔一個核心", spread=idle, unit=" %", bar=Bar(limit=3)),
        Finding(
            name="idle, memory of the server",
            name_zh="閒置時伺服器記憶體",
            spread=Spread.of(memory),
            unit=" MB",
            bar=Bar(limit=220),
        ),
    ]


def _start(server: Server) -> None:
    server.start(IMAGELOOM_ENGINE__POLL_SECONDS="1.0")


def _fill(server: Server) -> None:
    prompts = [f"picture {number}" for number in range(5_000)]
    server.post("/api/batches", {"prompts": prompts, "plan": {"models": ["openai/gpt-image-2"]}})


def _to_dispatch(server: Server, upstream: Upstream) -> float:
    """Kills the server in the middle of its work and starts it again."""
    server.until(lambda: upstream.account()["in_flight"] > 0)
    server.kill()
    before = len(upstream.requests())
    server.start(IMAGELOOM_ENGINE__POLL_SECONDS="1.0")
    listening = (server.folder / "run" / "server.json").stat().st_mtime
    server.until(lambda: len(upstream.requests()) > before)
    # The fake counts on the clock of this machine that only rises.
    behind = time.time() - time.monotonic()
    return float(upstream.requests()[before]["t"]) + behind - listening


def _idle_share(pid: int) -> float:
    used, began = processor_seconds(pid), time.monotonic()
    time.sleep(IDLE_SECONDS)
    return (processor_seconds(pid) - used) * 100 / (time.monotonic() - began)
