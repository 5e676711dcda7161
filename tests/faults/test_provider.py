"""Providers that misbehave in the middle of a batch: each item ends in its own class and the batch goes on."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.faults.scene import CONCURRENCY, ITEMS, OPENAI, REPLICATE, Scene

FEW = 20
"""How many of a batch's prompts misbehave; the others are well-behaved."""


def mixed(directive: str, *, few: int = FEW, total: int = ITEMS) -> list[str]:
    """Prompts of which every tenth misbehaves."""
    step = total // few
    return [f"picture {n} #fake:{directive}" if n % step == 0 else f"picture {n}" for n in range(total)]


def states(scene: Scene, batch: str, directive: str) -> Counter[str]:
    """What became of the items that misbehaved."""
    return Counter(item["state"] for item in scene.items(batch) if f"#fake:{directive}" in item["prompt"])


@pytest.mark.fault(28)
def test_many_rate_limits_with_retry_after(file_scene: Scene) -> None:
    scene = file_scene
    scene.upstream.config(latency=0.05, jitter=0.0, limit_rpm=None)
    scene.begin()
    batch = scene.submit_prompts([f"picture {n} #fake:429:1" if n % 3 == 0 else f"picture {n}" for n in range(60)])
    scene.until_rest(batch)
    assert scene.compare(batch)["done"] == 60
    account = scene.upstream.account()
    assert account["paid_calls"] == 60
    assert account["requests"] <= 60 * 1.5
    tries = [item["attempts"] for item in scene.items(batch) if "#fake" in item["prompt"]]
    assert max(tries) <= 3


@pytest.mark.fault(29)
@pytest.mark.parametrize("directive", ["429noheader", "429absurd"])
def test_an_absurd_or_absent_retry_after(file_scene: Scene, directive: str) -> None:
    scene = file_scene
    scene.begin(IMAGELOOM_GENERATION__RETRY_AFTER_CAP_SECONDS="2")
    batch = scene.submit_prompts(mixed(f"{directive}:1", few=2, total=40))
    scene.until_rest(batch)
    assert scene.compare(batch)["done"] == 40


@pytest.mark.fault(30)
def test_an_outage_of_one_provider(sqlite_first: Scene) -> None:
    scene = sqlite_first
    scene.begin(IMAGELOOM_GENERATION__BREAKER_OPEN_SECONDS="0.5")
    batch = scene.submit()
    scene.until_ended(batch, 30)
    scene.upstream.config(outage=True)
    waiting = scene.until_lane("openai", lambda lane: lane["reason"] is not None)
    assert "not available" in waiting["reason"]
    during = Counter(item["state"] for item in scene.items(batch))
    assert during["failed"] == 0
    drawn = scene.submit(5, model="illustrator/scene-1")
    scene.until_rest(drawn)
    scene.upstream.config(outage=False)
    scene.until_rest(batch)
    assert scene.compare(batch)["done"] == ITEMS
    assert scene.upstream.account()["paid_calls"] == ITEMS


@pytest.mark.fault(31)
def test_a_provider_that_never_answers(file_scene: Scene) -> None:
    """The longest life of a call is the adapter's; here the connection's silence ends it."""
    scene = file_scene
    scene.begin(concurrency=4, IMAGELOOM_GENERATION__CALL_SECONDS="3")
    batch = scene.submit_prompts(mixed("hang", few=4, total=40))
    scene.until_rest(batch)
    counts = scene.compare(batch, uncertain_at_most=4)
    assert states(scene, batch, "hang") == {"uncertain": 4}
    assert counts["done"] == 36


@pytest.mark.fault(35)
@pytest.mark.parametrize(
    ("directive", "state"),
    [
        ("html200", "uncertain"),
        ("badjson", "uncertain"),
        ("502html", "uncertain"),
        ("empty", "failed"),
        ("badb64", "failed"),
    ],
)
def test_answers_that_are_none(file_scene: Scene, directive: str, state: str) -> None:
    scene = file_scene
    scene.upstream.config(latency=0.05, jitter=0.0)
    scene.begin()
    batch = scene.submit_prompts(mixed(directive, few=5, total=50))
    scene.until_rest(batch)
    counts = scene.compare(batch, uncertain_at_most=5)
    assert states(scene, batch, directive) == {state: 5}
    assert counts["done"] == 45


@pytest.mark.fault(36)
@pytest.mark.parametrize("model", [OPENAI, REPLICATE])
def test_half_a_picture_is_never_done(sqlite_first: Scene, model: str) -> None:
    scene = sqlite_first
    scene.upstream.config(latency=0.05, jitter=0.0)
    scene.begin()
    batch = scene.submit_prompts(mixed("trunc", few=10, total=100), model=model)
    scene.until_rest(batch)
    counts = scene.compare(batch)
    assert states(scene, batch, "trunc") == {"failed": 10}
    assert counts["done"] == 90
    assert all("paid for" in item["message"] for item in scene.items(batch) if item["state"] == "failed")


@pytest.mark.fault(37)
def test_another_size_is_stored_and_noted(file_scene: Scene) -> None:
    scene = file_scene
    scene.begin()
    batch = scene.submit_prompts(mixed("wrongsize", few=2, total=20))
    scene.until_rest(batch)
    assert scene.compare(batch)["done"] == 20
    notes = [asset["provenance"]["notes"] for asset in scene.server.pages("/api/assets")]
    assert len([note for note in notes if note]) == 2


@pytest.mark.fault(38)
@pytest.mark.parametrize("model", [OPENAI, REPLICATE])
def test_a_refusal_is_final(sqlite_first: Scene, model: str) -> None:
    scene = sqlite_first
    scene.upstream.config(latency=0.05, jitter=0.0)
    scene.begin()
    batch = scene.submit_prompts(mixed("refuse", few=10, total=100), model=model)
    scene.until_rest(batch)
    counts = scene.compare(batch)
    assert counts["refused"] == 10
    assert {item["attempts"] for item in scene.items(batch) if item["state"] == "refused"} == {1}


@pytest.mark.fault(39)
def test_a_key_that_is_revoked_in_the_middle(sqlite_first: Scene) -> None:
    scene = sqlite_first
    scene.begin()
    batch = scene.submit()
    scene.until_ended(batch, 30)
    scene.upstream.config(api_key="another key")
    scene.until_lane("openai", lambda lane: lane["is_parked"])
    scene.server.until(lambda: scene.counts(batch)["running"] == 0)
    counts = scene.counts(batch)
    assert counts["failed"] == 0
    assert counts["pending"] > 0
    scene.upstream.config(api_key=None)
    lane = scene.until_lane("openai", lambda lane: lane["is_parked"])
    scene.server.post(f"/api/lanes/{lane['id']}/resume")
    scene.until_rest(batch)
    assert scene.compare(batch)["done"] == ITEMS
    # The calls that the provider turned away burned nothing.
    assert max(item["attempts"] for item in scene.items(batch)) <= 2


@pytest.mark.fault(40)
@pytest.mark.parametrize("model", [OPENAI, REPLICATE])
def test_credit_that_runs_out(sqlite_first: Scene, model: str) -> None:
    scene = sqlite_first
    scene.begin(concurrency=4)
    batch = scene.submit_prompts(mixed("quota:1", few=1, total=40), model=model)
    provider = model.partition("/")[0]
    lane = scene.until_lane(provider, lambda lane: lane["is_parked"])
    scene.server.until(lambda: scene.counts(batch)["running"] == 0)
    asked = scene.upstream.account()["requests"]
    assert scene.counts(batch)["failed"] == 0
    assert scene.server.get("/api/health")["status"] == "degraded"
    assert scene.upstream.account()["requests"] == asked
    scene.server.post(f"/api/lanes/{lane['id']}/resume")
    scene.until_rest(batch)
    assert scene.compare(batch)["done"] == 40


@pytest.mark.fault(41)
def test_jobs_whose_acceptance_was_lost(sqlite_first: Scene) -> None:
    scene = sqlite_first
    scene.begin()
    batch = scene.submit_prompts(mixed("lost", few=20), model=REPLICATE)
    scene.until_rest(batch)
    assert scene.compare(batch)["done"] == ITEMS
    assert scene.upstream.account()["paid_calls"] == ITEMS


@pytest.mark.fault(42)
@pytest.mark.parametrize("directive", ["stuck", "404poll", "expired"])
def test_jobs_that_end_badly(file_scene: Scene, directive: str) -> None:
    scene = file_scene
    scene.begin(concurrency=CONCURRENCY, IMAGELOOM_GENERATION__JOB_SECONDS="3")
    batch = scene.submit_prompts(mixed(directive, few=5, total=50), model=REPLICATE)
    scene.until_rest(batch)
    counts = scene.compare(batch)
    assert states(scene, batch, directive) == {"failed": 5}
    assert counts["done"] == 45
    failed = [item for item in scene.items(batch) if item["state"] == "failed"]
    assert all("paid" in item["message"] or "billed" in item["message"] for item in failed), failed[0]["message"]
