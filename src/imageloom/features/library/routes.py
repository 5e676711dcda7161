"""Routes of pictures."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Literal

from fastapi import Depends, Query, Request, Response, UploadFile
from sqlalchemy import Connection
from starlette.background import BackgroundTask
from starlette.concurrency import iterate_in_threadpool
from starlette.responses import FileResponse, StreamingResponse

from imageloom.features.library.archives import ChangedOnTheWay, ZipFileStream
from imageloom.features.library.columns import columns_of_assets, columns_of_board
from imageloom.features.library.conversion import converted
from imageloom.features.library.delivery import Metadata, deliver
from imageloom.features.library.models import Asset
from imageloom.features.library.previews import read_sound_preview
from imageloom.features.library.schemas import AssetRead, ColumnsRead, FileProblem, FilesVerified
from imageloom.features.library.searching import Judged, Pick, Sought
from imageloom.features.library.service import (
    BadUpload,
    FileChanged,
    FileGone,
    FileRemoved,
    LibraryService,
    keep_upload,
    must_be_there,
    page_of_assets,
    page_of_found,
    sound_file,
)
from imageloom.features.library.soundness import FileChecker, FileTrouble, note
from imageloom.features.teams.service import TeamService
from imageloom.kit.errors import Forbidden, InvalidInput, NotFound, TooLarge, Unavailable
from imageloom.kit.pagination import decode_cursor, decode_number_cursor, encode_cursor
from imageloom.kit.pictures.wishes import LARGEST_SIDE, SMALLEST_SIDE, Conversion, FileFormat, wished
from imageloom.runtime.actor import Actor, Permission
from imageloom.runtime.http.pages import (
    LIMIT_DEFAULT,
    NOT_MODIFIED,
    Cursor,
    Limit,
    Page,
    TaggedJson,
    has_already,
    tagged_json,
)
from imageloom.runtime.http.problems import errors
from imageloom.runtime.http.routing import Router
from imageloom.runtime.http.scopes import KnownActor, ReadScope, http_ports, read_as_actor
from imageloom.runtime.http.uploads import name_of, received
from imageloom.runtime.scope import Scopes

router = Router(prefix="/api/assets", tags=["assets"])

COLUMNS_MAX = 10_000
IDS_MAX = 100
OneId = Annotated[str | None, Query(max_length=26)]
Words = Annotated[
    str | None,
    Query(
        max_length=200, description="Words that all stand in the prompt, as written or as sent, or in the file's name."
    ),
]
Model = Annotated[str | None, Query(max_length=200, description="`provider/model`.")]
YEAR_SECONDS = 31_536_000
VERIFY_PAGE = 500
VERIFY_BYTES = 2_000_000_000
"""How much one request reads again: seconds, not minutes."""


async def _sought(
    batch: OneId = None,
    project: OneId = None,
    q: Words = None,
    model: Model = None,
    pick: Annotated[Pick | None, Query(description="`none`: neither picked nor rejected.")] = None,
    rating: Annotated[int, Query(ge=0, le=5, description="This rating at least.")] = 0,
    label: Annotated[str | None, Query(min_length=1, max_length=40, description="A label, as it is written.")] = None,
    board: Annotated[str | None, Query(max_length=26, description="What lies on this board.")] = None,
    trash: Annotated[
        bool, Query(description="What lies in the trash and nothing else. Without it, nothing that lies there.")
    ] = False,
) -> Sought:
    return Sought.of(
        q=q,
        model=model,
        batch=batch,
        project=project,
        judged=Judged(pick=pick, rating_least=rating, label=label),
        board=board,
        in_trash=trash,
    )


Wanted = Annotated[Sought, Depends(_sought)]
"""What the query of a list asks for. Raises :class:`InvalidInput`."""


def shape(asset: Asset) -> AssetRead:
    return AssetRead(
        id=asset.id,
        project_id=asset.project_id,
        batch_id=asset.run_id,
        item_id=asset.item_id,
        blake3=asset.blake3,
        format=asset.format,
        width=asset.width,
        height=asset.height,
        previews=asset.previews,
        preview=asset.preview,
        colour=asset.colour,
        trouble=asset.trouble,
        pick=Pick(asset.pick or Pick.none).value,
        rating=asset.rating or 0,
        labels=asset.labels or [],
        revision=asset.revision,
        trashed_at=asset.trashed_at,
        removed_at=asset.removed_at,
        provenance=asset.provenance,
        created_at=asset.created_at,
    )


@router.get("", response_model=Page[AssetRead], responses=errors(Forbidden, InvalidInput) | NOT_MODIFIED)
async def list_assets(
    request: Request,
    wanted: Wanted,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
    ids: Annotated[list[str] | None, Query(max_length=IDS_MAX, description="Just these, in the trash or not.")] = None,
) -> Response:
    """Pictures, newest first. With ``q`` or ``model`` a page may hold few and yet not be the last."""
    before = None if cursor is None else decode_cursor(cursor)
    sought = wanted if ids is None else replace(wanted, ids=tuple(ids))

    def page(connection: Connection, actor: Actor) -> TaggedJson:
        if not sought.is_plain:
            rows, last = page_of_found(connection, actor, sought, before=before, limit=limit)
        else:
            rows = page_of_assets(
                connection, actor, before=before, limit=limit, run_id=sought.run_id, project_id=sought.project_id
            )
            last = rows[-1]["id"] if len(rows) == limit else None
        return TaggedJson.of({"items": rows, "next": None if last is None else encode_cursor(last)})

    return (await read_as_actor(request, page)).answer(request)


@router.get("/columns", response_model=ColumnsRead, responses=errors(Forbidden, InvalidInput) | NOT_MODIFIED)
async def list_columns(
    request: Request,
    sought: Wanted,
    limit: Annotated[int, Query(ge=1, le=COLUMNS_MAX, description="Pictures per page.")] = COLUMNS_MAX,
    cursor: Cursor = None,
    order: Annotated[
        Literal["newest", "oldest", "board"], Query(description="`board`: the order of the board that is named.")
    ] = "newest",
) -> Response:
    """The same pictures in columns, for a grid of very many: ids, shapes, colours, times, judgements, and no more."""
    if order == "board":
        return await _columns_of_board(request, sought, limit=limit, cursor=cursor)
    after = None if cursor is None else decode_cursor(cursor)

    def page(connection: Connection, actor: Actor) -> TaggedJson:
        columns, last = columns_of_assets(
            connection, actor, sought, after=after, limit=limit, is_oldest_first=order == "oldest"
        )
        return TaggedJson.of({**columns, "next": None if last is None else encode_cursor(last)})

    return (await read_as_actor(request, page)).answer(request)


async def _columns_of_board(request: Request, sought: Sought, *, limit: int, cursor: str | None) -> Response:
    if sought.board_id is None:
        raise InvalidInput("There is no order of a board without one.", field="board", hint="Name it, or leave order.")
    after = None if cursor is None else decode_number_cursor(cursor, start=0)

    def page(connection: Connection, actor: Actor) -> TaggedJson:
        columns, last = columns_of_board(connection, actor, sought, after=after, limit=limit)
        return TaggedJson.of({**columns, "next": None if last is None else encode_cursor(str(last))})

    return (await read_as_actor(request, page)).answer(request)


@router.post("", status_code=201, responses=errors(Forbidden, NotFound, BadUpload, TooLarge))
async def upload_asset(
    file: UploadFile,
    request: Request,
    actor: KnownActor,
    project: Annotated[str | None, Query(max_length=200)] = None,
) -> AssetRead:
    """Takes a picture (PNG, JPEG or WebP), to be edited or kept."""
    scopes = http_ports(request).scopes
    async with scopes.open(actor, write=False) as scope:
        found = await TeamService(scope).project(project)
        actor.require_for(found, Permission.batches_write)
    async with received(file, scopes.ports.settings) as path:
        picture = await keep_upload(path, ports=scopes.ports)
    async with scopes.open(actor) as scope:
        return shape(await LibraryService(scope).add_import(found, picture, filename=name_of(file, fallback="upload")))


@router.post("/verify", responses=errors(Forbidden, InvalidInput))
async def verify_assets(request: Request, actor: KnownActor, cursor: Cursor = None) -> FilesVerified:
    """Reads the files of some pictures again, newest first, and says on each what is wrong with it, or no longer is.

    Ask again with ``next`` as ``cursor`` until it is null: then every picture has been read, those of no batch too.
    """
    scopes = http_ports(request).scopes
    before = None if cursor is None else decode_cursor(cursor)
    checker = FileChecker(scopes.ports.blobs)
    problems: list[FileProblem] = []
    async with scopes.open(actor, write=False) as scope:
        rows = await LibraryService(scope).newest(before=before, limit=VERIFY_PAGE)
    last: str | None = None
    for asset in rows:
        trouble = await checker.check(asset)
        last = asset.id
        if trouble is not None:
            problems.append(_problem(asset, trouble))
        if checker.bytes_read > VERIFY_BYTES:
            break
    await note(scopes, checker.found)
    is_last = len(rows) < VERIFY_PAGE and last == (rows[-1].id if rows else None)
    return FilesVerified(
        pictures=checker.pictures,
        bytes_checked=checker.bytes_read,
        in_trash=checker.in_trash,
        removed=checker.removed,
        problems=problems,
        next=None if is_last or last is None else encode_cursor(last),
    )


def _problem(asset: Asset, trouble: FileTrouble) -> FileProblem:
    return FileProblem(
        asset_id=asset.id, batch_id=asset.run_id, item_id=asset.item_id, rule=trouble.value, detail=trouble.sentence
    )


@router.get("/{asset_id}", response_model=AssetRead, responses=errors(Forbidden, NotFound) | NOT_MODIFIED)
async def read_asset(asset_id: str, request: Request, scope: ReadScope) -> Response:
    return tagged_json(request, shape(await LibraryService(scope).asset(asset_id)))


def _wished_conversion(
    kind: Annotated[
        FileFormat, Query(alias="format", description="What pictures are delivered as: as they were made, when absent.")
    ] = "original",
    quality: Annotated[int | None, Query(ge=1, le=100, description="Of JPEG and WebP; 90 when absent.")] = None,
    lossless: Annotated[bool, Query(description="WebP that keeps every pixel.")] = False,
    background: Annotated[
        str | None, Query(max_length=7, description="Behind what JPEG cannot leave transparent; #ffffff when absent.")
    ] = None,
    max_side: Annotated[
        int | None, Query(ge=SMALLEST_SIDE, le=LARGEST_SIDE, description="The longer side at most; nothing grows.")
    ] = None,
) -> Conversion | None:
    return wished(kind=kind, quality=quality, lossless=lossless, background=background, max_side=max_side)


WishedConversion = Annotated[Conversion | None, Depends(_wished_conversion)]


@router.get(
    "/{asset_id}/file",
    response_class=Response,
    responses={
        **errors(Forbidden, NotFound, InvalidInput, FileGone, FileChanged, FileRemoved),
        **NOT_MODIFIED,
        200: {"content": {"image/*": {}}, "description": "The picture."},
    },
)
async def read_file(
    asset_id: str,
    request: Request,
    actor: KnownActor,
    metadata: Annotated[
        Metadata | None, Query(description="Splices words into the file; the untouched original when absent.")
    ] = None,
    conversion: WishedConversion = None,
) -> Response:
    """The picture. The pixels are those that the provider sent, unless another format or size is asked for: a file that
    was changed is not served. ``X-Delivered-As`` says what a conversion came to, ``X-Not-Converted`` why not.
    """
    scopes = http_ports(request).scopes
    async with scopes.open(actor, write=False) as scope:
        asset = await LibraryService(scope).asset(asset_id)
    tag = f'"{asset.blake3[:32]}-{metadata.value if metadata else "original"}{conversion.tag if conversion else ""}"'
    headers = {"ETag": tag, "Cache-Control": f"private, max-age={YEAR_SECONDS}, immutable"}
    if has_already(request, tag):
        return Response(status_code=304, headers=headers)
    path = await sound_file(scopes, asset)
    if conversion is not None:
        return await _converted_file(scopes, asset, path, conversion, metadata or Metadata.none, headers)
    if metadata is None:
        return FileResponse(path, media_type=f"image/{asset.format}", headers=headers)
    delivered = await asyncio.to_thread(deliver, asset, path, metadata)
    headers["Content-Length"] = str(delivered.size_bytes)
    return StreamingResponse(delivered.chunks(), media_type=delivered.media_type, headers=headers)


async def _converted_file(
    scopes: Scopes, asset: Asset, path: Path, wish: Conversion, metadata: Metadata, headers: dict[str, str]
) -> Response:
    """The file lasts as long as the answer does."""
    kept = AsyncExitStack()
    outcome = await kept.enter_async_context(converted(scopes, asset, path, wish=wish, metadata=metadata))
    delivered = outcome.delivered
    headers |= {"Content-Length": str(delivered.size_bytes), "X-Delivered-As": outcome.delivered_as}
    if outcome.not_converted is not None:
        # Why is of this moment: another try may do better.
        del headers["ETag"]
        headers["Cache-Control"] = "no-store"
        headers["X-Not-Converted"] = outcome.not_converted.encode("ascii", "replace").decode()[:200]

    async def chunks() -> AsyncIterator[bytes]:
        async with kept:
            async for chunk in iterate_in_threadpool(delivered.chunks()):
                yield chunk

    return StreamingResponse(
        chunks(), media_type=delivered.media_type, headers=headers, background=BackgroundTask(kept.aclose)
    )


@router.get(
    "/{asset_id}/preview",
    response_class=Response,
    responses={
        **errors(Forbidden, NotFound, FileGone, FileRemoved, Unavailable),
        **NOT_MODIFIED,
        200: {"content": {"image/webp": {}}, "description": "WebP."},
    },
)
async def read_preview(
    asset_id: str, request: Request, actor: KnownActor, size: Annotated[Literal["256", "512"], Query()] = "512"
) -> Response:
    """A small WebP. 503 while it is still being made, or made again because its file was lost or changed."""
    scopes = http_ports(request).scopes
    async with scopes.open(actor, write=False) as scope:
        asset = await LibraryService(scope).asset(asset_id)
    must_be_there(asset)
    if asset.previews == "damaged":
        raise NotFound(asset.trouble or "The picture has no preview.")
    if asset.previews == "held":
        raise FileGone(asset.trouble or FileTrouble.file_missing.sentence)
    content = await read_sound_preview(scopes, asset, int(size)) if asset.previews == "done" else None
    if content is None:
        raise Unavailable("The preview is being made.", hint="Ask again in a second.")
    tag = f'"{asset.blake3[:32]}-{size}"'
    headers = {"ETag": tag, "Cache-Control": f"private, max-age={YEAR_SECONDS}, immutable"}
    if has_already(request, tag):
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="image/webp", headers=headers)


def send_zip(scopes: Scopes, stream: ZipFileStream, *, name: str) -> Response:
    """Sends an archive while it is made."""
    headers = {"Content-Disposition": f'attachment; filename="{name}.zip"'}
    if stream.size_bytes is not None:
        headers["Content-Length"] = str(stream.size_bytes)
    chunks = stream.chunks if isinstance(stream.chunks, AsyncIterator) else _noted(scopes, stream.chunks)
    return StreamingResponse(chunks, media_type="application/zip", headers=headers)


async def _noted(scopes: Scopes, chunks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """An archive. When a file turns out to be another than was stored, it breaks off, and the asset says why."""
    try:
        async for chunk in iterate_in_threadpool(chunks):
            yield chunk
    except ChangedOnTheWay as error:
        await note(scopes, {error.digest: FileTrouble.file_changed})
        raise
