"""A provider inside the test: calls wait until the test answers them, and it keeps an account of what it charged."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from PIL import Image

from imageloom.contracts.provider import (
    BlobRef,
    Done,
    Fault,
    Findable,
    HttpCall,
    ImageRequest,
    JsonBody,
    Limits,
    Model,
    More,
    NoKey,
    NotThere,
    Outcome,
    Pending,
    Reply,
    Sizes,
    Usage,
)
from imageloom.runtime.egress.errors import NoAnswer

MODEL = "gpt-image-2"


@dataclass(frozen=True)
class ScriptedProvider:
    """See :class:`imageloom.contracts.provider.Provider`. A reply's body is the result itself."""

    id: str
    limits: Limits
    title: str = "Scripted"
    auth: NoKey = NoKey()
    models: tuple[Model, ...] = (
        Model(
            id=MODEL,
            title="Scripted",
            sizes=Sizes(default="1024x1024"),
            qualities=("low", "high"),
            default_quality="low",
        ),
    )
    hosts: tuple[str, ...] = ()
    any_base_url: bool = False
    open_models: bool = False
    findable: Findable = "none"

    @property
    def base_url(self) -> str:
        return f"http://{self.id}"

    def open_model(self, model_id: str) -> Model:
        raise KeyError(model_id)

    def submit(self, request: ImageRequest) -> HttpCall:
        return HttpCall(
            method="POST", url="submit", body=JsonBody(value={"tag": request.tag, "prompt": request.prompt})
        )

    def read_submit(self, reply: Reply) -> Done | Pending | Fault:
        return reply.body

    def poll(self, handle: Mapping[str, Any]) -> HttpCall:
        return HttpCall(method="GET", url=f"jobs/{handle['id']}")

    def read_poll(self, reply: Reply, handle: Mapping[str, Any]) -> Done | Pending | Fault:
        return reply.body

    def cancel(self, handle: Mapping[str, Any]) -> HttpCall | None:
        return HttpCall(method="POST", url=f"jobs/{handle['id']}/cancel")

    def find_lost(self, request: ImageRequest) -> HttpCall | None:
        return None

    def read_find_lost(
        self, reply: Reply, request: ImageRequest, *, since: datetime, taken: frozenset[str]
    ) -> Pending | More | NotThere:
        raise NotImplementedError

    def check(self) -> HttpCall | None:
        return None

    def read_check(self, reply: Reply) -> Fault | None:
        return None


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the provider says, what it charges for it, and where the item may go. ``None`` states: it stays running."""

    name: str
    make: Callable[[Waiting], Any]
    states: tuple[str, ...] | None
    charges: int = 0
    is_uncertain: bool = False
    waits_seconds: float | None = None
    parks: bool = False


@dataclass(eq=False)
class Waiting:
    """A call that has reached the provider and has no answer yet."""

    kind: str
    lane: str
    prompt: str
    attempt_id: str
    folder: Path
    task: asyncio.Task[Any]
    answer: asyncio.Future[Any]

    def picture(self, content: bytes) -> BlobRef:
        path = self.folder / "picture.png"
        path.write_bytes(content)
        return BlobRef(path=path, size_bytes=len(content), media_type="image/png")


@dataclass
class World:
    """All providers, seen from outside: they survive whatever dies here."""

    waiting: list[Waiting] = field(default_factory=list)
    prompts: dict[str, str] = field(default_factory=dict)
    """Of each attempt that was sent. A job is named for its attempt."""
    moved: asyncio.Event = field(default_factory=asyncio.Event)

    def egress(self) -> Egress:
        return Egress(self)

    def forget(self, tasks: set[asyncio.Task[Any]]) -> None:
        """The connections of a process that died."""
        self.waiting = [call for call in self.waiting if call.task not in tasks]


@dataclass(frozen=True)
class Egress:
    """In place of :class:`imageloom.runtime.egress.client.Egress`."""

    world: World

    async def send(self, call: HttpCall, *, endpoint: Any, folder: Path, shown: Any = None) -> Reply:
        if call.url.endswith("/cancel"):
            return Reply(status=200, headers={})
        if isinstance(call.body, JsonBody):
            body: Any = call.body.value
            kind, attempt_id = "submit", body["tag"]
            self.world.prompts[attempt_id] = body["prompt"]
        else:
            kind, attempt_id = "poll", call.url.removeprefix("jobs/")
        task = asyncio.current_task()
        assert task is not None
        lane = f"{endpoint.base_url.removeprefix('http://')}:env"
        prompt, answer = self.world.prompts[attempt_id], asyncio.get_running_loop().create_future()
        waiting = Waiting(kind, lane, prompt, attempt_id, folder, task, answer)
        self.world.waiting.append(waiting)
        self.world.moved.set()
        try:
            return Reply(status=200, headers={}, body=await waiting.answer)
        finally:
            if waiting in self.world.waiting:
                self.world.waiting.remove(waiting)


def _png(shade: int) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), (shade, shade, shade)).save(buffer, "PNG")
    return buffer.getvalue()


PICTURES = tuple(_png(shade) for shade in range(4))
COST = 1_000


def _done(call: Waiting, *, cost: int | None = COST, content: bytes | None = None) -> Done:
    picture = call.picture(PICTURES[len(call.prompt) % 4] if content is None else content)
    return Done(pictures=(picture,), usage=None if cost is None else Usage(cost_micros=cost))


def _fault(outcome: Outcome, **more: Any) -> Callable[[Waiting], Fault]:
    return lambda _call: Fault(outcome=outcome, message=f"{outcome.value}, said the provider", **more)


def _no_answer(*, sent: bool) -> Callable[[Waiting], Exception]:
    return lambda _call: NoAnswer("cut" if sent else "connect", sent=sent, message="the connection ended")


AGAIN = ("pending", "failed")


def _job(call: Waiting) -> Pending:
    return Pending(handle={"id": call.attempt_id}, poll_after_seconds=0.0)


DONE = Answer(name="done", make=_done, states=("done",), charges=1)
JOB = Answer(name="accepted", make=_job, states=None, charges=1)
SUBMIT_ANSWERS = (
    DONE,
    JOB,
    Answer(name="done, price unsaid", make=lambda call: _done(call, cost=None), states=("done",), charges=1),
    Answer(name="limited", make=_fault(Outcome.rate_limited, billed=False), states=("pending",), waits_seconds=0),
    Answer(
        name="limited, wait",
        make=_fault(Outcome.rate_limited, billed=False, retry_after_seconds=40),
        states=("pending",),
        waits_seconds=40,
    ),
    Answer(name="quota", make=_fault(Outcome.quota_exhausted, billed=False), states=("pending",), parks=True),
    Answer(name="key", make=_fault(Outcome.unauthorized, billed=False), states=("pending",), parks=True),
    Answer(name="unavailable", make=_fault(Outcome.unavailable, billed=False), states=AGAIN),
    Answer(name="refused", make=_fault(Outcome.refused), states=("refused",)),
    Answer(name="invalid", make=_fault(Outcome.invalid, billed=False), states=("failed",)),
    Answer(name="failed for free", make=_fault(Outcome.failed, billed=False), states=AGAIN),
    Answer(name="failed and paid", make=_fault(Outcome.failed, billed=True), states=("failed",), charges=1),
    Answer(name="failed, unsaid", make=_fault(Outcome.failed), states=("failed",), charges=1),
    Answer(name="lost", make=_no_answer(sent=True), states=None, charges=1, is_uncertain=True),
    Answer(name="never arrived", make=_no_answer(sent=True), states=None, is_uncertain=True),
    Answer(name="not sent", make=_no_answer(sent=False), states=AGAIN),
    Answer(name="damaged", make=lambda call: _done(call, content=PICTURES[0][:40]), states=("failed",), charges=1),
    Answer(name="empty", make=lambda _call: Done(pictures=()), states=("failed",), charges=1),
)
POLL_ANSWERS = (
    Answer(name="done", make=_done, states=("done",)),
    Answer(name="still", make=_job, states=None),
    Answer(name="failed and paid", make=_fault(Outcome.failed, billed=True), states=("failed",)),
    Answer(name="failed for free", make=_fault(Outcome.failed, billed=False), states=AGAIN, charges=-1),
    Answer(name="cancelled", make=_fault(Outcome.cancelled), states=("cancelled",)),
)
