"""Transactions that go to their connection as a whole."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest
from sqlalchemy import select, text

from imageloom.features.teams.models import Project
from imageloom.kit.errors import NotFound
from imageloom.runtime.actor import SYSTEM
from imageloom.runtime.db.outbox import OutboxRow
from imageloom.runtime.scope import Scope
from tests.studio import Studio


async def names(studio: Studio) -> list[str]:
    async with studio.application.scopes.open(SYSTEM, write=False) as scope:
        return list(await scope.session.scalars(select(Project.name).order_by(Project.name)))


async def named(scope: Scope, name: str) -> str:
    """Names the one project anew, and tells of it."""
    project = (await scope.session.scalars(select(Project))).one()
    before, project.name = project.name, name
    await scope.publish("test.named", topic="test", payload={"name": name})
    return before


async def test_what_is_done_is_committed_with_its_events_and_heard_of(studio: Studio) -> None:
    (first,) = await names(studio)
    with studio.application.ports.signals.listen("test") as heard:
        assert await studio.application.scopes.transact(SYSTEM, lambda scope: named(scope, "new")) == first
        assert await heard.wait(timeout_seconds=0.1)
    assert await names(studio) == ["new"]
    async with studio.application.scopes.open(SYSTEM, write=False) as scope:
        kinds = await scope.session.scalars(select(OutboxRow.payload).where(OutboxRow.kind == "test.named"))
        assert kinds.all() == [{"name": "new"}]


async def test_nothing_is_left_of_one_that_raises_and_the_next_goes_on(studio: Studio) -> None:
    before = await names(studio)

    async def fail(scope: Scope) -> None:
        await named(scope, "never")
        await scope.session.flush()
        raise NotFound("There is no such thing.")

    with pytest.raises(NotFound):
        await studio.application.scopes.transact(SYSTEM, fail)
    assert await names(studio) == before
    await studio.application.scopes.transact(SYSTEM, lambda scope: named(scope, "after"))
    assert await names(studio) == ["after"]


async def test_one_that_waits_for_something_else_is_refused_where_that_cannot_be(studio: Studio) -> None:
    if studio.application.scopes.dialect != "sqlite":
        pytest.skip("there it is a transaction like any other")
    before = await names(studio)

    async def wait(scope: Scope) -> None:
        await named(scope, "never")
        await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="something other than the database"):
        await studio.application.scopes.transact(SYSTEM, wait)
    assert await names(studio) == before


async def test_one_whose_caller_is_cancelled_ends_before_its_connection_is_anybody_elses(studio: Studio) -> None:
    begun, may_end = threading.Event(), threading.Event()

    async def slow(scope: Scope) -> None:
        await named(scope, "slow")
        if studio.application.scopes.dialect == "sqlite":
            begun.set()
            may_end.wait(10)

    async def quick(scope: Scope) -> str:
        return await named(scope, "quick")

    if studio.application.scopes.dialect != "sqlite":
        pytest.skip("there it is a transaction like any other")
    task = asyncio.create_task(studio.application.scopes.transact(SYSTEM, slow))
    deadline = time.monotonic() + 10
    while not begun.is_set():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.01)
    following = asyncio.create_task(studio.application.scopes.transact(SYSTEM, quick))
    for _ in range(5):
        # Web servers do so until the task has ended.
        task.cancel()
        await asyncio.sleep(0.01)
    assert not task.done()
    may_end.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await following == "slow"
    assert await names(studio) == ["quick"]


async def test_many_at_once_have_their_turn(studio: Studio) -> None:
    async def count(scope: Scope) -> None:
        await scope.session.execute(text("UPDATE subscriptions SET last_id = last_id + 1 WHERE name = 'counted'"))

    async with studio.application.scopes.open(SYSTEM) as scope:
        await scope.session.execute(text("INSERT INTO subscriptions (name, last_id) VALUES ('counted', 0)"))
    async with asyncio.TaskGroup() as group:
        for _ in range(40):
            group.create_task(studio.application.scopes.transact(SYSTEM, count))
    async with studio.application.scopes.open(SYSTEM, write=False) as scope:
        counted = await scope.session.scalar(text("SELECT last_id FROM subscriptions WHERE name = 'counted'"))
    assert counted == 40


async def test_what_is_read_in_one_scope_is_of_one_moment(studio: Studio) -> None:
    scopes = studio.application.scopes
    async with scopes.open(SYSTEM, write=False) as scope:
        (first,) = await scope.session.scalars(select(Project.name))
        await scopes.transact(SYSTEM, lambda scope: named(scope, "meanwhile"))
        assert (await scope.session.scalars(select(Project.name))).all() == [first]
        told = await scope.session.scalars(select(OutboxRow.kind).where(OutboxRow.kind == "test.named"))
        assert told.all() == []
    assert await names(studio) == ["meanwhile"]
