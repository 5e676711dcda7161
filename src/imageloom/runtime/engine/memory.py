"""An engine in memory, for tests: the same promises, kept inside one process by a store that outlives the engine."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, event
from sqlalchemy.ext.asyncio import AsyncConnection

from imageloom.kit.clock import Clock
from imageloom.runtime.engine.protocol import Call, ExecutorTaken, Handler, Payload, Wait
from imageloom.runtime.tasks import stop_tasks

COMMIT_LOOK_SECONDS = 0.002


@dataclass
class _Job:
    id: str
    name: str
    payload: dict[str, Any]
    state: Literal["queued", "running", "done", "failed"] = "queued"
    executor: str = ""
    ended_at: datetime | None = None
    signals: dict[str, asyncio.Queue[Any]] = field(default_factory=dict)


@dataclass
class MemoryStore:
    """What survives when an engine "crashes": the jobs, and who is alive."""

    jobs: dict[str, _Job] = field(default_factory=dict)
    alive: set[str] = field(default_factory=set)


class MemoryEngine:
    """See :class:`imageloom.runtime.engine.protocol.Engine`."""

    def __init__(self, *, store: MemoryStore, clock: Clock, executor_id: str = "local") -> None:
        self.executor_id = executor_id
        self._store = store
        self._clock = clock
        self._handlers: dict[str, Handler] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._schedules: dict[str, tuple[str, Payload]] = {}
        self._started = False
        self._loop: asyncio.AbstractEventLoop | None = None

    def register(self, name: str, handler: Handler) -> None:
        if name in self._handlers:
            raise ValueError(f"the job {name!r} has a handler already")
        self._handlers[name] = handler

    def schedule(self, name: str, *, cron: str, handler: str, payload: Payload) -> None:
        self._schedules[name] = (handler, payload)

    async def fire(self, name: str) -> None:
        """What the clock would do: runs a schedule once."""
        handler, payload = self._schedules[name]
        await self._handlers[handler](Call(job_id=f"{name}:fired", payload=payload))

    async def start(self) -> None:
        if self.executor_id in self._store.alive:
            raise ExecutorTaken(f"Another process already works as {self.executor_id}.")
        self._store.alive.add(self.executor_id)
        self._started = True
        self._loop = asyncio.get_running_loop()
        for job in list(self._store.jobs.values()):
            is_orphan = job.state == "running" and (
                job.executor == self.executor_id or job.executor not in self._store.alive
            )
            if job.state == "queued" or is_orphan:
                self._run(job)

    async def stop(self, *, grace_seconds: float) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks.values(), timeout=grace_seconds)
        await self.crash()

    async def crash(self) -> None:
        """Ends without a word, as kill -9 would; running jobs stay marked as running."""
        self._started = False
        await stop_tasks(list(self._tasks.values()))
        self._tasks.clear()
        self._store.alive.discard(self.executor_id)

    async def enqueue(self, connection: AsyncConnection, name: str, job_id: str, payload: Payload) -> None:
        if name not in self._handlers:
            raise ValueError(f"no handler is registered for the job {name!r}")
        # A transaction may be in a thread of its own.
        loop = self._loop or asyncio.get_running_loop()

        def attach(sync: Connection) -> None:
            # Rolled back, the connection is closed and the listener goes with it.
            @event.listens_for(sync, "commit", once=True)
            def _on_commit(_connection: Connection) -> None:
                loop.call_soon_threadsafe(accept)

            def accept() -> None:
                # The event comes before the commit itself, and a job that is early finds nothing to do.
                if sync.in_transaction() and not sync.closed:
                    loop.call_later(COMMIT_LOOK_SECONDS, accept)
                else:
                    self._accept(name, job_id, dict(payload))

        await connection.run_sync(attach)

    async def run_now(self, name: str, job_id: str, payload: Payload) -> None:
        self._accept(name, job_id, dict(payload))

    async def send(self, job_id: str, *, topic: str, value: Any) -> None:
        job = self._store.jobs[job_id]
        job.signals.setdefault(topic, asyncio.Queue()).put_nowait(value)

    async def is_alive(self, executor_id: str) -> bool:
        return executor_id in self._store.alive

    async def living(self) -> int:
        return len(self._store.alive)

    async def prune(self, *, before: datetime) -> int:
        ended = [job.id for job in self._store.jobs.values() if job.ended_at is not None and job.ended_at < before]
        for job_id in ended:
            del self._store.jobs[job_id]
        return len(ended)

    async def problem(self) -> str | None:
        return None if self._started else "The job engine has not started."

    def _accept(self, name: str, job_id: str, payload: dict[str, Any]) -> None:
        if job_id in self._store.jobs:
            return
        job = _Job(id=job_id, name=name, payload=payload)
        self._store.jobs[job_id] = job
        if self._started:
            self._run(job)

    def _run(self, job: _Job) -> None:
        job.state, job.executor = "running", self.executor_id
        task = asyncio.create_task(self._drive(job), name=job.id)
        self._tasks[job.id] = task
        task.add_done_callback(lambda _task: self._tasks.pop(job.id, None))

    async def _drive(self, job: _Job) -> None:
        signal: Any = None
        while True:
            try:
                wait = await self._handlers[job.name](Call(job_id=job.id, payload=job.payload, signal=signal))
            # A process edge: a job may fail in any way, and the engine records it.
            except Exception:
                job.state, job.ended_at = "failed", self._clock.now()
                return
            if wait is None:
                job.state, job.ended_at = "done", self._clock.now()
                return
            signal = await self._receive(job, wait)

    async def _receive(self, job: _Job, wait: Wait) -> Any:
        queue = job.signals.setdefault(wait.topic, asyncio.Queue())
        try:
            async with asyncio.timeout(wait.timeout_seconds):
                return await queue.get()
        except TimeoutError:
            return None
