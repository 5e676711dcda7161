"""Finds a request's route among those of the same place, instead of among all of them one after another."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.routing import BaseRoute
from starlette.types import Receive, Scope, Send


class Places:
    """In front of a router whose routes are complete. A place is the first two words of a path, such as api/assets."""

    def __init__(self, router: APIRouter) -> None:
        self._router = router
        places = [_place(getattr(route, "path", "")) for route in router.routes]
        # Where a variable is among these words, a route may be anywhere.
        self._near = {
            place: _narrowed(
                router, [route for route, own in zip(router.routes, places, strict=True) if own == place or "{" in own]
            )
            for place in set(places)
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        near = None
        if scope["type"] == "http" and not scope.get("root_path"):
            near = self._near.get(_place(scope["path"]))
        await (near or self._router).app(scope, receive, send)


def _place(path: str) -> str:
    return "/".join(path.split("/", 3)[1:3])


def _narrowed(router: APIRouter, routes: list[BaseRoute]) -> APIRouter:
    return APIRouter(routes=routes, default=router.default, redirect_slashes=router.redirect_slashes)
