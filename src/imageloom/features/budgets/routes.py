"""Routes of budgets."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from fastapi import Depends, Query, Request, Response

from imageloom.features.budgets.books import Books
from imageloom.features.budgets.errors import CapChanged
from imageloom.features.budgets.models import Cap
from imageloom.features.budgets.schemas import BudgetCreate, BudgetRead, BudgetUpdate, Kind
from imageloom.features.budgets.service import BudgetService
from imageloom.features.budgets.shapes import shape_cap
from imageloom.features.identity.routes import AskingDevice
from imageloom.kit.errors import Forbidden, InvalidInput, NotFound
from imageloom.kit.pagination import cursor_after, decode_cursor
from imageloom.runtime.http.pages import LIMIT_DEFAULT, NOT_MODIFIED, Cursor, Limit, Page, tagged_json, tagged_page
from imageloom.runtime.http.problems import errors
from imageloom.runtime.http.routing import Router
from imageloom.runtime.http.scopes import ReadScope, WriteScope
from imageloom.runtime.scope import Scope

router = Router(prefix="/api/budgets", tags=["money"])


def _the_books(request: Request) -> Books:
    books: Books = request.app.state.books
    return books


BooksOfApp = Annotated[Books, Depends(_the_books)]


async def _shaped(scope: Scope, books: Books, caps: Sequence[Cap]) -> list[BudgetRead]:
    service, now = BudgetService(scope, books), scope.ports.clock.now()
    names = await service.repository.names(caps)
    waiting = await books.waiting(scope, [cap.id for cap in caps])
    return [shape_cap(cap, name=names.get(cap.target), waiting=waiting.get(cap.id, 0), now=now) for cap in caps]


@router.get("", response_model=Page[BudgetRead], responses=errors(Forbidden, InvalidInput) | NOT_MODIFIED)
async def list_budgets(
    request: Request,
    scope: ReadScope,
    books: BooksOfApp,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
    kind: Annotated[list[Kind] | None, Query(max_length=10, description="Just those on things of these kinds.")] = None,
) -> Response:
    """The caps that bind the actor's work, newest first: what is used and held of each, and what is left."""
    before = None if cursor is None else decode_cursor(cursor)
    caps = await BudgetService(scope, books).caps(kinds=kind, before=before, limit=limit)
    return tagged_page(request, await _shaped(scope, books, caps), cursor_after(caps, limit))


@router.post(
    "",
    status_code=201,
    responses={
        **errors(Forbidden, NotFound, InvalidInput),
        200: {"model": BudgetRead, "description": "There was such a cap, and it is changed."},
    },
)
async def set_budget(
    body: BudgetCreate, scope: WriteScope, books: BooksOfApp, response: Response, device: AskingDevice
) -> BudgetRead:
    """Sets a cap. The same kind, target, period and hardness again changes it. What was spent since its period began
    counts.
    """
    cap, is_new = await BudgetService(scope, books).put(body, device=device)
    response.status_code = 201 if is_new else 200
    response.headers["Location"] = f"/api/budgets/{cap.id}"
    return (await _shaped(scope, books, [cap]))[0]


@router.get("/{cap_id}", response_model=BudgetRead, responses=errors(Forbidden, NotFound) | NOT_MODIFIED)
async def read_budget(cap_id: str, request: Request, scope: ReadScope, books: BooksOfApp) -> Response:
    cap = await BudgetService(scope, books).one(cap_id)
    return tagged_json(request, (await _shaped(scope, books, [cap]))[0])


@router.put("/{cap_id}", responses=errors(Forbidden, NotFound, InvalidInput, CapChanged))
async def change_budget(
    cap_id: str, body: BudgetUpdate, scope: WriteScope, books: BooksOfApp, device: AskingDevice
) -> BudgetRead:
    """Raises or lowers a cap. What waits for it goes on at once if there is money again."""
    cap = await BudgetService(scope, books).update(cap_id, body, device=device)
    return (await _shaped(scope, books, [cap]))[0]


@router.delete("/{cap_id}", responses=errors(Forbidden, NotFound))
async def remove_budget(cap_id: str, scope: WriteScope, books: BooksOfApp, device: AskingDevice) -> BudgetRead:
    """Removes a cap. What it has counted stays in the books of the batches."""
    service = BudgetService(scope, books)
    cap = await service.changeable(cap_id)
    (shown,) = await _shaped(scope, books, [cap])
    await service.remove(cap_id, device=device)
    return shown
