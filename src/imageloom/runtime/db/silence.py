"""Processes that stall in the middle of a transaction on PostgreSQL, and hold locks that others wait for.

The server ends a transaction that is idle. One whose client stopped in the middle of sending is not idle to it, and
would hold its locks for as long as the client lives.
"""

from __future__ import annotations

from sqlalchemy import Connection, text

from imageloom.runtime.db.engines import SESSIONS

SILENT_SECONDS = 5.0
"""How long somebody waits, and whom it waits for says nothing, before that one is cut off."""


def end_silent(connection: Connection) -> list[str]:
    """Ends the sessions of other processes that keep this one waiting and say nothing; returns whose they were.

    What they did not commit is undone, and they find their connection broken: as after any loss of the database.
    """
    rows = connection.execute(_END_SILENT, {"seconds": SILENT_SECONDS, "sessions": f"{SESSIONS}%"})
    return [row.application_name for row in rows if row.ended]


_END_SILENT = text(
    """
    WITH waiting AS MATERIALIZED (
        SELECT pid, application_name FROM pg_stat_activity
        WHERE datname = current_database() AND application_name = current_setting('application_name')
        AND wait_event_type = 'Lock' AND query_start < clock_timestamp() - make_interval(secs => :seconds)
    ), silent AS MATERIALIZED (
        SELECT DISTINCT other.pid, other.application_name
        FROM waiting CROSS JOIN LATERAL unnest(pg_blocking_pids(waiting.pid)) AS blocking (pid)
        JOIN pg_stat_activity other ON other.pid = blocking.pid
        WHERE other.application_name LIKE :sessions AND other.application_name <> waiting.application_name
        AND other.wait_event = 'ClientRead' AND other.xact_start IS NOT NULL
        AND other.state_change < clock_timestamp() - make_interval(secs => :seconds)
    )
    SELECT application_name, pg_terminate_backend(pid) AS ended FROM silent
    """
)
