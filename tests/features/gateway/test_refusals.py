"""What callers hear when there is no picture: OpenAI's errors, the truth about money, and when to ask again."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any, cast

import openai
import pytest
from openai import AsyncOpenAI

from imageloom.features.gateway.errors import OutOfQuota
from imageloom.features.gateway.service import Order
from imageloom.features.gateway.wishes import Wish
from imageloom.runtime.actor import SYSTEM
from tests.features.gateway.conftest import client_of
from tests.studio import OPENAI, Studio, open_studio

SMALL: dict[str, Any] = {"model": OPENAI, "size": "256x256"}


async def paid(studio: Studio) -> int:
    return studio.upstream.account()["paid_calls"]


async def test_what_is_wrong_with_a_request_is_said_in_openais_shape(studio: Studio, client: AsyncOpenAI) -> None:
    cases: list[tuple[dict[str, Any], int, str, str]] = [
        ({"model": "nonsense"}, 404, "model_not_found", "model"),
        ({"model": None}, 400, "invalid_input", "model"),
        ({"size": "huge"}, 400, "invalid_input", "size"),
        ({"size": "17x17"}, 400, "does_not_fit", "size"),
        ({"quality": "superb"}, 400, "does_not_fit", "quality"),
        ({"output_format": "tiff"}, 400, "does_not_fit", "output_format"),
        ({"n": 11}, 400, "invalid_request", "n"),
        ({"response_format": "bytes"}, 400, "invalid_request", "response_format"),
        ({"prompt": " \n"}, 400, "invalid_request", "prompt"),
        ({"prompt": "x" * 100_001}, 400, "invalid_request", "prompt"),
        ({"prompt": "x" * 40_000}, 400, "does_not_fit", "prompt"),
        ({"prompt": "a\0cat"}, 400, "invalid_request", "prompt"),
        ({"steps": "a\0b"}, 400, "invalid_request", "body"),
        ({f"field{number}": 1 for number in range(60)}, 400, "invalid_request", "body"),
        ({"model": "replicate/stability-ai/sdxl"}, 404, "model_not_found", "model"),
    ]
    for change, status, code, param in cases:
        answer = await studio.http.post("/v1/images/generations", json={"prompt": "a cat", **SMALL, **change})
        assert answer.status_code == status, answer.text
        error = answer.json()["error"]
        assert (error["code"], error["param"], error["type"]) == (code, param, "invalid_request_error"), error
        assert error["message"]
        assert "Value error" not in error["message"]
    for body in (b"{", b"[]", b'"text"', b"\xff"):
        answer = await studio.http.post("/v1/images/generations", content=body)
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, "body")
    assert (await studio.get("/api/batches"))["items"] == []
    assert await paid(studio) == 0


async def test_a_body_that_is_too_big_is_refused(studio: Studio, client: AsyncOpenAI) -> None:
    answer = await studio.http.post("/v1/images/generations", content=b"x" * 8_000_001)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")


async def test_nobody_gets_in_without_a_token_that_allows_it(studio: Studio) -> None:
    for key in ("iml_nonsense", ""):
        with pytest.raises(openai.AuthenticationError) as caught:
            await client_of(studio, api_key=key or " ").models.list()
        assert caught.value.code == "invalid_api_key"
    answer = await studio.http.get("/v1/nothing")
    assert (answer.status_code, answer.json()["error"]["type"]) == (404, "invalid_request_error")
    for scopes in (["batches:read", "assets:read"], ["batches:write"]):
        token = await studio.post("/api/tokens", {"name": "weak", "scopes": scopes})
        with pytest.raises(openai.PermissionDeniedError):
            await client_of(studio, api_key=token["token"]).images.generate(prompt="a cat", **SMALL)
    token = await studio.post("/api/tokens", {"name": "gateway", "scopes": ["batches:write", "assets:read"]})
    caller = client_of(studio, api_key=token["token"])
    made = [
        await caller.images.generate(
            prompt="a cat", model="illustrator/scene-1", size="64x64", extra_headers={"Idempotency-Key": "mine"}
        )
        for _ in range(2)
    ]
    assert made[0].imageloom == made[1].imageloom


async def test_a_refusal_is_openais_moderation_error(studio: Studio) -> None:
    await studio.add_key("openai")
    with pytest.raises(openai.BadRequestError) as caught:
        await client_of(studio, max_retries=2).images.generate(prompt="#fake:refuse", **SMALL)
    assert (caught.value.code, caught.value.type) == ("moderation_blocked", "image_generation_user_error")
    assert "safety_violations" in caught.value.message
    assert len(studio.upstream.requests()) == 1


async def test_what_may_have_been_paid_is_not_sent_again_by_the_client(studio: Studio) -> None:
    await studio.add_key("openai")
    client = client_of(studio, max_retries=2)
    for prompt, code in (("#fake:lost", "outcome_uncertain"), ("#fake:trunc", "generation_failed")):
        with pytest.raises(openai.InternalServerError) as caught:
            await client.images.generate(prompt=prompt, **SMALL)
        assert caught.value.code == code
        assert (await studio.get(f"/api/batches/{caught.value.body['batch']}"))["finished_at"] is not None
    assert await paid(studio) == 2


async def test_a_provider_that_is_down_is_said_and_the_same_key_tries_again(studio: Studio) -> None:
    await studio.add_key("openai")
    studio.upstream.config(outage=True)
    client = client_of(studio)
    headers = {"Idempotency-Key": "patient"}
    with pytest.raises(openai.InternalServerError) as caught:
        await client.images.generate(prompt="a cat", extra_headers=headers, **SMALL)
    assert (caught.value.status_code, caught.value.code) == (503, "provider_unavailable")
    assert int(caught.value.response.headers["retry-after"]) >= 1
    studio.upstream.config(outage=False)
    answer = await client.images.generate(prompt="a cat", extra_headers=headers, **SMALL)
    assert answer.imageloom["batch"] == caught.value.body["batch"]
    assert await paid(studio) == 1
    await studio.balanced(answer.imageloom["batch"])


async def test_a_short_limit_is_waited_for_and_a_long_one_is_passed_on(studio: Studio) -> None:
    await studio.add_key("openai")
    client = client_of(studio)
    assert await client.images.generate(prompt="a cat #fake:429", **SMALL)
    headers = {"Idempotency-Key": "limited"}
    with pytest.raises(openai.RateLimitError) as caught:
        await client.images.generate(prompt="a dog #fake:429absurd", extra_headers=headers, **SMALL)
    assert (caught.value.code, caught.value.response.headers["retry-after"]) == ("rate_limit_exceeded", "3600")
    batch = await studio.get(f"/api/batches/{caught.value.body['batch']}")
    assert (batch["state"], batch["counts"]["cancelled"]) == ("cancelled", 1)
    assert await paid(studio) == 1
    (lane,) = [lane for lane in await studio.get("/api/lanes") if lane["provider"] == "openai"]
    await studio.post(f"/api/lanes/{lane['id']}/resume")
    answer = await client.images.generate(prompt="a dog #fake:429absurd", extra_headers=headers, **SMALL)
    assert answer.imageloom["batch"] == batch["id"]
    assert await paid(studio) == 2
    await studio.balanced(batch["id"])


async def test_quota_that_is_used_up_is_openais_error_and_leaves_nothing_waiting(studio: Studio) -> None:
    await studio.add_key("openai")
    for prompt in ("a cat #fake:quota", "a dog"):
        with pytest.raises(openai.RateLimitError) as caught:
            await client_of(studio, max_retries=2).images.generate(prompt=prompt, **SMALL)
        assert (caught.value.code, caught.value.type) == ("insufficient_quota", "insufficient_quota")
        assert (await studio.get(f"/api/batches/{caught.value.body['batch']}"))["counts"]["cancelled"] == 1
    assert len(studio.upstream.requests()) == 1


async def test_a_key_that_the_provider_rejects_is_the_operators_affair(studio: Studio) -> None:
    await studio.add_key("openai")
    with pytest.raises(openai.InternalServerError) as caught:
        await client_of(studio).images.generate(prompt="#fake:auth", **SMALL)
    assert (caught.value.status_code, caught.value.code) == (503, "provider_held")
    assert "Incorrect API key" in caught.value.message


async def test_a_paused_lane_is_said_at_once(studio: Studio) -> None:
    client = client_of(studio)
    await client.images.generate(prompt="a cat", model="illustrator/scene-1", size="64x64")
    await studio.post("/api/lanes/illustrator/pause")
    with pytest.raises(openai.InternalServerError, match="paused"):
        await client.images.generate(prompt="a cat", model="illustrator/scene-1", size="64x64")


async def test_nobody_cancelled_what_was_turned_away_for_several_at_once(studio: Studio) -> None:
    await studio.made(["a cat"], model="illustrator/scene-1", plan={"sizes": ["64x64"]})
    await studio.post("/api/lanes/illustrator/pause")
    body = {"model": "illustrator/scene-1", "prompt": "a cat", "size": "64x64"}
    headers = {"Idempotency-Key": "at once"}
    asked = (studio.http.post("/v1/images/generations", json=body, headers=headers) for _ in range(10))
    answers = await asyncio.gather(*asked)
    assert {answer.status_code for answer in answers} == {503}, [answer.text for answer in answers]
    assert all(int(answer.headers["retry-after"]) > 0 for answer in answers)
    await studio.post("/api/lanes/illustrator/resume")
    answer = await studio.http.post("/v1/images/generations", json=body, headers=headers)
    assert (answer.status_code, len((await studio.get("/api/batches"))["items"])) == (200, 2)


async def test_a_picture_in_json_that_is_too_large_is_told_to_come_as_a_file(studio: Studio) -> None:
    body = {"prompt": "a", "images": [{"image_url": "data:image/png;base64," + "A" * 8_000_000}], **SMALL}
    answer = await studio.http.post("/v1/images/edits", json=body)
    assert (answer.status_code, answer.json()["error"]["code"]) == (413, "too_large")
    assert "as files of a form" in answer.json()["error"]["message"]


async def test_a_request_that_takes_too_long_is_told_where_its_picture_will_be(
    database_url: str, tmp_path, upstream
) -> None:
    async with open_studio(
        tmp_path / "studio", database_url=database_url, upstream=upstream, gateway={"answer_seconds": 0.4}
    ) as studio:
        await studio.add_key("openai")
        upstream.config(latency=1.5)
        client = client_of(studio, max_retries=2)
        headers = {"Idempotency-Key": "slow"}
        with pytest.raises(openai.InternalServerError) as caught:
            await client.images.generate(prompt="a cat", extra_headers=headers, **SMALL)
        assert (caught.value.status_code, caught.value.code) == (504, "still_running")
        batch = caught.value.body["batch"]
        assert batch in caught.value.message
        assert (await studio.finished(batch))["counts"]["done"] == 1
        answer = await client.images.generate(prompt="a cat", extra_headers=headers, **SMALL)
        assert answer.imageloom["batch"] == batch
        assert await paid(studio) == 1


async def test_a_person_may_cancel_what_a_caller_waits_for(studio: Studio) -> None:
    await studio.add_key("openai", concurrency=1)
    studio.upstream.config(latency=3.0)
    first = await studio.submit(["a", "b"])
    await studio.until(lambda b: b["counts"]["running"] == 1, f"/api/batches/{first['id']}")
    waiting = asyncio.create_task(client_of(studio).images.generate(prompt="a cat", **SMALL))
    batches = await studio.until(lambda page: len(page["items"]) == 2, "/api/batches")
    (mine,) = [batch["id"] for batch in batches["items"] if batch["id"] != first["id"]]
    await studio.post(f"/api/batches/{mine}/cancel")
    with pytest.raises(openai.ConflictError) as caught:
        await waiting
    assert (caught.value.code, caught.value.body["batch"]) == ("cancelled", mine)
    assert "a cat" not in studio.upstream.account()["by_prompt"]


async def test_an_error_of_the_provider_is_passed_on(studio: Studio) -> None:
    await studio.add_key("openai_compatible")
    with pytest.raises(openai.BadRequestError, match="Unknown parameter") as caught:
        await client_of(studio).images.generate(prompt="a cat", model="openai_compatible/any", size="256x256")
    assert caught.value.code == "rejected_by_provider"


async def test_a_request_that_no_cap_has_money_for_is_answered_at_once(studio: Studio) -> None:
    await studio.add_key("openai")
    cap = await studio.post("/api/budgets", {"kind": "team", "amount": "0.01"})
    wish: dict[str, Any] = {"model": OPENAI, "size": "1024x1024", "quality": "medium"}
    client, headers = client_of(studio, max_retries=2), {"Idempotency-Key": "poor"}
    with pytest.raises(openai.RateLimitError) as caught:
        await client.images.generate(prompt="a cat", extra_headers=headers, **wish)
    assert (caught.value.code, caught.value.type) == ("insufficient_quota", "insufficient_quota")
    assert "the cap of the team, USD 0.01 in all" in caught.value.message
    assert caught.value.response.headers["x-should-retry"] == "false"
    assert "retry-after" not in caught.value.response.headers
    batch = await studio.get(f"/api/batches/{caught.value.body['batch']}")
    assert (batch["state"], batch["counts"]["cancelled"]) == ("cancelled", 1)
    assert studio.upstream.requests() == []
    # With money again the same key makes the same picture.
    await studio.call("PUT", f"/api/budgets/{cap['id']}", json={"amount": "1"})
    answer = await client.images.generate(prompt="a cat", extra_headers=headers, **wish)
    assert answer.imageloom["batch"] == batch["id"]
    assert await paid(studio) == 1


@pytest.mark.parametrize("what", ["cap", "quota"])
async def test_of_a_new_period_that_has_more_it_is_said_when(studio: Studio, what: str) -> None:
    await studio.add_key("openai")
    if what == "cap":
        await studio.post("/api/budgets", {"kind": "team", "amount": "0.07", "period": "month", "zone": "UTC"})
    else:
        await studio.post("/api/quotas", {"kind": "images", "amount": 1, "period": "month", "zone": "UTC"})
    client = client_of(studio)
    wish: dict[str, Any] = {"model": OPENAI, "size": "1024x1024", "quality": "medium"}
    with pytest.raises(openai.RateLimitError) as caught:
        for prompt in ("a cat", "a dog", "a fox", "an owl"):
            await client.images.generate(prompt=prompt, **wish)
    assert "More from" in caught.value.message
    now = studio.application.ports.clock.now()
    until = (now.replace(day=1) + timedelta(days=32)).replace(day=1, hour=0, minute=0, second=0, microsecond=0) - now
    assert abs(int(caught.value.response.headers["retry-after"]) - until.total_seconds()) < 60


async def test_a_request_waits_for_money_that_is_only_held(studio: Studio) -> None:
    await studio.add_key("openai")
    studio.upstream.config(latency=0.3)
    await studio.post("/api/budgets", {"kind": "team", "amount": "0.07"})
    wish: dict[str, Any] = {"model": OPENAI, "size": "1024x1024", "quality": "medium"}
    client = client_of(studio)
    # Each holds 0.053 and costs 0.013: the second starts when the first has ended.
    made = await asyncio.gather(*(client.images.generate(prompt=prompt, **wish) for prompt in ("a cat", "a dog")))
    assert [len(answer.data) for answer in made] == [1, 1]
    assert studio.upstream.account()["max_in_flight"] == 1


@pytest.mark.parametrize("is_streamed", [False, True])
async def test_whose_token_is_revoked_while_they_wait_is_given_nothing(studio: Studio, is_streamed: bool) -> None:
    await studio.add_key("openai")
    studio.upstream.config(latency=2.0)
    made = await studio.post("/api/tokens", {"name": "lost"})
    asked = {"prompt": "a cat", "response_format": "b64_json", **SMALL}
    headers = {"Authorization": f"Bearer {made['token']}"}
    request = {**asked, "stream": True, "partial_images": 1} if is_streamed else asked
    waiting = asyncio.create_task(studio.http.post("/v1/images/generations", json=request, headers=headers))
    (batch,) = (await studio.until(lambda page: page["items"], "/api/batches"))["items"]
    await studio.until(lambda b: b["counts"]["running"] == 1, f"/api/batches/{batch['id']}")
    await studio.call("DELETE", f"/api/tokens/{made['details']['id']}", status=200)
    answer = await waiting
    assert answer.status_code == (200 if is_streamed else 401)
    assert "invalid_api_key" in answer.text
    assert "b64_json" not in answer.text
    # It was ordered by somebody who might.
    assert (await studio.finished(batch["id"]))["counts"]["done"] == 1


async def test_whoever_looks_when_the_first_was_turned_away_hears_why_all_the_same(studio: Studio) -> None:
    await studio.add_key("openai")
    client = client_of(studio)
    with pytest.raises(openai.RateLimitError) as first:
        await client.images.generate(prompt="a cat #fake:quota", **SMALL)
    (batch,) = (await studio.get("/api/batches"))["items"]
    # What was wished is only repeated beside pictures.
    late = Order(run_id=batch["id"], wish=cast("Wish", None))

    async def beat() -> None: ...

    with pytest.raises(OutOfQuota) as second:
        await studio.app.state.gateway.wait(late, actor=SYSTEM, beat=beat)
    assert second.value.detail == first.value.body["message"]


async def test_all_that_ask_with_one_key_are_turned_away_alike(studio: Studio) -> None:
    await studio.add_key("openai")
    client = client_of(studio)
    headers = {"Idempotency-Key": "one"}
    asks = [client.images.generate(prompt="a cat #fake:quota", extra_headers=headers, **SMALL) for _ in range(8)]
    answers = await asyncio.gather(*asks, return_exceptions=True)
    assert {(type(answer), getattr(answer, "code", None)) for answer in answers} == {
        (openai.RateLimitError, "insufficient_quota")
    }
    assert await paid(studio) == 0
