"""Routes at /v1, for callers that speak OpenAI's images API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial
from typing import Annotated, Any, Literal

import orjson
from fastapi import Depends, Header, Query, Request, Response
from starlette.responses import FileResponse

from imageloom.features.batches.errors import KeyReused
from imageloom.features.batches.streams import EVENTS, Listening, Say
from imageloom.features.gateway import shapes
from imageloom.features.gateway.answers import PictureAnswer, event, parts_of, pieces
from imageloom.features.gateway.bodies import read_create, read_edit
from imageloom.features.gateway.errors import (
    BadImage,
    Cancelled,
    Held,
    LinkUnusable,
    ModelNotFound,
    NotMade,
    OutOfQuota,
    ProviderDown,
    RateLimited,
    Refused,
    Rejected,
    StillRunning,
    Uncertain,
    declared,
    openai_error,
)
from imageloom.features.gateway.schemas import ImageCreate, ImageEdit, OpenAIImages, OpenAIModel, OpenAIModels, Wished
from imageloom.features.gateway.service import Caller, Gateway, Order, Ready
from imageloom.features.gateway.waiting import Gone
from imageloom.features.identity.activity import topic_of
from imageloom.features.library.service import FileChanged, FileGone, FileRemoved
from imageloom.kit.errors import InvalidInput, NotFound, Problem
from imageloom.runtime.http.pages import NOT_MODIFIED, has_already
from imageloom.runtime.http.routing import Router
from imageloom.runtime.http.scopes import KnownActor, read_anew, read_as_actor
from imageloom.runtime.partials import Partial

router = Router(prefix="/v1", tags=["OpenAI-compatible gateway"])

CLIENT_LEFT = 499
BEAT_SECONDS = 15.0
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        description="The same key and body are one order: paid once, answered alike.",
    ),
]
ProjectHeader = Annotated[
    str | None, Header(alias="OpenAI-Project", max_length=200, description="Id or name of a project here.")
]
_MADE: dict[int | str, dict[str, Any]] = {
    200: {
        "model": OpenAIImages,
        "description": "The pictures, or with `stream` one event for each.",
        "content": EVENTS["content"],
    },
    **declared(
        InvalidInput,
        ModelNotFound,
        NotFound,
        BadImage,
        Refused,
        Rejected,
        RateLimited,
        OutOfQuota,
        Held,
        ProviderDown,
        NotMade,
        Uncertain,
        StillRunning,
        Cancelled,
        KeyReused,
        FileGone,
        FileChanged,
        FileRemoved,
    ),
}


def _gateway(request: Request) -> Gateway:
    gateway = request.app.state.gateway
    assert isinstance(gateway, Gateway)
    return gateway


async def _known_caller(request: Request, project: ProjectHeader = None) -> Caller:
    """Who asks, and for which project. Before the body is looked at: nobody else's pictures are kept."""
    return await read_as_actor(request, partial(Gateway.caller, project_name=project))


KnownCaller = Annotated[Caller, Depends(_known_caller)]


@router.get("/models", responses=declared())
async def list_openai_models(request: Request, actor: KnownActor) -> OpenAIModels:
    """Every model that can be used now, as `provider/model`, and the operator's aliases."""
    return OpenAIModels(object="list", data=await _gateway(request).models(actor))


@router.get("/models/{model:path}", responses=declared(ModelNotFound))
async def read_openai_model(model: str, request: Request, actor: KnownActor) -> OpenAIModel:
    """By every name that a request may give: those of the list, and an id that only one provider has."""
    gateway = _gateway(request)
    usable = {known.id: known for known in await gateway.models(actor)}
    found = usable.get(model) or usable.get(gateway.entry(model[:200]).name)
    if found is not None:
        return found
    raise ModelNotFound(f"The model {model[:200]!r} does not exist here.", field="model")


@router.post(
    "/images/generations",
    response_class=Response,
    responses=_MADE,
    openapi_extra={
        "requestBody": {"required": True, "content": {"application/json": {"schema": ImageCreate.model_json_schema()}}}
    },
)
async def create_openai_images(
    request: Request, caller: KnownCaller, idempotency_key: IdempotencyKey = None
) -> Response:
    """Makes pictures and waits for them. Who leaves meanwhile finds them in the library: they are made and booked."""
    body = await read_create(request)
    order = partial(_gateway(request).order, body, caller=caller, idempotency_key=idempotency_key)
    return await _apart(_answer(request, caller, body, order, kind="image_generation"))


_EDIT_FORM = {
    "type": "object",
    "properties": {
        **ImageCreate.model_json_schema()["properties"],
        "image": {"type": "array", "items": {"type": "string", "format": "binary"}},
        "mask": {"type": "string", "format": "binary"},
    },
    "required": ["image", "prompt"],
}


def _edit_schema() -> dict[str, Any]:
    """With its one part in its place, for there is no room for it elsewhere in the document."""
    schema = ImageEdit.model_json_schema()
    (part,) = schema.pop("$defs").values()
    schema["properties"]["images"]["items"] = part
    schema["properties"]["mask"] = {"anyOf": [part, {"type": "null"}]}
    return schema


@router.post(
    "/images/edits",
    response_class=Response,
    responses=_MADE,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "multipart/form-data": {"schema": _EDIT_FORM},
                "application/json": {"schema": _edit_schema()},
            },
        }
    },
)
async def edit_openai_images(request: Request, caller: KnownCaller, idempotency_key: IdempotencyKey = None) -> Response:
    """Edits pictures, which come as files, data URLs, public https addresses, or ids of the library."""
    gateway = _gateway(request)
    body, images, mask = await read_edit(request, gateway.scopes)
    order = partial(gateway.order, body, caller=caller, idempotency_key=idempotency_key, images=images, mask=mask)
    return await _apart(_answer(request, caller, body, order, kind="image_edit"))


@router.get(
    "/images/files/{asset_id}.{extension}",
    response_class=Response,
    responses={
        **declared(LinkUnusable, NotFound, FileGone, FileChanged),
        **NOT_MODIFIED,
        200: {"content": {"image/*": {}}, "description": "The picture, as the provider sent it."},
    },
    openapi_extra={"security": []},
)
async def read_linked_image(
    asset_id: str,
    extension: Literal["png", "jpeg", "webp"],
    request: Request,
    expires: Annotated[int, Query(ge=0, le=10**12)],
    signature: Annotated[str, Query(min_length=1, max_length=100)],
) -> Response:
    """A picture by its signed link, which needs no token."""
    gateway = _gateway(request)
    picture = await gateway.linked(asset_id, expires=expires, signature=signature)
    if picture.format != extension:
        raise NotFound(f"The picture is no {extension}.")
    tag = f'"{picture.blake3[:32]}-original"'
    headers = {"ETag": tag, "Cache-Control": "private, max-age=3600"}
    if has_already(request, tag):
        return Response(status_code=304, headers=headers)
    path = await gateway.file_of(picture)
    return FileResponse(path, media_type=f"image/{picture.format}", headers=headers)


# --- answers ---------------------------------------------------------------------------------------------------------


async def _apart(answering: Coroutine[Any, Any, Response]) -> Response:
    """In a task of its own: each look at the database would otherwise wake all that lies around the route."""
    return await asyncio.create_task(answering)


async def _answer(
    request: Request, caller: Caller, body: Wished, ordering: Callable[[], Awaitable[Order]], *, kind: str
) -> Response:
    order = await ordering()
    if body.stream:
        return Listening(lambda say: _stream(request, caller, order, kind=kind, say=say))
    gateway = _gateway(request)
    with _judging(request, caller) as judge:

        async def beat() -> None:
            if await request.is_disconnected():
                raise Gone
            await judge(True)

        try:
            ready = await gateway.wait(order, actor=caller.actor, beat=beat)
        except Gone:
            # Nobody reads this.
            return Response(status_code=CLIENT_LEFT)
        await judge(False)
    headers = {"X-Imageloom-Batch": order.run_id}
    if body.response_format == "url":
        document = shapes.images(ready, _links(request, gateway, ready))
        return Response(orjson.dumps(document), media_type="application/json", headers=headers)
    whole = len(ready.pictures) == 1
    files = [await gateway.part_of(made, whole=whole) for made in ready.pictures]
    document = shapes.images(ready, shapes.base64_pictures(ready))
    return PictureAnswer(parts_of(document, files), headers=headers)


def _links(request: Request, gateway: Gateway, ready: Ready) -> list[dict[str, Any]]:
    ports = gateway.scopes.ports
    base = ports.settings.server.public_url or str(request.base_url)
    finished, now = ready.standing.finished_at, ports.clock.now()
    assert finished is not None
    data = []
    for made in ready.pictures:
        assert made.asset_id is not None
        assert made.format is not None
        path = gateway.links.path(made.asset_id, made.format, made_at=finished, now=now)
        data.append(shapes.picture(made, url=base.rstrip("/") + path))
    return data


async def _stream(request: Request, caller: Caller, order: Order, *, kind: str, say: Say) -> None:
    """One event for each picture, when all are there; before them, as they come, those of unfinished ones."""
    gateway = _gateway(request)
    try:
        with _judging(request, caller) as judge:
            async with _shown(order, _telling(request, order, judge, kind=kind, say=say)):
                ready = await gateway.wait(order, actor=caller.actor, beat=_beating(request, gateway, judge, say))
            await judge(False)
        for made in ready.pictures:
            name = f"{kind}.completed"
            parts = event(name, shapes.completed(ready, made, kind=name), [await gateway.part_of(made, whole=True)])
            async for piece in pieces(parts):
                await say(piece)
    except Gone:
        return
    except Problem as problem:
        _status, told = openai_error(problem.document())
        await say(b"event: error\ndata: %s\n\n" % orjson.dumps(told))


Judge = Callable[[bool], Awaitable[None]]


@contextmanager
def _judging(request: Request, caller: Caller) -> Iterator[Judge]:
    """Who was shown out while they waited is given nothing more. That is found out when something of theirs has changed
    in this process, and where it is asked for in any case. Raises what stops them.
    """
    signals = _gateway(request).scopes.ports.signals
    is_in_doubt = False
    with signals.listen(topic_of(str(caller.actor.user_id))) as changed:

        async def judge(in_any_case: bool) -> None:
            nonlocal is_in_doubt
            is_in_doubt |= changed.take()
            if not is_in_doubt and not in_any_case:
                return
            now = await read_anew(request, partial(Gateway.caller, project_name=caller.project_name))
            if not isinstance(caller.project, NotFound):
                now.ordering_in()
            is_in_doubt = False

        yield judge


Tell = Callable[[Partial], Awaitable[None]]


def _telling(request: Request, order: Order, judge: Judge, *, kind: str, say: Say) -> Tell:
    clock = _gateway(request).scopes.ports.clock

    async def tell(partial: Partial) -> None:
        await judge(False)
        name = f"{kind}.partial_image"
        document = shapes.unfinished(order, partial, kind=name, at=clock.now())
        # In one piece: the beat may speak at any moment.
        await say(b"event: %s\ndata: %s\n\n" % (name.encode(), orjson.dumps(document)))

    return tell


@asynccontextmanager
async def _shown(order: Order, tell: Tell) -> AsyncIterator[None]:
    """Tells of unfinished pictures while the block waits for whole ones, and of none after it."""
    watch = order.watch
    if watch is None:
        yield
        return

    async def go_on() -> None:
        while True:
            await tell(await watch.next())

    telling = asyncio.create_task(go_on())
    try:
        yield
    finally:
        telling.cancel()
        await asyncio.gather(telling, return_exceptions=True)
    for unseen in watch.rest():
        await tell(unseen)


def _beating(request: Request, gateway: Gateway, judge: Judge, say: Say) -> Callable[[], Awaitable[None]]:
    clock = gateway.scopes.ports.clock
    spoken_at = clock.monotonic()

    async def beat() -> None:
        nonlocal spoken_at
        if await request.is_disconnected():
            raise Gone
        await judge(True)
        if clock.monotonic() - spoken_at > BEAT_SECONDS:
            spoken_at = clock.monotonic()
            await say(b": still here\n\n")

    return beat
