"""Traces a test that runs on both databases on one of them: tracing each line twice takes a fifth of what they compute.

Which one follows from the test's name, so that half of the tests reach the lines of each. Tests of the job engines are
traced on both, for they are about what an engine does differently on each.
"""

from __future__ import annotations

import os
from collections.abc import Generator
from pathlib import Path
from zlib import crc32

import coverage
import pytest

ENGINES = Path(__file__).parent / "engine"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    measuring = coverage.Coverage.current()
    if measuring is None or _is_traced(item):
        return (yield)
    measuring.stop()
    try:
        return (yield)
    finally:
        measuring.start()


def _is_traced(item: pytest.Item) -> bool:
    call = getattr(item, "callspec", None)
    kind = call.params.get("database_url") if call else None
    if kind is None or item.path.parent == ENGINES or os.environ.get("IMAGELOOM_TEST_DATABASES", "both") != "both":
        return True
    name = item.nodeid.replace(str(kind), "", 1)
    return kind == ("sqlite", "postgres")[crc32(name.encode()) % 2]
