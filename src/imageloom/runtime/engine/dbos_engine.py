"""The engine over DBOS Transact, on SQLite or PostgreSQL.

DBOS is a singleton of its process and runs workflows on a loop of its own. Handlers belong to the application's loop,
so a step hands its call over and waits. One generic workflow serves every handler; its only step may run again after
a crash. The application version is pinned: DBOS would otherwise strand all queued work at each change of code.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import structlog
from dbos import DBOS, DBOSClient, SetWorkflowID
from sqlalchemy import Engine as SyncEngine
from sqlalchemy.ext.asyncio import AsyncConnection

from imageloom.runtime import memory
from imageloom.runtime.db.silence import end_silent
from imageloom.runtime.engine.leases import AdvisoryLease, Lease
from imageloom.runtime.engine.protocol import Call, ExecutorTaken, Handler, Payload, Wait
from imageloom.runtime.tasks import stop_tasks

log = structlog.get_logger(__name__)

T = TypeVar("T")

QUEUE = "jobs"
APPLICATION_VERSION = "1"
APPLICATION_NAME = "imageloom"
QUEUE_CONCURRENCY = 8
RECOVERY_ATTEMPTS = 1_000_000
"""A lane may meet many restarts in its life; items, not lanes, have budgets that end a poisoned one."""
WATCH_SECONDS = 1.0
MISSING_SECONDS = 2.5
"""Whose lock is free for so long is dead. A living process whose connection broke has its lock again before that."""
LOOKS_APART_SECONDS = 30.0
SETTLE_SECONDS = 1
"""How long DBOS waits for what is just starting. Without, it may close its loop before a thread hands a coroutine to
it; that thread then waits for ever, and the process with it."""
_ENDED = ("SUCCESS", "ERROR", "CANCELLED", "MAX_RECOVERY_ATTEMPTS_EXCEEDED")


@dataclass(frozen=True, kw_only=True)
class _Schedule:
    name: str
    cron: str
    handler: str
    payload: Payload


class DbosEngine:
    """See :class:`imageloom.runtime.engine.protocol.Engine`."""

    def __init__(self, *, database: SyncEngine, lease: Lease, poll_seconds: float, takes_over: bool) -> None:
        """``database`` is owned by the engine from now on. ``takes_over`` lets it take the work of dead executors."""
        self.executor_id = ""
        self._database = database
        self._lease = lease
        self._poll_seconds = poll_seconds
        self._takes_over = takes_over
        self._handlers: dict[str, Handler] = {}
        self._schedules: list[_Schedule] = []
        self._threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="engine")
        # DBOS keeps a thread waiting for as long as its database is away; the lease must not wait behind it.
        self._lease_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="lease")
        self._loop: asyncio.AbstractEventLoop | None = None
        self._workflow: Callable[..., Any] | None = None
        self._client: DBOSClient | None = None
        self._watchers: list[asyncio.Task[None]] = []
        self._running: set[asyncio.Task[Wait | None]] = set()
        self._missing: dict[str, tuple[float, float]] = {}
        # One file's lock is nobody's connection: it is free or it is not.
        self._missing_seconds = MISSING_SECONDS if isinstance(lease, AdvisoryLease) else 0.0
        self._problem: str | None = "The job engine has not started."

    def register(self, name: str, handler: Handler) -> None:
        if name in self._handlers:
            raise ValueError(f"the job {name!r} has a handler already")
        self._handlers[name] = handler

    def schedule(self, name: str, *, cron: str, handler: str, payload: Payload) -> None:
        self._schedules.append(_Schedule(name=name, cron=cron, handler=handler, payload=payload))

    async def start(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.executor_id = await self._with_lease(self._lease.acquire)
        await self._in_thread(self._launch)
        self._watchers.append(asyncio.create_task(self._watch_lease(), name="engine-lease"))
        if self._takes_over:
            self._watchers.append(asyncio.create_task(self._watch_orphans(), name="engine-orphans"))
        self._problem = None

    async def stop(self, *, grace_seconds: float) -> None:
        await stop_tasks(self._watchers)
        if self._running:
            await asyncio.wait(self._running, timeout=grace_seconds)
        for task in self._running:
            task.cancel()
        if self._client is not None:
            destroy = partial(DBOS.destroy, destroy_registry=True, workflow_completion_timeout_sec=SETTLE_SECONDS)
            await self._in_thread(destroy)
        if self.executor_id:
            await self._with_lease(self._lease.release)
        await self._in_thread(self._database.dispose)
        self._threads.shutdown(wait=False)
        self._lease_threads.shutdown(wait=False)
        self._problem = "The job engine has stopped."

    async def enqueue(self, connection: AsyncConnection, name: str, job_id: str, payload: Payload) -> None:
        if name not in self._handlers:
            raise ValueError(f"no handler is registered for the job {name!r}")
        client = self._started_client()
        options: Any = {"queue_name": QUEUE, "workflow_name": _WORKFLOW, "workflow_id": job_id}
        await connection.run_sync(lambda sync: client.enqueue_in_transaction(sync, options, name, dict(payload)))

    async def run_now(self, name: str, job_id: str, payload: Payload) -> None:
        await self._in_thread(partial(self._start_workflow, name, job_id, dict(payload)))

    async def send(self, job_id: str, *, topic: str, value: Any) -> None:
        await self._in_thread(partial(DBOS.send, job_id, value, topic))

    async def is_alive(self, executor_id: str) -> bool:
        return await self._with_lease(partial(self._is_alive, executor_id))

    async def living(self) -> int:
        return await self._with_lease(self._lease.living)

    async def prune(self, *, before: datetime) -> int:
        return await self._in_thread(partial(_prune, before))

    async def problem(self) -> str | None:
        return self._problem

    # --- in threads ------------------------------------------------------------------------------------------

    def _launch(self) -> None:
        config: Any = {
            "name": APPLICATION_NAME,
            "application_version": APPLICATION_VERSION,
            "executor_id": self.executor_id,
            "system_database_engine": self._database,
            "use_listen_notify": False,
            "log_level": "ERROR",
            "console_log_level": "ERROR",
        }
        DBOS(config=config)
        self._workflow = self._define_workflow()
        scheduled = self._define_scheduled()
        DBOS.launch()
        DBOS.register_queue(QUEUE, worker_concurrency=QUEUE_CONCURRENCY, polling_interval_sec=self._poll_seconds)
        self._client = DBOSClient(system_database_engine=self._database, lazy=True, application_name=APPLICATION_NAME)
        known = {schedule["schedule_name"] for schedule in DBOS.list_schedules()}
        for schedule in self._schedules:
            if schedule.name in known:
                DBOS.delete_schedule(schedule.name)
            DBOS.create_schedule(
                schedule_name=schedule.name,
                workflow_fn=scheduled,
                schedule=schedule.cron,
                context={"handler": schedule.handler, "payload": dict(schedule.payload)},
            )

    def _define_workflow(self) -> Callable[..., Any]:
        @DBOS.step(name="imageloom.step")
        async def step(job_id: str, name: str, payload: dict[str, Any], signal: Any) -> dict[str, Any] | None:
            wait = await self._hand_over(name, Call(job_id=job_id, payload=payload, signal=signal))
            return None if wait is None else {"topic": wait.topic, "timeout_seconds": wait.timeout_seconds}

        @DBOS.workflow(name=_WORKFLOW, max_recovery_attempts=RECOVERY_ATTEMPTS)
        async def workflow(name: str, payload: dict[str, Any]) -> None:
            job_id = DBOS.workflow_id or ""
            with _left_pending():
                wait = await step(job_id, name, payload, None)
                while wait is not None:
                    signal = await DBOS.recv_async(wait["topic"], timeout_seconds=wait["timeout_seconds"])
                    wait = await step(job_id, name, payload, signal)

        return workflow

    def _define_scheduled(self) -> Any:
        @DBOS.workflow(name="imageloom.scheduled", max_recovery_attempts=RECOVERY_ATTEMPTS)
        async def scheduled(_at: datetime, context: Any) -> None:
            call = Call(job_id=DBOS.workflow_id or "", payload=context["payload"])
            with _left_pending():
                await self._hand_over(context["handler"], call)

        return scheduled

    def _start_workflow(self, name: str, job_id: str, payload: dict[str, Any]) -> None:
        assert self._workflow is not None
        with SetWorkflowID(job_id):
            DBOS.start_workflow(self._workflow, name, payload)

    # --- across loops ----------------------------------------------------------------------------------------

    async def _hand_over(self, name: str, call: Call) -> Wait | None:
        """Runs the handler on the application's loop; called on DBOS's."""
        assert self._loop is not None
        future = asyncio.run_coroutine_threadsafe(self._run_handler(name, call), self._loop)
        return await asyncio.wrap_future(future)

    async def _run_handler(self, name: str, call: Call) -> Wait | None:
        handler = self._handlers.get(name)
        if handler is None:
            raise LookupError(f"no handler is registered for the job {name!r}")
        task = asyncio.current_task()
        assert task is not None
        self._running.add(task)
        try:
            with structlog.contextvars.bound_contextvars(job_id=call.job_id, job=name):
                return await handler(call)
        # A process edge: a job may fail in any way; DBOS records it, and we say so.
        except Exception as error:
            memory.end_if_short(error)
            log.exception("job_failed")
            raise
        finally:
            self._running.discard(task)

    async def _watch_lease(self) -> None:
        """Keeps the lease, and takes it again when its connection broke."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            try:
                self._problem = await self._with_lease(self._keep_lease)
            # A process edge: without this watch the lease would be lost for good.
            except Exception as error:
                self._problem = f"The job engine cannot reach its database: {type(error).__name__}."
                log.warning("lease_watch_failed", error=type(error).__name__)

    def _keep_lease(self) -> str | None:
        if self._lease.is_held():
            return None
        if isinstance(self._lease, AdvisoryLease) and self._lease.reacquire():
            log.info("lease_taken_again", executor=self.executor_id)
            return None
        return "This process lost its executor lease and is trying to take it again."

    async def _watch_orphans(self) -> None:
        """Takes over the work of executors that are dead."""
        while True:
            await asyncio.sleep(WATCH_SECONDS)
            if self._problem is not None:
                continue
            try:
                await self._with_lease(self._end_silent)
                await self._in_thread(self._take_over)
            # A process edge: without this watch nobody's work would be taken over.
            except Exception as error:
                log.warning("orphan_watch_failed", error=type(error).__name__)

    def _is_alive(self, executor_id: str) -> bool:
        if self._lease.is_alive(executor_id):
            self._missing.pop(executor_id, None)
            return True
        now = time.monotonic()
        first, last = self._missing.get(executor_id, (now, now))
        if now - last > LOOKS_APART_SECONDS:
            # Too long ago to say that it was missing all the while.
            first = now
        self._missing[executor_id] = (first, now)
        return now - first < self._missing_seconds

    def _end_silent(self) -> None:
        with self._database.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            for session in end_silent(connection):
                log.warning("silent_session_ended", session=session)

    def _take_over(self) -> None:
        pending = DBOS.list_workflows(status="PENDING", load_input=False, load_output=False)
        owners = {workflow.executor_id for workflow in pending if workflow.executor_id} - {self.executor_id}
        for owner in owners:
            if self._is_alive(owner):
                continue
            orphans = [workflow.workflow_id for workflow in pending if workflow.executor_id == owner]
            log.info("executor_taken_over", executor=owner, jobs=len(orphans))
            DBOS.resume_workflows(orphans, queue_name=QUEUE)

    async def _with_lease(self, function: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._lease_threads, function)

    async def _in_thread(self, function: Callable[[], T]) -> T:
        """Our own threads: DBOS's async calls would replace the loop's default pool by one that it closes."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, function)

    def _started_client(self) -> DBOSClient:
        if self._client is None:
            raise ExecutorTaken("The job engine has not started yet.")
        return self._client


class _Interrupted(BaseException):
    """The process stops, which is no outcome of a job; DBOS records an ``Exception`` and a cancelled task as one."""


@contextmanager
def _left_pending() -> Iterator[None]:
    """A workflow that is cancelled inside stays as it is in the database, and the next start runs it again."""
    try:
        yield
    except asyncio.CancelledError:
        raise _Interrupted from None


_WORKFLOW = "imageloom.job"
_PRUNE_PAGE = 500


def _prune(before: datetime) -> int:
    deleted = 0
    while True:
        page = DBOS.list_workflows(
            status=list(_ENDED),
            completed_before=before.isoformat(),
            limit=_PRUNE_PAGE,
            load_input=False,
            load_output=False,
        )
        if not page:
            return deleted
        DBOS.delete_workflows([workflow.workflow_id for workflow in page])
        deleted += len(page)
