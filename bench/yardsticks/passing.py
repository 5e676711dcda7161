"""A pass-through: what a gateway costs that only hands requests on. It keeps nothing, and books nothing."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from bench.yardsticks.running import listen

KEY = "Bearer sk-bench"


def make_app(upstream: str) -> Starlette:
    client = httpx2.AsyncClient(
        timeout=600, limits=httpx2.Limits(max_connections=1000, max_keepalive_connections=1000), trust_env=False
    )

    async def hand_on(request: Request) -> Response:
        outgoing = client.build_request(
            "POST",
            f"{upstream}/images/generations",
            content=await request.body(),
            headers={"Authorization": KEY, "Content-Type": "application/json", "Accept-Encoding": "identity"},
        )
        incoming = await client.send(outgoing, stream=True)

        async def pieces() -> AsyncIterator[bytes]:
            try:
                async for piece in incoming.aiter_raw():
                    yield piece
            finally:
                await incoming.aclose()

        headers = {name: incoming.headers[name] for name in ("content-length", "content-type")}
        return StreamingResponse(pieces(), status_code=incoming.status_code, headers=headers)

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        await client.aclose()

    return Starlette(routes=[Route("/v1/images/generations", hand_on, methods=["POST"])], lifespan=lifespan)


if __name__ == "__main__":
    listener = listen()
    print(listener.getsockname()[1], flush=True)
    config = uvicorn.Config(make_app(sys.argv[1]), log_config=None, access_log=False)
    asyncio.run(uvicorn.Server(config).serve(sockets=[listener]))
