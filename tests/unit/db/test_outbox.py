"""Events end the transactions that tell them."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

from sqlalchemy import Connection, Engine, event, select, text

from imageloom.kit.clock import SystemClock
from imageloom.runtime.db.engines import make_sync_engine
from imageloom.runtime.db.outbox import OutboxRow, keep_events, write_events


def tell(connection: Connection, kind: str) -> None:
    payload: dict[str, Any] = {"of": kind}
    keep_events(connection, [{"kind": kind, "topic": "test", "payload": payload, "created_at": SystemClock().now()}])


def told(engine: Engine) -> list[str]:
    with engine.connect() as connection:
        return list(connection.scalars(select(OutboxRow.kind).order_by(OutboxRow.id)))


def test_an_event_is_written_after_everything_else_and_only_if_it_is_committed(database_url: str) -> None:
    engine = make_sync_engine(database_url, synchronous="NORMAL", pool_size=1)
    statements: list[str] = []
    event.listen(engine, "before_cursor_execute", lambda *said: statements.append(said[2]))
    with engine.begin() as connection:
        tell(connection, "first")
        tell(connection, "second")
        connection.execute(text("SELECT 1"))
        write_events(connection)
    said = [statement.split()[0:3] for statement in statements]
    assert said.index(["SELECT", "1"]) < said.index(["INSERT", "INTO", "outbox"])
    assert told(engine) == ["first", "second"]
    with suppress(RuntimeError), engine.begin() as connection:
        tell(connection, "undone")
        raise RuntimeError
    with engine.connect() as connection:
        tell(connection, "left")
    with engine.begin() as connection:
        connection.execute(text("SELECT 1"))
        write_events(connection)
    assert told(engine) == ["first", "second"]
    engine.dispose()


def test_one_who_tells_and_then_locks_does_not_stop_one_who_locks_and_then_tells(database_url: str) -> None:
    engine = make_sync_engine(database_url, synchronous="NORMAL", pool_size=2)
    lock = text("UPDATE subscriptions SET last_id = last_id + 1 WHERE name = 'both'")
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO subscriptions (name, last_id) VALUES ('both', 0)"))

    def lock_and_tell() -> None:
        with engine.begin() as connection:
            connection.execute(lock)
            tell(connection, "locked first")
            write_events(connection)

    with ThreadPoolExecutor(1) as other:
        with engine.begin() as connection:
            tell(connection, "told first")
            ending = other.submit(lock_and_tell)
            if engine.dialect.name == "postgresql":
                # On SQLite the other waits for all of this one.
                ending.result(timeout=10)
            connection.execute(lock)
            write_events(connection)
        ending.result(timeout=10)
    assert sorted(told(engine)) == ["locked first", "told first"]
    engine.dispose()
