"""What quotas hear of an attempt's end: a picture that did not come is given back, and one that came takes its room."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, select

from imageloom.features.generation.changes import Settled
from imageloom.features.generation.models import Attempt, Run
from imageloom.features.quotas.tallies import Moved, locked_quotas, move

_WHOSE = (
    select(Attempt.id, Attempt.started_at, Run.team_id, Run.user_id)
    .join(Run, Run.id == Attempt.run_id)
    .where(Attempt.id.in_(bindparam("attempts", expanding=True)))
)


def count_ends(connection: Connection, settled: Sequence[Settled]) -> None:
    """Each attempt was counted as one picture when it began."""
    _count(connection, settled, images={change.attempt_id: 0 if change.pictures else -1 for change in settled})


def count_late(connection: Connection, change: Settled, *, is_open: bool) -> None:
    """A picture of an attempt that was given back; one that nobody waits for any more only takes its room."""
    _count(connection, [change], images={change.attempt_id: 1 if is_open else 0})


def count_damaged(connection: Connection, *, team_id: str, user_id: str, began_at: datetime) -> None:
    """What was taken for a picture is none."""
    gone = Moved(team_id=team_id, user_id=user_id, began_at=began_at, images=-1)
    move(connection, locked_quotas(connection, [team_id]), [gone])


def _count(connection: Connection, settled: Sequence[Settled], *, images: dict[str, int]) -> None:
    quotas = locked_quotas(connection, {change.team_id for change in settled}) if settled else []
    if not quotas:
        return
    rooms = {change.attempt_id: sum(picture.size_bytes for picture in change.pictures) for change in settled}
    moved = [
        Moved(
            team_id=row.team_id,
            user_id=row.user_id,
            began_at=row.started_at,
            images=images[row.id],
            size_bytes=rooms[row.id],
        )
        for row in connection.execute(_WHOSE, {"attempts": sorted(rooms)})
    ]
    move(connection, quotas, moved)
