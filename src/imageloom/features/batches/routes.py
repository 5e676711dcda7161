"""Routes of sheets, estimates and batches."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import Depends, Header, Query, Request, Response, UploadFile
from pydantic import AwareDatetime
from starlette.responses import StreamingResponse

from imageloom.features.batches.cells import CELLS_MAX, causes_of, cells_of
from imageloom.features.batches.choosing import Chosen
from imageloom.features.batches.errors import KeyReused, NothingToMake, PlanTooLarge, UnknownModel
from imageloom.features.batches.estimates import estimate, estimate_with_reuse
from imageloom.features.batches.history import history
from imageloom.features.batches.lineups import LINES_MAX, lineups
from imageloom.features.batches.packing import Packer
from imageloom.features.batches.previews import preview
from imageloom.features.batches.schemas import (
    BatchCreate,
    BatchRead,
    BatchSource,
    CausesRead,
    CellsRead,
    EstimateRead,
    FileRead,
    HistoryLine,
    LineupsRead,
    MovedRead,
    PreviewRead,
    PreviewRequest,
    ReconcileRequest,
    RetryRequest,
    RowsRead,
    ScheduleInput,
    SheetRead,
    SheetRowRead,
    StandingRead,
    SubmittedRead,
    VerifyRead,
)
from imageloom.features.batches.service import BatchService
from imageloom.features.batches.shapes import shape_batch, shape_sheet
from imageloom.features.batches.sheet_files import SheetFiles
from imageloom.features.batches.standing import standing
from imageloom.features.batches.streams import EVENTS, ProgressStream
from imageloom.features.batches.submitting import read_counted, read_draft, submit
from imageloom.features.batches.verifying import Verifier
from imageloom.features.generation.errors import NoCredential, NothingToRetry, NotUncertain, RunNotActive
from imageloom.features.generation.models import ItemState
from imageloom.features.generation.repository import NOTHING, GenerationRepository
from imageloom.features.generation.schemas import AttemptRead, ItemRead
from imageloom.features.generation.service import GenerationService
from imageloom.features.generation.shapes import shape_attempt, shape_item
from imageloom.features.library.delivery import Metadata
from imageloom.features.library.routes import WishedConversion, send_zip
from imageloom.features.library.soundness import note
from imageloom.features.teams.service import TeamService
from imageloom.kit.errors import Forbidden, InvalidInput, NotFound, TooLarge, Unavailable
from imageloom.kit.numbers import whole_number
from imageloom.kit.pagination import cursor_after, decode_cursor, decode_number_cursor, encode_cursor
from imageloom.runtime.actor import Permission
from imageloom.runtime.http.pages import LIMIT_DEFAULT, NOT_MODIFIED, Cursor, Limit, Page, tagged_json, tagged_page
from imageloom.runtime.http.problems import errors
from imageloom.runtime.http.routing import Router
from imageloom.runtime.http.scopes import KnownActor, ReadScope, WriteScope, http_ports
from imageloom.runtime.http.uploads import name_of, received

router = Router(prefix="/api", tags=["batches"])
assets_router = Router(prefix="/api/assets", tags=["assets"])
"""What is said of pictures by the batches that they come from. It stands before the library's own."""

_PLAN_ERRORS = (InvalidInput, UnknownModel, NothingToMake, PlanTooLarge, NoCredential, Forbidden, NotFound)
EVENT_MAX = 2**63 - 1
POSITION_MAX = 2**31 - 1
ROWS_MAX = 2_000
ZIP_MAX = 500
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key", min_length=1, max_length=255, description="The same key and body give the same batch."
    ),
]
Names = Annotated[str | None, Query(max_length=500, description="Name template, such as [index]-[prompt:words=6].")]


Ids = Annotated[list[str], Query(min_length=1, max_length=ZIP_MAX, description="Which, in this order.")]


def _a_file(media_type: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"description": "The file.", "content": {media_type: {}}}}


@router.post("/sheets", status_code=201, responses=errors(InvalidInput, Forbidden, NotFound, TooLarge))
async def upload_sheet(
    file: UploadFile,
    request: Request,
    actor: KnownActor,
    project: Annotated[str | None, Query(max_length=200)] = None,
) -> SheetRead:
    """Takes a prompt sheet: text lines, CSV, TSV, XLSX, JSON lines, JSON or YAML. Every row is read now."""
    scopes = http_ports(request).scopes
    async with scopes.open(actor, write=False) as scope:
        found = await TeamService(scope).project(project)
        actor.require_for(found, Permission.batches_write)
    async with received(file, scopes.ports.settings) as path:
        sheet = await SheetFiles(scopes.ports).keep(found, path, filename=name_of(file, fallback="sheet.txt"))
    async with scopes.open(actor) as scope:
        return shape_sheet(await BatchService(scope).add_sheet(found, sheet))


@router.get("/sheets/{sheet_id}", response_model=SheetRead, responses=errors(Forbidden, NotFound) | NOT_MODIFIED)
async def read_sheet(sheet_id: str, request: Request, scope: ReadScope) -> Response:
    scope.actor.require(Permission.batches_read)
    return tagged_json(request, shape_sheet(await BatchService(scope).sheet(sheet_id)))


@router.get("/sheets/{sheet_id}/rows", responses=errors(Forbidden, NotFound, InvalidInput, Unavailable))
async def list_rows(
    sheet_id: str,
    request: Request,
    actor: KnownActor,
    limit: Annotated[int, Query(ge=1, le=ROWS_MAX, description="Rows per page; fewer come where they are long.")] = 500,
    cursor: Cursor = None,
) -> RowsRead:
    """The rows of a sheet, in order, from its stored file."""
    scopes = http_ports(request).scopes
    async with scopes.open(actor, write=False) as scope:
        actor.require(Permission.batches_read)
        sheet = await BatchService(scope).sheet(sheet_id)
    after = max(0, decode_number_cursor(cursor, start=0))
    rows, following = await asyncio.to_thread(SheetFiles(scopes.ports).page, sheet, after=after, limit=limit)
    shown = [SheetRowRead(number=row.number, values=dict(row.values)) for row in rows]
    return RowsRead(rows=shown, next=None if following is None else encode_cursor(str(following)))


@router.get("/history", responses=errors(Forbidden, InvalidInput))
async def list_history(
    request: Request,
    actor: KnownActor,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
    project: Annotated[str | None, Query(max_length=26)] = None,
    q: Annotated[str, Query(max_length=500, description="All of these words, in the name, template or rows.")] = "",
) -> Page[HistoryLine]:
    """What was submitted before, newest first. A page may be empty and not the last: a look reads 20,000 rows."""
    before = None if cursor is None else decode_cursor(cursor)
    scopes = http_ports(request).scopes
    lines, last = await history(words=q, project=project, before=before, limit=limit, actor=actor, scopes=scopes)
    return Page(items=lines, next=None if last is None else encode_cursor(last))


@router.get("/batches/{batch_id}/request", responses=errors(Forbidden, NotFound))
async def read_request(batch_id: str, scope: ReadScope) -> SubmittedRead:
    """What was submitted, as it may be submitted again, and the sheet that its prompts are in."""
    service = BatchService(scope)
    batch, _run = await service.batch(batch_id)
    request = await service.repository.request(batch.id)
    sheet = shape_sheet(await service.sheet(batch.sheet_id))
    return SubmittedRead(batch_id=batch.id, request=None if request is None else dict(request), sheet=sheet)


@router.post("/estimates", responses=errors(*_PLAN_ERRORS))
async def estimate_batch(body: BatchSource, request: Request, actor: KnownActor) -> EstimateRead:
    """How many pictures a plan makes, what they cost at least, as expected and at most, and what keeps it from being
    submitted. Makes nothing.
    """
    scopes = http_ports(request).scopes
    draft = await read_counted(body, actor=actor, scopes=scopes, permission=Permission.batches_read)
    today, stale_days = scopes.ports.clock.now().date(), scopes.ports.settings.prices.stale_days
    if draft.plan.reuse:
        return await estimate_with_reuse(draft, actor=actor, scopes=scopes, today=today, stale_days=stale_days)
    return await asyncio.to_thread(estimate, draft, today=today, stale_days=stale_days)


@router.post("/plans/preview", responses=errors(*_PLAN_ERRORS))
async def preview_plan(body: PreviewRequest, request: Request, actor: KnownActor) -> PreviewRead:
    """Some of the pictures that a plan would make, as they would be sent, and how many there are. Makes nothing.

    The plan may have more combinations than a batch: they are counted, and only those that are shown are made.
    """
    scopes = http_ports(request).scopes
    draft = await read_draft(body, actor=actor, scopes=scopes, permission=Permission.batches_read)
    return await asyncio.to_thread(preview, draft, offset=body.offset, limit=body.limit)


@router.post(
    "/batches",
    status_code=201,
    responses={
        **errors(*_PLAN_ERRORS, KeyReused, TooLarge),
        200: {"model": BatchRead, "description": "The batch that the same key and body made before."},
    },
)
async def create_batch(
    body: BatchCreate,
    request: Request,
    actor: KnownActor,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> BatchRead:
    """Submits a batch. 201 for a new one; 200 when the idempotency key has made it before."""
    scopes = http_ports(request).scopes
    batch, run, is_new = await submit(body, actor=actor, scopes=scopes, idempotency_key=idempotency_key)
    response.status_code = 201 if is_new else 200
    response.headers["Location"] = f"/api/batches/{batch.id}"
    return shape_batch(batch, run)


@router.get("/batches", response_model=Page[BatchRead], responses=errors(Forbidden, InvalidInput) | NOT_MODIFIED)
async def list_batches(
    request: Request,
    scope: ReadScope,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
    project: Annotated[str | None, Query(max_length=26)] = None,
) -> Response:
    """Batches, newest first."""
    before = None if cursor is None else decode_cursor(cursor)
    rows = await BatchService(scope).batches(before=before, limit=limit, project_id=project)
    following = cursor_after(rows, limit, key=lambda row: row[0].id)
    capped = await GenerationRepository(scope.session).cap_reasons([run.id for _batch, run in rows])
    items = [shape_batch(batch, run, cap_reason=capped.get(run.id)) for batch, run in rows]
    return tagged_page(request, items, following)


@router.get(
    "/batches/standing", response_model=list[StandingRead], responses=errors(Forbidden, InvalidInput) | NOT_MODIFIED
)
async def list_standing(
    request: Request,
    scope: ReadScope,
    ended_since: Annotated[
        AwareDatetime | None, Query(description="Also those that ended since: a day ago at most, else 15 minutes.")
    ] = None,
) -> Response:
    """The batches that you submitted and that are not over, newest first, and what you would want to hear of each."""
    rows = await standing(scope, ended_since=ended_since)
    return tagged_json(request, rows)


@router.get("/batches/{batch_id}", response_model=BatchRead, responses=errors(Forbidden, NotFound) | NOT_MODIFIED)
async def read_batch(batch_id: str, request: Request, scope: ReadScope) -> Response:
    batch, run = await BatchService(scope).batch(batch_id)
    capped = await GenerationRepository(scope.session).cap_reasons([run.id])
    return tagged_json(request, shape_batch(batch, run, cap_reason=capped.get(run.id)))


@router.get(
    "/batches/{batch_id}/items",
    response_model=Page[ItemRead],
    responses=errors(Forbidden, NotFound, InvalidInput) | NOT_MODIFIED,
)
async def list_items(
    batch_id: str,
    request: Request,
    scope: ReadScope,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
    state: Annotated[str | None, Query(max_length=100, description="States, separated by commas.")] = None,
    start: Annotated[
        int, Query(ge=0, le=POSITION_MAX, description="The position of the first item, where there is no cursor.")
    ] = 0,
) -> Response:
    """Items in order of position."""
    await BatchService(scope).batch(batch_id)
    after = decode_number_cursor(cursor, start=start - 1)
    states = _states(state)
    rows = await GenerationRepository(scope.session).items(batch_id, after=after, limit=limit, states=states)
    following = cursor_after(rows, limit, key=lambda row: row.position)
    paid = await GenerationRepository(scope.session).paid([item.id for item in rows])
    items = [shape_item(item, paid.get(item.id, NOTHING)) for item in rows]
    return tagged_page(request, items, following)


@router.get(
    "/batches/{batch_id}/lineups",
    response_model=LineupsRead,
    responses=errors(Forbidden, NotFound, InvalidInput) | NOT_MODIFIED,
)
async def list_lineups(
    batch_id: str,
    request: Request,
    scope: ReadScope,
    start: Annotated[int, Query(ge=0, le=POSITION_MAX, description="The first line, from 0.")] = 0,
    limit: Annotated[int, Query(ge=1, le=LINES_MAX, description="Lines.")] = 1,
) -> Response:
    """The pictures of one prompt at every model of the batch, line by line: what each cost, and how long it took."""
    found = await lineups(scope, batch_id, start=start, limit=limit)
    return tagged_json(request, found)


@router.get(
    "/batches/{batch_id}/cells",
    response_model=CellsRead,
    responses=errors(Forbidden, NotFound, InvalidInput) | NOT_MODIFIED,
)
async def list_cells(
    batch_id: str,
    request: Request,
    scope: ReadScope,
    limit: Annotated[int, Query(ge=1, le=CELLS_MAX, description="Items per page.")] = CELLS_MAX,
    cursor: Cursor = None,
) -> Response:
    """The state and the picture of every item, in order of position, in few bytes."""
    await BatchService(scope).batch(batch_id)
    cells = await cells_of(scope, batch_id, after=decode_number_cursor(cursor, start=-1), limit=limit)
    return tagged_json(request, cells)


@router.get(
    "/batches/{batch_id}/causes", response_model=CausesRead, responses=errors(Forbidden, NotFound) | NOT_MODIFIED
)
async def list_causes(batch_id: str, request: Request, scope: ReadScope) -> Response:
    """Why items have no picture: those that ended alike are counted together, the most frequent first."""
    _batch, run = await BatchService(scope).batch(batch_id)
    return tagged_json(request, await causes_of(scope, run))


@router.get("/batches/{batch_id}/items/{item_id}/attempts", responses=errors(Forbidden, NotFound))
async def list_attempts(batch_id: str, item_id: str, scope: ReadScope) -> list[AttemptRead]:
    """Every try of an item: what was sent, what came back, what it cost."""
    await BatchService(scope).batch(batch_id)
    repository = GenerationRepository(scope.session)
    item = await repository.item(item_id)
    if item is None or item.run_id != batch_id:
        raise NotFound("The batch has no such item.")
    return [shape_attempt(attempt) for attempt in await repository.attempts(item_id)]


async def _followed(batch_id: str, actor: KnownActor, request: Request) -> None:
    """Before the stream begins: once it has, there is no status left to refuse with."""
    async with http_ports(request).scopes.open(actor, write=False) as scope:
        await BatchService(scope).batch(batch_id)


@router.get(
    "/batches/{batch_id}/events",
    response_class=Response,
    responses={**errors(Forbidden, NotFound), 200: EVENTS},
    dependencies=[Depends(_followed)],
)
async def stream_batch(
    batch_id: str,
    request: Request,
    actor: KnownActor,
    last_event_id: Annotated[str | None, Header(alias="Last-Event-ID", max_length=20)] = None,
) -> Response:
    """Live progress: a `snapshot`, then `delta`s at most four times a second, then `end`."""
    streams = request.app.state.streams
    assert isinstance(streams, ProgressStream)
    after = None if last_event_id is None else whole_number(last_event_id, most=EVENT_MAX)
    return streams.answer(batch_id, actor=actor, after=after, request=request)


@router.post("/batches/{batch_id}/pause", responses=errors(Forbidden, NotFound, RunNotActive))
async def pause_batch(batch_id: str, scope: WriteScope) -> BatchRead:
    """Starts no new call. What is in flight finishes and is kept."""
    await GenerationService(scope).pause(batch_id)
    return shape_batch(*await BatchService(scope).batch(batch_id))


@router.post("/batches/{batch_id}/resume", responses=errors(Forbidden, NotFound, RunNotActive))
async def resume_batch(batch_id: str, scope: WriteScope) -> BatchRead:
    await GenerationService(scope).resume(batch_id)
    return shape_batch(*await BatchService(scope).batch(batch_id))


@router.put("/batches/{batch_id}/schedule", responses=errors(InvalidInput, Forbidden, NotFound, RunNotActive))
async def schedule_batch(batch_id: str, body: ScheduleInput, scope: WriteScope) -> BatchRead:
    """When calls may begin from now on. Outside of that nothing new is bought; what is in flight finishes."""
    return shape_batch(*await BatchService(scope).reschedule(batch_id, body))


@router.delete("/batches/{batch_id}/schedule", responses=errors(Forbidden, NotFound, RunNotActive))
async def unschedule_batch(batch_id: str, scope: WriteScope) -> BatchRead:
    """Calls may begin at any time."""
    return shape_batch(*await BatchService(scope).reschedule(batch_id, None))


@router.post("/batches/{batch_id}/cancel", responses=errors(Forbidden, NotFound, RunNotActive))
async def cancel_batch(batch_id: str, scope: WriteScope) -> BatchRead:
    """Cancels what has not started. Pictures that are being made finish and are kept."""
    await GenerationService(scope).cancel(batch_id)
    return shape_batch(*await BatchService(scope).batch(batch_id))


@router.post("/batches/{batch_id}/retry", responses=errors(Forbidden, NotFound, NothingToRetry))
async def retry_items(batch_id: str, body: RetryRequest, scope: WriteScope) -> MovedRead:
    """Tries items again. Each try may cost money again."""
    states = [ItemState(state) for state in body.states]
    return MovedRead(
        items=await GenerationService(scope).retry(batch_id, states=states, item_ids=body.item_ids, cause=body.cause)
    )


@router.post("/batches/{batch_id}/reconcile", responses=errors(Forbidden, NotFound, NotUncertain))
async def reconcile_items(batch_id: str, body: ReconcileRequest, scope: WriteScope) -> MovedRead:
    """Decides about uncertain items."""
    service = GenerationService(scope)
    return MovedRead(items=await service.resolve(batch_id, resolution=body.resolution, item_ids=body.item_ids))


@router.get("/batches/{batch_id}/verify", responses=errors(Forbidden, NotFound))
async def verify_batch(
    batch_id: str,
    request: Request,
    actor: KnownActor,
    files: Annotated[bool, Query(description="Whether to read the pictures, too.")] = True,
) -> VerifyRead:
    """Reads every row and every byte again and says whether the books balance.

    A file that is missing or changed is also said on its picture; one that is right again takes that back.
    """
    scopes = http_ports(request).scopes
    async with scopes.open(actor, write=False) as scope:
        _batch, run = await BatchService(scope).batch(batch_id)
        verifier = Verifier(scope, files=files)
        books = await verifier.verify(run)
    await note(scopes, verifier.checker.found)
    return books


@router.get(
    "/batches/{batch_id}/files",
    response_model=Page[FileRead],
    responses=errors(Forbidden, NotFound, InvalidInput) | NOT_MODIFIED,
)
async def list_files(
    batch_id: str,
    request: Request,
    scope: ReadScope,
    names: Names = None,
    conversion: WishedConversion = None,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
) -> Response:
    """The pictures that are done, each with its path from the name template, in order of position."""
    packer = await Packer.open(scope, batch_id, names=names, conversion=conversion)
    files, following = await packer.page(after=decode_number_cursor(cursor, start=-1), limit=limit)
    return _page_of_files(request, files, following)


@router.get(
    "/batches/{batch_id}/manifest.csv",
    response_class=StreamingResponse,
    responses=errors(Forbidden, NotFound, InvalidInput) | _a_file("text/csv"),
)
async def export_manifest(batch_id: str, request: Request, actor: KnownActor, names: Names = None) -> Response:
    """One row per item: where its picture went, what was sent, how it ended, what it was expected to cost."""
    scopes = http_ports(request).scopes
    async with scopes.open(actor, write=False) as scope:
        await Packer.open(scope, batch_id, names=names)
    return StreamingResponse(
        Packer.manifest_rows(scopes, actor, batch_id, names=names),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{batch_id}-manifest.csv"'},
    )


@router.get(
    "/batches/{batch_id}/export.zip",
    response_class=StreamingResponse,
    responses=errors(Forbidden, NotFound, InvalidInput) | _a_file("application/zip"),
)
async def export_zip(
    batch_id: str,
    request: Request,
    actor: KnownActor,
    names: Names = None,
    metadata: Annotated[Metadata, Query(description="What the files say of themselves.")] = Metadata.full,
    conversion: WishedConversion = None,
) -> Response:
    """All pictures of the batch and its manifest, as a ZIP that is made while it is sent.

    A picture that cannot be converted lies there as it was made, and the manifest says why.
    """
    scopes = http_ports(request).scopes
    async with scopes.open(actor, write=False) as scope:
        await Packer.open(scope, batch_id, names=names)
    if conversion is None:
        stream = await Packer.zip_stream(scopes, actor, batch_id, names=names, metadata=metadata)
    else:
        stream = await Packer.converted_stream(
            scopes, actor, batch_id, names=names, metadata=metadata, conversion=conversion
        )
    return send_zip(scopes, stream, name=batch_id)


@assets_router.get(
    "/files", response_model=Page[FileRead], responses=errors(Forbidden, NotFound, InvalidInput) | NOT_MODIFIED
)
async def list_chosen_files(
    request: Request,
    scope: ReadScope,
    ids: Ids,
    names: Names = None,
    conversion: WishedConversion = None,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
) -> Response:
    """Some pictures, each with its path from the name template. Its position is its place among them."""
    chosen = await Chosen.open(scope, ids, names=names, conversion=conversion)
    files, following = chosen.page(after=decode_number_cursor(cursor, start=-1), limit=limit)
    return _page_of_files(request, files, following)


@assets_router.get(
    "/export.zip",
    response_class=StreamingResponse,
    responses=errors(Forbidden, NotFound, InvalidInput) | _a_file("application/zip"),
)
async def export_chosen(
    request: Request,
    actor: KnownActor,
    ids: Ids,
    names: Names = None,
    metadata: Annotated[Metadata, Query(description="What the files say of themselves.")] = Metadata.full,
    conversion: WishedConversion = None,
) -> Response:
    """Some pictures and their manifest as a ZIP that is made while it is sent. A whole batch has a ZIP of its own.

    A picture that cannot be converted lies there as it was made, and the manifest says why.
    """
    scopes = http_ports(request).scopes
    async with scopes.open(actor, write=False) as scope:
        chosen = await Chosen.open(scope, ids, names=names, conversion=conversion)
    return send_zip(scopes, await chosen.stream(scopes, metadata=metadata), name="pictures")


def _page_of_files(request: Request, files: Sequence[FileRead], following: int | None) -> Response:
    return tagged_page(request, files, None if following is None else encode_cursor(str(following)))


def _states(text: str | None) -> list[str] | None:
    if text is None:
        return None
    states = [part.strip() for part in text.split(",") if part.strip()]
    unknown = [state for state in states if state not in set(ItemState)]
    if unknown:
        known = ", ".join(state.value for state in ItemState)
        raise InvalidInput(f"There is no state {unknown[0]!r}.", field="state", hint=f"Known: {known}.")
    return states
