"""A worker beside a server, on PostgreSQL: when one dies, the other takes its lanes."""

from __future__ import annotations

import subprocess
import time
import uuid
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from tests.server import COMMAND, Server
from tools.upstream.client import Upstream


@pytest.fixture
def shared_database(postgres: str) -> str:
    name = f"t_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return make_url(postgres).set(database=name).render_as_string(hide_password=False)


def test_a_worker_takes_the_lanes_of_a_dead_server(shared_database: str, tmp_path: Path, upstream: Upstream) -> None:
    upstream.config(latency=0.3)
    with Server(tmp_path / "data", database_url=shared_database) as server:
        server.start()
        server.add_key("replicate", upstream.replicate, concurrency=4)
        batch = server.submit([f"picture {n}" for n in range(40)], models=["replicate/stability-ai/sdxl"])["id"]
        with (tmp_path / "worker.log").open("wb") as log:
            worker = subprocess.Popen([*COMMAND, "worker"], env=server.environment, stdout=log, stderr=log)
        try:
            server.until(lambda: b"works as w-1" in (tmp_path / "worker.log").read_bytes())
            server.until(lambda: server.get(f"/api/batches/{batch}")["counts"]["done"] >= 4)
            server.kill()
            with psycopg.connect(shared_database, autocommit=True) as connection:
                deadline = time.monotonic() + 60
                while connection.execute("SELECT finished_at FROM runs").fetchone() == (None,):
                    assert time.monotonic() < deadline, (tmp_path / "worker.log").read_text()[-3000:]
                    time.sleep(0.05)
                counts = connection.execute("SELECT done, total FROM runs").fetchone()
                owners = connection.execute("SELECT max(epoch) FROM lanes").fetchone()
        finally:
            worker.terminate()
            worker.wait(timeout=60)
    assert counts == (40, 40)
    assert owners is not None
    assert owners[0] >= 2
    assert upstream.account()["paid_calls"] == 40
    assert worker.returncode == 0
