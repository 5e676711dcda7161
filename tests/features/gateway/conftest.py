"""OpenAI's own client in front of the whole application."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import uvicorn
from openai import AsyncOpenAI

from tests.studio import OWNER_TOKEN, Studio


def client_of(studio: Studio, **more) -> AsyncOpenAI:
    """The client as people use it, but for the way its requests take."""
    options = {"api_key": OWNER_TOKEN, "max_retries": 0, "http_client": studio.http, **more}
    return AsyncOpenAI(base_url="http://studio/v1", **options)


@pytest.fixture
async def client(studio: Studio) -> AsyncOpenAI:
    await studio.add_key("openai")
    return client_of(studio)


@asynccontextmanager
async def served(studio: Studio) -> AsyncIterator[str]:
    """The address of the same application behind a real socket, where callers can leave in the middle."""
    listener = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(studio.app, log_config=None, access_log=False, lifespan="off", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None
    task = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task
