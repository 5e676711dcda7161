"""Routes of quotas."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Request, Response

from imageloom.features.identity.routes import AskingDevice
from imageloom.features.quotas.books import QuotaBooks
from imageloom.features.quotas.models import Quota
from imageloom.features.quotas.schemas import QuotaCreate, QuotaRead
from imageloom.features.quotas.service import QuotaService
from imageloom.features.quotas.tallies import Tally
from imageloom.kit.errors import Forbidden, InvalidInput, NotFound
from imageloom.kit.periods import BEGINNING, end_of
from imageloom.runtime.http.pages import NOT_MODIFIED, tagged_json
from imageloom.runtime.http.problems import errors
from imageloom.runtime.http.routing import Router
from imageloom.runtime.http.scopes import ReadScope, WriteScope
from imageloom.runtime.scope import Scope

router = Router(prefix="/api/quotas", tags=["people"])


def _the_books(request: Request) -> QuotaBooks:
    books: QuotaBooks = request.app.state.books
    return books


BooksOfApp = Annotated[QuotaBooks, Depends(_the_books)]


async def _shaped(scope: Scope, quotas: Sequence[Quota]) -> list[QuotaRead]:
    names, now = await QuotaService(scope).repository.names(quotas), scope.ports.clock.now()
    return [_shape(Tally.of(quota, now=now), names.get(quota.target, quota.target)) for quota in quotas]


def _shape(tally: Tally, name: str) -> QuotaRead:
    quota = tally.row
    return QuotaRead(
        id=quota.id,
        team_id=quota.team_id,
        user_id=None if quota.target == quota.team_id else quota.target,
        name=name,
        kind=quota.kind,
        period=quota.period,
        zone=quota.zone,
        amount=quota.amount,
        used=tally.used,
        left=tally.left,
        period_start=None if tally.period_start == BEGINNING else tally.period_start,
        resets_at=end_of(quota.period, tally.period_start, quota.zone),
        created_at=quota.created_at,
        updated_at=quota.updated_at,
    )


@router.get("", response_model=list[QuotaRead], responses=errors(Forbidden) | NOT_MODIFIED)
async def list_quotas(request: Request, scope: ReadScope) -> Response:
    """What you and your teams may have, what is used of it, and when there is more. Owners see their members'."""
    rows = await _shaped(scope, await QuotaService(scope).all())
    return tagged_json(request, rows)


@router.post(
    "",
    status_code=201,
    responses={
        **errors(Forbidden, NotFound, InvalidInput),
        200: {"model": QuotaRead, "description": "There was such a quota, and it is changed."},
    },
)
async def set_quota(
    body: QuotaCreate, scope: WriteScope, books: BooksOfApp, response: Response, device: AskingDevice
) -> QuotaRead:
    """Sets how much a person may have, as an owner of the team; or a team, as an operator. What there was since the
    period began counts.
    """
    quota, is_new = await QuotaService(scope).put(body, books, device=device)
    response.status_code = 201 if is_new else 200
    return (await _shaped(scope, [quota]))[0]


@router.delete("/{quota_id}", responses=errors(Forbidden, NotFound))
async def remove_quota(quota_id: str, scope: WriteScope, books: BooksOfApp, device: AskingDevice) -> QuotaRead:
    """Removes a quota. What waits for it goes on at once."""
    service = QuotaService(scope)
    quota = await service.remove(quota_id, books, device=device)
    return (await _shaped(scope, [quota]))[0]
