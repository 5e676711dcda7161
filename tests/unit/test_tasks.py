"""Whoever does not hear that it should end is told again."""

from __future__ import annotations

import asyncio

from imageloom.runtime.tasks import stop_tasks


async def test_a_watch_whose_cancellation_became_an_error_ends_too() -> None:
    told = 0

    async def watch() -> None:
        nonlocal told
        while True:
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                told += 1
                if told == 3:
                    raise

    async def others() -> None:
        await asyncio.Event().wait()

    async def breaks() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise OSError("on the way out")

    tasks = [asyncio.create_task(one) for one in (watch(), others(), breaks())]
    await asyncio.sleep(0)
    await stop_tasks(tasks, again_seconds=0.01)
    assert (told, [task.done() for task in tasks]) == (3, [True, True, True])


async def test_there_may_be_nothing_to_end() -> None:
    await stop_tasks([])
