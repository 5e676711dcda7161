"""Pictures by OpenAI's own client: made once, booked like any other, answered in OpenAI's shape."""

from __future__ import annotations

import asyncio
import base64
import io
import re
from datetime import UTC, datetime
from typing import Any

import httpx2
import openai
import pytest
from openai import AsyncOpenAI
from PIL import Image

from tests.features.gateway.conftest import client_of, served
from tests.studio import OPENAI, OWNER_TOKEN, Studio, open_studio

SMALL: dict[str, Any] = {"model": OPENAI, "size": "256x256"}


async def test_a_picture_comes_back_as_base64_and_is_booked(studio: Studio, client: AsyncOpenAI) -> None:
    answer = await client.images.generate(prompt="a lighthouse", quality="low", **SMALL)
    (picture,) = answer.data
    assert picture.url is None
    content = base64.b64decode(picture.b64_json)
    assert Image.open(io.BytesIO(content)).size == (256, 256)
    assert (answer.size, answer.quality, answer.output_format) == ("256x256", "low", "png")
    assert answer.usage.input_tokens_details.text_tokens == 20
    assert answer.usage.total_tokens == 459
    books = answer.imageloom
    batch = await studio.get(f"/api/batches/{books['batch']}")
    assert (batch["priority"], batch["counts"]["done"], batch["name"]) == (9, 1, "a lighthouse")
    assert batch["settled"] == books["cost"] != "0"
    assert answer.created > 1_700_000_000
    await studio.balanced(batch["id"])
    stored = await studio.http.get(f"/api/assets/{books['assets'][0]}/file")
    assert stored.content == content


async def test_a_url_is_signed_and_needs_no_token(studio: Studio, client: AsyncOpenAI) -> None:
    answer = await client.images.generate(prompt="a lighthouse", response_format="url", **SMALL)
    (picture,) = answer.data
    assert picture.b64_json is None
    assert picture.url.startswith("http://studio/v1/images/files/")
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app=studio.app)) as anybody:
        fetched = await anybody.get(picture.url)
        assert fetched.headers["content-type"] == "image/png"
        assert Image.open(io.BytesIO(fetched.content)).size == (256, 256)
        looked_at = await anybody.head(picture.url)
        assert (looked_at.status_code, looked_at.headers["content-length"]) == (200, str(len(fetched.content)))
        again = await anybody.get(picture.url, headers={"If-None-Match": fetched.headers["etag"]})
        assert (again.status_code, again.content) == (304, b"")
        last = "0" if picture.url[-1] != "0" else "1"
        later = re.sub(r"expires=(\d+)", lambda found: f"expires={int(found.group(1)) + 1}", picture.url)
        other = picture.url.replace(answer.imageloom["assets"][0], "0" * 26)
        for url in (picture.url[:-1] + last, later, other):
            refused = await anybody.get(url)
            assert refused.status_code == 403
            assert refused.json()["error"]["code"] == "link_unusable"
        assert (await anybody.get(picture.url.replace(".png", ".webp"))).status_code == 404


async def test_a_link_expires(studio: Studio, client: AsyncOpenAI, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = await client.images.generate(prompt="a lighthouse", response_format="url", **SMALL)
    url = answer.data[0].url
    links = studio.app.state.gateway.links
    clock = studio.application.ports.clock
    later = clock.now().timestamp() + 3 * studio.settings.gateway.link_seconds
    monkeypatch.setattr(clock, "now", lambda: datetime.fromtimestamp(later, tz=UTC))
    assert (await studio.http.get(url)).status_code == 403
    assert links.seconds == 3600


async def test_several_pictures_are_several_items(studio: Studio, client: AsyncOpenAI) -> None:
    answer = await client.images.generate(prompt="a lighthouse", n=3, **SMALL)
    assert len({picture.b64_json for picture in answer.data}) == 3
    assert studio.upstream.account()["paid_calls"] == 3
    assert answer.usage.output_tokens == 3 * 439
    await studio.balanced(answer.imageloom["batch"])


async def test_fewer_pictures_than_asked_for_are_answered_with_what_became_of_the_others(
    studio: Studio, client: AsyncOpenAI
) -> None:
    answer = await client.images.generate(prompt="a cat #fake:refuse:1", n=3, **SMALL)
    assert len(answer.data) == 2
    (failure,) = answer.imageloom["failures"]
    assert failure["state"] == "refused"
    assert "safety" in failure["message"]


async def test_the_prompt_is_sent_as_it_was_written(studio: Studio, client: AsyncOpenAI) -> None:
    prompt = "  a {red|blue} cat, {{subject}} __animal__ --seed 5\n# not a remark "
    await client.images.generate(prompt=prompt, **SMALL)
    (request,) = studio.upstream.requests()
    assert request["prompt"] == prompt


async def test_what_the_model_does_not_know_is_accepted_and_listed(studio: Studio, client: AsyncOpenAI) -> None:
    answer = await client.images.generate(
        prompt="a cat",
        user="somebody",
        quality="standard",
        background="auto",
        style="vivid",
        moderation="low",
        output_format="webp",
        output_compression=40,
        extra_body={"seed": 7, "negative_prompt": "dogs", "steps": 30, "loras": [{"name": "x"}], "nothing": None},
        **SMALL,
    )
    told = {note["field"]: note["value"] for note in answer.imageloom["not_sent"]}
    expected = {"user": "somebody", "quality": "standard", "style": "vivid", "seed": "7", "negative_prompt": "dogs"}
    assert told == expected | {"steps": "30", "loras": '[{"name":"x"}]'}
    (item,) = await studio.items(answer.imageloom["batch"])
    (attempt,) = await studio.get(f"/api/batches/{answer.imageloom['batch']}/items/{item['id']}/attempts")
    sent = attempt["sent"]["json"]
    assert (sent["moderation"], sent["output_format"], sent["output_compression"]) == ("low", "webp", 40)
    assert sent["quality"] == "medium"


async def test_a_seed_makes_the_same_pictures_again(studio: Studio) -> None:
    client = client_of(studio)

    async def made(**more):
        answer = await client.images.generate(
            prompt="a cat", model="illustrator/scene-1", size="64x64", n=2, extra_body=more
        )
        return [picture.b64_json for picture in answer.data]

    first, second = await made(seed=5)
    assert first != second
    assert [first, second] == await made(seed=5)
    assert [first, second] != await made()


async def test_models_are_those_that_can_be_used(studio: Studio) -> None:
    client = client_of(studio)
    assert {model.id for model in (await client.models.list()).data} == {"illustrator/scene-1"}
    await studio.add_key("openai")
    models = {model.id: model for model in (await client.models.list()).data}
    assert models[OPENAI].owned_by == "openai"
    assert models["openai/gpt-image-1.5"].shutdown_date == "2026-12-01"
    assert (await client.models.retrieve(OPENAI)).id == OPENAI
    assert (await client.models.retrieve("gpt-image-2")).id == OPENAI
    with pytest.raises(openai.NotFoundError, match="does not exist"):
        await client.models.retrieve("dall-e-3")


async def test_a_name_means_another_model_only_if_the_operator_says_so(database_url, tmp_path, upstream) -> None:
    gateway = {"aliases": {"dall-e-3": OPENAI, "house": "illustrator/scene-1"}, "default_model": "house"}
    async with open_studio(
        tmp_path / "studio", database_url=database_url, upstream=upstream, gateway=gateway
    ) as studio:
        await studio.add_key("openai")
        client = client_of(studio)
        assert {"dall-e-3", "house"} <= {model.id for model in (await client.models.list()).data}
        for model in ("dall-e-3", "gpt-image-2"):
            await client.images.generate(prompt=f"by {model}", model=model, size="256x256")
        assert studio.upstream.account()["paid_calls"] == 2
        drawn = await client.images.generate(prompt="a cat", size="64x64")
        batch = await studio.get(f"/api/batches/{drawn.imageloom['batch']}")
        assert batch["plan"]["axes"][0]["values"] == [{"model": "illustrator/scene-1"}]
        with pytest.raises(openai.NotFoundError) as caught:
            await client.images.generate(prompt="a cat", model="gpt-image-1", size="256x256")
        assert (caught.value.code, caught.value.param) == ("model_not_found", "model")


async def test_fifty_that_send_the_same_key_at_once_pay_once_and_hear_the_same(
    studio: Studio, client: AsyncOpenAI
) -> None:
    body = {"prompt": "a lighthouse", "response_format": "url", **SMALL}
    headers = {"Idempotency-Key": "one"}
    answers = await asyncio.gather(
        *(studio.http.post("/v1/images/generations", json=body, headers=headers) for _ in range(50))
    )
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    assert studio.upstream.account()["paid_calls"] == 1
    assert len((await studio.get("/api/batches"))["items"]) == 1
    again = await client.images.generate(**body, extra_headers=headers)
    assert again.data[0].url == answers[0].json()["data"][0]["url"]
    with pytest.raises(openai.ConflictError) as caught:
        await client.images.generate(**{**body, "prompt": "another"}, extra_headers=headers)
    assert caught.value.type == "idempotency_error"


async def test_a_picture_that_was_deleted_is_not_answered_again(studio: Studio, client: AsyncOpenAI) -> None:
    async def delete(asset: str) -> None:
        await studio.post("/api/trash", {"ids": [asset]})
        await studio.post("/api/trash/empty", {"ids": [asset]})

    headers = {"Idempotency-Key": "two"}
    wish = {"prompt": "a cat", "n": 2, "extra_headers": headers, **SMALL}
    first, second = (await client.images.generate(**wish)).imageloom["assets"]
    await delete(first)
    left = await client.images.generate(**wish)
    assert (len(left.data), left.imageloom["assets"]) == (1, [second])
    (gone,) = left.imageloom["failures"]
    assert (gone["index"], gone["state"], "deleted from the trash" in gone["message"]) == (0, "removed", True)
    await delete(second)
    with pytest.raises(openai.APIStatusError) as caught:
        await client.images.generate(**wish)
    assert (caught.value.status_code, caught.value.code) == (410, "file_removed")
    assert studio.upstream.account()["paid_calls"] == 2


async def test_who_leaves_finds_the_picture_in_the_library(studio: Studio) -> None:
    await studio.add_key("openai")
    studio.upstream.config(latency=2.0)
    async with served(studio) as url:
        headers = {"Authorization": f"Bearer {OWNER_TOKEN}"}
        async with httpx2.AsyncClient(headers=headers, timeout=0.5) as impatient:
            with pytest.raises(httpx2.TimeoutException):
                await impatient.post(f"{url}/v1/images/generations", json={"prompt": "a cat", **SMALL})
        (batch,) = (await studio.until(lambda page: page["items"], "/api/batches"))["items"]
        assert (await studio.finished(batch["id"]))["counts"]["done"] == 1
    assert studio.upstream.account()["paid_calls"] == 1
    await studio.balanced(batch["id"])


async def test_a_stream_ends_with_the_whole_picture(studio: Studio) -> None:
    await studio.add_key("openai")
    async with served(studio) as url:
        client = AsyncOpenAI(base_url=f"{url}/v1", api_key=OWNER_TOKEN, max_retries=0)
        stream = await client.images.generate(prompt="a cat", stream=True, n=2, **SMALL)
        events = [event async for event in stream]
        assert [event.type for event in events] == ["image_generation.completed"] * 2
        assert Image.open(io.BytesIO(base64.b64decode(events[0].b64_json))).size == (256, 256)
        assert events[0].usage.total_tokens == 459
        linked = await client.images.generate(prompt="a cat", stream=True, response_format="url", **SMALL)
        (event,) = [event async for event in linked]
        assert [note["field"] for note in event.imageloom["not_sent"]] == ["response_format"]
        with pytest.raises(openai.APIError, match="safety system"):
            async for _event in await client.images.generate(prompt="#fake:refuse", stream=True, **SMALL):
                pass
        await client.close()


async def test_large_pictures_are_sent_in_pieces(studio: Studio, client: AsyncOpenAI) -> None:
    answer = await client.images.generate(prompt="a cat", model="illustrator/scene-1", size="1536x1536")
    content = base64.b64decode(answer.data[0].b64_json)
    stored = await studio.http.get(f"/api/assets/{answer.imageloom['assets'][0]}/file")
    assert stored.content == content
    assert len(content) > 786_432


async def test_requests_in_the_shape_of_open_webui_and_litellm_work(studio: Studio, client: AsyncOpenAI) -> None:
    webui = {"model": OPENAI, "prompt": "a cat", "n": 1, "size": "256x256", "response_format": "b64_json"}
    answer = (await studio.http.post("/v1/images/generations", json=webui)).json()
    assert answer["data"][0]["b64_json"]
    litellm = {"model": "gpt-image-2", "prompt": "a dog", "n": None, "quality": None, "size": "256x256", "user": None}
    extra = {"metadata": {"user_api_key": "x"}, "litellm_call_id": "1"}
    answer = (await studio.http.post("/v1/images/generations", json=litellm | extra)).json()
    assert answer["data"][0]["b64_json"]
    assert {note["field"] for note in answer["imageloom"]["not_sent"]} == {"metadata", "litellm_call_id"}


async def test_the_project_is_the_one_that_the_header_names(studio: Studio) -> None:
    made = await studio.post("/api/projects", {"name": "Posters"})
    client = client_of(studio, project="Posters")
    answer = await client.images.generate(prompt="a cat", model="illustrator/scene-1", size="64x64")
    assert (await studio.get(f"/api/batches/{answer.imageloom['batch']}"))["project_id"] == made["id"]
