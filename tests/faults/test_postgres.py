"""PostgreSQL stops, stays away, runs out of connections, and meets conflicts, in the middle of a batch."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import pytest

from tests.faults.postgres_server import PostgresServer
from tests.faults.scene import ITEMS, OPENAI, REPLICATE, Scene, files_in
from tests.server import HTTP, Server, Worker
from tools.upstream.client import Upstream

FEW = 80
"""Of each of two batches at the same time, or where every item takes its time."""
AWAY_SECONDS = [4.0, pytest.param(60.0, marks=pytest.mark.long)]


@pytest.fixture
def database() -> Iterator[PostgresServer]:
    with PostgresServer(deadlock_timeout="100ms") as running:
        yield running


@pytest.fixture
def staged(database: PostgresServer, tmp_path: Path, slow_upstream: Upstream) -> Iterator[Scene]:
    with Server(tmp_path / "data", database_url=database.url) as server:
        scene = Scene(server, slow_upstream, database_url=database.url)
        with scene.watched():
            yield scene


@pytest.mark.fault(11)
@pytest.mark.parametrize("model", [OPENAI, pytest.param(REPLICATE, marks=pytest.mark.long)])
def test_the_database_crashes_and_is_back_at_once(staged: Scene, database: PostgresServer, model: str) -> None:
    staged.begin()
    batch = staged.submit(model=model)
    for ended in (20, 70, 120):
        staged.until_ended(batch, ended)
        database.stop()
        database.start()
        _until_up(staged)
    staged.until_rest(batch)
    assert staged.compare(batch)["done"] == ITEMS
    assert staged.upstream.account()["paid_calls"] == ITEMS


@pytest.mark.fault(11)
def test_no_worker_takes_another_for_dead_after_a_crash_of_the_database(
    staged: Scene, database: PostgresServer
) -> None:
    """The locks that tell life from death go with the database; those who live take them again."""
    staged.begin()
    with Worker(staged.server, "worker") as worker:
        worker.start()
        batches = [staged.submit(FEW, model=model, suffix=model) for model in (OPENAI, REPLICATE)]
        staged.until_ended(batches[0], 20)
        before = _epochs(staged)
        database.stop()
        database.start()
        _until_up(staged)
        for batch in batches:
            staged.until_rest(batch)
        assert [staged.compare(batch)["done"] for batch in batches] == [FEW, FEW]
        assert worker.stop() == 0
    assert staged.upstream.account()["paid_calls"] == 2 * FEW
    assert _epochs(staged) == before, "a lane was taken from a living driver"


@pytest.mark.fault(12)
@pytest.mark.parametrize("seconds", AWAY_SECONDS)
def test_the_database_is_away(staged: Scene, database: PostgresServer, seconds: float) -> None:
    staged.begin()
    staged.upstream.config(latency=1.5)
    batch = staged.submit()
    staged.until_ended(batch, 20)
    database.stop()
    with _asking(staged.server) as answers:
        staged.server.until(lambda: staged.upstream.account()["in_flight"] == 0)
        paid = staged.upstream.account()["paid_calls"]
        staged.server.until(lambda: _health(staged) == "down")
        kept = len(list(files_in(staged.server.folder / "incoming")))
        _pass(seconds)
        assert staged.upstream.account()["paid_calls"] == paid, "a call was paid that could not be written down"
        database.start()
        _until_up(staged)
    assert kept > 0
    assert set(answers) <= {200, 503}, answers
    assert answers[503] > 0
    staged.upstream.config(latency=0.2)
    staged.until_rest(batch)
    assert staged.compare(batch)["done"] == ITEMS
    assert staged.upstream.account()["paid_calls"] == ITEMS


@pytest.mark.fault(12)
@pytest.mark.parametrize("seconds", AWAY_SECONDS)
def test_workers_outlive_the_databases_absence(staged: Scene, database: PostgresServer, seconds: float) -> None:
    """However long everybody was silent, nobody takes the others for stalled."""
    staged.begin(IMAGELOOM_GENERATION__LANE_STALE_SECONDS="6")
    with Worker(staged.server, "worker") as worker:
        worker.start(IMAGELOOM_GENERATION__LANE_STALE_SECONDS="6")
        batches = [staged.submit(FEW, model=model, suffix=model) for model in (OPENAI, REPLICATE)]
        staged.until_ended(batches[0], 20)
        before = _epochs(staged)
        database.stop()
        _pass(seconds + 4)
        database.start()
        _until_up(staged)
        for batch in batches:
            staged.until_rest(batch)
        assert [staged.compare(batch)["done"] for batch in batches] == [FEW, FEW]
        assert worker.stop() == 0
    assert staged.upstream.account()["paid_calls"] == 2 * FEW
    assert _epochs(staged) == before, "a lane was taken from a living driver"


@pytest.mark.fault(13)
def test_no_connection_is_left(tmp_path: Path, slow_upstream: Upstream) -> None:
    with (
        PostgresServer(max_connections="20", superuser_reserved_connections="0") as database,
        Server(tmp_path / "data", database_url=database.url) as server,
    ):
        scene = Scene(server, slow_upstream, database_url=database.url)
        scene.begin(IMAGELOOM_DATABASE__POOL_SIZE="2")
        batch = scene.submit()
        scene.until_ended(batch, 20)
        with _asking(server) as answers, _all_connections(database):
            _pass(5.0)
        assert set(answers) <= {200, 503}, answers
        _until_up(scene)
        scene.until_rest(batch)
        assert scene.compare(batch)["done"] == ITEMS
        assert scene.upstream.account()["paid_calls"] == ITEMS


@pytest.mark.fault(14)
def test_deadlocks_with_somebody_else(staged: Scene, database: PostgresServer) -> None:
    """Somebody locks the batch first and its lane second; claims go the other way round."""
    staged.begin()
    batch = staged.submit(FEW)
    staged.until_ended(batch, 10)
    met = 0
    with psycopg.connect(database.url) as other:
        while not _is_over(staged, batch):
            with suppress(psycopg.errors.DeadlockDetected):
                other.execute("SELECT 1 FROM runs FOR UPDATE")
                time.sleep(0.05)
                other.execute("SELECT 1 FROM lanes FOR UPDATE")
            other.rollback()
            met = _deadlocks(database)
            time.sleep(0.02)
    assert met > 0
    assert staged.compare(batch)["done"] == FEW
    assert staged.upstream.account()["paid_calls"] == FEW


@pytest.mark.fault(14)
def test_every_transaction_is_serializable(staged: Scene, database: PostgresServer) -> None:
    """Then PostgreSQL refuses some of those that run at the same time, and asks to try again."""
    database.execute("ALTER DATABASE postgres SET default_transaction_isolation = 'serializable'")
    staged.begin()
    with _asking(staged.server) as answers:
        batch = staged.submit(FEW)
        staged.until_rest(batch)
    assert set(answers) <= {200, 503}, answers
    assert staged.compare(batch)["done"] == FEW
    assert staged.upstream.account()["paid_calls"] == FEW


# --- inside --------------------------------------------------------------------------------------------------


def _pass(seconds: float) -> None:
    """The length of an outage is the fault itself."""
    time.sleep(seconds)


def _health(scene: Scene) -> str:
    answer = HTTP.get(f"{scene.server.address['url']}/health", timeout=10)
    return str(answer.json()["status"])


def _until_up(scene: Scene) -> None:
    scene.server.until(lambda: _health(scene) == "up", seconds=90)


def _epochs(scene: Scene) -> list[Any]:
    return sorted(scene.query("SELECT id, epoch FROM lanes"))


def _is_over(scene: Scene, batch: str) -> bool:
    return scene.query("SELECT finished_at FROM runs WHERE id = ?", batch) != [(None,)]


def _deadlocks(database: PostgresServer) -> int:
    with psycopg.connect(database.url, autocommit=True) as connection:
        row = connection.execute("SELECT deadlocks FROM pg_stat_database WHERE datname = 'postgres'").fetchone()
    assert row is not None
    return int(row[0])


@contextmanager
def _asking(server: Server) -> Iterator[Counter[int]]:
    """Reads and writes all the while, from another thread; counts the answers by status. Each 503 says when."""
    answers: Counter[int] = Counter()
    faults: list[str] = []
    stop = threading.Event()

    def ask() -> None:
        headers = {"Authorization": f"Bearer {server.address['token']}"}
        with httpx2.Client(base_url=server.address["url"], headers=headers, trust_env=False, timeout=60) as client:
            while not stop.wait(0.1):
                for method, path in (("GET", "/api/batches"), ("POST", "/api/estimates"), ("GET", "/api/lanes")):
                    body = {"prompts": ["a cat"], "plan": {"models": [OPENAI], "sizes": ["256x256"]}}
                    answer = client.request(method, path, json=body if method == "POST" else None)
                    answers[answer.status_code] += 1
                    if answer.status_code == 503 and "Retry-After" not in answer.headers:
                        faults.append(answer.text)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    try:
        yield answers
    finally:
        stop.set()
        thread.join()
    assert faults == []
    assert answers[200] > 0


@contextmanager
def _all_connections(database: PostgresServer) -> Iterator[None]:
    """Takes every connection that the server has left, and those that come free."""
    taken: list[psycopg.Connection[Any]] = []
    try:
        for _ in range(50):
            with suppress(psycopg.OperationalError):
                taken.append(psycopg.connect(database.url, autocommit=True))
        assert taken
        yield
    finally:
        for connection in taken:
            connection.close()
