"""A page of a long list, beside bare Starlette on the same rows; and the last page beside the first."""

from __future__ import annotations

import http.client
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import orjson

from bench.fill import fill_assets, made_id
from bench.measuring import Bar, Finding, in_turn, processor_seconds
from bench.yardsticks.running import serving
from imageloom.kit.pagination import encode_cursor
from tests.server import Server

ASSETS = 1_000_000
ROWS = 50
CALLS = 300


@dataclass(frozen=True)
class Page:
    """One page of a server, asked for again and again on one connection."""

    pid: int
    place: str
    path: str
    headers: dict[str, str]

    def ask(self, connection: http.client.HTTPConnection) -> bytes:
        connection.request("GET", self.path, headers=self.headers)
        return connection.getresponse().read()

    def once(self) -> bytes:
        with closing(http.client.HTTPConnection(self.place)) as connection:
            return self.ask(connection)

    def milliseconds(self, *, calls: int = CALLS) -> float:
        with closing(http.client.HTTPConnection(self.place)) as connection:
            self.ask(connection)
            used = processor_seconds(self.pid)
            for _ in range(calls):
                self.ask(connection)
            return (processor_seconds(self.pid) - used) * 1000 / calls


def run(*, rounds: int) -> list[Finding]:
    with tempfile.TemporaryDirectory(prefix="bench-") as folder, Server(Path(folder)) as server:
        server.start(IMAGELOOM_ENGINE__POLL_SECONDS="1.0")
        database = Path(folder) / "imageloom.db"
        fill_assets(database, count=ASSETS)
        with serving("pages", str(database)) as (pid, port):
            assert server.process is not None
            address = server.address
            ours = urlsplit(address["url"]).netloc
            headers = {"Authorization": f"Bearer {address['token']}"}
            last = encode_cursor(made_id("A", ROWS))
            first_page = Page(server.process.pid, ours, f"/api/assets?limit={ROWS}", headers)
            last_page = Page(server.process.pid, ours, f"/api/assets?limit={ROWS}&cursor={last}", headers)
            bare = Page(pid, f"127.0.0.1:{port}", "/assets", {})
            _same_rows(first_page, bare)
            mine, lasts, bares = in_turn(
                [first_page.milliseconds, last_page.milliseconds, bare.milliseconds], rounds=rounds
            )
        server.stop()
    return [
        Finding(name=f"CPU, {ROWS} assets", name_zh=f"CPU，{ROWS} 張圖的一頁", spread=mine, unit=" ms"),
        Finding(
            name="CPU, list / bare Starlette",
            name_zh="CPU，清單／裸 Starlette",
            spread=mine.over(bares),
            bar=Bar(limit=1.8, aim=1.3),
        ),
        Finding(
            name=f"CPU, last page of {ASSETS:,} / first",
            name_zh=f"CPU，{ASSETS:,} 張的最後一頁／第一頁",
            spread=lasts.over(mine),
            bar=Bar(limit=1.5, aim=1.1),
        ),
    ]


def _same_rows(ours: Page, bare: Page) -> None:
    mine, theirs = (orjson.loads(page.once())["items"] for page in (ours, bare))
    assert len(mine) == ROWS
    assert mine == theirs
