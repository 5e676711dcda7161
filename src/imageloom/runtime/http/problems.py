"""Errors on the wire: RFC 9457 problem documents, one shape for all, never a stack trace."""

from __future__ import annotations

import errno
import sqlite3
from typing import Any, ClassVar

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from imageloom.contracts.storage import StoreFailed
from imageloom.kit.errors import NoRoom, Problem, Unauthenticated, Unavailable
from imageloom.runtime.db.away import MAY_BE_AWAY, is_away

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
_SCHEMA = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "code"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "code": {"type": "string"},
        "field": {"type": "string"},
        "hint": {"type": "string"},
        "instance": {"type": "string"},
    },
}


class Malformed(Problem):
    """The request does not have the shape that the OpenAPI document states."""

    status: ClassVar[int] = 422
    code: ClassVar[str] = "malformed"
    title: ClassVar[str] = "The request is malformed."


def errors(*problems: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """The ``responses=`` of a route: each problem it may answer with, documented."""
    documented: dict[int | str, dict[str, Any]] = {}
    # Every route needs a token, a server that is ready, and a request that can be read.
    listed: tuple[type[Problem], ...] = (*problems, Unauthenticated, Unavailable, Malformed)
    for problem in dict.fromkeys(listed):
        known = documented.get(problem.status)
        text = f"`{problem.code}`: {problem.title}"
        documented[problem.status] = {
            "description": text if known is None else f"{known['description']} {text}",
            "content": {MEDIA_TYPE: {"schema": _SCHEMA}},
        }
    return documented


def problem_response(document: dict[str, Any], *, request: Request, headers: dict[str, str] | None = None) -> Response:
    body = {**document, "instance": request.url.path}
    request_id = getattr(request.state, "request_id", None)
    if request_id is not None:
        body["request_id"] = request_id
    return Response(orjson.dumps(body), status_code=document["status"], media_type=MEDIA_TYPE, headers=headers)


def install_problem_handlers(app: FastAPI) -> None:
    """Makes every error of the app a problem document."""

    async def on_malformed(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        faults = [
            {"field": ".".join(str(part) for part in fault["loc"][1:]) or str(fault["loc"][0]), "rule": fault["msg"]}
            for fault in error.errors()[:50]
        ]
        first = faults[0] if faults else {"field": "body", "rule": "malformed"}
        malformed = Malformed(f"{first['field']}: {first['rule']}", field=first["field"], faults=faults)
        return problem_response(malformed.document(), request=request)

    app.add_exception_handler(Problem, _on_problem)
    for kind in MAY_BE_AWAY:
        app.add_exception_handler(kind, _on_database)
    for trouble in (OSError, StoreFailed):
        app.add_exception_handler(trouble, _on_disk)
    app.add_exception_handler(RequestValidationError, on_malformed)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_bug)


async def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    headers = {}
    if isinstance(error, Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, Unavailable):
        headers["Retry-After"] = "1"
    if isinstance(error, NoRoom):
        headers["Retry-After"] = "30"
    return problem_response(error.document(), request=request, headers=headers)


async def _on_disk(request: Request, error: Exception) -> Response:
    """What must be written finds no room: nothing was done, and it may be asked for again."""
    if isinstance(error, OSError) and error.errno not in _DISK_ERRORS:
        return await _on_bug(request, error)
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    log.error("request_found_no_room", path=request.url.path, error=str(error))
    return await _on_problem(request, NoRoom(f"Nothing was done: {reason}.", hint="Make room, then ask again."))


async def _on_database(request: Request, error: Exception) -> Response:
    if getattr(getattr(error, "orig", error), "sqlite_errorcode", 0) & 0xFF in _SQLITE_DISK_ERRORS:
        return await _on_disk(request, StoreFailed(str(getattr(error, "orig", error))))
    if not is_away(error):
        return await _on_bug(request, error)
    cause = getattr(error, "orig", None) or error
    log.warning("database_away", path=request.url.path, error=f"{type(cause).__name__}: {cause}")
    away = Unavailable(
        "The database does not answer now.", hint="Ask again in a second; a submit with the same Idempotency-Key."
    )
    return await _on_problem(request, away)


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    document = {
        "type": "about:blank",
        "title": str(error.detail),
        "status": error.status_code,
        "detail": str(error.detail),
        "code": _HTTP_CODES.get(error.status_code, "http_error"),
    }
    return problem_response(document, request=request, headers=dict(error.headers or {}))


async def _on_bug(request: Request, error: Exception) -> Response:
    log.error("request_failed", path=request.url.path, exc_info=error)
    document = {
        "type": "urn:imageloom:problem:internal",
        "title": "Something broke on our side.",
        "status": 500,
        "detail": "The request failed because of an error in the server. The log has the details.",
        "code": "internal",
    }
    return problem_response(document, request=request)


_DISK_ERRORS = {
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EROFS,
    errno.EIO,
    errno.EFBIG,
    errno.EACCES,
    errno.EPERM,
    errno.EMFILE,
    errno.ENFILE,
}
_SQLITE_DISK_ERRORS = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}

_HTTP_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "unsupported_media_type"}
