"""Database engines under what a web server does to them."""

from __future__ import annotations

import asyncio
import time
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from imageloom.runtime.db.engines import READ_ONLY, dispose_engine, make_async_engine, make_writing_engine


async def test_a_task_that_is_cancelled_again_and_again_leaves_nothing_behind(database_url: str) -> None:
    """A close that waits for a connection's ended thread would keep the loop, and the process, from ending."""
    engine = make_async_engine(database_url, pool_size=4)

    async def query() -> None:
        async with engine.begin() as connection:
            for _ in range(100):
                await connection.execute(text("SELECT 1"))

    before = asyncio.all_tasks()
    for steps in range(60):
        task = asyncio.create_task(query())
        for _ in range(steps * 2):
            await asyncio.sleep(0)
        while not task.done():
            task.cancel()
            await asyncio.sleep(0)
    deadline = time.monotonic() + 10
    while left := asyncio.all_tasks() - before:
        assert time.monotonic() < deadline, left
        await asyncio.sleep(0.02)
    async with engine.begin() as connection:
        assert (await connection.execute(text("SELECT 1"))).scalar() == 1
    await dispose_engine(engine)


async def test_a_connection_that_ends_with_rows_unread_holds_no_lock(database_url: str) -> None:
    """What a task leaves that is cancelled between a statement and its rows: its traceback keeps the cursor alive."""
    engine = make_async_engine(database_url, pool_size=2)
    async with engine.connect() as connection:
        await connection.execute(text("SELECT 1"))
        left = await _rows_unread(connection)
        await connection.invalidate()
    async with asyncio.timeout(5), engine.begin() as another:
        await another.execute(text("CREATE TABLE written (x INTEGER)"))
    del left
    await dispose_engine(engine)


async def _rows_unread(connection: AsyncConnection) -> Any:
    driver = (await connection.get_raw_connection()).driver_connection
    return await driver.execute("SELECT 1 UNION ALL SELECT 2")


async def test_whoever_writes_has_their_turn(database_url: str) -> None:
    """On SQLite, where one writes at a time, in the order in which they came: nobody is overtaken until it is too late."""
    reading = make_async_engine(database_url, pool_size=4)
    writing = make_writing_engine(database_url, beside=reading)
    turns: list[int] = []

    async def write(number: int) -> None:
        async with writing.begin() as connection:
            await connection.execute(text("UPDATE subscriptions SET last_id = last_id + 1"))
            turns.append(number)

    async with asyncio.TaskGroup() as group:
        for number in range(40):
            group.create_task(write(number))
    assert sorted(turns) == list(range(40))
    if reading.dialect.name == "sqlite":
        assert turns == sorted(turns)
        async with writing.begin(), reading.connect() as looking:
            # Whoever reads waits for nobody.
            await (await looking.execution_options(**READ_ONLY)).execute(text("SELECT 1"))
    for engine in {reading, writing}:
        await dispose_engine(engine)
