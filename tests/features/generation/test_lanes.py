"""What lanes write while people decide otherwise, and what becomes of a lane in which something broke."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from imageloom.contracts.provider import Outcome
from imageloom.features.generation import lane as lane_module
from imageloom.features.generation import taking
from imageloom.features.generation.changes import Claimed, LaneWaits, Settled
from imageloom.features.generation.claims import Claim, Fairness, Wish, claim
from imageloom.features.generation.models import Attempt, ItemState, Lane
from imageloom.features.generation.service import GenerationService
from imageloom.runtime import faultpoints
from imageloom.runtime.actor import SYSTEM
from tests.studio import OPENAI, REPLICATE, Studio


class ByHand:
    """A lane that nobody drives but the test."""

    def __init__(self, studio: Studio, lane_id: str, epoch: int) -> None:
        self.studio, self.lane_id, self.epoch = studio, lane_id, epoch
        self.writer, self.ports = studio.application.writer, studio.application.ports

    @classmethod
    async def of(cls, studio: Studio, prompts: Sequence[str], **more: Any) -> tuple[ByHand, str]:
        await studio.add_key("openai")
        studio.application.keeper.stop()
        batch = await studio.submit(list(prompts), **more)
        (lane,) = await studio.get("/api/lanes")
        now = studio.application.ports.clock.now()
        take = partial(taking.take, lane_id=lane["id"], seen_epoch=0, owner="test", now=now)
        epoch = await studio.application.writer.transact(take)
        return cls(studio, lane["id"], epoch), batch["id"]

    @property
    def wish(self) -> Wish:
        now = self.ports.clock.now()
        facts = {"lane_id": self.lane_id, "epoch": self.epoch, "now": now, "new_id": self.ports.ids.new}
        return Wish(slots=10, day=now.date().isoformat(), per_day=None, **facts)

    async def look(self, **wished: Any) -> Claim:
        wish = replace(self.wish, **wished)
        return await self.writer.transact(partial(claim, wish=wish, fairness=Fairness()))

    async def claim(self) -> tuple[Claimed, ...]:
        return (await self.look()).items

    async def settle(self, item: Claimed, outcome: Outcome, to: ItemState, **more: Any) -> None:
        facts = {"lane_id": self.lane_id, "epoch": self.epoch, "attempt_id": item.attempt_id, "item_id": item.item_id}
        facts |= {"run_id": item.run_id, "project_id": item.project_id, "team_id": item.team_id}
        facts |= {"position": item.position, "outcome": outcome, "to": to, "at": self.ports.clock.now()}
        await self.writer.put(Settled(**facts, **more))

    async def lane(self) -> Any:
        return await self.writer.transact(lambda c: c.execute(select(Lane.__table__)).mappings().one())


async def test_nothing_waits_again_in_a_batch_that_was_cancelled(studio: Studio) -> None:
    lane, batch_id = await ByHand.of(studio, ["one", "two", "three"], uncertain_policy="resend_once")
    limited, away, lost = await lane.claim()
    await studio.post(f"/api/batches/{batch_id}/cancel")
    await lane.settle(limited, Outcome.rate_limited, ItemState.pending, billed=False)
    await lane.settle(away, Outcome.unavailable, ItemState.pending, billed=False, tries=1)
    await lane.settle(lost, Outcome.uncertain, ItemState.pending, resends=1)
    batch = await studio.get(f"/api/batches/{batch_id}")
    assert (batch["state"], batch["counts"]["cancelled"], batch["counts"]["uncertain"]) == ("cancelled", 2, 1)
    assert batch["finished_at"] is not None
    await studio.balanced(batch_id)


async def test_of_two_waits_the_longer_one_holds(studio: Studio) -> None:
    lane, _batch_id = await ByHand.of(studio, ["one"])
    now = lane.ports.clock.now()
    for seconds in (1, 60, 2):
        until = now + timedelta(seconds=seconds)
        await lane.writer.put(LaneWaits(lane_id=lane.lane_id, epoch=lane.epoch, reason=f"{seconds} s", resume_at=until))
    row = await lane.lane()
    assert (row["wait_reason"], row["resume_at"]) == ("60 s", now + timedelta(seconds=60))


async def test_a_pause_that_was_answered_comes_after_every_claim(studio: Studio) -> None:
    lane, batch_id = await ByHand.of(studio, ["one"])
    claimed, may_commit = threading.Event(), threading.Event()

    def slowly(connection: Any) -> Claim:
        result = claim(connection, lane.wish, Fairness())
        claimed.set()
        may_commit.wait(20)
        return result

    claiming = asyncio.create_task(lane.writer.transact(slowly))
    await asyncio.to_thread(claimed.wait, 20)
    pausing = asyncio.create_task(studio.post(f"/api/batches/{batch_id}/pause"))
    await asyncio.wait({pausing}, timeout=0.5)
    may_commit.set()
    await claiming
    batch = await pausing
    assert (batch["state"], batch["counts"]["running"]) == ("paused", 1)


async def test_a_claim_says_whether_anything_is_left_to_start(studio: Studio) -> None:
    lane, _batch_id = await ByHand.of(studio, ["one", "two", "three"])
    looks = [await lane.look(slots=2), await lane.look(slots=2), await lane.look(slots=2)]
    assert [(len(look.items), look.is_all) for look in looks] == [(2, False), (1, True), (0, True)]

    later = lane.ports.clock.now() + timedelta(hours=1)
    await lane.settle(looks[1].items[0], Outcome.unavailable, ItemState.pending, not_before_at=later)
    waits = await lane.look()
    assert (waits.items, waits.is_all, waits.wake_at) == ((), True, later)


@pytest.mark.parametrize(
    ("wish", "started", "blocked"), [({"pilot": 1}, 1, False), ({"cap": "0.0001"}, 0, True)], ids=["pilot", "cap"]
)
async def test_what_waits_for_a_person_or_for_money_is_left(
    studio: Studio, wish: dict[str, Any], started: int, blocked: bool
) -> None:
    lane, _batch_id = await ByHand.of(studio, ["one", "two", "three"], **wish)
    look = await lane.look()
    assert (len(look.items), look.is_all, look.blocked) == (started, False, blocked)


async def test_a_claim_that_nobody_waits_for_is_not_made(studio: Studio) -> None:
    lane, batch_id = await ByHand.of(studio, ["one"])
    is_busy, may_end = threading.Event(), threading.Event()

    def be_busy(_connection: Any) -> None:
        is_busy.set()
        may_end.wait(20)

    before = asyncio.create_task(lane.writer.transact(be_busy))
    await asyncio.to_thread(is_busy.wait, 20)
    claiming = asyncio.create_task(lane.claim())
    await asyncio.sleep(0)
    claiming.cancel()
    may_end.set()
    await before
    await lane.lane()
    batch = await studio.get(f"/api/batches/{batch_id}")
    assert batch["counts"]["pending"] == 1


async def test_whatever_a_provider_says_can_be_written_down(studio: Studio) -> None:
    lane, batch_id = await ByHand.of(studio, ["one"])
    (item,) = await lane.claim()
    said = "\0" + "word " * 1000
    sent = {"prompt": "a\0b", "typed": "\\u0000"}
    await lane.settle(
        item, Outcome.failed, ItemState.failed, code=said, message=said, provider_ref=said, sent=sent, usage={"n\0": 1}
    )
    await lane.writer.put(
        LaneWaits(lane_id=lane.lane_id, epoch=lane.epoch, reason=said, parked=Outcome.quota_exhausted)
    )
    (read,) = await studio.items(batch_id)
    assert read["state"] == "failed"
    row = await lane.writer.transact(lambda c: c.execute(select(Attempt.__table__)).mappings().one())
    assert row["sent"] == {"prompt": "a\ufffdb", "typed": "\\u0000"}
    assert (await lane.lane())["parked_reason"].startswith("\ufffdword")


async def test_a_damaged_picture_that_is_made_again_is_not_made_twice(studio: Studio) -> None:
    await studio.add_key()
    batch = await studio.made(["a cat"])
    (item,) = await studio.items(batch["id"])
    async with studio.application.scopes.open(SYSTEM) as scope:
        await GenerationService(scope).reopen_damaged(item["id"], reason="It is damaged.")
    await studio.balanced(batch["id"])
    await studio.post(f"/api/batches/{batch['id']}/retry", {"states": ["failed"]})
    await studio.finished(batch["id"])
    books = await studio.balanced(batch["id"])
    assert (books["counts"]["done"], books["paid_attempts"]) == (1, 2)


def breaking(times: int) -> Callable[[], None]:
    left = [OSError("the disk is gone")] * times

    def hit() -> None:
        if left:
            raise left.pop()

    return hit


@pytest.mark.parametrize(
    ("model", "place", "times", "state", "code"),
    [
        (OPENAI, "attempt.before_post", 1, "uncertain", "interrupted"),
        (OPENAI, "attempt.after_bytes", 2, "done", None),
        (OPENAI, "attempt.after_bytes", 3, "uncertain", "broke"),
        (REPLICATE, "attempt.after_accept", 1, "done", None),
    ],
)
async def test_an_attempt_that_broke_goes_on_while_its_lane_works(
    studio: Studio, model: str, place: str, times: int, state: str, code: str | None
) -> None:
    await studio.add_key(model.partition("/")[0], concurrency=2)
    with faultpoints.armed(place, breaking(times)):
        batch = await studio.made(["a cat"], model=model)
    (item,) = await studio.items(batch["id"])
    assert item["state"] == state
    (attempt,) = await studio.get(f"/api/batches/{batch['id']}/items/{item['id']}/attempts")
    assert attempt["code"] == code
    assert studio.upstream.account()["paid_calls"] <= 1
    await studio.balanced(batch["id"])


async def test_a_lane_whose_beat_failed_beats_on(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane_module, "HEARTBEAT_SECONDS", 0.05)
    await studio.add_key()
    studio.upstream.config(latency=2.0)
    batch = await studio.submit(["a cat"])
    await studio.until(lambda b: b["counts"]["running"] == 1, f"/api/batches/{batch['id']}")
    failed = asyncio.Event()

    def fail() -> None:
        if not failed.is_set():
            failed.set()
            raise IntegrityError("UPDATE", {}, Exception("a row that may not be"))

    async def beat_at() -> Any:
        return await studio.application.writer.transact(lambda c: c.execute(select(Lane.heartbeat_at)).scalar_one())

    with faultpoints.armed("ledger.before_commit", fail):
        await asyncio.wait_for(failed.wait(), 20)
        before = await beat_at()
        async with asyncio.timeout(20):
            while await beat_at() == before:
                await asyncio.sleep(0.02)
    done = await studio.finished(batch["id"])
    assert done["counts"]["done"] == 1


async def test_a_running_lane_goes_on_with_the_key_that_took_the_place_of_its_own(studio: Studio) -> None:
    studio.upstream.config(latency=0.2)
    key = await studio.add_key("openai", concurrency=1)
    batch = await studio.submit([f"cat {number}" for number in range(12)])
    await studio.until(lambda told: told["counts"]["done"] >= 1, f"/api/batches/{batch['id']}")
    before = await studio.application.writer.transact(lambda c: c.execute(select(Lane.epoch)).scalar_one())
    await studio.call("PATCH", f"/api/keys/{key['id']}", json={"key": "sk-the-next-one-of-them", "limits": {}})
    assert (await studio.finished(batch["id"]))["counts"]["done"] == 12
    after = await studio.application.writer.transact(lambda c: c.execute(select(Lane.epoch)).scalar_one())
    assert after == before + 1
    await studio.balanced(batch["id"])
