"""What became of each row of the catalogue, written down at the end of a run. A plugin: ``-p tests.faults.record``.

The whole takes longer than a machine may be free, so that a run of some tests renews what is known of those, and leaves
the rest with the date that it has.
"""

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

RECORD = "IMAGELOOM_FAULT_RECORD"
"""A file that is written at the end; ``python run.py test --long`` names one."""
_results: dict[int, list[dict[str, Any]]] = {}
_ROW = "fault"


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Iterator[None]:
    """In the process that ran the test: the report takes along which rows it is about."""
    outcome: Any = yield
    for marker in item.iter_markers(_ROW):
        for number in marker.args:
            assert number in ROWS, f"{item.nodeid} names a row that is not there: {number}"
            outcome.get_result().user_properties.append((_ROW, number))


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """In the process that hears of every test."""
    if report.when != "call" and report.passed:
        return
    entry: dict[str, Any] = {
        "test": report.nodeid,
        "outcome": report.outcome,
        "on": datetime.now(UTC).date().isoformat(),
        "seconds": round(report.duration, 1),
    }
    if report.skipped and isinstance(report.longrepr, tuple):
        entry["reason"] = report.longrepr[2]
    # What a test measured by the way, such as how long a takeover took.
    entry |= {str(name): value for name, value in report.user_properties if name != _ROW}
    for name, number in report.user_properties:
        if name == _ROW:
            _results.setdefault(int(str(number)), []).append(entry)


def pytest_sessionfinish(session: pytest.Session) -> None:
    name = os.environ.get(RECORD)
    if not name or not _results or hasattr(session.config, "workerinput"):
        return
    place = Path(name)
    before = json.loads(place.read_text())["rows"] if place.exists() else {}
    document = {
        "machine": f"{os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}",
        "rows": renewed(before, _results),
    }
    place.write_text(json.dumps(document, indent=1) + "\n")


def renewed(before: dict[str, list[dict[str, Any]]], now: dict[int, list[dict[str, Any]]]) -> dict[str, Any]:
    """What was known of each row, with the tests that ran now in the place of what was known of them."""
    ran = {entry["test"] for entries in now.values() for entry in entries}
    rows = {number: [entry for entry in entries if entry["test"] not in ran] for number, entries in before.items()}
    for number, entries in now.items():
        rows[str(number)] = sorted([*rows.get(str(number), []), *entries], key=lambda entry: str(entry["test"]))
    return {number: entries for number, entries in sorted(rows.items(), key=lambda row: int(row[0])) if entries}
