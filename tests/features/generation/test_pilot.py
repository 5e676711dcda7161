"""A pilot: the first items are made, then a person is asked."""

from __future__ import annotations

from typing import Any

from tests.studio import Studio

QUESTION = "The pilot of {} has finished. Go on, or cancel?"


async def asked(studio: Studio, batch_id: str) -> Any:
    return await studio.until(
        lambda batch: batch["pilot"]["state"] == "asking" and batch["counts"]["running"] == 0,
        f"/api/batches/{batch_id}",
    )


async def test_after_the_pilot_nothing_is_bought_until_somebody_says_so(studio: Studio) -> None:
    await studio.add_key("openai")
    batch = await studio.submit([f"picture {n}" for n in range(6)], pilot=2)
    assert batch["pilot"] == {"items": 2, "state": "running"}
    held = await asked(studio, batch["id"])
    assert (held["state"], held["reason"]) == ("paused", QUESTION.format(2))
    assert (held["counts"]["done"], held["counts"]["pending"]) == (2, 4)
    assert studio.upstream.account()["paid_calls"] == 2
    assert [item["state"] for item in await studio.items(batch["id"])] == ["done", "done"] + ["pending"] * 4
    resumed = await studio.post(f"/api/batches/{batch['id']}/resume")
    assert (resumed["state"], resumed["pilot"]["state"]) == ("running", "over")
    assert (await studio.finished(batch["id"]))["counts"]["done"] == 6
    await studio.balanced(batch["id"])


async def test_a_pilot_may_be_the_end(studio: Studio) -> None:
    await studio.add_key("openai")
    batch = await studio.submit(["one", "two", "three"], pilot=1)
    await asked(studio, batch["id"])
    await studio.post(f"/api/batches/{batch['id']}/cancel")
    over = await studio.finished(batch["id"])
    assert (over["counts"]["done"], over["counts"]["cancelled"]) == (1, 2)
    small = await studio.made(["one", "two"], pilot=2)
    assert (small["state"], small["counts"]["done"], small["pilot"]["state"]) == ("finished", 2, "over")
    await studio.balanced(batch["id"])


async def test_a_pause_during_the_pilot_is_no_answer_to_it(studio: Studio) -> None:
    await studio.add_key("openai", concurrency=1)
    studio.upstream.config(latency=0.2)
    batch = (await studio.submit(["one", "two", "three", "four"], pilot=2))["id"]
    await studio.until(lambda b: b["counts"]["running"] == 1, f"/api/batches/{batch}")
    await studio.post(f"/api/batches/{batch}/pause")
    paused = await studio.until(lambda b: b["counts"]["running"] == 0, f"/api/batches/{batch}")
    assert paused["pilot"]["state"] == "running"
    await studio.post(f"/api/batches/{batch}/resume")
    await asked(studio, batch)
    # What is tried again belongs to the pilot still, and is asked about again.
    items = await studio.items(batch)
    edit = await studio.post(f"/api/batches/{batch}/edits", {"where": {"items": ["4"]}, "remove": True})
    await studio.post(f"/api/batches/{batch}/retry", {"states": ["cancelled"]})
    again = await asked(studio, batch)
    assert again["counts"]["pending"] == 2
    assert edit["removed"] == 1
    assert [item["state"] for item in items[2:]] == ["pending", "pending"]
    await studio.post(f"/api/batches/{batch}/resume")
    assert (await studio.finished(batch))["counts"]["done"] == 4


async def test_a_pilot_of_a_batch_that_is_written_in_pages(studio: Studio) -> None:
    object.__setattr__(studio.settings.plans, "inline_items", 1)
    object.__setattr__(studio.settings.plans, "page_items", 2)
    await studio.add_key("openai")
    batch = (await studio.submit([f"picture {n}" for n in range(7)], pilot=3))["id"]
    held = await asked(studio, batch)
    assert held["counts"]["done"] == 3
    await studio.post(f"/api/batches/{batch}/resume")
    assert (await studio.finished(batch))["counts"]["done"] == 7


async def test_removing_what_is_left_of_the_pilot_asks_too(studio: Studio) -> None:
    await studio.add_key("openai")
    await studio.made(["first"])
    (lane,) = [lane["id"] for lane in await studio.get("/api/lanes") if lane["provider"] == "openai"]
    await studio.post(f"/api/lanes/{lane}/pause")
    batch = (await studio.submit(["one", "two", "three"], pilot=2))["id"]
    await studio.post(f"/api/batches/{batch}/edits", {"where": {"items": ["1-2"]}, "remove": True})
    assert (await studio.get(f"/api/batches/{batch}"))["pilot"]["state"] == "asking"
    await studio.post(f"/api/lanes/{lane}/resume")
    await studio.post(f"/api/batches/{batch}/resume")
    done = await studio.finished(batch)
    assert (done["counts"]["done"], done["counts"]["cancelled"]) == (1, 2)
    await studio.balanced(batch)
