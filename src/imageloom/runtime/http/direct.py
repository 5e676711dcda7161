"""Routes that need nothing but the request: they are answered without the framework's way through dependencies.

That way opens two stacks of what is to be closed, gathers the faults of every part and looks up how each is called. A
route takes the short way if all that it asks for is in the address or in headers, or comes from coroutines that ask for
no more, and if it makes its answer itself.
"""

from __future__ import annotations

import inspect
import typing
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from fastapi._compat import ModelField
from fastapi._compat.shared import field_annotation_is_sequence
from fastapi.dependencies.models import Dependant
from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from imageloom.runtime.http.queries import Field, is_plain, read_fields

_ASKS_FOR_MORE = (
    "cookie_params",
    "body_params",
    "websocket_param_name",
    "http_connection_param_name",
    "response_param_name",
    "background_tasks_param_name",
    "security_scopes_param_name",
    "own_oauth_scopes",
    "parent_oauth_scopes",
    "concurrency",
)


def direct_app(dependant: Dependant) -> ASGIApp | None:
    """The route as an application; ``None`` where it asks for more."""
    step = _Step.of(dependant)
    if step is None or typing.get_type_hints(step.call).get("return") is not Response:
        return None

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive, send)
        response: Response = await step.call(**await step.arguments(request, {}))
        await response(scope, receive, send)

    return app


def _is_named_once(field: ModelField) -> bool:
    """Whether a header comes once, under the name that was declared."""
    return "_" not in field.alias and not field_annotation_is_sequence(field.field_info.annotation)


@dataclass(frozen=True)
class _Step:
    """A coroutine and what it asks for."""

    call: Callable[..., Awaitable[Any]]
    name: str | None
    before: tuple[_Step, ...]
    path: tuple[Field, ...]
    query: tuple[Field, ...]
    header: tuple[Field, ...]
    request_name: str | None

    @classmethod
    def of(cls, dependant: Dependant) -> _Step | None:
        before = [cls.of(one) for one in dependant.dependencies]
        call, fields = dependant.call, [*dependant.path_params, *dependant.query_params, *dependant.header_params]
        is_direct = inspect.iscoroutinefunction(call) and all(map(is_plain, fields)) and None not in before
        is_direct = is_direct and all(map(_is_named_once, dependant.header_params))
        if not is_direct or any(getattr(dependant, more) for more in _ASKS_FOR_MORE):
            return None
        assert call is not None
        return cls(
            call=call,
            name=dependant.name,
            before=tuple(filter(None, before)),
            path=tuple(map(Field.of, dependant.path_params)),
            query=tuple(map(Field.of, dependant.query_params)),
            header=tuple(map(Field.of, dependant.header_params)),
            request_name=dependant.request_param_name,
        )

    async def arguments(self, request: Request, found: dict[Callable[..., Any], Any]) -> dict[str, Any]:
        """``found``: what came of those before, each of which is asked once. Raises :class:`RequestValidationError`."""
        values: dict[str, Any] = {}
        for step in self.before:
            if step.call not in found:
                found[step.call] = await step.call(**await step.arguments(request, found))
            if step.name is not None:
                values[step.name] = found[step.call]
        faults = read_fields(self.path, request.path_params, "path", into=values) if self.path else []
        faults += read_fields(self.query, request.query_params, "query", into=values) if self.query else []
        faults += read_fields(self.header, request.headers, "header", into=values) if self.header else []
        if faults:
            raise RequestValidationError(faults)
        if self.request_name is not None:
            values[self.request_name] = request
        return values
