"""Rows by the million, written past the product: filling a table is not what is measured."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

MADE_AT = datetime(2026, 1, 1, tzinfo=UTC)
PAGE = 10_000
COLUMNS = """
id team_id project_id run_id item_id blake3 format width height provenance previews preview phash colour created_at
""".split()  # noqa: SIM905  a list of columns is read as a line of words


def made_id(kind: str, number: int) -> str:
    """An id of the product's length, in order of the number."""
    return f"{kind}{number:0{26 - len(kind)}d}"


def insert(
    connection: sqlite3.Connection, table: str, columns: Sequence[str], rows: Iterable[Sequence[object]]
) -> None:
    marks = ", ".join("?" * len(columns))
    connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)


def fill_assets(database: Path, *, count: int) -> None:
    """Assets of the first team, each with a provenance as it is written for a picture."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA busy_timeout = 10000")
        team, project = connection.execute("SELECT team_id, id FROM projects").fetchone()
        now = MADE_AT.strftime("%Y-%m-%d %H:%M:%S.%f")
        insert(
            connection, "blobs", ("blake3", "size_bytes", "media_type", "created_at"), [("b" * 64, 1, "image/png", now)]
        )
        columns = tuple(COLUMNS)
        for start in range(0, count, PAGE):
            stop = min(start + PAGE, count)
            insert(connection, "assets", columns, _assets(start, stop, team, project, now))
        connection.commit()


def _assets(start: int, stop: int, team: str, project: str, now: str) -> Iterator[Sequence[object]]:
    for number in range(start, stop):
        asset = made_id("A", number)
        yield (
            asset,
            team,
            project,
            made_id("R", number // 1000),
            made_id("I", number),
            "b" * 64,
            "png",
            1024,
            1024,
            orjson.dumps(_provenance(asset, number)).decode(),
            "done",
            "A" * 256,
            "0123456789abcdef",
            "#336699",
            now,
        )


def fill_copies(database: Path, *, count: int, days: int = 700) -> None:
    """Copies of the pictures that are there, with their files and previews, made over so many days."""
    with closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA busy_timeout = 10000")
        connection.row_factory = sqlite3.Row
        rows = [dict(row) for row in connection.execute("SELECT * FROM assets ORDER BY id")]
        columns = tuple(rows[0])
        for start in range(0, count, PAGE):
            stop = min(start + PAGE, count)
            insert(connection, "assets", columns, _copies(rows, columns, range(start, stop), days / count))
        connection.commit()


def _copies(
    rows: Sequence[dict[str, object]], columns: Sequence[str], numbers: range, days_each: float
) -> Iterator[Sequence[object]]:
    for number in numbers:
        made_at = (MADE_AT + timedelta(days=number * days_each)).strftime("%Y-%m-%d %H:%M:%S.%f")
        # Larger than any id of the product, so that the copies are the newest.
        changed = {"id": made_id("Z", number), "created_at": made_at, "item_id": None, "request_hash": None}
        copy = rows[number * 7919 % len(rows)] | changed
        yield tuple(copy[column] for column in columns)


def _provenance(asset: str, number: int) -> dict[str, object]:
    return {
        "template": "a lighthouse at {{hour}}, {{weather}}, seen from the sea",
        "prompt": f"a lighthouse at dusk, light rain, seen from the sea, number {number}",
        "revised_prompt": None,
        "negative_prompt": None,
        "provider": "openai",
        "model": "gpt-image-2",
        "is_trained_model": True,
        "seed": None,
        "quality": "medium",
        "width": 1024,
        "height": 1024,
        "options": {},
        "not_sent": [{"field": "seed", "value": str(number), "reason": "the model takes no seed"}],
        "batch": made_id("R", number // 1000),
        "item": made_id("I", number),
        "position": number % 1000,
        "attempt": made_id("T", number),
        "asset": asset,
        "provider_ref": f"req_{number}",
        "metadata": {},
        "notes": [],
        "created_at": MADE_AT.isoformat(),
    }
