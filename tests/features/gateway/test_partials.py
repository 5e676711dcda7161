"""Unfinished pictures on their way through the gateway: shown to who waits, paid for, kept by nobody."""

from __future__ import annotations

import asyncio
import base64
import io
from collections.abc import AsyncIterator
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI
from PIL import Image

from imageloom.contracts.provider import Operation
from imageloom.features.batches.planning import make_planner
from imageloom.features.catalog.prices import PriceRange
from tests.features.gateway.conftest import served
from tests.studio import OPENAI, OWNER_TOKEN, Studio

STREAM: dict[str, Any] = {"model": OPENAI, "size": "256x256", "stream": True, "partial_images": 2}


@pytest.fixture
async def client(studio: Studio) -> AsyncIterator[AsyncOpenAI]:
    await studio.add_key("openai")
    async with served(studio) as url, AsyncOpenAI(base_url=f"{url}/v1", api_key=OWNER_TOKEN, max_retries=0) as made:
        yield made


async def sent(studio: Studio, batch_id: str) -> list[dict[str, Any]]:
    """What each attempt of a batch sent, as the books have it."""
    items = (await studio.get(f"/api/batches/{batch_id}/items"))["items"]
    bodies = []
    for item in items:
        attempts = await studio.get(f"/api/batches/{batch_id}/items/{item['id']}/attempts")
        bodies += [attempt["sent"].get("json") or attempt["sent"]["form"] for attempt in attempts]
    return bodies


def size_of(event: Any) -> tuple[int, int]:
    return Image.open(io.BytesIO(base64.b64decode(event.b64_json))).size


async def test_they_come_before_the_whole_one_and_only_that_is_stored(studio: Studio, client: AsyncOpenAI) -> None:
    studio.upstream.config(latency=0.3)
    events = [event async for event in await client.images.generate(prompt="a cat", **STREAM)]
    assert [event.type for event in events] == [
        "image_generation.partial_image",
        "image_generation.partial_image",
        "image_generation.completed",
    ]
    assert [event.partial_image_index for event in events[:2]] == [0, 1]
    assert {size_of(event) for event in events} == {(256, 256)}
    assert len({event.b64_json for event in events}) == 3
    assert (events[0].size, events[0].quality, events[0].output_format) == ("256x256", "auto", "png")
    books = events[2].imageloom
    assert books["not_sent"] == []
    assert events[2].usage.total_tokens == 659
    (body,) = await sent(studio, books["batch"])
    assert (body["stream"], body["partial_images"]) == (True, 2)
    assert len((await studio.get("/api/assets"))["items"]) == 1
    await studio.balanced(books["batch"])
    async with asyncio.timeout(10):
        while list((studio.settings.data_dir / "incoming").iterdir()):
            await asyncio.sleep(0.01)


async def test_a_first_one_is_heard_of_while_the_others_are_made(studio: Studio, client: AsyncOpenAI) -> None:
    studio.upstream.config(latency=3.0)
    stream = await client.images.generate(prompt="a cat", **STREAM)
    async for event in stream:
        assert event.type == "image_generation.partial_image"
        batch = await studio.get(f"/api/batches/{event.imageloom['batch']}")
        assert batch["counts"]["running"] == 1
        break
    await stream.close()
    # Who leaves finds the picture all the same.
    await studio.finished(batch["id"])
    assert len((await studio.get("/api/assets"))["items"]) == 1


async def test_an_edit_shows_them_too(studio: Studio, client: AsyncOpenAI) -> None:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), "red").save(file, "PNG")
    image = ("a.png", file.getvalue(), "image/png")
    events = [event async for event in await client.images.edit(image=image, prompt="a cat", **STREAM)]
    assert [event.type for event in events] == ["image_edit.partial_image"] * 2 + ["image_edit.completed"]
    (body,) = await sent(studio, events[-1].imageloom["batch"])
    assert (body["stream"], body["partial_images"]) == ("true", "2")


async def test_several_pictures_say_whose_they_are(client: AsyncOpenAI) -> None:
    events = [event async for event in await client.images.generate(prompt="a cat", n=2, **STREAM)]
    partials = [event for event in events if event.type == "image_generation.partial_image"]
    assert sorted((event.imageloom["index"], event.partial_image_index) for event in partials) == [
        (0, 0),
        (0, 1),
        (1, 0),
        (1, 1),
    ]
    assert [event.type for event in events[4:]] == ["image_generation.completed"] * 2


async def test_what_cannot_be_shown_is_said(studio: Studio, client: AsyncOpenAI) -> None:
    drawn = {**STREAM, "model": "illustrator/scene-1"}
    events = [event async for event in await client.images.generate(prompt="a cat", **drawn)]
    assert [event.type for event in events] == ["image_generation.completed"]
    (note,) = events[0].imageloom["not_sent"]
    assert (note["field"], note["reason"]) == ("partial_images", "the model shows no unfinished pictures")
    answer = await client.images.generate(prompt="a cat", model=OPENAI, size="256x256", partial_images=2)
    (note,) = answer.imageloom["not_sent"]
    assert (note["field"], note["value"]) == ("partial_images", "2")
    (body,) = await sent(studio, answer.imageloom["batch"])
    assert "stream" not in body


async def test_without_a_wish_for_them_nothing_is_streamed_by_the_provider(studio: Studio, client: AsyncOpenAI) -> None:
    wish = {**STREAM, "partial_images": 0}
    events = [event async for event in await client.images.generate(prompt="a cat", **wish)]
    assert [event.type for event in events] == ["image_generation.completed"]
    (body,) = await sent(studio, events[0].imageloom["batch"])
    assert "stream" not in body


async def test_a_picture_that_nobody_waits_for_any_more_is_made_without_them(
    studio: Studio, client: AsyncOpenAI
) -> None:
    with pytest.raises(openai.APIError):
        _ = [event async for event in await client.images.generate(prompt="#fake:refuse:1 a cat", **STREAM)]
    (batch,) = (await studio.get("/api/batches"))["items"]
    answer = await studio.http.post(f"/api/batches/{batch['id']}/retry", json={"states": ["refused"]})
    assert answer.status_code == 200
    await studio.finished(batch["id"])
    first, second = await sent(studio, batch["id"])
    assert (first["partial_images"], second.get("partial_images")) == (2, None)


async def test_a_server_that_answers_in_one_piece_is_understood(client: AsyncOpenAI) -> None:
    events = [event async for event in await client.images.generate(prompt="#fake:nostream a cat", **STREAM)]
    assert [event.type for event in events] == ["image_generation.completed"]


@pytest.mark.parametrize(
    ("misbehaviour", "state"),
    [("streamcut", "uncertain"), ("streamerror", "uncertain"), ("streamrefuse", "refused"), ("streamlate", "done")],
)
async def test_a_stream_that_breaks_off_is_booked_as_what_it_is(
    misbehaviour: str, state: str, studio: Studio, client: AsyncOpenAI
) -> None:
    kinds = []
    try:
        async for event in await client.images.generate(prompt=f"#fake:{misbehaviour} a cat", **STREAM):
            kinds.append(event.type)
    except openai.APIError as error:
        assert state != "done", error
        assert ".." not in str(error), error
    else:
        assert state == "done"
    assert kinds[:2] == ["image_generation.partial_image"] * 2
    (batch,) = (await studio.get("/api/batches"))["items"]
    assert batch["counts"][state] == 1
    await studio.balanced(batch["id"])


async def test_their_price_is_part_of_the_estimate(studio: Studio) -> None:
    ports = studio.application.ports
    plain, shown = (
        make_planner(ports, on=ports.clock.now().date(), references=[], partial_pictures=count) for count in (0, 3)
    )
    entry = plain.find("openai/gpt-image-2")
    fields = {"width": 1024, "height": 1024, "quality": "low"}
    usual = plain.price(entry, fields, Operation.text_to_image, "a cat")
    more = shown.price(entry, {**fields, "partial_pictures": 3}, Operation.text_to_image, "a cat")
    assert isinstance(usual, PriceRange)
    assert isinstance(more, PriceRange)
    # Three times a hundred tokens at 30 dollars a million; the provider may show fewer.
    assert (more.low - usual.low, more.expected - usual.expected, more.high - usual.high) == (0, 9_000, 9_000)
