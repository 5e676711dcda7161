"""Routes of lanes, and of bills."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Annotated

from fastapi import Query, Request, UploadFile

from imageloom.contracts.provider import Limits
from imageloom.features.catalog.prices import CURRENCY
from imageloom.features.credentials.repository import CredentialRepository
from imageloom.features.credentials.service import lower
from imageloom.features.generation.bills import read_bill
from imageloom.features.generation.errors import BillUnreadable
from imageloom.features.generation.models import Lane
from imageloom.features.generation.reconciling import reconcile
from imageloom.features.generation.repository import GenerationRepository
from imageloom.features.generation.schemas import BillRead, LaneRead, LimitsRead
from imageloom.features.generation.service import GenerationService
from imageloom.kit.errors import Forbidden, InvalidInput, NotFound, TooLarge
from imageloom.runtime.actor import Permission
from imageloom.runtime.http.problems import errors
from imageloom.runtime.http.routing import Router
from imageloom.runtime.http.scopes import KnownActor, ReadScope, WriteScope, http_ports
from imageloom.runtime.http.uploads import received
from imageloom.runtime.scope import Scope

router = Router(prefix="/api/lanes", tags=["lanes"])
bills_router = Router(prefix="/api/bills", tags=["money"])


def shape(lane: Lane, waiting: int, limits: Limits | None) -> LaneRead:
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
        limits=None
        if limits is None
        else LimitsRead(
            concurrency=limits.concurrency,
            requests_per_minute=limits.requests_per_minute,
            images_per_minute=limits.images_per_minute,
            requests_per_day=limits.requests_per_day,
        ),
    )


async def _limits(scope: Scope) -> Callable[[Lane], Limits | None]:
    """What each lane keeps to: the limits of its provider, lowered by its key."""
    actor = scope.actor
    stated = {key.id: key.limits for key in await CredentialRepository(scope.session).all(actor)}

    def of(lane: Lane) -> Limits | None:
        provider = scope.ports.providers.get(lane.provider)
        # A guest does not see the key, and so not what it lowers.
        is_hidden = lane.team_id is not None and lane.team_id not in actor.team_ids
        return (
            None if provider is None or is_hidden else lower(provider.limits, stated.get(lane.credential_id or "", {}))
        )

    return of


async def _waiting(scope: Scope) -> dict[str, int]:
    return await GenerationRepository(scope.session).waiting_by_lane(scope.actor)


@router.get("", responses=errors(Forbidden))
async def list_lanes(scope: ReadScope) -> list[LaneRead]:
    """The lanes that the actor's work runs on, and why each waits."""
    lanes = await GenerationService(scope).lanes()
    waiting = await _waiting(scope)
    limits = await _limits(scope)
    return [shape(lane, waiting.get(lane.id, 0), limits(lane)) for lane in lanes]


@router.post("/{lane_id}/pause", responses=errors(Forbidden, NotFound))
async def pause_lane(lane_id: str, scope: WriteScope) -> LaneRead:
    """No new call starts on the lane until it is resumed."""
    lane = await GenerationService(scope).pause_lane(lane_id)
    return shape(lane, (await _waiting(scope)).get(lane.id, 0), (await _limits(scope))(lane))


@router.post("/{lane_id}/resume", responses=errors(Forbidden, NotFound))
async def resume_lane(lane_id: str, scope: WriteScope) -> LaneRead:
    """Ends a pause, a parking or a wait."""
    lane = await GenerationService(scope).resume_lane(lane_id)
    return shape(lane, (await _waiting(scope)).get(lane.id, 0), (await _limits(scope))(lane))


@bills_router.post("/reconcile", responses=errors(BillUnreadable, Forbidden, TooLarge))
async def reconcile_bill(
    file: UploadFile,
    request: Request,
    actor: KnownActor,
    provider: Annotated[str, Query(max_length=64, description="Whose bill it is.")],
) -> BillRead:
    """Puts a provider's bill, a CSV, beside what was settled here in the same days. Changes nothing."""
    actor.require(Permission.batches_read)
    scopes = http_ports(request).scopes
    if provider not in scopes.ports.providers:
        raise InvalidInput(f"There is no provider {provider!r}.", field="provider")
    async with received(file, scopes.ports.settings) as path:
        content = await asyncio.to_thread(path.read_bytes)
    bill = await asyncio.to_thread(read_bill, content, currency=CURRENCY)
    async with scopes.open(actor, write=False) as scope:
        return await reconcile(scope, bill, provider=provider, currency=CURRENCY)
