"""Worker processes end what goes on for too long or takes too much, and the next task finds a fresh one."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest

from imageloom.runtime.pixels.workers import ProcessWorkers, WorkerDied, WorkerTimeout

MEMORY_BYTES = 400_000_000


@pytest.fixture
async def workers() -> AsyncIterator[ProcessWorkers]:
    running = ProcessWorkers(max_workers=1, idle_seconds=30.0, memory_bytes=MEMORY_BYTES)
    yield running
    await running.close()


def spin(rounds: int) -> int:
    total = 0
    for number in range(rounds):
        total += number
    return os.getpid()


def grow(size: int) -> int:
    return len(bytearray(size))


def end() -> None:
    os._exit(3)


async def test_a_task_that_uses_too_much_of_the_processor_is_ended(workers: ProcessWorkers) -> None:
    with pytest.raises(WorkerTimeout, match="of the processor"):
        await workers.run(spin, 10**12, timeout_seconds=60, cpu_seconds=1)
    await workers.run(spin, 10, timeout_seconds=60, cpu_seconds=1)


async def test_the_processor_limit_is_that_of_one_task_not_of_the_process(workers: ProcessWorkers) -> None:
    rounds = 8_000_000
    processes = {await workers.run(spin, rounds, timeout_seconds=60, cpu_seconds=2) for _ in range(6)}
    assert len(processes) == 1


async def test_a_task_that_takes_too_much_memory_is_refused_it(workers: ProcessWorkers) -> None:
    with pytest.raises(WorkerDied, match="memory"):
        await workers.run(grow, MEMORY_BYTES, timeout_seconds=60, cpu_seconds=10)
    assert await workers.run(grow, 1_000, timeout_seconds=60, cpu_seconds=10) == 1_000


async def test_a_process_that_dies_takes_only_its_own_task_along(workers: ProcessWorkers) -> None:
    with pytest.raises(WorkerDied, match="ended with code 3"):
        await workers.run(end, timeout_seconds=60, cpu_seconds=10)
    await workers.run(spin, 10, timeout_seconds=60, cpu_seconds=10)
