"""Runs what has come due. A time is run once at most, also when processes die between making and noting it."""

from __future__ import annotations

import structlog

from imageloom.features.batches.windows import next_tick, read_zone
from imageloom.features.identity.repository import IdentityRepository
from imageloom.features.recipes.running import run_recipe
from imageloom.features.recipes.schemas import RecipeRun
from imageloom.features.schedules.models import Schedule
from imageloom.features.schedules.repository import ScheduleRepository
from imageloom.features.teams.service import TeamService
from imageloom.kit.errors import Forbidden, Problem
from imageloom.runtime.actor import SYSTEM, Actor, Permission
from imageloom.runtime.scope import Scopes

log = structlog.get_logger(__name__)

DUE_MAX = 100


async def tick(scopes: Scopes) -> int:
    """Runs every schedule whose time has come; of several times that passed, the last alone. Returns how many."""
    now = scopes.ports.clock.now()
    async with scopes.open(SYSTEM, write=False) as scope:
        due = await ScheduleRepository(scope.session).due(SYSTEM, now, limit=DUE_MAX)
    for schedule in due:
        batch_id, trouble = await _run(schedule, scopes=scopes)
        async with scopes.open(SYSTEM) as scope:
            kept = await ScheduleRepository(scope.session).schedule(SYSTEM, schedule.id)
            if kept is None or kept.next_at != schedule.next_at:
                # Removed, or run by somebody else in the same moment: with the same key, so it is the same batch.
                continue
            kept.last_at, kept.last_batch_id, kept.trouble = schedule.next_at, batch_id, trouble
            kept.next_at = next_tick(kept.cron, zone=read_zone(kept.zone), after=now)
    return len(due)


async def _run(schedule: Schedule, *, scopes: Scopes) -> tuple[str | None, str | None]:
    """The batch, or what kept it from being made."""
    key = f"schedule:{schedule.id}:{schedule.next_at.isoformat()}"
    try:
        actor = await _actor(schedule, scopes=scopes)
        changes = RecipeRun.model_validate(schedule.changes)
        batch, _run, _new = await run_recipe(
            schedule.recipe_id, changes, actor=actor, scopes=scopes, idempotency_key=key
        )
    except (Problem, OSError) as problem:
        log.warning("schedule_not_run", schedule=schedule.id, error=type(problem).__name__)
        return None, str(problem)[:500]
    return batch.id, None


async def _actor(schedule: Schedule, *, scopes: Scopes) -> Actor:
    """Who made it, with what they may do now. Raises :class:`Forbidden`."""
    async with scopes.open(SYSTEM, write=False) as scope:
        user = await IdentityRepository(scope.session).user(schedule.user_id)
        if user is None or user.disabled_at is not None:
            raise Forbidden("Who made this schedule may not sign in any more.")
        actor = await TeamService(scope).actor_of(user, scopes=None)
    actor.require(Permission.batches_write, team_id=None)
    return actor
