"""Live progress of a batch as server-sent events: a snapshot, then deltas, resumable by ``Last-Event-ID``."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import Any

from fastapi import Request
from starlette.responses import Response
from starlette.types import Receive, Send
from starlette.types import Scope as Connection

from imageloom.features.batches.feeds import Feed, last_id
from imageloom.features.generation.service import GenerationService
from imageloom.features.identity.activity import topic_of
from imageloom.runtime.actor import Actor
from imageloom.runtime.http.scopes import is_still
from imageloom.runtime.http.streaming import STRAIGHT_SEND
from imageloom.runtime.scope import Scopes

GONE_LOOK_SECONDS = 15.0
"""How often a stream looks whether its listener is still there, and whether a token of theirs has run out. A task of
its own for each would cost more. What is taken from somebody here is hinted, and counts before the next event.
"""


EVENTS: dict[str, Any] = {
    "description": "Server-sent events.",
    "content": {
        "text/event-stream": {
            "itemSchema": {
                "type": "object",
                "properties": {
                    "event": {"type": "string"},
                    "id": {"type": "string"},
                    "data": {"type": "string", "contentMediaType": "application/json"},
                },
            }
        }
    },
}
"""The stream as the OpenAPI document describes it."""


Say = Callable[[bytes], Awaitable[None]]


class Listening(Response):
    """An answer that goes on. It speaks from a task of its own, so that no message wakes what lies around the route."""

    media_type = "text/event-stream"

    def __init__(self, speak: Callable[[Say], Coroutine[Any, Any, None]]) -> None:
        self._speak = speak
        self.status_code = 200
        self.background = None
        self.init_headers({"Cache-Control": "no-cache", "X-Accel-Buffering": "no"})

    async def __call__(self, scope: Connection, receive: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        straight: Send = scope.get("extensions", {}).get(STRAIGHT_SEND, send)

        def say(event: bytes) -> Awaitable[None]:
            return straight({"type": "http.response.body", "body": event, "more_body": True})

        await asyncio.create_task(self._speak(say))
        await send({"type": "http.response.body", "body": b"", "more_body": False})


@dataclass(frozen=True, kw_only=True)
class ProgressStream:
    """The streams of this process. However many follow a batch, one feed reads for all of them."""

    scopes: Scopes
    _feeds: dict[str, Feed] = field(default_factory=dict, init=False)

    def answer(self, run_id: str, *, actor: Actor, after: int | None, request: Request) -> Listening:
        """The stream for one listener, whose right to follow the batch has been checked."""
        return Listening(partial(self._speak, run_id, actor=actor, after=after, request=request))

    async def _speak(self, run_id: str, say: Say, *, actor: Actor, after: int | None, request: Request) -> None:
        """``after`` is the id of the last event the listener has seen. Ends with ``end`` when the batch is over."""
        clock = self.scopes.ports.clock
        known = await self._known(run_id, actor=actor, after=after)
        feed = self._feeds.get(run_id) or self._feeds.setdefault(run_id, Feed(run_id=run_id, scopes=self.scopes))
        signals = self.scopes.ports.signals
        with (
            feed.heard(on_silence=partial(self._drop, feed)),
            signals.listen(topic_of(str(actor.user_id))) as changed,
        ):
            await feed.look(fresh=known is None)
            while known is not None and known < feed.seen:
                event, known = await feed.missed(known)
                await say(event)
            place, looked_at = feed.live, clock.monotonic()
            if known is None:
                await say(feed.snapshot())
            while not feed.is_over or place < feed.told:
                event, place = await feed.next(place)
                if changed.take() or clock.monotonic() - looked_at > GONE_LOOK_SECONDS:
                    looked_at = clock.monotonic()
                    # Who was shown out, or has another role, is told nothing more, comes again and is judged anew.
                    if await request.is_disconnected() or not await is_still(request, actor):
                        return
                await say(event)

    def _drop(self, feed: Feed) -> None:
        if self._feeds.get(feed.run_id) is feed:
            del self._feeds[feed.run_id]

    async def _known(self, run_id: str, *, actor: Actor, after: int | None) -> int | None:
        """Where the stream can go on; ``None`` when it must begin anew, because what came after is no longer kept."""
        if after is None:
            return None
        ports = self.scopes.ports
        async with self.scopes.open(actor, write=False) as scope:
            run = await GenerationService(scope).run(run_id)
            may_be_pruned = run.created_at < ports.clock.now() - timedelta(days=ports.settings.engine.retention_days)
            is_of_this_batch = after <= await last_id(scope, run_id)
        return after if is_of_this_batch and not may_be_pruned else None
