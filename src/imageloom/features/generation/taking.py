"""Taking and leaving a lane: raising its epoch, finding what the driver before left behind, going idle."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Connection, exists, select, update

from imageloom.features.generation.changes import Claimed
from imageloom.features.generation.limits import MINUTE_SECONDS
from imageloom.features.generation.models import OPEN_ATTEMPTS, Attempt, Item, Lane, LaneState, Run, RunLane, RunState

MINUTE = timedelta(seconds=MINUTE_SECONDS)
_OPEN = [state.value for state in OPEN_ATTEMPTS]


def take(connection: Connection, lane_id: str, *, seen_epoch: int, owner: str, now: datetime) -> int | None:
    """Makes ``owner`` the driver and returns the new epoch. The one before is fenced from here on.

    ``None`` when the lane is no longer as it was when it was seen to need a driver: somebody else was faster.
    """
    statement = (
        update(Lane)
        .where(Lane.id == lane_id, Lane.epoch == seen_epoch)
        .values(epoch=seen_epoch + 1, state=LaneState.active.value, owner=owner, heartbeat_at=now)
    )
    return seen_epoch + 1 if connection.execute(statement).rowcount == 1 else None


def leave(connection: Connection, lane_id: str, *, epoch: int, even_with_work: bool) -> bool:
    """Marks the lane idle, unless work came in between. The last look and the mark are one transaction."""
    waiting = exists(waiting_work(lane_id))
    statement = (
        update(Lane).where(Lane.id == lane_id, Lane.epoch == epoch).values(state=LaneState.idle.value, owner=None)
    )
    if not even_with_work:
        statement = statement.where(~waiting)
    return connection.execute(statement).rowcount == 1


def waiting_work(lane_id: Any) -> Any:
    """Runs with items that wait on the lane."""
    return (
        select(RunLane.run_id)
        .join(Run, Run.id == RunLane.run_id)
        .where(RunLane.lane_id == lane_id, RunLane.pending > 0, Run.state == RunState.running.value)
    )


def orphans(connection: Connection, lane_id: str) -> list[Claimed]:
    """Attempts that a driver before us left open, oldest first."""
    rows = connection.execute(
        select(
            Attempt.id.label("attempt_id"),
            Attempt.number,
            Attempt.state.label("attempt_state"),
            Attempt.handle,
            Attempt.sent,
            Attempt.started_at,
            Item.id.label("item_id"),
            Item.run_id,
            Item.position,
            Item.provider,
            Item.model,
            Item.template,
            Item.prompt,
            Item.fields,
            Item.not_sent,
            Item.tries,
            Item.resends,
            Item.estimated_micros,
            Item.estimated_high_micros,
            Run.project_id,
            Run.team_id,
            Run.user_id,
            Run.uncertain_policy,
            Run.look_since,
        )
        .join(Item, Item.id == Attempt.item_id)
        .join(Run, Run.id == Item.run_id)
        .where(Attempt.lane_id == lane_id, Attempt.state.in_(_OPEN))
        .order_by(Attempt.id)
    ).mappings()
    return [
        Claimed(
            **{**{key: value for key, value in row.items() if key != "attempt_state"}, "state": row["attempt_state"]}
        )
        for row in rows
    ]


def recent_starts(connection: Connection, lane_id: str, *, now: datetime) -> list[datetime]:
    """When the lane's attempts of the last minute began, so that a restart does not forget the rate."""
    rows = connection.execute(
        select(Attempt.started_at)
        .where(Attempt.lane_id == lane_id, Attempt.started_at > now - MINUTE)
        .order_by(Attempt.started_at)
    )
    return [row.started_at for row in rows]


def lanes_to_drive(connection: Connection) -> list[Any]:
    """Lanes with open attempts, or with items that wait and may start; and who drives them."""
    return list(connection.execute(_lanes_to_drive()))


@cache
def _lanes_to_drive() -> Any:
    open_attempts = exists(select(Attempt.id).where(Attempt.lane_id == Lane.id, Attempt.state.in_(_OPEN)))
    return select(Lane.id, Lane.epoch, Lane.state, Lane.owner, Lane.heartbeat_at).where(
        open_attempts | (exists(waiting_work(Lane.id)) & ~Lane.is_paused & Lane.parked_reason.is_(None))
    )
