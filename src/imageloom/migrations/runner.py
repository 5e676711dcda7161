"""Runs the migrations of our own tables. The job engine migrates its own."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from imageloom.runtime.db.engines import make_sync_engine

_LOCK = 4_711_002


def alembic_config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent))
    return config


@cache
def head_revision() -> str:
    head = ScriptDirectory.from_config(alembic_config()).get_current_head()
    assert head is not None
    return head


def current_revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def migrate(url: str, *, revision: str = "head") -> None:
    """Brings the database to the revision; at the head already, it costs one query.

    On PostgreSQL a lock keeps two starting processes apart; SQLite has one process.
    """
    engine = make_sync_engine(url, synchronous="FULL")
    try:
        with engine.connect() as connection:
            at_head = revision == "head" and current_revision(connection) == head_revision()
            connection.rollback()
        if at_head:
            return
        with engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                # However long another process takes to bring the database here.
                connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
                connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_LOCK})")
            config = alembic_config()
            config.attributes["connection"] = connection
            if revision == "head" or revision.startswith("+"):
                command.upgrade(config, revision)
            else:
                command.downgrade(config, revision)
    finally:
        engine.dispose()
