"""Routes of edits."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Request, Response

from imageloom.features.batch_edits.applying import apply_edit, preview_edit
from imageloom.features.batch_edits.errors import (
    EditTooLarge,
    NothingToEdit,
    NothingToUndo,
    NotWritten,
    PatternBad,
    StalePreview,
)
from imageloom.features.batch_edits.schemas import EditItemRead, EditPreview, EditRead, EditRequest
from imageloom.features.batch_edits.service import EditService
from imageloom.features.batch_edits.shapes import shape_edit, shape_edit_item
from imageloom.features.batches.errors import KeyReused, NothingToMake, PlanTooLarge, UnknownModel
from imageloom.features.generation.errors import NoCredential, RunNotActive
from imageloom.kit.errors import Conflict, Forbidden, InvalidInput, NotFound, TooLarge
from imageloom.kit.pagination import cursor_after, decode_cursor
from imageloom.runtime.http.pages import LIMIT_DEFAULT, NOT_MODIFIED, Cursor, Limit, Page, tagged_json, tagged_page
from imageloom.runtime.http.problems import errors
from imageloom.runtime.http.routing import Router
from imageloom.runtime.http.scopes import KnownActor, ReadScope, WriteScope, http_ports

router = Router(prefix="/api", tags=["batches"])

_EDIT_ERRORS = (
    InvalidInput,
    UnknownModel,
    NothingToMake,
    PlanTooLarge,
    EditTooLarge,
    PatternBad,
    NoCredential,
    RunNotActive,
    NotWritten,
    Forbidden,
    NotFound,
    TooLarge,
)
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key", min_length=1, max_length=255, description="The same key and body give the same edit."
    ),
]
IfMatch = Annotated[
    str | None,
    Header(alias="If-Match", max_length=100, description="ETag of the preview: what was shown is what is applied."),
]


@router.post("/batches/{batch_id}/edits/preview", responses=errors(*_EDIT_ERRORS))
async def preview(
    batch_id: str, body: EditRequest, request: Request, actor: KnownActor, response: Response
) -> EditPreview:
    """What an edit would do to the items that wait: how many, the first of them before and after, and the new price.

    Changes nothing. Its ETag, sent as If-Match with the same body, applies exactly what was shown.
    """
    shown, previewed = await preview_edit(batch_id, body, actor=actor, scopes=http_ports(request).scopes)
    response.headers["ETag"] = previewed.tag
    return shown


@router.post(
    "/batches/{batch_id}/edits",
    status_code=201,
    responses={
        **errors(*_EDIT_ERRORS, NothingToEdit, KeyReused, Conflict, StalePreview),
        200: {"model": EditRead, "description": "The edit that the same key and body made before."},
    },
)
async def apply(
    batch_id: str,
    body: EditRequest,
    request: Request,
    actor: KnownActor,
    response: Response,
    if_match: IfMatch = None,
    idempotency_key: IdempotencyKey = None,
) -> EditRead:
    """Changes items that nobody has claimed, all in one transaction. What began meanwhile stays as it was."""
    edit, is_new = await apply_edit(
        batch_id,
        body,
        actor=actor,
        scopes=http_ports(request).scopes,
        if_match=if_match,
        idempotency_key=idempotency_key,
    )
    response.status_code = 201 if is_new else 200
    response.headers["Location"] = f"/api/batches/{batch_id}/edits/{edit.id}"
    return shape_edit(edit)


@router.get(
    "/batches/{batch_id}/edits",
    response_model=Page[EditRead],
    responses=errors(Forbidden, NotFound, InvalidInput) | NOT_MODIFIED,
)
async def list_edits(
    batch_id: str, request: Request, scope: ReadScope, limit: Limit = LIMIT_DEFAULT, cursor: Cursor = None
) -> Response:
    """Edits, newest first."""
    before = None if cursor is None else decode_cursor(cursor)
    rows = await EditService(scope).edits(batch_id, before=before, limit=limit)
    return tagged_page(request, [shape_edit(edit) for edit in rows], cursor_after(rows, limit))


@router.get(
    "/batches/{batch_id}/edits/{edit_id}", response_model=EditRead, responses=errors(Forbidden, NotFound) | NOT_MODIFIED
)
async def read_edit(batch_id: str, edit_id: str, request: Request, scope: ReadScope) -> Response:
    edit = await EditService(scope).edit(batch_id, edit_id)
    return tagged_json(request, shape_edit(edit))


@router.get("/edits/{edit_id}", response_model=EditRead, responses=errors(Forbidden, NotFound) | NOT_MODIFIED)
async def find_edit(edit_id: str, request: Request, scope: ReadScope) -> Response:
    """An edit by its id alone, which tells of which batch it is."""
    return tagged_json(request, shape_edit(await EditService(scope).any_edit(edit_id)))


@router.get(
    "/batches/{batch_id}/edits/{edit_id}/items",
    response_model=Page[EditItemRead],
    responses=errors(Forbidden, NotFound, InvalidInput) | NOT_MODIFIED,
)
async def list_edited_items(
    batch_id: str,
    edit_id: str,
    request: Request,
    scope: ReadScope,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
) -> Response:
    """What an edit changed of each item, and what became of that when it was undone."""
    service = EditService(scope)
    edit = await service.edit(batch_id, edit_id)
    after = None if cursor is None else decode_cursor(cursor)
    rows = await service.repository.items(edit.id, after=after, limit=limit)
    return tagged_page(
        request, [shape_edit_item(item) for item in rows], cursor_after(rows, limit, key=lambda row: row.item_id)
    )


@router.post(
    "/batches/{batch_id}/edits/{edit_id}/undo",
    responses=errors(Forbidden, NotFound, RunNotActive, NothingToUndo, NoCredential),
)
async def undo(batch_id: str, edit_id: str, scope: WriteScope) -> EditRead:
    """Brings back what still waits as the edit left it, and says of the rest why it could not."""
    return shape_edit(await EditService(scope).undo(batch_id, edit_id))
