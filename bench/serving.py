"""The product as a server, without its previews: what a picture costs until it is stored is measured alone."""

from __future__ import annotations

import asyncio
import os
import secrets
from collections.abc import Callable, Coroutine
from dataclasses import fields
from typing import Any

import uvicorn

from bench.yardsticks.running import listen
from imageloom.doors.bootstrap import Application, load_settings, open_application, process_environment
from imageloom.doors.cli.link import Address, write_address
from imageloom.doors.http.app import make_app
from imageloom.features.library.previews import PreviewMaker
from imageloom.runtime import collector, cores
from imageloom.runtime.telemetry import configure_logs


class NoPreviews(PreviewMaker):
    async def watch(self) -> None:
        await asyncio.Event().wait()


async def serve(*, beside: Callable[[Application], Coroutine[Any, Any, None]] | None = None) -> None:
    """``beside`` runs next to the server, in its event loop."""
    settings = load_settings()
    configure_logs(settings.log)
    listener = listen()
    token = secrets.token_urlsafe(32)
    with collector.loading():
        application = open_application(settings, environment=process_environment())
        made = application.previews
        application.previews = NoPreviews(**{part.name: getattr(made, part.name) for part in fields(made) if part.init})
        app = make_app(application, owner_token=token)
    url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    write_address(settings.data_dir, Address(url=url, token=token, pid=os.getpid()))
    config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="on", timeout_graceful_shutdown=3)
    other = None if beside is None else asyncio.create_task(beside(application))
    async with cores.together():
        await uvicorn.Server(config).serve(sockets=[listener])
    if other is not None:
        other.cancel()


if __name__ == "__main__":
    asyncio.run(serve())
