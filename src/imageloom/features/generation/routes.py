"""Routes of lanes."""

from __future__ import annotations

from fastapi import APIRouter

from imageloom.features.generation.models import Lane
from imageloom.features.generation.repository import GenerationRepository
from imageloom.features.generation.schemas import LaneRead
from imageloom.features.generation.service import GenerationService
from imageloom.kit.errors import Forbidden, NotFound
from imageloom.runtime.http.problems import errors
from imageloom.runtime.http.scopes import ReadScope, WriteScope
from imageloom.runtime.scope import Scope

router = APIRouter(prefix="/api/lanes", tags=["lanes"])


def shape(lane: Lane, waiting: int) -> LaneRead:
    reason = "Paused by a person." if lane.is_paused else lane.parked_reason or lane.wait_reason
    return LaneRead(
        id=lane.id,
        provider=lane.provider,
        state=lane.state,
        waiting=waiting,
        is_paused=lane.is_paused,
        is_parked=lane.parked_reason is not None,
        reason=reason,
        resume_at=lane.resume_at,
        heartbeat_at=lane.heartbeat_at,
    )


async def _waiting(scope: Scope) -> dict[str, int]:
    return await GenerationRepository(scope.session).waiting_by_lane(scope.actor)


@router.get("", responses=errors(Forbidden))
async def list_lanes(scope: ReadScope) -> list[LaneRead]:
    """The lanes that the actor's work runs on, and why each waits."""
    lanes = await GenerationService(scope).lanes()
    waiting = await _waiting(scope)
    return [shape(lane, waiting.get(lane.id, 0)) for lane in lanes]


@router.post("/{lane_id}/pause", responses=errors(Forbidden, NotFound))
async def pause_lane(lane_id: str, scope: WriteScope) -> LaneRead:
    """No new call starts on the lane until it is resumed."""
    lane = await GenerationService(scope).pause_lane(lane_id)
    return shape(lane, (await _waiting(scope)).get(lane.id, 0))


@router.post("/{lane_id}/resume", responses=errors(Forbidden, NotFound))
async def resume_lane(lane_id: str, scope: WriteScope) -> LaneRead:
    """Ends a pause, a parking or a wait."""
    lane = await GenerationService(scope).resume_lane(lane_id)
    return shape(lane, (await _waiting(scope)).get(lane.id, 0))
