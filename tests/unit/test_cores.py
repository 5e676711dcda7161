"""The cores on which threads run."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from imageloom.runtime import cores
from imageloom.runtime.pixels.workers import ProcessWorkers
from tests.waiting import until

pytestmark = pytest.mark.skipif(len(cores.ALL) < 2, reason="there is one core, or nothing to choose")


def allowed(thread: threading.Thread) -> frozenset[int]:
    assert sys.platform == "linux"
    assert thread.native_id is not None
    return frozenset(os.sched_getaffinity(thread.native_id))


@contextmanager
def resting(*names: str) -> Iterator[list[threading.Thread]]:
    may_end = threading.Event()
    threads = [threading.Thread(target=may_end.wait, args=(20,), name=name) for name in names]
    for thread in threads:
        thread.start()
    try:
        yield threads
    finally:
        may_end.set()
        for thread in threads:
            thread.join()


async def test_threads_stay_with_the_loop_and_those_for_large_files_go_where_they_like() -> None:
    main = threading.main_thread()
    with resting("ledger_0", "asyncio_9") as (ledger, apart):
        async with cores.together():
            await until(lambda: len(allowed(main)) == 1 and allowed(ledger) == allowed(main))
            assert allowed(apart) == cores.ALL
        assert [allowed(thread) for thread in (main, ledger, apart)] == [cores.ALL] * 3


async def test_a_process_for_pictures_may_use_every_core() -> None:
    workers = ProcessWorkers(max_workers=1, idle_seconds=60, memory_bytes=2**31)
    try:
        async with cores.together():
            await until(lambda: len(allowed(threading.main_thread())) == 1)
            assert await workers.run(os.sched_getaffinity, 0, timeout_seconds=30, cpu_seconds=10) == cores.ALL
    finally:
        await workers.close()
