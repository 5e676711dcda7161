"""Routes are found by their place exactly as they are found one after another."""

from __future__ import annotations

import httpx2
import pytest
from fastapi import APIRouter, FastAPI
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from imageloom.doors.http.places import Places

PATHS = (
    "/health",
    "/api/pictures",
    "/api/pictures/",
    "/api/pictures/one/more",
    "/api/pictures/one",
    "/api/other",
    "/api/own/one",
    "/api",
    "/files/a/b",
    "/nowhere/at/all",
    "/",
)


def made(*, by_place: bool) -> FastAPI:
    router = APIRouter()
    for path in ("/health", "/api/pictures/one", "/api/{kind}", "/api/pictures", "/api/own/{name}"):
        router.add_api_route(path, lambda path=path: path, methods=["GET"])
    router.add_api_route("/api/pictures", lambda: "made", methods=["POST"])
    app = FastAPI(openapi_url=None)
    app.router.routes.extend(router.routes)
    app.router.routes.append(
        Mount("/files", routes=[Route("/{rest:path}", lambda _request: PlainTextResponse("file"))])
    )
    if by_place:
        app.router.middleware_stack = Places(app.router)
    return app


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
async def test_the_same_route_answers(path: str, method: str) -> None:
    answers = []
    for by_place in (False, True):
        transport = httpx2.ASGITransport(app=made(by_place=by_place))
        async with httpx2.AsyncClient(transport=transport, base_url="http://studio") as client:
            response = await client.request(method, path)
            answers.append((response.status_code, response.text, response.headers.get("location")))
    assert answers[0] == answers[1]
