"""Threads that work for a loop."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from functools import partial

import pytest

from imageloom.runtime.threads import Threads
from tests.waiting import until


class Held:
    """Counts who holds it, and who has."""

    def __init__(self) -> None:
        self.now = 0
        self.times = 0

    @contextmanager
    def opened(self) -> Iterator[Held]:
        self.now += 1
        self.times += 1
        try:
            yield self
        finally:
            self.now -= 1


@asynccontextmanager
async def working(
    *, most: int, keeps: bool = False, is_patient: bool = False
) -> AsyncIterator[tuple[Threads[Held], Held]]:
    held = Held()
    threads = Threads("worker", most=most, holding=held.opened, keeps=keeps, is_patient=is_patient)
    try:
        yield threads, held
    finally:
        await threads.close()
        assert held.now == 0


def squared(number: int, _held: Held) -> int:
    return number * number


async def test_what_a_function_returns_or_raises_is_its_callers() -> None:
    async with working(most=2) as (threads, held):
        assert await threads.run(lambda got: got is held) is True
        with pytest.raises(KeyError, match="no such"):
            await threads.run(lambda _held: {}["no such"])
        assert await threads.run(lambda _held: threading.current_thread().name) in ("worker_0", "worker_1")
        assert held.times >= 2


async def test_what_is_kept_is_held_until_something_fails() -> None:
    async with working(most=1, keeps=True) as (threads, held):
        for number in range(3):
            assert await threads.run(partial(squared, number)) == number * number
        assert (held.now, held.times) == (1, 1)
        with pytest.raises(KeyError, match="no such"):
            await threads.run(lambda _held: {}["no such"])
        assert await threads.run(partial(squared, 3)) == 9
        assert (held.now, held.times) == (1, 2)


async def test_all_that_is_asked_for_at_once_is_done() -> None:
    async with working(most=3) as (threads, _held):
        numbers = await asyncio.gather(*(threads.run(partial(squared, number)) for number in range(200)))
        assert numbers == [number * number for number in range(200)]


async def test_those_that_wait_for_each_other_have_a_thread_each() -> None:
    together = threading.Barrier(3, timeout=10)
    async with working(most=3) as (threads, _held):
        await asyncio.gather(*(threads.run(lambda _held: together.wait()) for _ in range(3)))


async def test_a_patient_one_does_what_is_quick_alone_and_overtakes_what_is_slow() -> None:
    may_end = threading.Event()
    async with working(most=2, is_patient=True) as (threads, _held):
        names = await asyncio.gather(*(threads.run(lambda _held: threading.current_thread().name) for _ in range(20)))
        assert set(names) <= {"worker_0", "worker_1"}
        slow = asyncio.create_task(threads.run(lambda _held: may_end.wait(10)))
        await asyncio.sleep(0)
        assert await threads.run(lambda _held: threading.current_thread().name) in ("worker_0", "worker_1")
        assert not slow.done()
        may_end.set()
        assert await slow is True


async def test_who_leaves_leaves_and_what_was_begun_is_done() -> None:
    begun, may_end, done = threading.Event(), threading.Event(), threading.Event()

    def work(_held: Held) -> None:
        begun.set()
        may_end.wait(10)
        done.set()

    async with working(most=1) as (threads, _held):
        task = asyncio.create_task(threads.run(work))
        await until(begun.is_set, seconds=10)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        following = asyncio.create_task(threads.run(lambda _held: done.is_set()))
        may_end.set()
        assert await following is True


async def test_closing_waits_for_what_was_asked_for() -> None:
    done: list[int] = []

    def note(number: int, _held: Held) -> None:
        done.append(number)

    threads = Threads("worker", most=1, holding=Held().opened)
    asked = [asyncio.create_task(threads.run(partial(note, number))) for number in range(50)]
    await asyncio.sleep(0)
    await threads.close()
    assert done == list(range(50))
    await asyncio.gather(*asked)
