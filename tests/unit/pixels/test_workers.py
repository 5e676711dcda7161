"""Worker processes end what goes on for too long or takes too much, and the next task finds a fresh one."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from imageloom.runtime.pixels.workers import ProcessWorkers, WorkerDied, WorkerTimeout, WorkerUnavailable
from tests.waiting import until

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


def wait_for(begun: Path, goes_on: Path) -> bool:
    written = begun.with_suffix(".part")
    written.write_text(str(os.getpid()))
    written.rename(begun)
    while not goes_on.exists():
        time.sleep(0.01)
    return True


@dataclass
class Deadly:
    """Becomes a 10; but the first process that reads it dies of it, or every one where ``died`` cannot be written."""

    died: Path

    def __reduce__(self) -> tuple[Any, ...]:
        return _die_once, (self.died,)


@dataclass
class Sticky:
    """Becomes a 10; but the first process that reads it never comes to its end."""

    read: Path

    def __reduce__(self) -> tuple[Any, ...]:
        return _stay_once, (self.read,)


def _stay_once(read: Path) -> int:
    if not read.exists():
        read.touch()
        time.sleep(600)
    return 10


def _die_once(died: Path) -> int:
    if not died.exists():
        try:
            died.touch()
        finally:
            os._exit(3)
    return 10


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


async def test_a_process_that_dies_as_it_takes_a_task_does_not_stop_the_others(tmp_path: Path) -> None:
    """It holds what it shares with the process that feeds it, while a task of another process goes on."""
    workers = ProcessWorkers(max_workers=2, idle_seconds=30.0, memory_bytes=MEMORY_BYTES)
    begun, goes_on = tmp_path / "begun", tmp_path / "goes on"
    try:
        other = asyncio.create_task(workers.run(wait_for, begun, goes_on, timeout_seconds=60, cpu_seconds=10))
        await until(begun.exists)
        async with asyncio.timeout(30):
            assert await workers.run(spin, Deadly(tmp_path / "died"), timeout_seconds=60, cpu_seconds=10)
            goes_on.touch()
            assert await other
    finally:
        await workers.close()


async def test_a_task_that_no_process_can_begin_is_given_back(workers: ProcessWorkers, tmp_path: Path) -> None:
    with pytest.raises(WorkerUnavailable, match="could begin"):
        await workers.run(spin, Deadly(tmp_path / "no folder" / "died"), timeout_seconds=60, cpu_seconds=10)
    assert await workers.run(spin, 10, timeout_seconds=60, cpu_seconds=10)


async def test_a_task_that_its_process_never_begins_is_given_to_another(
    workers: ProcessWorkers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("imageloom.runtime.pixels.workers.BEGIN_SECONDS", 2.0)
    assert await workers.run(spin, Sticky(tmp_path / "read"), timeout_seconds=2, cpu_seconds=10)


async def test_a_task_that_is_left_in_its_middle_ends_with_its_process(workers: ProcessWorkers, tmp_path: Path) -> None:
    begun = tmp_path / "begun"
    task = asyncio.create_task(workers.run(wait_for, begun, tmp_path / "never", timeout_seconds=60, cpu_seconds=10))
    await until(begun.exists)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    process = int(begun.read_text())
    assert await workers.run(spin, 10, timeout_seconds=60, cpu_seconds=10) != process
    await until(lambda: not psutil.pid_exists(process))


async def test_processes_that_all_die_while_they_rest_are_replaced() -> None:
    workers = ProcessWorkers(max_workers=5, idle_seconds=30.0, memory_bytes=MEMORY_BYTES)
    try:
        died = await asyncio.gather(*(workers.run(spin, 10, timeout_seconds=60, cpu_seconds=10) for _ in range(5)))
        assert len(set(died)) == 5
        for process in died:
            os.kill(process, signal.SIGKILL)
        assert await workers.run(spin, 10, timeout_seconds=60, cpu_seconds=10) not in died
    finally:
        await workers.close()


async def test_processes_leave_when_they_are_idle() -> None:
    workers = ProcessWorkers(max_workers=2, idle_seconds=0.2, memory_bytes=MEMORY_BYTES)
    try:
        first, second = await asyncio.gather(
            *(workers.run(spin, 10, timeout_seconds=60, cpu_seconds=10) for _ in range(2))
        )
        assert first != second
        await until(lambda: not psutil.pid_exists(first) and not psutil.pid_exists(second))
        assert await workers.run(spin, 10, timeout_seconds=60, cpu_seconds=10) not in {first, second}
    finally:
        await workers.close()
