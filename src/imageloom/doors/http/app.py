"""The HTTP application: routes of every feature behind one error format, listening before everything is ready."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi_offline import FastAPIOffline
from starlette.routing import BaseRoute

from imageloom import __version__
from imageloom.doors.bootstrap import Application
from imageloom.doors.http.authentication import Authenticator
from imageloom.doors.http.docs import router as docs
from imageloom.doors.http.document import describe
from imageloom.doors.http.guard import Guard
from imageloom.doors.http.page import PAGE_FOLDER, StudioPage
from imageloom.doors.http.places import Places
from imageloom.doors.http.routers import ROUTERS
from imageloom.features.batches.streams import ProgressStream
from imageloom.features.gateway.errors import openai_error
from imageloom.features.gateway.service import Gateway
from imageloom.features.generation.spending import Spending
from imageloom.features.identity.sessions import SessionKeys
from imageloom.features.operations.health import HealthReader
from imageloom.runtime.http.problems import install_problem_handlers, speak
from imageloom.runtime.http.scopes import HttpPorts
from imageloom.runtime.rates import Rates

log = structlog.get_logger(__name__)

DESCRIPTION = """Turns prompts into thousands of pictures across every provider, and accounts for each one.

Send `Authorization: Bearer <token>`; make a token with `imageloom tokens create`. Pages sign in
(`/api/auth/sign-in`): the session is a cookie, and whatever changes something repeats `csrf_token` in the header
`X-CSRF-Token`. `RateLimit-Limit`, `-Remaining` and `-Reset` say how often one may ask. Errors are RFC 9457 problem
documents with a stable `code`. Lists are keyset pages: pass `next` back as `cursor`."""


def make_app(application: Application | None, *, owner_token: str | None = None, page: Path = PAGE_FOLDER) -> FastAPI:
    """The app. Without an application it can only describe itself, which is what the OpenAPI document needs."""

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        assert application is not None
        starting = asyncio.create_task(_start(app, application), name="start")
        try:
            yield
        finally:
            starting.cancel()
            await asyncio.gather(starting, return_exceptions=True)
            await application.stop()

    app = FastAPIOffline(
        title="Imageloom",
        version=__version__,
        description=DESCRIPTION,
        lifespan=None if application is None else lifespan,
        openapi_url="/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    install_problem_handlers(app)
    speak(app, "/v1/", openai_error)
    app.router.routes.extend(_routes())
    describe(app)
    if application is not None:
        _equip(app, application, owner_token=owner_token)
        app.router.default = StudioPage(page)
        app.router.middleware_stack = Places(app.router)
        app.add_middleware(Guard, application=application)
    return app


@cache
def _routes() -> tuple[BaseRoute, ...]:
    """Those of every app of this process alike. They are complete as they are: an app that included their routers would
    make all their models again, and look for each request twice.
    """
    return tuple(route for router in (*ROUTERS, docs) for route in router.routes)


def _equip(app: FastAPI, application: Application, *, owner_token: str | None) -> None:
    """What routes reach through the app."""
    authenticate = Authenticator(
        clock=application.ports.clock,
        keys=SessionKeys(application.ports.cipher),
        server=application.settings.server,
        owner_token=owner_token,
    )
    app.state.application = application
    app.state.rates = Rates()
    app.state.http = HttpPorts(
        scopes=application.scopes,
        reader=application.reader,
        authenticate=authenticate,
        rates=app.state.rates,
        requests_per_minute=application.settings.server.requests_per_minute,
    )
    app.state.people = application.people
    app.state.gateway = Gateway(scopes=application.scopes, reader=application.reader, egress=application.egress)
    app.state.streams = ProgressStream(scopes=application.scopes)
    app.state.health = HealthReader(
        scopes=application.scopes,
        engine=application.engine,
        writer=application.writer,
        state=lambda: application.problem,
        lost=lambda: application.lost,
        watches=application.watches.problem,
    )
    app.state.books = Spending()
    app.state.egress = application.egress
    app.state.folder = application.settings.data_dir / "uploads"


async def _start(app: FastAPI, application: Application) -> None:
    try:
        await application.start()
        on_started: Callable[[], Awaitable[None]] | None = getattr(app.state, "on_started", None)
        if on_started is not None:
            await on_started()
    except asyncio.CancelledError:
        raise
    # A process edge: the server must say why it cannot start, and then leave.
    except Exception as error:
        application.problem = f"The server could not start: {error}"
        log.exception("start_failed")
        stop: Callable[[BaseException], None] | None = getattr(app.state, "on_start_failed", None)
        if stop is not None:
            stop(error)


def openapi_document() -> dict[str, Any]:
    """The OpenAPI 3.1 document of all routes, without starting anything."""
    return make_app(None).openapi()
