"""A machine of everything that can happen to the ledger, against a small model of its books.

The code and the database are the real ones; the provider is scripted, and time moves by hand. After every step all rows
are compared with the model.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import (
    run_state_machine_as_test,
)
from sqlalchemy import text
from sqlalchemy.engine import make_url

from imageloom.features.generation import apply
from imageloom.runtime.db.engines import make_sync_engine
from tests.model.machine import Ledger
from tests.model.workers import Place

MINIMUM = 4
"""In place of the 20 items below which a failure budget says nothing: batches here are small."""


@pytest.fixture
def make_place(database_url: str, tmp_path: Path) -> Callable[[], Place]:
    """Makes places with an empty, migrated database."""
    template = make_url(database_url)

    def on_sqlite() -> Place:
        folder = Path(tempfile.mkdtemp(dir=tmp_path))
        shutil.copyfile(str(template.database), folder / "studio.db")
        return Place(f"sqlite:///{folder / 'studio.db'}", folder)

    def on_postgres() -> Place:
        engine = make_sync_engine(database_url, synchronous="FULL")
        with engine.begin() as connection:
            tables = connection.execute(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")).scalars()
            names = ", ".join(f'"{table}"' for table in tables if table != "alembic_version")
            connection.execute(text(f"TRUNCATE {names} RESTART IDENTITY CASCADE"))
        engine.dispose()
        return Place(database_url, Path(tempfile.mkdtemp(dir=tmp_path)))

    return on_sqlite if template.get_backend_name() == "sqlite" else on_postgres


def check(
    make_place: Callable[[], Place], monkeypatch: pytest.MonkeyPatch, *, examples: int, steps: int, shrinks: bool
) -> None:
    monkeypatch.setattr(apply, "MIN_ITEMS_FOR_BUDGET", MINIMUM)
    machine = type("LedgerHere", (Ledger,), {"make_place": staticmethod(make_place)})
    # Shrinking takes minutes: whoever sees a failure runs the long test.
    phases = (Phase.generate, Phase.shrink) if shrinks else (Phase.generate,)
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            phases=phases,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_the_books_are_right_whatever_happens(make_place, database_url, monkeypatch) -> None:
    examples, steps = (40, 40) if database_url.startswith("sqlite") else (10, 30)
    check(make_place, monkeypatch, examples=examples, steps=steps, shrinks=False)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_the_books_are_right_whatever_happens_for_long(make_place, database_url, monkeypatch) -> None:
    examples, steps = (1000, 60) if database_url.startswith("sqlite") else (200, 60)
    check(make_place, monkeypatch, examples=examples, steps=steps, shrinks=True)
