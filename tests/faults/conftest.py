"""Scenes for faults."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import fresh_database
from tests.faults.scene import Scene
from tests.server import Server
from tools.upstream.client import Upstream


@pytest.fixture
def slow_upstream() -> Iterator[Upstream]:
    """Fakes of this test alone, slow enough for something to be in flight at any moment."""
    with Upstream("--latency", "0.3", "--jitter", "0.2", "--picture-bytes", "3000", "--seed", "7") as running:
        yield running


@pytest.fixture
def scene(database_url: str, tmp_path: Path, slow_upstream: Upstream) -> Iterator[Scene]:
    """On both databases. Begin it yourself: ``scene.begin()``."""
    with Server(tmp_path / "data", database_url=database_url) as server:
        staged = Scene(server, slow_upstream, database_url=database_url)
        with staged.watched():
            yield staged


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.long)])
def sqlite_first(request: pytest.FixtureRequest, tmp_path: Path, slow_upstream: Upstream) -> Iterator[Scene]:
    """On PostgreSQL in long runs alone: what providers do, and what takes long and is tried there in other ways too."""
    if request.param == "sqlite":
        yield request.getfixturevalue("file_scene")
        return
    with (
        fresh_database(request.getfixturevalue("postgres")) as url,
        Server(tmp_path / "data", database_url=url) as server,
    ):
        staged = Scene(server, slow_upstream, database_url=url)
        with staged.watched():
            yield staged


@pytest.fixture
def file_scene(tmp_path: Path, slow_upstream: Upstream) -> Iterator[Scene]:
    """On the SQLite file of the data directory alone."""
    with Server(tmp_path / "data") as server:
        staged = Scene(server, slow_upstream)
        with staged.watched():
            yield staged
