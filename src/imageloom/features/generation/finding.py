"""Looking up, at the provider and for free, a job whose answer was lost."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Literal

from sqlalchemy import Connection, select

from imageloom.contracts.provider import HttpCall, ImageRequest, More, NotThere, Pending, Provider, Reply
from imageloom.features.generation.models import Attempt

PAGES = 20


async def find_lost(
    provider: Provider,
    request: ImageRequest,
    *,
    since: datetime,
    taken: frozenset[str],
    send: Callable[[HttpCall], Awaitable[Reply]],
) -> Pending | Literal["unknown"] | None:
    """The lost job; ``None`` when the provider certainly has none; ``"unknown"`` when it could not say."""
    call = provider.find_lost(request)
    for _ in range(PAGES):
        if call is None:
            return "unknown"
        reply = await send(call)
        if not reply.ok:
            return "unknown"
        found = provider.read_find_lost(reply, request, since=since, taken=taken)
        if isinstance(found, Pending):
            return found
        if isinstance(found, NotThere):
            return None
        assert isinstance(found, More)
        call = found.call
    return "unknown"


def taken_jobs(connection: Connection, lane_id: str) -> frozenset[str]:
    """Jobs of the lane that other attempts own already."""
    rows = connection.execute(
        select(Attempt.handle, Attempt.provider_ref)
        .where(Attempt.lane_id == lane_id)
        .order_by(Attempt.id.desc())
        .limit(10_000)
    )
    taken: set[str] = set()
    for handle, ref in rows:
        job = (handle or {}).get("job") or handle or {}
        if isinstance(job.get("id"), str):
            taken.add(job["id"])
        if ref is not None:
            taken.add(ref)
    return frozenset(taken)
