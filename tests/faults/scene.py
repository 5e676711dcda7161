"""A server, the fakes and a batch; what a fault does to them is then compared: ledger, database, disk and account."""

from __future__ import annotations

import shutil
import sqlite3
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx2
import psycopg
from blake3 import blake3
from PIL import Image
from sqlalchemy.engine import make_url

from tests.server import HTTP, Server
from tools.upstream.client import Upstream

OPENAI = "openai/gpt-image-2"
REPLICATE = "replicate/stability-ai/sdxl"
ITEMS = 200
CONCURRENCY = 16
KEY = "sk-a-key-that-no-log-may-hold"
REST_SECONDS = 120.0
SILENCE_SECONDS = 5.0
"""A server that answers nothing for so long is hung, whatever else the machine does."""


@dataclass
class Health:
    """What /health said while the batch ran."""

    words: Counter[str] = field(default_factory=Counter)
    silences: int = 0


@dataclass
class Scene:
    server: Server
    upstream: Upstream
    database_url: str | None = None
    health: Health = field(default_factory=Health)
    elsewhere: dict[str, Path] = field(default_factory=dict)
    """Folders of the data directory that lie on a file system of their own, as this process reaches them."""

    # --- acting ----------------------------------------------------------------------------------------------

    def begin(self, *, concurrency: int = CONCURRENCY, base_url: str | None = None, **environment: str) -> None:
        """Starts the server and gives it keys of both fakes."""
        self.server.start(**environment)
        self.key("openai", base_url or self.upstream.openai, concurrency=concurrency)
        self.key("replicate", self.upstream.replicate, concurrency=concurrency)

    def key(self, provider: str, base_url: str, **limits: int) -> Any:
        return self.server.post("/api/keys", {"provider": provider, "key": KEY, "base_url": base_url, "limits": limits})

    def submit(self, count: int = ITEMS, *, model: str = OPENAI, suffix: str = "", **more: Any) -> str:
        """A batch of ``count`` different prompts; its id."""
        return self.submit_prompts([f"picture {number}{suffix}" for number in range(count)], model=model, **more)

    def submit_prompts(self, prompts: list[str], *, model: str = OPENAI, **more: Any) -> str:
        more = {"failure_budget_percent": 100, **more}
        batch: str = self.server.submit(prompts, models=[model], **more)["id"]
        return batch

    # --- waiting ---------------------------------------------------------------------------------------------

    def counts(self, batch: str) -> dict[str, int]:
        counts: dict[str, int] = self.server.get(f"/api/batches/{batch}")["counts"]
        return counts

    def until_ended(self, batch: str, number: int) -> None:
        """Until so many items have come to an end."""

        def is_so() -> bool:
            counts = self.counts(batch)
            return counts["total"] - counts["pending"] - counts["running"] >= number

        self.server.until(is_so)

    def until_rest(self, batch: str, *, seconds: float = REST_SECONDS) -> None:
        self.server.until(lambda: self.server.get(f"/api/batches/{batch}")["finished_at"] is not None, seconds=seconds)

    def until_lane(self, provider: str, is_so: Any) -> Any:
        """Until the provider's lane is as wished; the lane."""
        found: list[Any] = []

        def look() -> bool:
            found[:] = [lane for lane in self.server.get("/api/lanes") if lane["provider"] == provider]
            return bool(found) and is_so(found[0])

        self.server.until(look)
        return found[0]

    @contextmanager
    def watched(self) -> Iterator[Health]:
        """Asks for /health all the while, from another thread. Silence of a living server is counted."""
        stop = threading.Event()

        def watch() -> None:
            heard = None
            while not stop.wait(0.2):
                process = self.server.process
                try:
                    url = self.server.address["url"]
                    answer = HTTP.get(f"{url}/health", timeout=SILENCE_SECONDS)
                    self.health.words[answer.json()["status"]] += 1
                    heard = process
                except (OSError, ValueError, httpx2.ConnectError, httpx2.ReadError, httpx2.RemoteProtocolError):
                    continue  # it is not there: killed, or not listening yet
                except httpx2.TimeoutException:
                    # It listens before it has loaded itself; a process that never spoke is only slow to start.
                    is_same = process is self.server.process and process is heard
                    self.health.silences += is_same and process.poll() is None

        thread = threading.Thread(target=watch, daemon=True)
        thread.start()
        try:
            yield self.health
        finally:
            stop.set()
            thread.join()

    # --- comparing -------------------------------------------------------------------------------------------

    def books(self, batch: str) -> Any:
        return self.server.get(f"/api/batches/{batch}/verify")

    def items(self, batch: str) -> list[Any]:
        return list(self.server.pages(f"/api/batches/{batch}/items"))

    def compare(
        self, batch: str, *, uncertain_at_most: int = 0, paid_at_most: int = 1, strays: bool = False
    ) -> dict[str, int]:
        """The invariants, after a batch came to rest. Returns its counts.

        ``uncertain_at_most`` is what was in flight when the fault struck; ``paid_at_most`` how often the account may
        show one prompt. ``strays`` are pictures that were stored, and whose rows were lost with the database.
        """
        books = self.books(batch)
        counts: dict[str, int] = books["counts"]
        assert books["balanced"], books["problems"][:5]
        assert sum(counts.values()) == books["requested"]
        assert counts["pending"] == counts["running"] == books["open_attempts"] == 0, counts
        assert counts["uncertain"] <= uncertain_at_most, counts
        self._compare_rows(batch, counts)
        self._compare_files(batch, strays=strays)
        self._compare_account(batch, paid_at_most)
        assert self.health.silences == 0
        self._find_no_key()
        return counts

    def _compare_rows(self, batch: str, counts: dict[str, int]) -> None:
        rows = dict(self.query("SELECT state, count(*) FROM items WHERE run_id = ? GROUP BY state", batch))
        assert rows == {state: number for state, number in counts.items() if number}
        twice = self.query(
            "SELECT item_id FROM attempts WHERE run_id = ? AND outcome = 'succeeded' GROUP BY item_id "
            "HAVING count(*) > 1",
            batch,
        )
        assert twice == []

    def _compare_files(self, batch: str, *, strays: bool) -> None:
        done = self.query(
            "SELECT a.blake3 FROM items i JOIN assets a ON a.id = i.asset_id WHERE i.run_id = ? AND i.state = 'done'",
            batch,
        )
        kept = {path.name: path for path in files_in(self._folder("blobs") / "pictures")}
        for (digest,) in done:
            content = kept[digest].read_bytes()
            assert blake3(content).hexdigest() == digest
            with Image.open(kept[digest]) as picture:
                picture.load()
        known = {digest for (digest,) in self.query("SELECT blake3 FROM blobs")}
        assert strays or set(kept) <= known, "files without a row"
        # A folder goes in its own time, after its attempt is in the books.
        self.server.until(lambda: list(files_in(self._folder("incoming"))) == [], seconds=10)

    def _compare_account(self, batch: str, paid_at_most: int) -> None:
        paid = self.upstream.account()["by_prompt"]
        assert [prompt for prompt, times in paid.items() if times > paid_at_most] == []
        for item in self.items(batch):
            if item["state"] == "done":
                assert paid[item["prompt"]] >= 1

    def _find_no_key(self) -> None:
        assert KEY not in self.server.log()
        for path in self.server.folder.glob("*.db*"):
            assert KEY.encode() not in path.read_bytes()

    def _folder(self, name: str) -> Path:
        return self.elsewhere.get(name, self.server.folder / name)

    def query(self, statement: str, *values: Any) -> list[Any]:
        """Rows, read beside the server."""
        if self.database_url is None or self.database_url.startswith("sqlite"):
            path = self.server.folder / "imageloom.db" if self.database_url is None else _path(self.database_url)
            with _reachable(Path(path)) as path, closing(_read_only(path)) as connection:
                return connection.execute(statement, values).fetchall()
        with psycopg.connect(self.database_url, autocommit=True) as connection:
            return connection.execute(statement.replace("?", "%s"), values).fetchall()


@contextmanager
def _reachable(path: Path) -> Iterator[Path]:
    """The database, or its copy where it lies in another mount namespace: SQLite would look for it in this one."""
    if path.parts[:2] != ("/", "proc"):
        yield path
        return
    with TemporaryDirectory() as folder:
        for part in path.parent.glob(f"{path.name}*"):
            shutil.copyfile(part, Path(folder) / part.name)
        yield Path(folder) / path.name


def _read_only(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=10)


def _path(url: str) -> str:
    return str(make_url(url).database)


def files_in(folder: Path) -> Iterator[Path]:
    return (path for path in folder.rglob("*") if path.is_file())
