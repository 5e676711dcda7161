"""Worker processes: bounded in memory and time, started when needed, gone when idle, and never orphans."""

from __future__ import annotations

import asyncio
import ctypes
import errno
import math
import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from typing import Any, TypeVar

import structlog
from pebble import ProcessExpired, ProcessPool

from imageloom.runtime import cores

log = structlog.get_logger(__name__)

T = TypeVar("T")

MAX_TASKS = 500
"""Tasks after which a process is replaced, so that a leak in a decoder stays small."""
TRIES = 3
BEGIN_SECONDS = 60.0
"""Longest time in which a process starts and takes its first task, on a machine that does much else."""
PARENT_LOOK_SECONDS = 1.0
NICENESS = 5
_PR_SET_PDEATHSIG = 1


class WorkerDied(Exception):
    """The process ended in the middle of the task: a crash in a decoder, or too much memory."""


class WorkerTimeout(Exception):
    """The task took too long, by the clock or of the processor, and its process was ended."""


class WorkerUnavailable(OSError):
    """The machine gave no process that began the task. It says nothing about the task: try again later."""

    def __init__(self) -> None:
        super().__init__(errno.EAGAIN, "No worker process could begin")


class ProcessWorkers:
    """Runs importable functions in other processes.

    Each process has a pool of its own: those of one pool take their tasks by a lock that they share, and one that is
    killed while it holds the lock takes it along.
    """

    def __init__(self, *, max_workers: int, idle_seconds: float, memory_bytes: int) -> None:
        self._memory_bytes = memory_bytes
        self._idle_seconds = idle_seconds
        self._places = asyncio.Semaphore(max_workers)
        self._pools: set[ProcessPool] = set()
        self._free: list[ProcessPool] = []
        self._idle_timer: asyncio.TimerHandle | None = None

    async def run(self, function: Callable[..., T], *arguments: Any, timeout_seconds: float, cpu_seconds: float) -> T:
        """The function's result, or its exception; or :class:`WorkerDied`, :class:`WorkerTimeout` or
        :class:`WorkerUnavailable`.

        ``timeout_seconds`` bounds the clock, which a busy machine stretches, ``cpu_seconds`` the work itself. A task
        whose process dies before it begins is given to another.
        """
        async with self._places:
            for _ in range(TRIES):
                try:
                    with self._pool() as pool:
                        return await _run_in(pool, function, arguments, timeout_seconds, cpu_seconds)
                except BrokenProcessPool:
                    log.warning("worker_process_replaced")
                    # What ended it may have ended those that rest: the next try begins with a new one.
                    self._leave_all()
            raise WorkerUnavailable

    async def close(self) -> None:
        """Ends the processes, whatever they do."""
        self._stay()
        pools, self._pools, self._free = self._pools, set(), []
        await asyncio.gather(*(asyncio.to_thread(_end, pool) for pool in pools))

    @contextmanager
    def _pool(self) -> Iterator[ProcessPool]:
        """One for a single task, and for another one after it only if its process is as it was before."""
        self._stay()
        pool = self._free.pop() if self._free else self._new()
        is_sound = True
        try:
            yield pool
        except (WorkerDied, WorkerTimeout, BrokenProcessPool, asyncio.CancelledError):
            is_sound = False
            raise
        finally:
            if is_sound and pool in self._pools:
                self._free.append(pool)
            else:
                self._leave(pool)
            if self._free and len(self._free) == len(self._pools):
                self._idle_timer = asyncio.get_running_loop().call_later(self._idle_seconds, self._leave_all)

    def _new(self) -> ProcessPool:
        pool = ProcessPool(
            max_workers=1,
            max_tasks=MAX_TASKS,
            initializer=_prepare,
            initargs=[os.getpid(), self._memory_bytes, cores.ALL],
            context=multiprocessing.get_context("spawn"),
        )
        self._pools.add(pool)
        return pool

    def _stay(self) -> None:
        if self._idle_timer is not None:
            self._idle_timer.cancel()
            self._idle_timer = None

    def _leave_all(self) -> None:
        free, self._free = self._free, []
        for pool in free:
            self._leave(pool)

    def _leave(self, pool: ProcessPool) -> None:
        if pool not in self._pools:
            return  # ``close`` ended it.
        self._pools.remove(pool)
        threading.Thread(target=_end, args=(pool,), name="workers-leave", daemon=True).start()


async def _run_in(
    pool: ProcessPool,
    function: Callable[..., T],
    arguments: tuple[Any, ...],
    timeout_seconds: float,
    cpu_seconds: float,
) -> T:
    try:
        future = pool.schedule(_bounded, args=(cpu_seconds, function, *arguments), timeout=timeout_seconds)
    except RuntimeError as error:
        # Its process died since the last task, or none could be started.
        raise BrokenProcessPool(str(error)) from None
    # The pool counts from the task's beginning, and a task that gets lost on its way to the process has none.
    lost = asyncio.timeout(timeout_seconds + BEGIN_SECONDS)
    try:
        async with lost:
            result: T = await asyncio.wrap_future(future)
    except ProcessExpired as error:
        if sys.platform == "linux" and error.exitcode == -signal.SIGXCPU:
            raise WorkerTimeout(f"the task took more than {cpu_seconds:.0f} seconds of the processor") from None
        raise WorkerDied(f"the worker process ended with code {error.exitcode}") from None
    except TimeoutError:
        if lost.expired():
            raise BrokenProcessPool from None
        raise WorkerTimeout(f"the task took longer than {timeout_seconds:.0f} seconds") from None
    except MemoryError:
        raise WorkerDied("the worker process ran out of memory") from None
    return result


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
