"""On PostgreSQL a living process takes the work of a dead one."""

from __future__ import annotations

import time

from imageloom.runtime.db.engines import make_job_engine
from imageloom.runtime.engine.leases import AdvisoryLease


def test_a_lease_is_free_again_when_its_connection_dies(postgres: str) -> None:
    first = AdvisoryLease(make_job_engine(postgres), executor_id=None)
    second = AdvisoryLease(make_job_engine(postgres), executor_id=None)
    assert (first.acquire(), second.acquire()) == ("w-0", "w-1")
    assert second.is_alive("w-0")
    assert first.is_held()
    first.release()
    assert not second.is_alive("w-0")
    assert not first.is_held()
    third = AdvisoryLease(make_job_engine(postgres), executor_id=None)
    assert third.acquire() == "w-0"
    for lease in (second, third):
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
