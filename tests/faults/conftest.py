"""Scenes for faults, and the record of what became of each row of the catalogue."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.faults.catalogue import ROWS
from tests.faults.scene import Scene
from tests.server import Server
from tools.upstream.client import Upstream

RECORD = "IMAGELOOM_FAULT_RECORD"
"""A file that is written at the end with what became of each row; ``python run.py test --long`` names one."""


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


@pytest.fixture
def file_scene(tmp_path: Path, slow_upstream: Upstream) -> Iterator[Scene]:
    """On the SQLite file of the data directory alone."""
    with Server(tmp_path / "data") as server:
        staged = Scene(server, slow_upstream)
        with staged.watched():
            yield staged


# --- the record ----------------------------------------------------------------------------------------------

_results: dict[int, list[dict[str, Any]]] = {}


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    outcome: Any = yield
    report = outcome.get_result()
    if report.when != "call" and report.passed:
        return
    reason = report.longrepr[2] if report.skipped and isinstance(report.longrepr, tuple) else None
    for marker in item.iter_markers("fault"):
        for number in marker.args:
            assert number in ROWS, f"{item.nodeid} names a row that is not there: {number}"
            entry = {"test": item.nodeid, "outcome": report.outcome, "seconds": round(report.duration, 1)}
            _results.setdefault(number, []).append(entry if reason is None else {**entry, "reason": reason})


def pytest_sessionfinish(session: pytest.Session) -> None:
    name = os.environ.get(RECORD)
    if not name or not _results:
        return
    document = {
        "ended_at": datetime.now(UTC).isoformat(timespec="minutes"),
        "machine": f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}",
        "rows": {str(number): entries for number, entries in sorted(_results.items())},
    }
    Path(name).write_text(json.dumps(document, indent=1) + "\n")
