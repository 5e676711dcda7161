"""Routes of schedules."""

from __future__ import annotations

from fastapi import Request, Response

from imageloom.features.recipes.errors import ChangeBad
from imageloom.features.schedules.models import Schedule
from imageloom.features.schedules.schemas import RecurringRead, ScheduleCreate
from imageloom.features.schedules.service import ScheduleService
from imageloom.kit.errors import Forbidden, InvalidInput, NotFound, TooLarge
from imageloom.kit.pagination import cursor_after, decode_cursor
from imageloom.runtime.http.pages import LIMIT_DEFAULT, NOT_MODIFIED, Cursor, Limit, Page, tagged_json, tagged_page
from imageloom.runtime.http.problems import errors
from imageloom.runtime.http.routing import Router
from imageloom.runtime.http.scopes import ReadScope, WriteScope

router = Router(prefix="/api/schedules", tags=["schedules"])


def shape(schedule: Schedule) -> RecurringRead:
    return RecurringRead(
        id=schedule.id,
        project_id=schedule.project_id,
        user_id=schedule.user_id,
        recipe_id=schedule.recipe_id,
        name=schedule.name,
        cron=schedule.cron,
        zone=schedule.zone,
        changes=schedule.changes,
        is_paused=schedule.is_paused,
        next_at=schedule.next_at,
        last_at=schedule.last_at,
        last_batch_id=schedule.last_batch_id,
        trouble=schedule.trouble,
        created_at=schedule.created_at,
        removed_at=schedule.removed_at,
    )


@router.post("", status_code=201, responses=errors(InvalidInput, ChangeBad, Forbidden, NotFound, TooLarge))
async def create_schedule(body: ScheduleCreate, scope: WriteScope, response: Response) -> RecurringRead:
    """Runs a recipe whenever the cron line comes. Times that passed while nothing ran are run once, not one by one."""
    schedule = await ScheduleService(scope).create(body)
    response.headers["Location"] = f"/api/schedules/{schedule.id}"
    return shape(schedule)


@router.get("", response_model=Page[RecurringRead], responses=errors(Forbidden, InvalidInput) | NOT_MODIFIED)
async def list_schedules(
    request: Request, scope: ReadScope, limit: Limit = LIMIT_DEFAULT, cursor: Cursor = None
) -> Response:
    """Schedules, newest first."""
    before = None if cursor is None else decode_cursor(cursor)
    rows = await ScheduleService(scope).schedules(before=before, limit=limit)
    return tagged_page(request, [shape(schedule) for schedule in rows], cursor_after(rows, limit))


@router.get("/{schedule_id}", response_model=RecurringRead, responses=errors(Forbidden, NotFound) | NOT_MODIFIED)
async def read_schedule(schedule_id: str, request: Request, scope: ReadScope) -> Response:
    return tagged_json(request, shape(await ScheduleService(scope).schedule(schedule_id)))


@router.post("/{schedule_id}/pause", responses=errors(Forbidden, NotFound))
async def pause_schedule(schedule_id: str, scope: WriteScope) -> RecurringRead:
    return shape(await ScheduleService(scope).pause(schedule_id))


@router.post("/{schedule_id}/resume", responses=errors(Forbidden, NotFound))
async def resume_schedule(schedule_id: str, scope: WriteScope) -> RecurringRead:
    """From the next time on."""
    return shape(await ScheduleService(scope).resume(schedule_id))


@router.delete("/{schedule_id}", responses=errors(Forbidden, NotFound))
async def remove_schedule(schedule_id: str, scope: WriteScope) -> RecurringRead:
    """Ends a schedule. What it made stays."""
    return shape(await ScheduleService(scope).remove(schedule_id))
