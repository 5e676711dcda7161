"""Both engines keep the same promises: DBOS on SQLite and PostgreSQL, and the one in memory."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import create_async_engine

from imageloom.kit.clock import SystemClock
from imageloom.runtime.db.engines import dialect_of, make_async_engine, make_job_engine
from imageloom.runtime.engine.dbos_engine import DbosEngine
from imageloom.runtime.engine.leases import AdvisoryLease, FileLease
from imageloom.runtime.engine.memory import MemoryEngine, MemoryStore
from imageloom.runtime.engine.protocol import Call, Engine, ExecutorTaken, Wait

Make = Callable[..., Engine]


@pytest.fixture(params=["memory", "dbos"])
def make_engine(request: pytest.FixtureRequest, database_url: str, tmp_path: Path) -> Make:
    """Makes engines that share their durable state."""
    store = MemoryStore()

    def make(executor_id: str = "local") -> Engine:
        if request.param == "memory":
            return MemoryEngine(store=store, clock=SystemClock(), executor_id=executor_id)
        database = make_job_engine(database_url)
        on_postgresql = dialect_of(database_url) == "postgresql"
        lease = (
            AdvisoryLease(database, executor_id=executor_id)
            if on_postgresql
            else FileLease(tmp_path / "run", executor_id=executor_id)
        )
        return DbosEngine(database=database, lease=lease, poll_seconds=0.1, takes_over=on_postgresql)

    return make


class Recorder:
    """A handler that remembers its calls."""

    def __init__(self, answer: Callable[[Call], Awaitable[Wait | None]] | None = None) -> None:
        self.calls: list[Call] = []
        self._answer = answer

    async def __call__(self, call: Call) -> Wait | None:
        self.calls.append(call)
        return None if self._answer is None else await self._answer(call)

    async def reached(self, count: int) -> None:
        deadline = time.monotonic() + 20
        while len(self.calls) < count:
            assert time.monotonic() < deadline, self.calls
            await asyncio.sleep(0.02)


@asynccontextmanager
async def running(engine: Engine, **handlers: Any) -> AsyncIterator[Engine]:
    for name, handler in handlers.items():
        engine.register(name, handler)
    await engine.start()
    try:
        yield engine
    finally:
        await engine.stop(grace_seconds=2)


async def test_a_job_runs_at_once_and_only_once(make_engine: Make) -> None:
    job = Recorder()
    async with running(make_engine(), greet=job) as engine:
        await engine.run_now("greet", "greet:1", {"who": "you"})
        await engine.run_now("greet", "greet:1", {"who": "you"})
        await job.reached(1)
        await engine.run_now("greet", "greet:2", {"who": "me"})
        await job.reached(2)
    assert [(call.job_id, call.payload["who"]) for call in job.calls] == [("greet:1", "you"), ("greet:2", "me")]


async def test_an_enqueued_job_exists_exactly_if_its_transaction_commits(make_engine: Make, database_url: str) -> None:
    job = Recorder()
    database = make_async_engine(database_url, pool_size=2)
    async with running(make_engine(), write=job) as engine:
        async with database.connect() as connection:
            await connection.begin()
            await engine.enqueue(connection, "write", "write:lost", {"n": 1})
            await connection.rollback()
        async with database.begin() as connection:
            await engine.enqueue(connection, "write", "write:kept", {"n": 2})
        await job.reached(1)
        await asyncio.sleep(0.3)
    await database.dispose()
    assert [call.job_id for call in job.calls] == ["write:kept"]


async def test_a_job_that_its_process_left_runs_again_at_the_next_start(make_engine: Make) -> None:
    blocked = asyncio.Event()

    async def never_ends(_call: Call) -> None:
        await blocked.wait()

    first, second = Recorder(never_ends), Recorder()
    engine = make_engine()
    engine.register("work", first)
    await engine.start()
    await engine.run_now("work", "work:1", {"n": 1})
    await first.reached(1)
    await engine.stop(grace_seconds=0.1)
    async with running(make_engine(), work=second):
        await second.reached(1)
    assert second.calls[0].job_id == "work:1"


async def test_a_job_that_waits_goes_on_waiting_after_a_restart(make_engine: Make) -> None:
    async def waits(call: Call) -> Wait | None:
        return Wait(topic="approve", timeout_seconds=60) if call.signal is None else None

    first, second = Recorder(waits), Recorder(waits)
    async with running(make_engine(), ask=first) as engine:
        await engine.run_now("ask", "ask:1", {})
        await first.reached(1)
        await asyncio.sleep(0.3)
    async with running(make_engine(), ask=second) as engine:
        await engine.send("ask:1", topic="approve", value="yes")
        deadline = time.monotonic() + 20
        while not any(call.signal == "yes" for call in second.calls):
            assert time.monotonic() < deadline, second.calls
            await asyncio.sleep(0.02)


async def test_a_second_process_with_the_same_id_is_refused(make_engine: Make) -> None:
    async with running(make_engine(), noop=Recorder()):
        other = make_engine()
        with pytest.raises(ExecutorTaken):
            await other.start()


async def test_liveness_follows_the_lease(make_engine: Make) -> None:
    async with running(make_engine(), noop=Recorder()) as engine:
        assert await engine.is_alive("local")
        # On PostgreSQL one look is not enough: a living process may be about to take its lock again.
        deadline = time.monotonic() + 40
        while await engine.is_alive("gone"):
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
        assert await engine.problem() is None
    assert await engine.problem() is not None


async def test_a_job_waits_for_a_signal_or_for_the_time_to_pass(make_engine: Make) -> None:
    async def waits(call: Call) -> Wait | None:
        return Wait(topic="approve", timeout_seconds=30) if call.signal is None else None

    async def waits_briefly(call: Call) -> Wait | None:
        return None if len(brief.calls) > 1 else Wait(topic="approve", timeout_seconds=0.2)

    signalled, brief = Recorder(waits), Recorder(waits_briefly)
    async with running(make_engine(), ask=signalled, hurry=brief) as engine:
        await engine.run_now("ask", "ask:1", {})
        await engine.run_now("hurry", "hurry:1", {})
        await signalled.reached(1)
        await engine.send("ask:1", topic="approve", value="yes")
        await signalled.reached(2)
        await brief.reached(2)
    assert signalled.calls[1].signal == "yes"
    assert brief.calls[1].signal is None


async def test_ended_jobs_are_pruned(make_engine: Make) -> None:
    async def fails(_call: Call) -> None:
        raise ValueError("this job is bad")

    good, bad = Recorder(), Recorder(fails)
    async with running(make_engine(), good=good, bad=bad) as engine:
        await engine.run_now("good", "good:1", {})
        await engine.run_now("bad", "bad:1", {})
        await good.reached(1)
        await bad.reached(1)
        await asyncio.sleep(0.3)
        assert await engine.prune(before=datetime.now(UTC) - timedelta(hours=1)) == 0
        assert await engine.prune(before=datetime.now(UTC) + timedelta(hours=1)) == 2
        await engine.run_now("good", "good:1", {})
        await good.reached(2)


async def test_an_unknown_job_is_refused_before_it_is_written(make_engine: Make, database_url: str) -> None:
    database = create_async_engine("sqlite+aiosqlite://")
    async with running(make_engine(), known=Recorder()) as engine, database.begin() as connection:
        with pytest.raises(ValueError, match="no handler"):
            await engine.enqueue(connection, "unknown", "x", {})
    with pytest.raises(ValueError, match="has a handler"):
        engine.register("known", Recorder())
    await database.dispose()


async def test_a_living_executor_takes_the_work_of_a_dead_one(make_engine: Make, database_url: str) -> None:
    if dialect_of(database_url) != "postgresql":
        pytest.skip("on SQLite one process has the whole database")
    blocked = asyncio.Event()

    async def never_ends(_call: Call) -> None:
        await blocked.wait()

    first, second = Recorder(never_ends), Recorder()
    dead = make_engine("dead")
    if isinstance(dead, MemoryEngine):
        pytest.skip("the engine in memory has one process")
    dead.register("work", first)
    await dead.start()
    await dead.run_now("work", "work:1", {"n": 1})
    await first.reached(1)
    await dead.stop(grace_seconds=0.1)
    async with running(make_engine("living"), work=second):
        await second.reached(1)
    assert second.calls[0].payload == {"n": 1}


async def test_a_lease_that_is_lost_is_told_and_taken_again(make_engine: Make, database_url: str) -> None:
    engine = make_engine("worker")
    if dialect_of(database_url) != "postgresql" or isinstance(engine, MemoryEngine):
        pytest.skip("only PostgreSQL can take a lease away")
    database = make_async_engine(database_url, pool_size=1)
    job = Recorder()
    async with running(engine, work=job), database.connect() as connection:
        await connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND pid <> pg_backend_pid()"
        )
        deadline = time.monotonic() + 20
        locks = 0
        while locks == 0:
            assert time.monotonic() < deadline
            await asyncio.sleep(0.1)
            found = await connection.exec_driver_sql("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
            locks = found.scalar_one()
        await engine.run_now("work", "work:1", {})
        await job.reached(1)
    await database.dispose()


async def test_an_engine_that_never_started_can_be_stopped(make_engine: Make) -> None:
    engine = make_engine()
    await engine.stop(grace_seconds=1)
    assert await engine.problem() is not None


async def test_a_job_of_a_handler_that_is_gone_does_not_stop_the_others(make_engine: Make) -> None:
    """An extension was removed while its jobs waited."""
    blocked = asyncio.Event()

    async def never_ends(_call: Call) -> None:
        await blocked.wait()

    removed, other = Recorder(never_ends), Recorder()
    async with running(make_engine(), removed=removed) as engine:
        await engine.run_now("removed", "removed:1", {})
        await removed.reached(1)
    async with running(make_engine(), other=other) as engine:
        await engine.run_now("other", "other:1", {})
        await other.reached(1)


async def test_a_schedule_is_replaced_at_the_next_start(make_engine: Make) -> None:
    for number in (1, 2):
        job = Recorder()
        engine = make_engine()
        engine.schedule("each-second", cron="* * * * * *", handler="tick", payload={"n": number})
        async with running(engine, tick=job):
            if isinstance(engine, MemoryEngine):
                await engine.fire("each-second")
            deadline = time.monotonic() + 20
            # A call that was due before may still come first.
            while {"n": number} not in [call.payload for call in job.calls]:
                assert time.monotonic() < deadline, job.calls
                await asyncio.sleep(0.02)


async def test_a_schedule_calls_its_handler(make_engine: Make) -> None:
    job = Recorder()
    engine = make_engine()
    engine.schedule("each-second", cron="* * * * * *", handler="tick", payload={"n": 1})
    async with running(engine, tick=job):
        if isinstance(engine, MemoryEngine):
            await engine.fire("each-second")
        await job.reached(1)
    assert job.calls[0].payload == {"n": 1}
