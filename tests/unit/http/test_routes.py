"""Routes that are answered by what is known of them, beside the framework's own: what they say must be the same."""

from __future__ import annotations

from collections.abc import AsyncIterator
from enum import StrEnum
from typing import Annotated, Any

import httpx2
import orjson
import pytest
from fastapi import APIRouter, Body, Depends, FastAPI, Header, Query, Request, Response
from fastapi.exceptions import RequestValidationError

from imageloom.runtime.http.direct import direct_app
from imageloom.runtime.http.routing import Router

asked: list[str] = []


class Order(StrEnum):
    newest = "newest"
    oldest = "oldest"


async def somebody(request: Request) -> str:
    asked.append("somebody")
    return request.headers.get("x-name", "nobody")


Somebody = Annotated[str, Depends(somebody)]


async def wanted(
    who: Somebody,
    q: Annotated[str | None, Query(max_length=5)] = None,
    rating: Annotated[int, Query(ge=0, le=5)] = 0,
    order: Order = Order.newest,
    labels: Annotated[list[str] | None, Query(max_length=2)] = None,
    tags: Annotated[list[str], Query()] = ["a"],  # noqa: B006  nobody's list may be everybody's
    is_new: Annotated[bool, Query(alias="new")] = False,
) -> dict[str, Any]:
    tags.append("z")
    return {"who": who, "q": q, "rating": rating, "order": order, "labels": labels, "tags": tags, "new": is_new}


Wanted = Annotated[dict[str, Any], Depends(wanted)]


async def opened() -> AsyncIterator[str]:
    yield "opened"


async def listed(request: Request, who: Somebody, wish: Wanted, place: int, limit: int = 3) -> Response:
    told = {**wish, "place": place, "limit": limit, "again": who, "path": request.url.path}
    return Response(orjson.dumps(told), media_type="application/json")


async def keyed(
    who: Somebody,
    key: Annotated[str | None, Header(alias="Idempotency-Key", min_length=2, max_length=9)] = None,
    depth: Annotated[int, Header(alias="X-Depth", ge=0)] = 1,
) -> Response:
    return Response(orjson.dumps({"who": who, "key": key, "depth": depth}), media_type="application/json")


async def underscored(name: Annotated[str | None, Header()] = None, x_name: Annotated[str, Header()] = "") -> Response:
    return Response(orjson.dumps({"name": name, "x_name": x_name}), media_type="application/json")


async def scoped(wish: Wanted, scope: Annotated[str, Depends(opened)], needed: int) -> dict[str, Any]:
    return {**wish, "scope": scope, "needed": needed}


async def written(wish: Wanted, body: Annotated[dict[str, int], Body()], limit: int = 3) -> Response:
    return Response(orjson.dumps({**wish, "body": body, "limit": limit}), media_type="application/json")


def app_with(router: APIRouter) -> FastAPI:
    router.add_api_route("/listed/{place}", listed)
    router.add_api_route("/scoped", scoped)
    router.add_api_route("/written", written, methods=["POST"])
    router.add_api_route("/keyed", keyed)
    router.add_api_route("/underscored", underscored)
    app = FastAPI()
    app.router.routes.extend(router.routes)

    @app.exception_handler(RequestValidationError)
    async def told(_request: Request, error: RequestValidationError) -> Response:
        return Response(orjson.dumps(sorted(map(str, error.errors()))), status_code=422)

    return app


async def ask(app: FastAPI, path: str, *, headers: Any = (), **more: Any) -> tuple[int, Any]:
    named = [(b"x-name", b"me"), *headers]
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url="http://here") as client:
        response = await client.request("POST" if more else "GET", path, headers=named, **more)
    return response.status_code, response.json()


QUERIES = (
    "",
    "?",
    "?q=&rating=",
    "?q=sea&rating=4&order=oldest&labels=one&labels=two&tags=b&new=true&limit=7&needed=1",
    "?q=too+long&rating=9",
    "?order=sideways&labels=1&labels=2&labels=3&new=perhaps",
    "?rating=1&rating=5&q=a&q=b&needed=2&needed=4",
    "?unknown=1&is_new=true&needed=x&limit=x",
    "?q=%E7%B9%94&needed=1",
)


@pytest.mark.parametrize("query", QUERIES)
async def test_they_say_what_the_framework_says(query: str) -> None:
    ours, theirs = app_with(Router()), app_with(APIRouter())
    for path in ("/listed/5", "/listed/five", "/scoped"):
        answered, expected = await ask(ours, path + query), await ask(theirs, path + query)
        if answered[0] == expected[0] == 422:
            # The framework gathers the faults of all parts; ours are those of the first part that has some.
            assert answered[1]
            assert set(answered[1]) <= set(expected[1])
        else:
            assert answered == expected
    for body in ({"one": 1}, {"one": "one"}):
        answered, expected = [await ask(app, "/written" + query, json=body) for app in (ours, theirs)]
        assert answered[0] == expected[0]
        assert answered == expected or answered[0] == 422


async def test_what_is_not_sent_is_nobody_elses_and_each_is_asked_once() -> None:
    app = app_with(Router())
    asked.clear()
    for _ in range(2):
        status, told = await ask(app, "/listed/5")
        assert (status, told["tags"], told["who"], told["again"]) == (200, ["a", "z"], "me", "me")
    assert asked == ["somebody"] * 2


def test_the_short_way_is_for_those_who_ask_for_no_more_and_the_document_stays() -> None:
    ours, theirs = Router(), APIRouter()
    told, expected = (app_with(router).openapi() for router in (ours, theirs))
    for path, operations in expected["paths"].items():
        for method, operation in operations.items():
            assert told["paths"][path][method]["parameters"] == operation["parameters"]
    short = [direct_app(route.dependant) is not None for route in ours.routes]
    assert short == [True, False, False, True, True]


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Idempotency-Key": "one", "X-Depth": "3"},
        {"idempotency-key": "one", "x-depth": "deep"},
        {"Idempotency-Key": "", "X-Depth": "-1"},
        {"Idempotency-Key": "o"},
        {"Idempotency-Key": "織圖"},
        {"Idempotency-Key": "much too long"},
    ],
)
async def test_headers_are_what_the_framework_takes_them_for(headers: dict[str, str]) -> None:
    ours, theirs = app_with(Router()), app_with(APIRouter())
    raw = [(name.encode(), value.encode()) for name, value in headers.items()]
    for path in ("/keyed", "/underscored"):
        assert await ask(ours, path, headers=raw) == await ask(theirs, path, headers=raw)
