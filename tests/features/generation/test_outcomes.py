"""Every way in which a provider can misbehave ends in its own class, and the batch goes on."""

from __future__ import annotations

import pytest

from imageloom.features.generation import remote_attempts
from tests.studio import OPENAI, REPLICATE, Studio

CASES = [
    # directive, model, state of the item, outcome, times paid
    ("", OPENAI, "done", "succeeded", 1),
    ("#fake:refuse", OPENAI, "refused", "refused", 0),
    ("#fake:429", OPENAI, "done", "succeeded", 1),
    ("#fake:429noheader", OPENAI, "done", "succeeded", 1),
    ("#fake:500", OPENAI, "done", "succeeded", 1),
    ("#fake:503:2", OPENAI, "done", "succeeded", 1),
    ("#fake:500:9", OPENAI, "failed", "unavailable", 0),
    ("#fake:reset", OPENAI, "uncertain", "uncertain", 0),
    ("#fake:lost", OPENAI, "uncertain", "uncertain", 1),
    ("#fake:cut", OPENAI, "uncertain", "uncertain", 1),
    ("#fake:502html", OPENAI, "uncertain", "uncertain", 1),
    ("#fake:html200", OPENAI, "uncertain", "uncertain", 1),
    ("#fake:badjson", OPENAI, "uncertain", "uncertain", 1),
    ("#fake:trunc", OPENAI, "failed", "failed", 1),
    ("#fake:badb64", OPENAI, "failed", "failed", 1),
    ("#fake:empty", OPENAI, "failed", "failed", 1),
    ("#fake:oversized", OPENAI, "failed", "failed", 1),
    ("#fake:wrongsize", OPENAI, "done", "succeeded", 1),
    ("#fake:url", OPENAI, "done", "succeeded", 1),
    ("#fake:503file:1", OPENAI, "done", "succeeded", 1),
    ("#fake:expired", OPENAI, "failed", "failed", 1),
    ("#fake:evilurl", OPENAI, "failed", "failed", 1),
    # Neither database may meet a NUL: PostgreSQL would refuse the commit, and the ledger would try for ever.
    ("#fake:nul", OPENAI, "done", "succeeded", 1),
    ("#fake:nulrefusal", OPENAI, "failed", "invalid", 0),
    ("", REPLICATE, "done", "succeeded", 1),
    ("#fake:slowpoll:2", REPLICATE, "done", "succeeded", 1),
    ("#fake:refuse", REPLICATE, "refused", "refused", 1),
    ("#fake:failed", REPLICATE, "failed", "failed", 1),
    ("#fake:canceled", REPLICATE, "cancelled", "cancelled", 1),
    ("#fake:expired", REPLICATE, "failed", "failed", 1),
    ("#fake:404poll", REPLICATE, "failed", "failed", 1),
    ("#fake:503poll:1", REPLICATE, "done", "succeeded", 1),
    ("#fake:resetpoll:1", REPLICATE, "done", "succeeded", 1),
    ("#fake:503file:1", REPLICATE, "done", "succeeded", 1),
    ("#fake:resetfile:9", REPLICATE, "failed", "failed", 1),
    ("#fake:evilurl", REPLICATE, "failed", "failed", 1),
    ("#fake:trunc", REPLICATE, "failed", "failed", 1),
    ("#fake:empty", REPLICATE, "failed", "failed", 1),
    ("#fake:429", REPLICATE, "done", "succeeded", 1),
    ("#fake:503", REPLICATE, "done", "succeeded", 1),
    # Replicate can be asked whether it has the job, so nothing stays uncertain there.
    ("#fake:lost", REPLICATE, "done", "succeeded", 1),
    ("#fake:502html", REPLICATE, "done", "succeeded", 1),
    ("#fake:reset", REPLICATE, "done", "succeeded", 1),
]


@pytest.mark.parametrize("model", [OPENAI, REPLICATE])
async def test_each_fault_ends_in_its_class(studio: Studio, model: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(remote_attempts, "FETCH_TRIES", 3)
    await studio.add_key(model.partition("/")[0], concurrency=40)
    cases = [case for case in CASES if case[1] == model]
    prompts = [f"picture {number} {directive}".strip() for number, (directive, *_rest) in enumerate(cases)]
    batch = await studio.made(prompts, model=model, failure_budget_percent=100)
    books = await studio.balanced(batch["id"])
    assert books["open_attempts"] == 0
    paid = studio.upstream.account()["by_prompt"]
    for item, prompt, (_directive, _model, state, outcome, times) in zip(
        await studio.items(batch["id"]), prompts, cases, strict=True
    ):
        assert (item["state"], item["outcome"]) == (state, outcome), (prompt, item["message"])
        assert paid.get(prompt, 0) == times, prompt


@pytest.mark.parametrize("fault", ["trunc", "expired", "evilurl"])
async def test_a_picture_that_cannot_be_had_is_said_to_be_paid_and_is_not_sent_again(
    studio: Studio, fault: str
) -> None:
    await studio.add_key()
    batch = await studio.made([f"cut short #fake:{fault}"])
    (item,) = await studio.items(batch["id"])
    assert "paid" in item["message"]
    (attempt,) = await studio.get(f"/api/batches/{batch['id']}/items/{item['id']}/attempts")
    assert attempt["billed"] is True
    assert attempt["settled"] is not None
    assert attempt["usage"]["token_out_image"] == 439
    assert batch["settled"] != "0"


async def test_the_size_that_came_is_noted_when_another_was_asked_for(studio: Studio) -> None:
    await studio.add_key()
    batch = await studio.made(["small #fake:wrongsize"])
    (item,) = await studio.items(batch["id"])
    asset = await studio.get(f"/api/assets/{item['asset_id']}")
    assert (asset["width"], asset["height"]) == (64, 64)
    assert "256x256 was asked for" in asset["provenance"]["notes"][0]


async def test_an_exhausted_quota_parks_its_lane_and_other_lanes_run_on(studio: Studio) -> None:
    await studio.add_key("openai", concurrency=1)
    await studio.add_key("replicate")
    parked = await studio.submit(["empty purse #fake:quota:1", "waits"])
    lanes = await studio.until(lambda lanes: any(lane["is_parked"] for lane in lanes), "/api/lanes")
    (lane,) = [lane for lane in lanes if lane["is_parked"]]
    assert "quota" in lane["reason"]
    other = await studio.made(["runs on"], model=REPLICATE)
    assert other["counts"]["done"] == 1
    health = await studio.get("/api/health")
    assert health["status"] == "degraded"
    await studio.post(f"/api/lanes/{lane['id']}/resume")
    done = await studio.finished(parked["id"])
    assert done["counts"]["done"] == 2
    assert studio.upstream.account()["paid_calls"] == 3


async def test_a_revoked_key_parks_the_lane_and_burns_nothing(studio: Studio) -> None:
    await studio.add_key("openai", concurrency=2)
    studio.upstream.config(api_key="another")
    batch = await studio.submit(["a", "b", "c"])
    await studio.until(lambda lanes: any(lane["is_parked"] for lane in lanes), "/api/lanes")
    studio.upstream.config(api_key=None)
    (lane,) = await studio.get("/api/lanes")
    health = str(await studio.get("/api/health"))
    assert "Lanes wait for a person: openai." in health
    assert lane["id"] not in health
    assert lane["reason"] not in health
    await studio.post(f"/api/lanes/{lane['id']}/resume")
    done = await studio.finished(batch["id"])
    assert done["counts"]["done"] == 3
    await studio.balanced(batch["id"])


@pytest.mark.parametrize("order", ["add first", "remove first"])
async def test_what_waits_for_a_removed_key_goes_on_with_another(studio: Studio, order: str) -> None:
    studio.upstream.config(api_key="another")
    wrong = await studio.add_key("openai")
    batch = await studio.submit(["a", "b", "c"])
    await studio.until(lambda lanes: any(lane["is_parked"] for lane in lanes), "/api/lanes")
    studio.upstream.config(api_key=None)
    if order == "add first":
        await studio.add_key("openai")
    await studio.call("DELETE", f"/api/keys/{wrong['id']}")
    if order == "remove first":
        await studio.add_key("openai")
    done = await studio.finished(batch["id"])
    assert done["counts"]["done"] == 3
    await studio.balanced(batch["id"])
    waiting = {lane["id"]: lane["waiting"] for lane in await studio.get("/api/lanes")}
    assert set(waiting.values()) == {0}
    (old,) = [lane for lane in await studio.get("/api/lanes") if lane["id"] == f"openai:{wrong['id']}"]
    assert old["reason"] == "The key of this lane was removed."


async def test_a_removed_key_starts_no_new_call(studio: Studio) -> None:
    studio.upstream.config(latency=0.3)
    key = await studio.add_key("openai", concurrency=1)
    batch = await studio.submit([f"picture {n}" for n in range(40)])
    await studio.until(lambda seen: seen["counts"]["done"] > 0, f"/api/batches/{batch['id']}")
    await studio.call("DELETE", f"/api/keys/{key['id']}")
    await studio.until(lambda seen: seen["counts"]["running"] == 0, f"/api/batches/{batch['id']}")
    (lane,) = await studio.until(lambda lanes: lanes[0]["state"] == "idle", "/api/lanes")
    assert lane["is_parked"]
    assert lane["waiting"] == (await studio.get(f"/api/batches/{batch['id']}"))["counts"]["pending"] > 30
    await studio.post(f"/api/batches/{batch['id']}/cancel")
    await studio.add_key("openai")
    studio.upstream.config(latency=0.01)
    await studio.post(f"/api/batches/{batch['id']}/retry", {"states": ["cancelled"]})
    assert (await studio.finished(batch["id"]))["counts"]["done"] == 40
    await studio.balanced(batch["id"])


async def test_an_outage_opens_the_breaker_and_burns_no_tries(studio: Studio) -> None:
    await studio.add_key("openai", concurrency=8)
    studio.upstream.config(outage=True)
    batch = await studio.submit([f"picture {n}" for n in range(30)])
    await studio.until(lambda lanes: any("not available" in (lane["reason"] or "") for lane in lanes), "/api/lanes")
    studio.upstream.config(outage=False)
    done = await studio.finished(batch["id"])
    assert done["counts"]["done"] == 30
    assert studio.upstream.account()["paid_calls"] == 30


async def test_a_storm_of_429_is_obeyed(studio: Studio) -> None:
    await studio.add_key("openai", concurrency=16)
    studio.upstream.config(limit_concurrency=4)
    batch = await studio.made([f"picture {n}" for n in range(24)])
    assert batch["counts"]["done"] == 24
    assert studio.upstream.account()["rate_limited"] > 0
    await studio.balanced(batch["id"])


async def test_failures_over_the_budget_pause_the_batch(studio: Studio) -> None:
    await studio.add_key("openai", concurrency=4)
    prompts = [f"picture {n} #fake:trunc" for n in range(40)]
    batch = await studio.submit(prompts, failure_budget_percent=50)
    paused = await studio.until(lambda b: b["state"] == "paused", f"/api/batches/{batch['id']}")
    assert "failure budget" in paused["reason"]
    await studio.until(lambda b: b["counts"]["running"] == 0, f"/api/batches/{batch['id']}")
    assert studio.upstream.account()["paid_calls"] < 40
    await studio.post(f"/api/batches/{batch['id']}/resume")
    done = await studio.finished(batch["id"])
    assert done["counts"]["failed"] == 40


async def test_a_provider_that_hangs_ends_as_uncertain(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    import imageloom.extensions.providers._openai_images as images

    monkeypatch.setattr(images, "SUBMIT_SECONDS", 0.5)
    await studio.add_key("openai", concurrency=4)
    batch = await studio.made(["hangs #fake:hang", "goes on"])
    states = [item["state"] for item in await studio.items(batch["id"])]
    assert states == ["uncertain", "done"]


async def test_a_job_that_never_ends_is_given_up_and_cancelled(studio: Studio) -> None:
    settings = studio.application.settings.generation
    object.__setattr__(settings, "job_seconds", 1.0)
    await studio.add_key("replicate")
    batch = await studio.made(["for ever #fake:stuck"], model=REPLICATE)
    (item,) = await studio.items(batch["id"])
    assert item["state"] == "failed"
    assert "did not end in time" in item["message"]
    assert studio.upstream.account()["canceled"] == 1
