"""A process that stalls in the middle of a transaction on PostgreSQL, while others wait for what it holds."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import OperationalError

from imageloom.runtime.db.away import is_away
from imageloom.runtime.db.engines import make_job_engine, make_sync_engine
from imageloom.runtime.db.silence import end_silent
from tests.conftest import fresh_database

IN_THE_MIDDLE = """
import sys
from sqlalchemy import text
from imageloom.runtime.db.engines import make_sync_engine
engine = make_sync_engine(sys.argv[1], synchronous="FULL")
with engine.begin() as connection:
    connection.execute(text("UPDATE lanes SET day_requests = 1"))
    driver = connection.connection.driver_connection
    with driver.pipeline():
        if {is_mid_way}:
            driver.execute("UPDATE lanes SET day_requests = 2")
            driver.pgconn.send_flush_request()
            driver.pgconn.flush()
        print("holds", flush=True)
        sys.stdin.read()
"""


@contextmanager
def stalled(url: str, *, is_mid_way: bool) -> Iterator[None]:
    """Somebody holds every lane and stands still: between two statements, or in the middle of sending some."""
    program = IN_THE_MIDDLE.format(is_mid_way=is_mid_way)
    process = subprocess.Popen([sys.executable, "-c", program, url], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"holds\n"
        os.kill(process.pid, signal.SIGSTOP)
        yield
    finally:
        process.kill()
        process.communicate()


@pytest.fixture
def url(postgres: str) -> Iterator[str]:
    with fresh_database(postgres) as url:
        engine = create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
        with engine.begin() as connection:
            connection.execute(
                text(
                    "INSERT INTO lanes (id, provider, state, epoch, is_paused, day_requests) "
                    "VALUES ('a', 'a', 'idle', 0, false, 0)"
                )
            )
        engine.dispose()
        yield url


def ended_within(connection: Connection, *, seconds: float) -> list[str]:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if ended := end_silent(connection):
            return ended
        time.sleep(0.1)
    return []


@pytest.mark.parametrize("is_mid_way", [False, True])
def test_whoever_keeps_us_waiting_and_says_nothing_is_cut_off(url: str, is_mid_way: bool) -> None:
    ours, watch = make_sync_engine(url, synchronous="FULL"), make_job_engine(url)
    with stalled(url, is_mid_way=is_mid_way), watch.connect() as looking:
        looking.execution_options(isolation_level="AUTOCOMMIT")
        assert end_silent(looking) == [], "nobody waits yet"
        waiting = subprocess.Popen([sys.executable, "-c", WAITS, url, ours_name(looking)], stdout=subprocess.PIPE)
        assert len(ended_within(looking, seconds=30)) == 1
        out, _ = waiting.communicate(timeout=30)
        assert out == b"written\n"
    with ours.connect() as connection:
        assert connection.scalar(text("SELECT day_requests FROM lanes")) == 3, "what was not committed is undone"
    ours.dispose()
    watch.dispose()


WAITS = """
import sys
from sqlalchemy import create_engine, text
url = sys.argv[1].replace("postgresql://", "postgresql+psycopg://")
engine = create_engine(url, connect_args={"application_name": sys.argv[2]})
with engine.begin() as connection:
    connection.execute(text("UPDATE lanes SET day_requests = 3"))
print("written")
"""


def ours_name(connection: Connection) -> str:
    return str(connection.scalar(text("SHOW application_name")))


def test_nobody_is_cut_off_who_keeps_nobody_waiting(url: str) -> None:
    watch = make_job_engine(url)
    with stalled(url, is_mid_way=True), watch.connect() as looking:
        looking.execution_options(isolation_level="AUTOCOMMIT")
        assert ended_within(looking, seconds=7) == []
    watch.dispose()


def test_whoever_waits_too_long_for_a_lock_is_told_so_and_may_try_again(url: str) -> None:
    """Or a process that stalled would be given the lock at last, and keep it."""
    ours = make_sync_engine(url, synchronous="FULL")
    with stalled(url, is_mid_way=True):
        began = time.monotonic()
        with pytest.raises(OperationalError) as found, ours.begin() as connection:
            connection.execute(text("UPDATE lanes SET day_requests = 3"))
        assert is_away(found.value)
        assert time.monotonic() - began > 5
    ours.dispose()
