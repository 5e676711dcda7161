"""Worker processes: bounded in memory and time, started when needed, gone when idle, and never orphans."""

from __future__ import annotations

import asyncio
import ctypes
import math
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import TimeoutError as FutureTimeout
from concurrent.futures.process import BrokenProcessPool
from typing import Any, TypeVar

import structlog
from pebble import ProcessExpired, ProcessPool

from imageloom.runtime import cores

log = structlog.get_logger(__name__)

T = TypeVar("T")

MAX_TASKS = 500
"""Tasks after which a process is replaced, so that a leak in a decoder stays small."""
PARENT_LOOK_SECONDS = 1.0
NICENESS = 5
_PR_SET_PDEATHSIG = 1


class WorkerDied(Exception):
    """The process ended in the middle of the task: a crash in a decoder, or too much memory."""


class WorkerTimeout(Exception):
    """The task took too long, by the clock or of the processor, and its process was ended."""


class ProcessWorkers:
    """Runs importable functions in other processes."""

    def __init__(self, *, max_workers: int, idle_seconds: float, memory_bytes: int) -> None:
        self._max_workers = max_workers
        self._memory_bytes = memory_bytes
        self._idle_seconds = idle_seconds
        self._pool: ProcessPool | None = None
        self._running = 0
        self._idle_timer: asyncio.TimerHandle | None = None

    async def run(self, function: Callable[..., T], *arguments: Any, timeout_seconds: float, cpu_seconds: float) -> T:
        """The function's result, or its exception; or :class:`WorkerDied`, or :class:`WorkerTimeout`.

        ``timeout_seconds`` bounds the clock, which a busy machine stretches, ``cpu_seconds`` the work itself. A process
        that dies between two tasks takes the whole pool with it, and tasks that it never saw: those are given to a new
        pool.
        """
        while True:
            pool = self._started()
            try:
                return await self._run_in(pool, function, arguments, timeout_seconds, cpu_seconds)
            except BrokenProcessPool:
                if pool is self._pool:
                    log.warning("worker_processes_replaced")
                    self._leave()

    async def _run_in(
        self,
        pool: ProcessPool,
        function: Callable[..., T],
        arguments: tuple[Any, ...],
        timeout_seconds: float,
        cpu_seconds: float,
    ) -> T:
        self._running += 1
        try:
            try:
                future = pool.schedule(_bounded, args=(cpu_seconds, function, *arguments), timeout=timeout_seconds)
            except RuntimeError as error:
                # It broke, or was ended, since it was looked at.
                raise BrokenProcessPool(str(error)) from None
            result: T = await asyncio.wrap_future(future)
        except ProcessExpired as error:
            if sys.platform == "linux" and error.exitcode == -signal.SIGXCPU:
                raise WorkerTimeout(f"the task took more than {cpu_seconds:.0f} seconds of the processor") from None
            raise WorkerDied(f"the worker process ended with code {error.exitcode}") from None
        except (TimeoutError, FutureTimeout):
            raise WorkerTimeout(f"the task took longer than {timeout_seconds:.0f} seconds") from None
        except MemoryError:
            raise WorkerDied("the worker process ran out of memory") from None
        finally:
            self._running -= 1
            self._leave_later()
        return result

    async def close(self) -> None:
        """Ends the processes, whatever they do."""
        if self._idle_timer is not None:
            self._idle_timer.cancel()
        pool, self._pool = self._pool, None
        if pool is not None:
            await asyncio.to_thread(_end, pool)

    def _started(self) -> ProcessPool:
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None
        if self._pool is None or not self._pool.active:
            self._pool = ProcessPool(
                max_workers=self._max_workers,
                max_tasks=MAX_TASKS,
                initializer=_prepare,
                initargs=[os.getpid(), self._memory_bytes, cores.ALL],
                context=multiprocessing.get_context("spawn"),
            )
        return self._pool

    def _leave_later(self) -> None:
        if self._running == 0 and self._pool is not None:
            loop = asyncio.get_running_loop()
            self._idle_timer = loop.call_later(self._idle_seconds, self._leave)

    def _leave(self) -> None:
        pool, self._pool = self._pool, None
        if pool is not None:
            threading.Thread(target=_end, args=(pool,), name="workers-leave", daemon=True).start()


def _end(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call]
    pool.join()


def _bounded(cpu_seconds: float, function: Callable[..., T], *arguments: Any) -> T:
    """In the child. The limit counts the life of the process, so each task moves it on; passing it is death."""
    if sys.platform == "linux":
        import resource

        _soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
        resource.setrlimit(resource.RLIMIT_CPU, (math.ceil(time.process_time() + cpu_seconds), hard))
    return function(*arguments)


def _prepare(parent: int, memory_bytes: int, all_cores: frozenset[int]) -> None:
    """In the child, before its first task."""
    cores.take(all_cores)
    # A thread for every core would reserve the whole memory limit on a large machine, for sums of 1,024 numbers.
    os.environ |= {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    if hasattr(os, "nice"):
        os.nice(NICENESS)
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    # Elsewhere, and for a parent that died before the line above.
    threading.Thread(target=_leave_with_parent, args=(parent,), daemon=True).start()


def _leave_with_parent(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(PARENT_LOOK_SECONDS)
    os._exit(1)
