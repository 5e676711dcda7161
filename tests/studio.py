"""The whole application inside a test: every part real but the job engine's store, which is in memory."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import httpx2
from fastapi import FastAPI

from imageloom.doors.bootstrap import Application, open_application
from imageloom.doors.http.app import make_app, openapi_document
from imageloom.kit.clock import SystemClock
from imageloom.runtime.engine.memory import MemoryEngine, MemoryStore
from imageloom.runtime.settings import Settings
from tools.upstream.client import Upstream

OWNER_TOKEN = "owner-token-of-the-test"
WAIT_SECONDS = 40.0
OPENAI = "openai/gpt-image-2"
REPLICATE = "replicate/stability-ai/sdxl"


@dataclass
class Studio:
    """A running application and ways to use it as a person would: over HTTP."""

    application: Application
    http: httpx2.AsyncClient
    upstream: Upstream
    settings: Settings
    store: MemoryStore
    app: FastAPI
    environment: Mapping[str, str] = field(default_factory=dict)

    async def call(self, method: str, path: str, *, status: int | None = None, **arguments: Any) -> Any:
        response = await self.http.request(method, path, **arguments)
        if status is not None:
            assert response.status_code == status, response.text
        else:
            assert response.is_success, response.text
        return response.json() if response.content else None

    async def get(self, path: str, **query: Any) -> Any:
        return await self.call("GET", path, params=query)

    async def post(self, path: str, body: Any = None, **arguments: Any) -> Any:
        return await self.call("POST", path, json=body, **arguments)

    async def add_key(self, provider: str = "openai", **limits: int) -> Any:
        base = self.upstream.openai if provider.startswith("openai") else self.upstream.replicate
        body = {"provider": provider, "key": "sk-secret-of-the-test", "base_url": base, "limits": limits}
        return await self.post("/api/keys", body)

    async def submit(self, prompts: list[str], *, model: str = OPENAI, **more: Any) -> Any:
        plan = {"models": [model], "sizes": ["256x256"], **more.pop("plan", {})}
        return await self.post("/api/batches", {"prompts": prompts, "plan": plan, **more})

    async def until(self, is_so: Callable[[Any], bool], path: str, *, seconds: float = WAIT_SECONDS) -> Any:
        """Asks until the answer is as wished."""
        deadline = time.monotonic() + seconds
        while True:
            answer = await self.get(path)
            if is_so(answer):
                return answer
            assert time.monotonic() < deadline, f"{path} stayed {answer}"
            await asyncio.sleep(0.02)

    async def finished(self, batch_id: str) -> Any:
        """The batch, once it is over."""
        return await self.until(lambda batch: batch["finished_at"] is not None, f"/api/batches/{batch_id}")

    async def made(self, prompts: list[str], **more: Any) -> Any:
        """Submits and waits."""
        return await self.finished((await self.submit(prompts, **more))["id"])

    async def items(self, batch_id: str) -> list[Any]:
        return (await self.get(f"/api/batches/{batch_id}/items", limit=500))["items"]

    async def balanced(self, batch_id: str) -> Any:
        """The books of a batch, which must balance."""
        books = await self.get(f"/api/batches/{batch_id}/verify")
        assert books["balanced"], books
        assert sum(books["counts"].values()) == books["requested"]
        return books


class Declared:
    """Holds every answer of every test against the OpenAPI document: its status and its kind must stand there."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.paths = [
            # A model's name holds a slash.
            (re.compile(re.sub(r"\{[^}]+\}", "[^/]+", path.replace("{model}", ".+"))), operations)
            for path, operations in document["paths"].items()
        ]

    async def __call__(self, response: httpx2.Response) -> None:
        path = response.request.url.path
        found = [operations for pattern, operations in self.paths if pattern.fullmatch(path)]
        operation = found[0].get(response.request.method.lower()) if found else None
        if operation is None:
            assert response.status_code in (404, 405), f"{path} is not in the document"
            return
        answer = operation["responses"].get(str(response.status_code))
        assert answer is not None, f"{response.request.method} {path}: {response.status_code} is not in the document"
        kind = response.headers.get("content-type", "").partition(";")[0]
        kinds = answer.get("content", {})
        assert not kind or kind in kinds or f"{kind.partition('/')[0]}/*" in kinds, f"{path}: {kind} is not in {kinds}"


def make_settings(folder: Path, *, database_url: str | None, **sections: Any) -> Settings:
    generation = {"backoff_seconds": 0.02, "breaker_open_seconds": 0.3, **sections.pop("generation", {})}
    return Settings(
        environment="test",
        data_dir=folder,
        database={"url": database_url},
        engine={"poll_seconds": 0.05},
        generation=generation,
        server={"grace_seconds": 5.0, **sections.pop("server", {})},
        pictures={"workers": 1, "worker_idle_seconds": 5.0},
        # A section that is not named would be the one that all tests share, and some change theirs.
        plans={**sections.pop("plans", {})},
        people={"password_memory_kib": 8, "password_passes": 1, **sections.pop("people", {})},
        **sections,
    )


@cache
def document() -> dict[str, Any]:
    """Of every studio alike. Making it costs as much as a studio."""
    return openapi_document()


@asynccontextmanager
async def open_studio(
    folder: Path,
    *,
    database_url: str,
    upstream: Upstream,
    store: MemoryStore | None = None,
    environment: Mapping[str, str] | None = None,
    **sections: Any,
) -> AsyncIterator[Studio]:
    settings = make_settings(folder, database_url=database_url, **sections)
    store = store or MemoryStore()
    engine = MemoryEngine(store=store, clock=SystemClock())
    application = open_application(settings, environment=environment or {}, engine=engine)
    # Not the built page, whose files every studio would look for.
    app = make_app(application, owner_token=OWNER_TOKEN, page=folder / "page")
    await application.start()
    headers = {"Authorization": f"Bearer {OWNER_TOKEN}"}
    transport = httpx2.ASGITransport(app=app)
    async with httpx2.AsyncClient(
        transport=transport,
        base_url="http://studio",
        headers=headers,
        timeout=60,
        event_hooks={"response": [Declared(document())]},
    ) as http:
        try:
            yield Studio(application, http, upstream, settings, store, app)
        finally:
            await application.stop()
