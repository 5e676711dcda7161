"""The ledger writer: the second and last thing that commits.

One thread owns one connection. Changes that arrive while a commit is on its way go into the next one together, so the
cost of a durable commit is shared by all lanes. ``await put(...)`` returns after the COMMIT. When the database cannot
commit, everybody who waits keeps waiting, and claims, which go the same way, wait as well: no new paid call starts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import structlog
from sqlalchemy import Connection, Engine

from imageloom.features.generation.apply import Applied, apply_changes, not_yet_applied
from imageloom.features.generation.changes import Change, Settled
from imageloom.features.generation.late import hand_in
from imageloom.runtime import faultpoints, memory
from imageloom.runtime.db.away import MAY_BE_AWAY, is_away
from imageloom.runtime.db.outbox import write_events
from imageloom.runtime.signals import Signals
from imageloom.runtime.threads import Threads

log = structlog.get_logger(__name__)

T = TypeVar("T")

GROUP_MAX = 256
GATHER_SECONDS = 0.01
"""How far apart commits are: what comes meanwhile shares the next one. A first one waits for nothing."""
CLOSE_LOOK_SECONDS = 0.2
RETRY_FIRST_SECONDS = 0.1
RETRY_CAP_SECONDS = 5.0


@dataclass(frozen=True)
class _Job:
    """Either a change or a function of the connection, and who waits for it."""

    work: Change | Callable[[Connection], Any]
    future: asyncio.Future[Any]


class LedgerWriter:
    """Group-commits changes. Used from one event loop; call :meth:`start` first and :meth:`close` last."""

    def __init__(self, *, engine: Engine, signals: Signals) -> None:
        self._engine = engine
        self._signals = signals
        self._queue: asyncio.Queue[_Job] = asyncio.Queue()
        # A connection to a server may have been lost when it is wanted again; one to a file is kept.
        self._thread = Threads("ledger", most=1, holding=engine.connect, keeps=engine.dialect.name == "sqlite")
        self._task: asyncio.Task[None] | None = None
        self.problem: str | None = None
        """Why nothing can be committed now; ``None`` when all is well."""

    async def start(self) -> None:
        self._task = asyncio.create_task(self._write_groups(), name="ledger-writer")

    async def close(self) -> None:
        """Writes what is queued, unless the database is away, and leaves."""
        if self._task is not None:
            emptied = asyncio.create_task(self._queue.join(), name="ledger-emptied")
            # Or until the task itself ends, for nobody else would ever empty the queue; or the database goes away now.
            ends = (emptied, self._task)
            while self.problem is None and not any(end.done() for end in ends):
                await asyncio.wait(ends, timeout=CLOSE_LOOK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
            emptied.cancel()
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        while not self._queue.empty():
            self._queue.get_nowait().future.cancel()
        await self._thread.close()
        self._engine.dispose()

    async def put(self, change: Change) -> None:
        """Returns after the commit. Raises :class:`LaneLost` when the lane has another driver.

        A picture that comes so late is written all the same where it only makes certain what was in doubt.
        """
        await self._submit(change)

    async def transact(self, function: Callable[[Connection], T]) -> T:
        """Runs a short function in a transaction of its own, in the writer's turn.

        It runs again when the transaction fails, and then it may be that the one before was committed and only the
        answer was lost: the function finds out for itself.
        """
        result: T = await self._submit(function)
        return result

    async def _submit(self, work: Change | Callable[[Connection], Any]) -> Any:
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._queue.put_nowait(_Job(work, future))
        return await future

    async def _write_groups(self) -> None:
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            group = [await self._queue.get()]
            if loop.time() < due:
                await asyncio.sleep(due - loop.time())
            while len(group) < GROUP_MAX and not self._queue.empty():
                group.append(self._queue.get_nowait())
            try:
                await self._write(group)
            finally:
                for _ in group:
                    self._queue.task_done()
            due = loop.time() + GATHER_SECONDS

    async def _write(self, group: list[_Job]) -> None:
        """In order of arrival, with neighbouring changes in one transaction."""
        changes: list[_Job] = []
        for job in group:
            if isinstance(job.work, Change):
                changes.append(job)
                continue
            await self._commit_changes(changes)
            changes = []
            await self._commit_function(job)
        await self._commit_changes(changes)

    async def _commit_changes(self, jobs: list[_Job]) -> None:
        if not jobs:
            return
        changes = [job.work for job in jobs if isinstance(job.work, Change)]
        try:
            refused = await self._until_committed(_Applying(changes))
        # A process edge: the writer must outlive whatever is wrong with one change, or nothing is ever written again.
        except Exception as error:
            memory.end_if_short(error)
            if len(jobs) == 1:
                _fail(jobs[0], error)
                return
            # One change spoils the group: each alone, so that the others are written.
            for job in jobs:
                await self._commit_changes([job])
            return
        faultpoints.hit("ledger.after_commit")
        for job in jobs:
            reason = refused.results.get(id(job.work))
            if reason is not None:
                _fail(job, reason)
            elif not job.future.done():
                job.future.set_result(None)
        self._signals.notify(*refused.topics)

    async def _commit_function(self, job: _Job) -> None:
        assert callable(job.work)
        if job.future.cancelled():
            # Whoever wanted it has left: what a claim takes now, nobody would ever send.
            return
        try:
            result = await self._until_committed(job.work)
        # A process edge of the writer's loop: whatever the function raised belongs to its caller.
        except Exception as error:
            memory.end_if_short(error)
            _fail(job, error)
            return
        if not job.future.done():
            job.future.set_result(result)

    async def _until_committed(self, function: Callable[[Connection], T]) -> T:
        """Tries for ever while the database is away, locked or full; other errors are the caller's."""
        pause = RETRY_FIRST_SECONDS
        while True:
            try:
                result = await self._thread.run(partial(_in_transaction, function))
            except MAY_BE_AWAY as error:
                if not is_away(error):
                    raise
                cause = getattr(error, "orig", None) or error
                self.problem = f"The ledger cannot be written: {type(cause).__name__}: {cause}"
                log.warning("ledger_commit_failed", error=str(cause), retry_seconds=pause)
                await asyncio.sleep(pause)
                pause = min(pause * 2, RETRY_CAP_SECONDS)
                continue
            self.problem = None
            return result


@dataclass
class _Applying:
    """A group of changes in one transaction, however often that is tried."""

    changes: Sequence[Change]
    tries: int = 0

    def __call__(self, connection: Connection) -> Applied:
        self.tries += 1
        changes = self.changes if self.tries == 1 else not_yet_applied(connection, self.changes)
        applied = apply_changes(connection, changes)
        refused = [change for change in changes if id(change) in applied.results]
        for late in hand_in(connection, [one for one in refused if isinstance(one, Settled) and one.pictures]):
            applied.results[id(late)].is_written = True
            applied.topics |= {f"run:{late.run_id}", "items.changed", "assets.created"}
        faultpoints.hit("ledger.before_commit")
        return applied


def _in_transaction(function: Callable[[Connection], T], connection: Connection) -> T:
    with connection.begin():
        result = function(connection)
        write_events(connection)
        return result


def _fail(job: _Job, error: BaseException) -> None:
    if not job.future.done():
        job.future.set_exception(error)
