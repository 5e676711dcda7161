"""Attempts on this machine: a local engine in a worker process. Free, so an interrupted one is simply run again."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

from imageloom.contracts.provider import Done, Fault, LocalProvider, Outcome
from imageloom.features.generation.attempts import Ended, request_of
from imageloom.features.generation.changes import Claimed
from imageloom.features.generation.spool import Spool
from imageloom.features.generation.storing import BadPicture, Store
from imageloom.runtime import faultpoints
from imageloom.runtime.disk import Disk
from imageloom.runtime.pixels.local import run_local
from imageloom.runtime.pixels.workers import ProcessWorkers, WorkerDied, WorkerTimeout

LOCAL_SECONDS = 300.0


@dataclass(frozen=True, kw_only=True)
class LocalRunner:
    """See :class:`imageloom.features.generation.attempts.AttemptRunner`."""

    provider: LocalProvider
    workers: ProcessWorkers
    spool: Spool
    store: Store
    disk: Disk

    async def run(self, item: Claimed, *, lane_id: str, epoch: int) -> Ended:
        kept = await self.spool.find(item.attempt_id)
        if kept is None and item.started_at is not None:
            return _free_failure("interrupted", "The process ended while the picture was being drawn.")
        await self.spool.open(item.attempt_id)
        try:
            result = kept[0] if kept is not None else await self._until_drawn(item)
        except WorkerTimeout:
            return _free_failure("timeout", f"Drawing took longer than {LOCAL_SECONDS:.0f} seconds.")
        except WorkerDied:
            return _free_failure("worker_died", "The process that drew the picture died.")
        if isinstance(result, Fault):
            return Ended.of_fault(result)
        await self.spool.keep(item.attempt_id, result, None)
        try:
            pictures = await self.store.put(item, result, is_trained=False)
        except BadPicture as error:
            return _free_failure("damaged", str(error))
        return Ended(outcome=Outcome.succeeded, billed=False, settled_micros=0, pictures=pictures)

    async def _until_drawn(self, item: Claimed) -> Done | Fault:
        draw = partial(self._draw, item)
        return await self.disk.until(item.attempt_id, draw, otherwise="Not drawn")

    async def _draw(self, item: Claimed) -> Done | Fault:
        faultpoints.hit("attempt.before_post")
        return await self.workers.run(
            run_local,
            type(self.provider).__module__,
            request_of(item),
            self.spool.folder(item.attempt_id),
            timeout_seconds=LOCAL_SECONDS,
            cpu_seconds=LOCAL_SECONDS,
        )

    def is_paying(self, attempt_id: str) -> bool:
        """Nothing here costs money."""
        return False

    def forget(self, item: Claimed) -> None:
        self.spool.forget(item.attempt_id)


def _free_failure(code: str, message: str) -> Ended:
    return Ended(outcome=Outcome.failed, code=code, message=message, billed=False, settled_micros=0)
