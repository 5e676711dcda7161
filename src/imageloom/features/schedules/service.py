"""Making, pausing and removing schedules."""

from __future__ import annotations

from collections.abc import Sequence

from imageloom.features.batches.scheduling import kept_schedule
from imageloom.features.batches.windows import next_tick, read_cron, read_zone
from imageloom.features.recipes.changing import changed_request
from imageloom.features.recipes.service import RecipeService
from imageloom.features.schedules.models import Schedule
from imageloom.features.schedules.repository import ScheduleRepository
from imageloom.features.schedules.schemas import ScheduleCreate
from imageloom.kit.errors import NotFound
from imageloom.runtime.actor import Permission
from imageloom.runtime.scope import Scope


class ScheduleService:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.repository = ScheduleRepository(scope.session)

    async def create(self, body: ScheduleCreate) -> Schedule:
        """Raises :class:`NotFound` and :class:`InvalidInput`: what could never run is refused now."""
        recipes = RecipeService(self.scope)
        recipe = await recipes.recipe(body.recipe_id, permission=Permission.batches_write)
        if recipe.removed_at is not None:
            raise NotFound("The recipe was removed.", field="recipe_id")
        version = await recipes.version(recipe, body.changes.version)
        now = self.scope.ports.clock.now()
        cron, zone = read_cron(body.cron, field="cron"), read_zone(body.zone, field="zone")
        request = changed_request(version.request, body.changes, project=recipe.project_id, name=recipe.name)
        if request.schedule is not None:
            kept_schedule(request.schedule, now=now)
        schedule = Schedule(
            id=self.scope.ports.ids.new(),
            team_id=recipe.team_id,
            project_id=recipe.project_id,
            user_id=str(self.scope.actor.user_id),
            recipe_id=recipe.id,
            name=body.name,
            changes=body.changes.model_dump(mode="json", exclude_defaults=True),
            cron=cron,
            zone=zone.key,
            is_paused=False,
            next_at=next_tick(cron, zone=zone, after=now),
            last_at=None,
            last_batch_id=None,
            trouble=None,
            created_at=now,
            removed_at=None,
        )
        await self.repository.add(schedule)
        return schedule

    async def schedule(self, schedule_id: str, *, permission: Permission = Permission.batches_read) -> Schedule:
        """Raises :class:`NotFound`."""
        schedule = await self.repository.schedule(self.scope.actor, schedule_id)
        self.scope.actor.require_for(schedule, permission)
        if schedule is None:
            raise NotFound("There is no such schedule.")
        return schedule

    async def schedules(self, *, before: str | None, limit: int) -> Sequence[Schedule]:
        self.scope.actor.require(Permission.batches_read)
        return await self.repository.schedules(self.scope.actor, before=before, limit=limit)

    async def pause(self, schedule_id: str) -> Schedule:
        """No time of it runs until it is resumed."""
        schedule = await self.schedule(schedule_id, permission=Permission.batches_write)
        schedule.is_paused = True
        return schedule

    async def resume(self, schedule_id: str) -> Schedule:
        """From the next time on: what passed meanwhile is not made up for."""
        schedule = await self.schedule(schedule_id, permission=Permission.batches_write)
        if schedule.is_paused:
            schedule.is_paused, schedule.trouble = False, None
            now = self.scope.ports.clock.now()
            schedule.next_at = next_tick(schedule.cron, zone=read_zone(schedule.zone), after=now)
        return schedule

    async def remove(self, schedule_id: str) -> Schedule:
        """What it made stays."""
        schedule = await self.schedule(schedule_id, permission=Permission.batches_write)
        schedule.removed_at = self.scope.ports.clock.now()
        return schedule
