"""Several processes on one PostgreSQL database: they share the lanes, and outlive each other's deaths and stalls."""

from __future__ import annotations

import os
import signal
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy.engine import make_url

from tests.faults.scene import CONCURRENCY, OPENAI, REPLICATE, Scene
from tests.server import Server, Worker
from tools.upstream.client import Upstream

FEW = 100
STALE_SECONDS = [6, pytest.param(30, marks=pytest.mark.long)]
ILLUSTRATOR = "illustrator/scene-1"


@pytest.fixture
def shared_database(postgres: str) -> Iterator[str]:
    name = f"t_{uuid.uuid4().hex[:12]}"
    with psycopg.connect(postgres, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name} TEMPLATE template_studio")
        yield make_url(postgres).set(database=name).render_as_string(hide_password=False)
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@dataclass
class Crew:
    """A server and its workers, found by the lanes they drive."""

    scene: Scene
    workers: list[Worker] = field(default_factory=list)

    def hire(self, stack: ExitStack, count: int, **environment: str) -> None:
        for _ in range(count):
            worker = stack.enter_context(Worker(self.scene.server, f"worker-{len(self.workers)}"))
            worker.start(**environment)
            self.workers.append(worker)

    def owners(self) -> dict[str, str]:
        """Who drives each lane that has a driver."""
        rows = self.scene.query("SELECT id, owner FROM lanes WHERE state = 'active' AND owner IS NOT NULL")
        return dict(rows)

    def owner(self, provider: str) -> str:
        """Who drives the provider's lane, once somebody does."""
        found: list[str] = []

        def is_driven() -> bool:
            found[:] = [owner for lane, owner in self.owners().items() if lane.startswith(provider)]
            return bool(found)

        self.scene.server.until(is_driven)
        return found[0]

    def until_other(self, provider: str, before: str, *, seconds: float = 90.0) -> None:
        self.scene.server.until(lambda: self._is_other(provider, before), seconds=seconds)

    def _is_other(self, provider: str, before: str) -> bool:
        return any(lane.startswith(provider) and owner != before for lane, owner in self.owners().items())


@pytest.fixture
def crew(shared_database: str, tmp_path: Path, slow_upstream: Upstream) -> Iterator[Crew]:
    with Server(tmp_path / "data", database_url=shared_database) as server:
        yield Crew(Scene(server, slow_upstream, database_url=shared_database))


@pytest.mark.fault(1)
@pytest.mark.parametrize("victim", ["server", "worker"])
def test_a_dead_process_is_replaced_by_the_others(crew: Crew, victim: str, record_property: Any) -> None:
    scene = crew.scene
    scene.begin()
    with ExitStack() as stack:
        crew.hire(stack, 2)
        # Of the faster provider so many that it still has work when the slower one has made its first.
        sizes = {OPENAI: 3 * FEW, REPLICATE: FEW}
        batches = [scene.submit(size, model=model, suffix=model) for model, size in sizes.items()]
        for batch in batches:
            scene.until_ended(batch, 20)
        before = dict(crew.owners())
        process = scene.server.process if victim == "server" else crew.workers[0].process
        assert process is not None
        lanes = [lane for lane, owner in before.items() if f"-{process.pid}-" in owner]
        (scene.server if victim == "server" else crew.workers[0]).kill()
        died_at = time.monotonic()
        for lane in lanes:
            crew.until_other(lane, before[lane])
        if lanes:
            record_property("takeover_seconds", round(time.monotonic() - died_at, 1))
        if victim == "server":
            scene.server.start()
        for batch in batches:
            scene.until_rest(batch)
        counts = [scene.compare(batch, uncertain_at_most=CONCURRENCY) for batch in batches]
        assert [count["done"] + count["uncertain"] for count in counts] == list(sizes.values())
        assert counts[1]["uncertain"] == 0, "Replicate can be asked what it has"
        assert [worker.stop() for worker in crew.workers[victim == "worker" :]] == [0] * (2 - (victim == "worker"))


@pytest.mark.fault(9, 10)
@pytest.mark.parametrize("model", [OPENAI, REPLICATE])
@pytest.mark.parametrize("stale_seconds", STALE_SECONDS)
def test_a_stalled_process_loses_its_lane_and_writes_nothing_there(
    crew: Crew, model: str, stale_seconds: int, record_property: Any
) -> None:
    """What it was told while it stood still is not lost: it hands the pictures in when it goes on."""
    scene = crew.scene
    patience = {"IMAGELOOM_GENERATION__LANE_STALE_SECONDS": str(stale_seconds)}
    scene.begin(**patience)
    provider = model.partition("/")[0]
    with ExitStack() as stack:
        crew.hire(stack, 1, **patience)
        scene.upstream.config(latency=2.0)
        batch = scene.submit(FEW, model=model)
        scene.until_ended(batch, 20)
        stalled = crew.owner(provider)
        pid = int(stalled.split("-")[-2])
        scene.server.until(lambda: scene.counts(batch)["running"] > 0)
        os.kill(pid, signal.SIGSTOP)
        stopped_at = time.monotonic()
        scene.upstream.config(latency=0.2)
        try:
            crew.until_other(provider, stalled)
            record_property("takeover_seconds", round(time.monotonic() - stopped_at, 1))
            epoch = scene.query("SELECT max(epoch) FROM lanes")
            # The new driver has given up what was in flight, and the provider has answered all of it.
            scene.server.until(lambda: _open_before(scene, batch) == 0)
        finally:
            os.kill(pid, signal.SIGCONT)
        scene.until_rest(batch)
        scene.server.until(lambda: scene.counts(batch)["uncertain"] == 0)
        assert scene.compare(batch)["done"] == FEW
        assert scene.upstream.account()["paid_calls"] == FEW
        assert scene.query("SELECT max(epoch) FROM lanes") == epoch, "the stalled one took the lane back"
        assert [worker.stop() for worker in crew.workers] == [0]


@pytest.mark.fault(10)
def test_a_picture_that_comes_after_its_item_was_sent_again_is_kept_beside(crew: Crew) -> None:
    scene = crew.scene
    patience = {"IMAGELOOM_GENERATION__LANE_STALE_SECONDS": "6"}
    scene.begin(concurrency=4, **patience)
    scene.upstream.config(latency=1.0)
    with ExitStack() as stack:
        crew.hire(stack, 1, **patience)
        batch = scene.submit(12, uncertain_policy="resend_once")
        scene.until_ended(batch, 2)
        stalled = crew.owner("openai")
        pid = int(stalled.split("-")[-2])
        scene.server.until(lambda: scene.upstream.account()["in_flight"] == 4)
        os.kill(pid, signal.SIGSTOP)
        try:
            crew.until_other("openai", stalled)
            scene.server.until(lambda: _over(scene, batch))
        finally:
            os.kill(pid, signal.SIGCONT)
        paid = scene.upstream.account()["paid_calls"]
        assert paid > 12
        # Every call that was paid is a picture, or says that it may have been paid.
        scene.server.until(lambda: scene.query("SELECT count(*) FROM attempts WHERE billed") == [(paid,)])
        assert scene.query("SELECT count(*) FROM assets") == [(paid,)]
        assert scene.compare(batch, paid_at_most=2)["done"] == 12


def test_lanes_are_shared(crew: Crew) -> None:
    """A server that drives every lane alone lets go of some when others come."""
    scene = crew.scene
    scene.begin(concurrency=1)
    scene.upstream.config(latency=1.0)
    for model in (OPENAI, REPLICATE, ILLUSTRATOR):
        scene.submit(300, model=model, suffix=model)
    scene.server.until(lambda: len(crew.owners()) == 3)
    assert len(set(crew.owners().values())) == 1
    with ExitStack() as stack:
        crew.hire(stack, 2)
        scene.server.until(lambda: sorted(Counter(crew.owners().values()).values()) == [1, 1, 1], seconds=90)
        # One that stops gives its lane back when its calls have ended, and the others take it.
        leaving = crew.workers[0]
        assert leaving.process is not None
        lanes = [lane for lane, owner in crew.owners().items() if f"-{leaving.process.pid}-" in owner]
        assert leaving.stop() == 0
        for lane in lanes:
            crew.until_other(lane, f"-{leaving.process.pid}-")
        scene.server.until(lambda: len(crew.owners()) == 3)
    assert scene.query("SELECT count(*) FROM attempts WHERE outcome = 'uncertain'") == [(0,)]


def _open_before(scene: Scene, batch: str) -> int:
    """Attempts that are open under an older epoch than their lane's."""
    statement = (
        "SELECT count(*) FROM attempts a JOIN lanes l ON l.id = a.lane_id "
        "WHERE a.run_id = ? AND a.settled_at IS NULL AND a.epoch < l.epoch"
    )
    ((number,),) = scene.query(statement, batch)
    return int(number)


def _over(scene: Scene, batch: str) -> bool:
    return scene.query("SELECT finished_at FROM runs WHERE id = ?", batch) != [(None,)]
