"""What the product asks of a job engine. Two engines keep this promise: DBOS, and one in memory for tests."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy.ext.asyncio import AsyncConnection

Payload = Mapping[str, Any]
"""Ids and small facts, as JSON. A job reads everything else from the rows."""


@dataclass(frozen=True, kw_only=True)
class Wait:
    """A handler returns this to be called again when a signal arrives, or with ``None`` when the time is over."""

    topic: str
    timeout_seconds: float


@dataclass(frozen=True, kw_only=True)
class Call:
    """One run of a handler. ``signal`` is the value sent to the topic it waited for, else ``None``."""

    job_id: str
    payload: Payload
    signal: Any = None


Handler = Callable[[Call], Awaitable[Wait | None]]


class ExecutorTaken(Exception):
    """Another live process holds this executor id, or this data directory."""


class Engine(Protocol):
    """Durable jobs. A job runs at least once; the same ``job_id`` is one job for ever.

    A handler that raises ends its job as failed. One that is interrupted by the death of its process runs again:
    at the next start of the same executor, or in another process that takes the dead one's work.
    """

    executor_id: str

    def register(self, name: str, handler: Handler) -> None:
        """Names a handler. All are registered before :meth:`start`."""
        ...

    def schedule(self, name: str, *, cron: str, handler: str, payload: Payload) -> None:
        """Runs a handler by a cron expression in UTC. Registered before :meth:`start`."""
        ...

    async def start(self) -> None:
        """Takes the executor's lease, starts and recovers. Raises :class:`ExecutorTaken`."""
        ...

    async def stop(self, *, grace_seconds: float) -> None:
        """Waits for running handlers as long as the grace allows, then leaves the rest for the next start."""
        ...

    async def enqueue(self, connection: AsyncConnection, name: str, job_id: str, payload: Payload) -> None:
        """Enqueues in the caller's transaction."""
        ...

    async def run_now(self, name: str, job_id: str, payload: Payload) -> None:
        """Starts a durable job in this process at once. A job that exists already is left as it is."""
        ...

    async def send(self, job_id: str, *, topic: str, value: Any) -> None:
        """Signals a job."""
        ...

    async def is_alive(self, executor_id: str) -> bool:
        """Whether a live process holds this executor id."""
        ...

    async def living(self) -> int:
        """How many processes work on this database, this one included."""
        ...

    async def prune(self, *, before: datetime) -> int:
        """Deletes rows of jobs that ended before this time; returns how many."""
        ...

    async def problem(self) -> str | None:
        """What is wrong with the engine now, in a sentence; ``None`` when all is well."""
        ...
