"""The studio page in a browser: a large library scrolled, a batch that changes fast, the first sight of Create.

The browser is the system's, driven by the tools of the page's own tests (``web/tests/bench``). A frame's cost is the
processor time of the page's main thread, and the work of a frame is fixed: what else the machine does counts little.
"""

from __future__ import annotations

import http.client
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx2

import run as installer
from bench.fill import fill_copies
from bench.lists import Page
from bench.measuring import Bar, Finding, Spread
from bench.yardsticks.running import serving
from tests.server import Server
from tools import page

ASSETS = 100_000
FIRST_PAGE = 2_000
"""What the library asks for first."""
ITEMS = 5_000
SHAPES = ("512x512", "512x384", "384x512", "640x360", "360x640", "512x320")
CHATTERING = [sys.executable, "-m", "bench.chattering"]
LOOK_SECONDS = 600
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "chrome")
WORK = (("script", "指令稿"), ("style", "樣式"), ("layout", "版面"))

PASSWORD = "plum lantern over harbour"

Found = dict[str, list[float]]


def run(*, rounds: int) -> list[Finding]:
    if not page.is_fresh():
        page.build(say=print, find_uv=installer.find_uv)
    page.install(page.tools(installer.find_uv))
    return [*_library(rounds), *_live(rounds)]


class Studio:
    """A server with its owner signed in, and a browser that looks at it."""

    def __init__(self, folder: Path, server: Server) -> None:
        self._folder = folder
        self._server = server
        self._session = folder / "session.json"

    def sign_in(self) -> None:
        found = re.search(r"setup#token=(\S+)", self._server.log())
        assert found is not None
        body = {
            "token": found[1],
            "name": "Owner",
            "email": "owner@example.com",
            "password": "plum lantern over harbour",
        }
        answer = httpx2.post(f"{self._server.address['url']}/api/auth/setup", json=body, trust_env=False)
        assert answer.is_success, answer.text
        kept = {
            "domain": "127.0.0.1",
            "path": "/",
            "expires": -1,
            "httpOnly": False,
            "secure": False,
            "sameSite": "Lax",
        }
        cookies = [{"name": name, "value": value, **kept} for name, value in answer.cookies.items()]
        self._session.write_text(json.dumps({"cookies": cookies, "origins": []}))

    def look(self, name: str, **more: str) -> Found:
        """Runs one of the page's benches and returns the numbers that it found."""
        place = self._folder / f"{name}.jsonl"
        place.unlink(missing_ok=True)
        environment = page.tools(installer.find_uv) | {
            "CHROMIUM": next(filter(None, map(shutil.which, BROWSERS))),
            "STUDIO_URL": self._server.address["url"],
            "STUDIO_RESULTS": str(self._folder / "results"),
            "BENCH_SESSION": str(self._session),
            "BENCH_FOUND": str(place),
            "CI": "1",
            **more,
        }
        npm = shutil.which("npm", path=environment["PATH"])
        assert npm is not None
        command = [npm, "run", "--silent", "e2e", "--", "--config", "tests/bench/playwright.config.ts", "--grep", name]
        said = subprocess.run(
            command, cwd=page.WEB, env=environment, capture_output=True, text=True, timeout=LOOK_SECONDS, check=False
        )
        assert said.returncode == 0, said.stdout[-6000:] + said.stderr[-2000:]
        found: Found = defaultdict(list)
        for line in place.read_text().splitlines():
            number: dict[str, Any] = json.loads(line)
            found[number["name"]].append(float(number["value"]))
        return found


def _library(rounds: int) -> list[Finding]:
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as folder,
        Server(Path(folder)) as server,
        serving("still") as (_pid, port),
    ):
        server.start()
        studio = Studio(Path(folder), server)
        studio.sign_in()
        _paint(server)
        first: Found = defaultdict(list)
        for _ in range(rounds):
            server.stop()
            server.start()
            for name, values in studio.look("create", BENCH_BARE=f"http://127.0.0.1:{port}/").items():
                first[name] += values
        fill_copies(Path(folder) / "imageloom.db", count=ASSETS)
        columns = [_columns(server) for _ in range(rounds)]
        grid = studio.look("library", BENCH_ROUNDS=str(rounds))
        server.stop()
    return [
        *_of_the_grid(grid),
        *_of_the_columns(columns),
        *_of_create(first),
    ]


def _paint(server: Server) -> None:
    """A few real pictures of different shapes, with their previews."""
    plan = {"models": ["illustrator/scene-1"], "sizes": list(SHAPES)}
    server.post("/api/batches", {"prompts": ["a lighthouse in fog", "a fox in the snow"], "plan": plan})
    wanted = 2 * len(SHAPES)
    server.until(
        lambda: server.get("/api/assets/columns")["previews"].count("done") == wanted,
    )


def _columns(server: Server) -> tuple[float, float]:
    """Milliseconds of processor and by the clock for the gallery's first page."""
    assert server.process is not None
    address = server.address
    headers = {"Authorization": f"Bearer {address['token']}"}
    place = urlsplit(address["url"]).netloc
    asked = Page(server.process.pid, place, f"/api/assets/columns?limit={FIRST_PAGE}&order=newest", headers)
    with closing(http.client.HTTPConnection(place)) as connection:
        began = time.perf_counter()
        body = asked.ask(connection)
        waited = (time.perf_counter() - began) * 1000
    assert len(json.loads(body)["ids"]) == FIRST_PAGE
    return asked.milliseconds(calls=30), waited


def _of_the_grid(grid: Found) -> list[Finding]:
    return [
        Finding(
            name=f"library of {ASSETS:,}, CPU a frame at 1,500 px/s",
            name_zh=f"{ASSETS:,} 張的圖庫，每秒捲動 1,500 px 時每格 CPU",
            spread=Spread(tuple(grid["scroll task"])),
            unit=" ms",
            bar=Bar(limit=4),
        ),
        *_parts(grid, "scroll"),
        Finding(
            name=f"library of {ASSETS:,}, memory of the page's script",
            name_zh=f"{ASSETS:,} 張的圖庫，頁面指令稿記憶體",
            spread=Spread(tuple(grid["heap"])),
            unit=" MB",
            bar=Bar(limit=60),
        ),
    ]


def _parts(found: Found, name: str) -> list[Finding]:
    return [
        Finding(
            name=f"of it {part}", name_zh=f"其中{part_zh}", spread=Spread(tuple(found[f"{name} {part}"])), unit=" ms"
        )
        for part, part_zh in WORK
    ]


def _of_the_columns(columns: list[tuple[float, float]]) -> list[Finding]:
    processor, waited = (Spread(values) for values in zip(*columns, strict=True))
    return [
        Finding(
            name=f"gallery's first page of {ASSETS:,}, server CPU",
            name_zh=f"{ASSETS:,} 張的圖庫第一頁，伺服器 CPU",
            spread=processor,
            unit=" ms",
            bar=Bar(limit=200),
        ),
        Finding(name="the same by the clock", name_zh="同上，實際時間", spread=waited, unit=" ms"),
    ]


def _of_create(first: Found) -> list[Finding]:
    ours, bare = (Spread(tuple(first[f"{name} usable"])) for name in ("create", "bare"))
    work, bare_work = (Spread(tuple(first[f"{name} processor"])) for name in ("create", "bare"))
    return [
        Finding(
            name="Create usable, after a server start",
            name_zh="伺服器啟動後，製作頁可用",
            spread=ours,
            unit=" ms",
            bar=Bar(limit=1500),
        ),
        Finding(name="a bare page usable", name_zh="空白頁可用", spread=bare, unit=" ms"),
        Finding(name="Create / bare page", name_zh="製作頁／空白頁", spread=ours.over(bare)),
        Finding(name="Create, CPU of the main thread", name_zh="製作頁，主執行緒 CPU", spread=work, unit=" ms"),
        Finding(name="a bare page, CPU of it", name_zh="空白頁，主執行緒 CPU", spread=bare_work, unit=" ms"),
    ]


def _live(rounds: int) -> list[Finding]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, Server(Path(folder)) as server:
        server.start()
        studio = Studio(Path(folder), server)
        studio.sign_in()
        _paint(server)
        fill_copies(Path(folder) / "imageloom.db", count=ITEMS)
        server.stop()
        server.command = CHATTERING
        server.start()
        for lane in server.get("/api/lanes"):
            server.post(f"/api/lanes/{lane['id']}/pause")
        plan = {"models": ["illustrator/scene-1"], "sizes": ["512x512"]}
        prompts = [f"a lighthouse in fog, number {number}" for number in range(ITEMS)]
        batches = [server.post("/api/batches", {"prompts": prompts, "plan": plan})["id"] for _ in range(rounds)]
        server.until(lambda: all(not server.get(f"/api/batches/{batch}")["expanding"] for batch in batches))
        live = studio.look(
            "live", BENCH_BATCHES=",".join(batches), BENCH_CHATTER=str(Path(folder).resolve() / "run" / "chatter")
        )
        server.stop()
    return [
        Finding(
            name=f"batch of {ITEMS:,}, CPU a frame",
            name_zh=f"{ITEMS:,} 項的批次，每格 CPU",
            spread=Spread(tuple(live["live task"])),
            unit=" ms",
            bar=Bar(limit=3),
        ),
        *_parts(live, "live"),
        Finding(name="changes a second", name_zh="每秒變更", spread=Spread(tuple(live["changes"]))),
        Finding(name="frames a second", name_zh="每秒格數", spread=Spread(tuple(live["frames"]))),
        Finding(
            name=f"batch of {ITEMS:,}, memory of the page's script",
            name_zh=f"{ITEMS:,} 項的批次，頁面指令稿記憶體",
            spread=Spread(tuple(live["live heap"])),
            unit=" MB",
        ),
    ]
