"""How the batches of one person stand: which have ended, and which wait for them."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from imageloom.features.batches.repository import BatchRepository
from imageloom.features.batches.schemas import CountsRead, News, StandingRead
from imageloom.features.generation.apply import pilot_question
from imageloom.features.generation.models import ItemState, RunState
from imageloom.features.generation.repository import GenerationRepository
from imageloom.features.generation.service import PAUSED_BY_PERSON
from imageloom.features.quotas.tallies import QUOTA
from imageloom.runtime.actor import Permission
from imageloom.runtime.scope import Scope

STANDING_MAX = 200
_LONGEST = timedelta(days=1)
_USUAL = timedelta(minutes=15)


async def standing(scope: Scope, *, ended_since: datetime | None) -> list[StandingRead]:
    """The newest of what the actor submitted and is not over, or was not at that time; a day ago at the earliest."""
    scope.actor.require(Permission.batches_read)
    now = scope.ports.clock.now()
    since = now - _USUAL if ended_since is None else max(ended_since, now - _LONGEST)
    rows = await BatchRepository(scope.session).standing(scope.actor, ended_since=since, limit=STANDING_MAX)
    going = [row.id for row in rows if row.state == RunState.running]
    generation = GenerationRepository(scope.session)
    short, parked = await generation.short_of(going), await generation.on_parked_lanes(going)
    return [_shape(row, short=short.get(row.id, ()), is_parked=row.id in parked) for row in rows]


def _shape(row: Any, *, short: Collection[str], is_parked: bool) -> StandingRead:
    counts = {state.value: getattr(row, state.value) for state in ItemState}
    return StandingRead(
        id=row.id,
        name=row.name,
        state=row.state,
        counts=CountsRead(total=sum(counts.values()), **counts),
        news=_news(row, short=short, is_parked=is_parked),
        finished_at=row.finished_at,
    )


def _news(row: Any, *, short: Collection[str], is_parked: bool) -> list[News]:
    told: list[tuple[News, bool]] = [
        # Whoever cancelled it knows.
        ("ended", row.state == RunState.finished),
        ("pilot", _asks(row)),
        ("failures", _was_stopped(row)),
        ("uncertain", row.uncertain > 0),
        ("budget", any(cap != QUOTA for cap in short)),
        ("quota", QUOTA in short),
        ("parked", is_parked),
    ]
    return [news for news, is_so in told if is_so]


def _asks(row: Any) -> bool:
    return row.state == RunState.paused and row.held_from is not None and row.reason == pilot_question(row.held_from)


def _was_stopped(row: Any) -> bool:
    return row.state == RunState.paused and row.reason not in (None, PAUSED_BY_PERSON) and not _asks(row)
