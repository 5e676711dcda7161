"""Whoever commits while the log is synced for somebody else shares the next sync."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from threading import Semaphore

import pytest

from imageloom.runtime.db.durable import DurableLog


class SlowDisk:
    """Syncs when it is told to."""

    def __init__(self) -> None:
        self.begun = 0
        self.may_end = Semaphore(0)
        self.failures: list[OSError] = []

    def sync(self, _descriptor: int) -> None:
        self.begun += 1
        assert self.may_end.acquire(timeout=10)
        if self.failures:
            raise self.failures.pop()

    async def until_begun(self, count: int) -> None:
        async with asyncio.timeout(10):
            while self.begun < count:
                await asyncio.sleep(0.001)


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowDisk]:
    disk = SlowDisk()
    monkeypatch.setattr(os, "fsync", disk.sync)
    yield disk
    disk.may_end.release(100)


@pytest.fixture
def log(tmp_path: Path) -> DurableLog:
    path = tmp_path / "studio.db-wal"
    path.write_bytes(b"pages")
    return DurableLog(path)


async def test_those_who_come_during_a_sync_share_the_next(disk: SlowDisk, log: DurableLog) -> None:
    first = asyncio.create_task(log.keep())
    await disk.until_begun(1)
    others = [asyncio.create_task(log.keep()) for _ in range(5)]
    disk.may_end.release()
    await first
    await disk.until_begun(2)
    assert not any(other.done() for other in others), "what they committed may not have been in the first"
    others[0].cancel()
    disk.may_end.release()
    await asyncio.gather(*others[1:])
    assert disk.begun == 2
    assert others[0].cancelled()
    disk.may_end.release()
    await log.keep()
    assert disk.begun == 3


async def test_a_sync_that_fails_is_told_to_all_who_shared_it_and_the_next_is_tried(
    disk: SlowDisk, log: DurableLog
) -> None:
    disk.failures.append(OSError(5, "Input/output error"))
    disk.may_end.release()
    both = await asyncio.gather(log.keep(), log.keep(), return_exceptions=True)
    assert [type(one) for one in both] == [OSError, OSError]
    disk.may_end.release()
    await log.keep()
    assert disk.begun == 2


async def test_a_log_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    await DurableLog(tmp_path / "none").keep()
