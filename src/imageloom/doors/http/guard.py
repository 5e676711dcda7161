"""What stands before every route: names the request, holds it off while parts are not ready, and bounds its body."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from collections.abc import Iterator

import structlog
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from imageloom.doors.bootstrap import Application
from imageloom.doors.http.access import ASKS_FIRST, OPEN_PATHS
from imageloom.doors.http.page import is_page_path
from imageloom.doors.http.safety import Header, safety_of
from imageloom.kit.errors import InvalidInput, Malformed, Problem, TooLarge, TooSlow, Unavailable
from imageloom.runtime.db.away import MAY_BE_AWAY
from imageloom.runtime.http.problems import StoppedBody, database_response, problem_response
from imageloom.runtime.http.scopes import known_actor
from imageloom.runtime.http.streaming import STRAIGHT_SEND
from imageloom.runtime.http.uploads import is_form

ALWAYS_OPEN = frozenset({"/health", "/api/health", "/docs", "/docs/start.js", "/redoc", "/openapi.json"})
STRANGERS_BYTES = 16_384
"""Of a body that anybody may send."""
HEARD_BYTES = 1_000_000
HEARD_SECONDS = 2.0
_OPEN_FOLDER = "/static-offline"
_READING = frozenset({"GET", "HEAD"})


class Guard:
    """Middleware. Nobody sends a body before it is known who they are, and nobody more than is allowed."""

    def __init__(self, app: ASGIApp, *, application: Application) -> None:
        self._app = app
        self._application = application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        request_id = request.state.request_id = secrets.token_hex(8)
        scope.setdefault("extensions", {})[STRAIGHT_SEND] = send

        async def send_named(message: Message) -> None:
            if message["type"] == "http.response.start":
                own = message.get("headers", ())
                message["headers"] = [*own, *_named(request), *safety_of(own, scope["path"])]
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                limit = await self._admit(request)
            except Problem as problem:
                await _refuse(problem_response(problem, request=request), receive, send_named)
                return
            except MAY_BE_AWAY as error:
                await _refuse(database_response(error, request=request), receive, send_named)
                return
            silence = self._application.settings.server.body_silence_seconds
            bounded = _bounded(receive, limit, request, silence_seconds=silence)
            await self._app(_as_read(scope), bounded, send_named)

    async def _admit(self, request: Request) -> int:
        """How long the body may be. Raises the problem that stops the request."""
        path: str = request.scope["path"]
        is_open = path in ALWAYS_OPEN or path.startswith(_OPEN_FOLDER)
        is_open |= request.method in _READING and is_page_path(path)
        if self._application.problem is not None and not is_open:
            raise Unavailable(self._application.problem, hint="Ask again in a second.")
        _refuse_ambiguity(request)
        if not _has_body(request):
            return 0
        limit = self._limit(request)
        length = int(request.headers.get("content-length", "0"))
        if length > limit:
            raise _too_large(limit, request)
        if not (is_open or path in OPEN_PATHS or (path in ASKS_FIRST and 0 < length <= STRANGERS_BYTES)):
            await known_actor(request)
        return limit

    def _limit(self, request: Request) -> int:
        """Files go to the disk as they come; everything else is held in memory, as objects many times its length."""
        settings = self._application.settings.server
        if request.scope["path"] in OPEN_PATHS:
            return STRANGERS_BYTES
        return settings.max_body_bytes if is_form(request) else min(settings.max_json_bytes, settings.max_body_bytes)


def _as_read(scope: Scope) -> Scope:
    """HEAD is answered as GET is, and the server sends no body after it; no route need know."""
    return {**scope, "method": "GET"} if scope["method"] == "HEAD" else scope


def _named(request: Request) -> Iterator[Header]:
    yield b"x-request-id", request.state.request_id.encode()
    for name, value in getattr(request.state, "rate_headers", {}).items():
        yield name.lower().encode(), value.encode()


async def _refuse(response: Response, receive: Receive, send: Send) -> None:
    """Answers before the body is read, and then hears out a short one: a client that is reset while it sends would
    never read the answer.
    """
    response.headers["Connection"] = "close"
    await send({"type": "http.response.start", "status": response.status_code, "headers": response.raw_headers})
    await send({"type": "http.response.body", "body": response.body, "more_body": True})
    left = HEARD_BYTES
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(HEARD_SECONDS):
            while left > 0:
                message = await receive()
                if message["type"] != "http.request" or not message.get("more_body", False):
                    break
                left -= len(message.get("body", b""))
    await send({"type": "http.response.body", "body": b""})


def _refuse_ambiguity(request: Request) -> None:
    """A proxy before us might read such a request as two."""
    if "transfer-encoding" in request.headers and "content-length" in request.headers:
        raise InvalidInput(
            "The request states its length and that it comes in pieces.",
            field="Content-Length",
            hint="Send Content-Length or Transfer-Encoding, not both.",
        )
    if "\x00" in request.scope["path"] or b"%00" in request.scope["query_string"]:
        raise Malformed("The address holds a NUL character.", field="url", hint="Leave it out.")


def _has_body(request: Request) -> bool:
    return "transfer-encoding" in request.headers or request.headers.get("content-length", "0") != "0"


def _bounded(receive: Receive, limit: int, request: Request, *, silence_seconds: float) -> Receive:
    """Counts what really comes, for a body in pieces states no length, and does not wait for ever for the rest."""
    left, is_whole = limit, False

    async def bounded() -> Message:
        nonlocal left, is_whole
        try:
            # After the body this waits for the client to leave.
            async with asyncio.timeout(None if is_whole else silence_seconds):
                message = await receive()
        except TimeoutError:
            slow = TooSlow(f"Nothing came for {silence_seconds:.0f} seconds.", field="body", hint="Send it again.")
            raise StoppedBody(slow) from None
        if message["type"] == "http.request":
            is_whole = not message.get("more_body", False)
            left -= len(message.get("body", b""))
            if left < 0:
                raise StoppedBody(_too_large(limit, request))
        return message

    return bounded


def _too_large(limit: int, request: Request) -> TooLarge:
    hint = "Send less at once: many prompts go into a sheet, which is uploaded as a file."
    if is_form(request):
        hint = "Split the file, or allow more with IMAGELOOM_SERVER__MAX_BODY_BYTES on the server."
    elif request.scope["path"].startswith("/v1/"):
        hint = "Send larger pictures as files of a form."
    return TooLarge(
        f"The body has more than the {limit} bytes that are allowed.",
        field="body",
        hint=hint,
        limit_bytes=limit,
    )
