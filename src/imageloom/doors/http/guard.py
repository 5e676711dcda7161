"""Around every request. Plain ASGI: what wraps a stream costs something for each listener and each message."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from imageloom.doors.bootstrap import Application
from imageloom.kit.errors import Problem, TooLarge, Unavailable
from imageloom.runtime.http.problems import problem_response
from imageloom.runtime.http.streaming import STRAIGHT_SEND

ALWAYS_OPEN = frozenset({"/health", "/api/health", "/docs", "/redoc", "/openapi.json"})


@dataclass(frozen=True)
class Guard:
    """Names every request, bounds its body, and holds requests off while the parts are not ready."""

    app: ASGIApp
    application: Application

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_id = secrets.token_hex(8)
        scope.setdefault("state", {})["request_id"] = request_id
        scope.setdefault("extensions", {})[STRAIGHT_SEND] = send

        async def named(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["X-Request-Id"] = request_id
                headers["X-Content-Type-Options"] = "nosniff"
            await send(message)

        problem, extra = self._problem(scope)
        if problem is not None:
            response = problem_response(problem.document(), request=Request(scope), headers=extra)
            await response(scope, receive, named)
            return
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            await self.app(scope, receive, named)

    def _problem(self, scope: Scope) -> tuple[Problem | None, dict[str, str]]:
        path, trouble = scope["path"], self.application.problem
        if trouble is not None and path not in ALWAYS_OPEN and not path.startswith("/static-offline"):
            return Unavailable(trouble, hint="Ask again in a second."), {"Retry-After": "1"}
        limit = self.application.settings.server.max_body_bytes
        length = Headers(scope=scope).get("content-length", "")
        if length.isdigit() and int(length) > limit:
            return TooLarge(f"The body has {int(length)} bytes; {limit} are allowed.", limit_bytes=limit), {}
        return None, {}
