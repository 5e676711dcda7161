"""On PostgreSQL a living process takes the work of a dead one."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from imageloom.runtime.db.engines import make_job_engine
from imageloom.runtime.engine.leases import AdvisoryLease, FileLease
from imageloom.runtime.engine.protocol import ExecutorTaken


def test_a_lease_is_free_again_when_its_connection_dies(postgres: str) -> None:
    first = AdvisoryLease(make_job_engine(postgres), executor_id=None, settle_seconds=0)
    second = AdvisoryLease(make_job_engine(postgres), executor_id=None, settle_seconds=0)
    one, two = first.acquire(), second.acquire()
    assert one != two
    assert second.is_alive(one)
    assert first.is_held()
    living = second.living()
    assert living >= 2
    first.release()
    assert not second.is_alive(one)
    assert second.living() == living - 1
    assert not first.is_held()
    second.release()


def test_a_database_that_has_just_started_takes_nobody_for_dead(postgres: str) -> None:
    lease = AdvisoryLease(make_job_engine(postgres), executor_id=None, settle_seconds=1e9)
    lease.acquire()
    assert lease.is_alive("somebody-who-is-still-coming-back")
    lease.release()


def test_a_broken_connection_is_noticed_and_the_lease_taken_again(postgres: str) -> None:
    lease = AdvisoryLease(make_job_engine(postgres), executor_id="worker")
    lease.acquire()
    connection = lease._connection
    assert connection is not None
    pid = connection.exec_driver_sql("SELECT pg_backend_pid()").scalar_one()
    killer = make_job_engine(postgres)
    with killer.connect() as other:
        other.exec_driver_sql(f"SELECT pg_terminate_backend({pid})")
    deadline = time.monotonic() + 10
    while lease.is_held():
        assert time.monotonic() < deadline
    assert lease.reacquire()
    assert lease.is_held()
    lease.release()
    killer.dispose()


def test_a_lease_that_somebody_else_took_meanwhile_is_not_taken_again(postgres: str) -> None:
    first = AdvisoryLease(make_job_engine(postgres), executor_id="shared")
    second = AdvisoryLease(make_job_engine(postgres), executor_id="shared")
    first.acquire()
    with pytest.raises(ExecutorTaken, match="already works as shared"):
        second.acquire()
    first.release()
    first.release()
    assert second.acquire() == "shared"
    assert not first.reacquire()
    second.release()


def test_a_lease_cannot_be_taken_again_while_the_server_is_away() -> None:
    lease = AdvisoryLease(make_job_engine("postgresql://nobody@127.0.0.1:9/none"), executor_id="worker")
    assert not lease.reacquire()


def test_a_file_that_somebody_locks_is_a_living_executor(tmp_path: Path) -> None:
    first, second = FileLease(tmp_path, executor_id="a"), FileLease(tmp_path, executor_id="b")
    first.acquire()
    assert second.is_alive("a")
    first.release()
    first.release()
    assert not second.is_alive("a")
