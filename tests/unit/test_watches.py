"""A watch that breaks is begun again and told of."""

from __future__ import annotations

import asyncio

from imageloom.runtime.watches import Watches


async def test_a_watch_that_breaks_is_begun_again() -> None:
    watches = Watches(again_seconds=0.01)
    runs = 0

    async def watch() -> None:
        nonlocal runs
        runs += 1
        if runs < 3:
            raise KeyError("a bug")

    assert watches.problem() is None
    await asyncio.wait_for(watches.keep("keeper", watch), timeout=20)
    assert runs == 3
    assert watches.problem() == "Broke and was begun again: keeper (KeyError)."


async def test_a_watch_that_is_cancelled_ends() -> None:
    watches = Watches()

    async def watch() -> None:
        await asyncio.sleep(3600)

    task = asyncio.create_task(watches.keep("keeper", watch))
    await asyncio.sleep(0)
    task.cancel()
    assert isinstance((await asyncio.gather(task, return_exceptions=True))[0], asyncio.CancelledError)
    assert watches.problem() is None
