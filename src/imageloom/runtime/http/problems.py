"""Errors on the wire: RFC 9457 problem documents, one shape for all, never a stack trace."""

from __future__ import annotations

import errno
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import IntegrityError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from imageloom.contracts.storage import StoreFailed
from imageloom.kit.errors import (
    Conflict,
    CrossSite,
    Malformed,
    NoRoom,
    Problem,
    TooMany,
    Unauthenticated,
    Unavailable,
    rule_of,
)
from imageloom.runtime import memory
from imageloom.runtime.db.away import MAY_BE_AWAY, is_away

log = structlog.get_logger(__name__)

MEDIA_TYPE = "application/problem+json"
FAULTS_SHOWN = 50
PATH_SHOWN = 200
PART_SHOWN = 60
NO_MEMORY = "Ask again in a moment, or for less at once."
SCHEMA_NAME = "Problem"
SCHEMA: dict[str, Any] = {
    "type": "object",
    "description": "RFC 9457: what went wrong, which field, which rule, and the way out.",
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


def errors(*problems: type[Problem]) -> dict[int | str, dict[str, Any]]:
    """The ``responses=`` of a route: each problem it may answer with, documented."""
    documented: dict[int | str, dict[str, Any]] = {}
    # Every route needs somebody who may ask this often, a server that is ready, and a request that can be read.
    listed: tuple[type[Problem], ...] = (*problems, Unauthenticated, CrossSite, TooMany, Unavailable, Malformed)
    for problem in dict.fromkeys(listed):
        known = documented.get(problem.status)
        documented[problem.status] = described(problem, after=known)
    return documented


def described(problem: type[Problem], *, after: dict[str, Any] | None = None) -> dict[str, Any]:
    """One answer of a route in the OpenAPI document."""
    text = f"`{problem.code}`: {problem.title}"
    return {
        "description": text if after is None else f"{after['description']} {text}",
        "content": {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{SCHEMA_NAME}"}}},
    }


Shape: TypeAlias = Callable[[Mapping[str, Any]], tuple[int, Any]]
"""From a problem document to the status and the JSON that callers of some routes know."""


def speak(app: FastAPI, prefix: str, shape: Shape) -> None:
    """Errors of routes below ``prefix`` are told in another shape than ours."""
    app.state.error_shapes = {**getattr(app.state, "error_shapes", {}), prefix: shape}


class StoppedBody(HTTPException):
    """Stops a body while it comes. Whatever reads bodies lets only the framework's own exception through."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(status_code=problem.status, detail=problem.detail)
        self.problem = problem


def problem_response(problem: Problem, *, request: Request) -> Response:
    headers = dict(problem.headers)
    if isinstance(problem, Unauthenticated):
        headers["WWW-Authenticate"] = "Bearer"
    if isinstance(problem, Unavailable):
        headers["Retry-After"] = "1"
    if isinstance(problem, NoRoom):
        headers["Retry-After"] = "30"
    return _response(problem.document(), request=request, headers=headers)


def database_response(error: Exception, *, request: Request) -> Response:
    """The answer to one of ``MAY_BE_AWAY``."""
    if getattr(getattr(error, "orig", error), "sqlite_errorcode", 0) & 0xFF in _SQLITE_DISK_ERRORS:
        return _no_room(StoreFailed(str(getattr(error, "orig", error))), request=request)
    if not is_away(error):
        return _bug(error, request=request)
    cause = getattr(error, "orig", None) or error
    log.warning("database_away", path=request.url.path, error=f"{type(cause).__name__}: {cause}")
    away = Unavailable(
        "The database does not answer now.", hint="Ask again in a second; a submit with the same Idempotency-Key."
    )
    return problem_response(away, request=request)


def install_problem_handlers(app: FastAPI) -> None:
    """Makes every error of the app a problem document."""
    app.add_exception_handler(Problem, _on_problem)
    app.add_exception_handler(IntegrityError, _on_taken)
    for kind in MAY_BE_AWAY:
        app.add_exception_handler(kind, _on_database)
    for trouble in (OSError, StoreFailed):
        app.add_exception_handler(trouble, _on_disk)
    app.add_exception_handler(RequestValidationError, _on_malformed)
    app.add_exception_handler(HTTPException, _on_http)
    app.add_exception_handler(Exception, _on_bug)


async def _on_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return problem_response(error, request=request)


async def _on_taken(request: Request, error: Exception) -> Response:
    """Two asked for the same at once, both found that there was none, and the other was faster."""
    cause = getattr(error, "orig", error)
    code = getattr(cause, "sqlstate", None) or getattr(cause, "sqlite_errorcode", None)
    if code not in _TAKEN:
        return _bug(error, request=request)
    faster = Conflict("Somebody else was faster: there is one by now.", hint="Look at what is there, then ask again.")
    return problem_response(faster, request=request)


async def _on_database(request: Request, error: Exception) -> Response:
    return database_response(error, request=request)


async def _on_disk(request: Request, error: Exception) -> Response:
    if isinstance(error, OSError) and error.errno not in _DISK_ERRORS:
        return _bug(error, request=request)
    return _no_room(error, request=request)


def _no_room(error: Exception, *, request: Request) -> Response:
    """What must be written finds no room: nothing was done, and it may be asked for again."""
    reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    log.error("request_found_no_room", path=request.url.path, error=str(error))
    return problem_response(NoRoom(f"Nothing was done: {reason}.", hint="Make room, then ask again."), request=request)


async def _on_malformed(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    faults = [{"field": _place(fault["loc"]), "rule": rule_of(fault["msg"])} for fault in error.errors()[:FAULTS_SHOWN]]
    return problem_response(_malformed(faults), request=request)


async def _on_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if isinstance(error, StoppedBody):
        return problem_response(error.problem, request=request)
    if error.status_code == 400:
        # The framework's word for a body that it cannot parse; ours for the same is malformed.
        return problem_response(_malformed([{"field": "body", "rule": str(error.detail)}]), request=request)
    code = _HTTP_CODES.get(error.status_code, "http_error")
    document = {
        "type": f"urn:imageloom:problem:{code}",
        "title": str(error.detail),
        "status": error.status_code,
        "detail": f"{request.method} {request.url.path[:PATH_SHOWN]}: {error.detail}.",
        "code": code,
        "hint": "The routes and what they take are at /docs and in /openapi.json.",
    }
    return _response(document, request=request, headers=error.headers)


async def _on_bug(request: Request, error: Exception) -> Response:
    return _bug(error, request=request)


def _bug(error: Exception, *, request: Request) -> Response:
    if memory.end_unless_spare(error):
        log.error("request_found_no_memory", path=request.url.path)
        return problem_response(Unavailable("There was no memory for this now.", hint=NO_MEMORY), request=request)
    log.error("request_failed", path=request.url.path, exc_info=error)
    document = {
        "type": "urn:imageloom:problem:internal",
        "title": "Something broke on our side.",
        "status": 500,
        "detail": "The request failed because of an error in the server. The log has the details.",
        "code": "internal",
    }
    return _response(document, request=request)


def _response(document: dict[str, Any], *, request: Request, headers: Mapping[str, str] | None = None) -> Response:
    body = {**document, "instance": request.url.path}
    request_id = getattr(request.state, "request_id", None)
    if request_id is not None:
        body["request_id"] = request_id
    for prefix, shape in getattr(request.app.state, "error_shapes", {}).items():
        if request.url.path.startswith(prefix):
            status, told = shape(body)
            return Response(orjson.dumps(told), status_code=status, media_type="application/json", headers=headers)
    return Response(orjson.dumps(body), status_code=document["status"], media_type=MEDIA_TYPE, headers=headers)


def _malformed(faults: list[dict[str, str]]) -> Malformed:
    first = faults[0] if faults else {"field": "body", "rule": "it cannot be read"}
    return Malformed(
        f"{first['field']}: {first['rule']}",
        field=first["field"],
        hint="What this route takes is at /docs and in /openapi.json.",
        faults=faults,
    )


def _place(loc: Sequence[int | str]) -> str:
    """Where in the request a fault is. Names of members come from outside."""
    path = ".".join(str(part)[:PART_SHOWN] for part in loc[1:]) or str(loc[0])
    return path.encode(errors="replace").decode()[:PATH_SHOWN]


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
_TAKEN = {"23505", sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY}
_SQLITE_DISK_ERRORS = {sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN}

_HTTP_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "unsupported_media_type"}
