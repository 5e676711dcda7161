"""``python -m tools.upstream``: starts the fakes and says where they listen."""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
from collections.abc import Awaitable
from pathlib import Path

from tools.upstream.account import Account, Config
from tools.upstream.files import Files
from tools.upstream.openai import OpenAI
from tools.upstream.replicate import Replicate
from tools.upstream.wire import Answer, Request, serve_connection


class Upstream:
    """All fakes behind one port."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.files = Files()
        self.openai = OpenAI(account, self.files)
        self.replicate = Replicate(account, self.files)

    async def handle(self, request: Request) -> Answer:
        if request.path.startswith("/control/"):
            return await self._control(request)
        if request.path.startswith("/files/"):
            return self.files.read(request.path)
        if request.path.startswith("/v1/"):
            return await self._counted(self.openai.handle(request))
        return await self._counted(self.replicate.handle(request))

    async def _counted(self, answering: Awaitable[Answer]) -> Answer:
        account = self.account
        account.total_requests += 1
        account.in_flight += 1
        account.max_in_flight = max(account.max_in_flight, account.in_flight)
        try:
            return await answering
        finally:
            account.in_flight -= 1

    async def _control(self, request: Request) -> Answer:
        what = request.path.removeprefix("/control/")
        if what == "config":
            try:
                self.account.config.change(await request.fields())
            except ValueError as error:
                return Answer.json({"error": str(error)}, 400)
        elif what == "reset":
            self.account.reset()
            self.replicate.jobs.clear()
            self.files.clear()
        elif what == "requests":
            return Answer.json(list(self.account.requests))
        return Answer.json(self.account.document())


async def serve(options: argparse.Namespace) -> None:
    config = Config(
        errors=options.errors,
        latency=options.latency,
        jitter=options.jitter,
        limit_rpm=options.limit_rpm,
        limit_concurrency=options.limit_concurrency,
        picture_bytes=options.picture_bytes,
    )
    upstream = Upstream(Account(config, seed=options.seed, file=options.account_file))
    server = await asyncio.start_server(
        lambda reader, writer: serve_connection(reader, writer, upstream.handle), options.host, options.port
    )
    port = server.sockets[0].getsockname()[1]
    base = f"http://{options.host}:{port}"
    upstream.replicate.base = upstream.files.base = base
    places = {"openai": f"{base}/v1", "replicate": f"{base}/replicate/v1", "control": f"{base}/control"}
    print(json.dumps(places), flush=True)
    if options.ready_file is not None:
        temporary = options.ready_file.with_suffix(".new")
        temporary.write_text(json.dumps(places))
        temporary.replace(options.ready_file)
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    server.close()


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tools.upstream", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--latency", type=float, default=0.2, help="seconds a picture takes")
    parser.add_argument("--jitter", type=float, default=0.0, help="seconds more or less")
    parser.add_argument("--errors", type=float, default=0.0, help="share of calls that misbehave, 0 to 1")
    parser.add_argument("--limit-rpm", type=int)
    parser.add_argument("--limit-concurrency", type=int)
    parser.add_argument("--picture-bytes", type=int, default=60_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--account-file", type=Path)
    parser.add_argument("--ready-file", type=Path)
    return parser.parse_args()


if __name__ == "__main__":
    asyncio.run(serve(parse_options()))
