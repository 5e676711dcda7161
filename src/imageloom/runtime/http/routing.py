"""Routers of the product's routes."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import APIRouter
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from imageloom.runtime.http.direct import direct_app
from imageloom.runtime.http.queries import with_known_query


class Route(APIRoute):
    """Answers by what is known of it beforehand, and is described by what was declared."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self.app = direct_app(self.dependant) or self.app

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        declared, self.dependant = self.dependant, with_known_query(self.dependant)
        try:
            return super().get_route_handler()
        finally:
            self.dependant = declared


class Router(APIRouter):
    """Its operations are called by the functions that answer them."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(route_class=Route, generate_unique_id_function=lambda route: route.name, **arguments)
