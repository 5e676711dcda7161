"""The ledger itself: fenced, group-committed, patient when the database is away; and what a restart finds."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError, OperationalError

from imageloom.contracts.storage import StoreFailed
from imageloom.features.generation import taking
from imageloom.features.generation.changes import Heartbeat, LaneLost
from imageloom.features.generation.models import Lane
from imageloom.runtime import faultpoints
from imageloom.runtime.actor import SYSTEM
from tests.studio import OPENAI, REPLICATE, Studio, open_studio


async def test_a_driver_whose_lane_was_taken_cannot_write(studio: Studio) -> None:
    await studio.add_key("openai")
    await studio.made(["a cat"])
    (lane,) = await studio.get("/api/lanes")
    writer, clock = studio.application.writer, studio.application.ports.clock
    seen = await _epoch(studio, lane["id"])
    take = partial(taking.take, lane_id=lane["id"], seen_epoch=seen, owner="other", now=clock.now())
    old = await writer.transact(take)
    assert await writer.transact(take) is None, "somebody was faster"
    assert old is not None
    new = await writer.transact(partial(take, seen_epoch=old))
    assert new is not None
    await writer.put(Heartbeat(lane_id=lane["id"], epoch=new, at=clock.now()))
    with pytest.raises(LaneLost):
        await writer.put(Heartbeat(lane_id=lane["id"], epoch=old, at=clock.now()))


async def test_a_lost_lane_is_left_by_its_driver(studio: Studio) -> None:
    await studio.add_key("openai", concurrency=1)
    studio.upstream.config(latency=0.5)
    batch = await studio.submit([f"picture {n}" for n in range(3)])
    await studio.until(lambda b: b["counts"]["running"] == 1, f"/api/batches/{batch['id']}")
    (lane,) = await studio.get("/api/lanes")
    await studio.application.writer.transact(
        lambda connection: connection.execute(
            update(Lane).where(Lane.id == lane["id"]).values(epoch=Lane.epoch + 1, state="idle", owner=None)
        )
    )
    done = await studio.finished(batch["id"])
    # The answer of the fenced driver is not written: nobody knows, so a person decides.
    assert done["counts"]["done"] + done["counts"]["uncertain"] == 3
    await studio.balanced(batch["id"])


async def test_no_paid_call_starts_while_the_ledger_cannot_commit(studio: Studio) -> None:
    await studio.add_key("openai", concurrency=2)
    broken = True

    def fail() -> None:
        if broken:
            raise OperationalError("COMMIT", {}, Exception("disk I/O error"))

    with faultpoints.armed("ledger.before_commit", fail):
        batch = await studio.submit([f"picture {n}" for n in range(10)])
        health = await studio.http.get("/api/health")
        for _ in range(200):
            health = await studio.http.get("/api/health")
            if health.status_code == 503:
                break
            await asyncio.sleep(0.02)
        assert health.status_code == 503
        calls = len(studio.upstream.requests())
        assert calls <= 2
        broken = False
        done = await studio.finished(batch["id"])
    assert done["counts"]["done"] == 10
    assert studio.upstream.account()["paid_calls"] == 10


@pytest.mark.parametrize("error", [IntegrityError("COMMIT", {}, Exception("a row that may not be")), KeyError("bug")])
async def test_one_bad_change_does_not_spoil_its_group(studio: Studio, error: Exception) -> None:
    await studio.add_key("openai")
    await studio.made(["a cat"])
    (lane,) = await studio.get("/api/lanes")
    writer, clock = studio.application.writer, studio.application.ports.clock
    seen = await _epoch(studio, lane["id"])
    take = partial(taking.take, lane_id=lane["id"], seen_epoch=seen, owner="me", now=clock.now())
    epoch = await writer.transact(take)
    assert epoch is not None
    beat = Heartbeat(lane_id=lane["id"], epoch=epoch, at=clock.now())
    failures = 2

    def fail() -> None:
        nonlocal failures
        failures -= 1
        if failures >= 0:
            raise error

    with faultpoints.armed("ledger.before_commit", fail):
        results = await asyncio.gather(*(writer.put(beat) for _ in range(4)), return_exceptions=True)
    assert [type(result) for result in results].count(type(error)) == 1
    assert results.count(None) == 3


async def test_what_a_transaction_raises_belongs_to_its_caller(studio: Studio) -> None:
    def bad(_connection: object) -> None:
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await studio.application.writer.transact(bad)


async def test_paid_bytes_wait_until_they_can_be_stored(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    await studio.add_key("openai")
    store, full = studio.application.ports.blobs, True
    put = store.put_file

    async def put_file(key: str, source: object) -> None:
        if full and key.startswith("pictures/"):
            raise StoreFailed("No space left on device")
        await put(key, source)

    monkeypatch.setattr(store, "put_file", put_file)
    batch = await studio.submit(["a cat"])
    await studio.until(lambda h: h["status"] == "degraded", "/api/health")
    full = False
    done = await studio.finished(batch["id"])
    assert done["counts"]["done"] == 1
    assert studio.upstream.account()["paid_calls"] == 1


@pytest.mark.parametrize("model", [OPENAI, REPLICATE])
async def test_a_restart_goes_on_where_the_crash_was(database_url: str, tmp_path, upstream, model: str) -> None:
    upstream.config(latency=0.6)
    async with open_studio(tmp_path / "s", database_url=database_url, upstream=upstream) as first:
        await first.add_key(model.partition("/")[0], concurrency=4)
        batch = await first.submit([f"picture {n}" for n in range(8)], model=model)
        await first.until(lambda b: b["counts"]["running"] == 4, f"/api/batches/{batch['id']}")
        await asyncio.sleep(0.3)
        first.application.writer._task.cancel()
        await first.application.engine.crash()
        store = first.store
    async with open_studio(tmp_path / "s", database_url=database_url, upstream=upstream, store=store) as second:
        done = await second.finished(batch["id"])
        await second.balanced(batch["id"])
    counts = done["counts"]
    assert counts["done"] + counts["uncertain"] == 8
    assert max(upstream.account()["by_prompt"].values()) == 1
    if model == REPLICATE:
        assert counts["done"] == 8


async def test_an_answer_that_was_written_down_is_adopted(database_url: str, tmp_path, upstream) -> None:
    class Dead(BaseException):
        pass

    async with open_studio(tmp_path / "s", database_url=database_url, upstream=upstream) as first:
        await first.add_key("openai", concurrency=2)
        reached = asyncio.Event()

        def die() -> None:
            reached.set()
            raise asyncio.CancelledError

        with faultpoints.armed("attempt.after_bytes", die):
            batch = await first.submit(["one", "two"])
            await reached.wait()
            await asyncio.sleep(0.2)
            await first.application.engine.crash()
        store = first.store
    async with open_studio(tmp_path / "s", database_url=database_url, upstream=upstream, store=store) as second:
        done = await second.finished(batch["id"])
    assert done["counts"]["done"] == 2
    assert upstream.account()["paid_calls"] == 2


async def test_limits_per_minute_and_per_day_are_exact(studio: Studio) -> None:
    await studio.add_key("openai", concurrency=10, requests_per_minute=5)
    batch = await studio.submit([f"picture {n}" for n in range(8)])
    await studio.until(lambda b: b["counts"]["done"] == 5, f"/api/batches/{batch['id']}")
    await asyncio.sleep(0.4)
    assert (await studio.get(f"/api/batches/{batch['id']}"))["counts"]["done"] == 5
    await studio.post(f"/api/batches/{batch['id']}/cancel")
    await studio.add_key("replicate", concurrency=10, requests_per_day=3)
    other = await studio.submit([f"picture {n}" for n in range(8)], model=REPLICATE)
    await studio.until(lambda b: b["counts"]["done"] == 3, f"/api/batches/{other['id']}")
    await asyncio.sleep(0.4)
    assert (await studio.get(f"/api/batches/{other['id']}"))["counts"]["done"] == 3
    await studio.post(f"/api/batches/{other['id']}/cancel")
    await studio.finished(other["id"])


async def test_reading_scopes_do_not_hold_up_writers_and_no_update_is_lost(studio: Studio) -> None:
    await studio.add_key("openai")
    await studio.made(["a cat"])
    (lane,) = await studio.get("/api/lanes")

    async def add() -> None:
        for _ in range(10):
            async with studio.application.scopes.open(SYSTEM) as scope:
                row = await scope.session.get_one(Lane, lane["id"], with_for_update=True)
                row.day_requests += 1

    before = await studio.application.writer.transact(
        lambda connection: connection.execute(Lane.__table__.select()).mappings().one()["day_requests"]
    )
    await asyncio.gather(*(add() for _ in range(4)))
    after = await studio.application.writer.transact(
        lambda connection: connection.execute(Lane.__table__.select()).mappings().one()["day_requests"]
    )
    assert after - before == 40


async def test_old_rows_are_pruned_and_kept_rows_stay(studio: Studio) -> None:
    await studio.add_key("openai")
    batch = await studio.made(["a cat"])
    settings = studio.settings.engine
    object.__setattr__(settings, "retention_days", -1)
    await studio.application.dispatcher.dispatch()
    await studio.application.engine.fire("nightly-prune")
    await studio.balanced(batch["id"])


async def _epoch(studio: Studio, lane_id: str) -> int:
    statement = select(Lane.epoch).where(Lane.id == lane_id)
    return await studio.application.writer.transact(lambda connection: connection.execute(statement).scalar_one())
