"""Edits: pictures that come as files, as addresses, and as what is here already."""

from __future__ import annotations

import base64
import io
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI
from PIL import Image

from tests.studio import OPENAI, Studio

FORBIDDEN = [
    "http://127.0.0.1:5000/health",
    "https://127.0.0.1/x.png",
    "https://localhost/x.png",
    "https://[::1]/x.png",
    "https://[::ffff:127.0.0.1]/x.png",
    "https://169.254.169.254/latest/meta-data",
    "https://0x7f000001/x.png",
    "https://10.0.0.1/x.png",
    "https://user:word@example.com/x.png",
    "https://nowhere.invalid/x.png",
    "http://example.com/x.png",
    "file:///etc/passwd",
    "//127.0.0.1/x.png",
    "https://[::1/x.png",
    "https://2130706433/x.png",
    "https://127.1/x.png",
    "data:image/png;base64,!!!",
    "data:image/png,hello",
    f"data:image/png;base64,{base64.b64encode(b'no picture').decode()}",
    "",
]
SMALL: dict[str, Any] = {"model": OPENAI, "size": "256x256"}


def png(colour: str = "red", mode: str = "RGB") -> bytes:
    file = io.BytesIO()
    Image.new(mode, (64, 64), colour).save(file, "PNG")
    return file.getvalue()


async def sent(studio: Studio, answer) -> dict:
    (item,) = await studio.items(answer["batch"])
    (attempt,) = await studio.get(f"/api/batches/{answer['batch']}/items/{item['id']}/attempts")
    return attempt["sent"]


async def test_pictures_come_as_files(studio: Studio, client: AsyncOpenAI) -> None:
    red, blue = ("red.png", png("red"), "image/png"), ("blue.png", png("blue"), "image/png")
    answer = await client.images.edit(image=red, prompt="a beret", user="me", **SMALL)
    assert Image.open(io.BytesIO(base64.b64decode(answer.data[0].b64_json))).size == (256, 256)
    assert (await sent(studio, answer.imageloom))["files"] == ["image[]"]
    mask = ("mask.png", png("#0000", "RGBA"), "image/png")
    answer = await client.images.edit(image=[red, blue], mask=mask, prompt="two berets", n=1, **SMALL)
    assert (await sent(studio, answer.imageloom))["files"] == ["image[]", "image[]", "mask"]
    assets = (await studio.get("/api/assets"))["items"]
    # What was given is in the library, once however often it comes.
    assert sorted(asset["provenance"].get("imported_from", "") for asset in assets) == [
        "",
        "",
        "blue.png",
        "mask.png",
        "red.png",
    ]
    await studio.balanced(answer.imageloom["batch"])


async def test_pictures_come_as_json(studio: Studio, client: AsyncOpenAI) -> None:
    made = await client.images.generate(prompt="a cat", response_format="url", **SMALL)
    data = f"data:image/png;base64,{base64.b64encode(png()).decode()}"
    images = [{"file_id": made.imageloom["assets"][0]}, {"image_url": made.data[0].url}, {"image_url": data}]
    body = {"prompt": "a beret", "images": images, "mask": {"image_url": data}, **SMALL}
    answer = await studio.post("/v1/images/edits", body)
    assert (await sent(studio, answer["imageloom"]))["files"] == ["image[]"] * 3 + ["mask"]


async def test_addresses_of_this_network_are_not_called(studio: Studio, client: AsyncOpenAI) -> None:
    for url in FORBIDDEN:
        body = {"prompt": "a beret", "images": [{"image_url": url}], **SMALL}
        answer = await studio.http.post("/v1/images/edits", json=body)
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_image"), (url, answer.text)
    assert (await studio.get("/api/batches"))["items"] == []


async def test_what_cannot_be_edited_is_refused(studio: Studio, client: AsyncOpenAI) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        await client.images.edit(image=("a.png", b"no picture", "image/png"), prompt="a beret", **SMALL)
    assert (caught.value.code, caught.value.param) == ("invalid_image", "image")
    with pytest.raises(openai.BadRequestError, match="cannot edit"):
        await client.images.edit(image=("a.png", png(), "image/png"), prompt="a", model="illustrator/scene-1")
    bad: list[list[dict[str, str]]] = [[], [{}], [{"file_id": "x", "image_url": "y"}], [{"file_id": "x"}] * 17]
    for images in bad:
        answer = await studio.http.post("/v1/images/edits", json={"prompt": "a", "images": images, **SMALL})
        assert (answer.status_code, answer.json()["error"]["code"]) == (400, "invalid_request")
    missing = await studio.http.post(
        "/v1/images/edits", json={"prompt": "a", "images": [{"file_id": "0" * 26}], **SMALL}
    )
    assert (missing.status_code, missing.json()["error"]["param"]) == (404, "image")
    for files in ({"other": ("a.png", png())}, {"image": ("a.png", b"")}):
        answer = await studio.http.post("/v1/images/edits", data={"prompt": "a", **SMALL}, files=files)
        assert answer.status_code == 400
    answer = await studio.http.post("/v1/images/edits", data={"prompt": "a"}, files={"x": ("", "")})
    assert answer.status_code == 400
    assert studio.upstream.account()["paid_calls"] == 0


async def test_what_would_be_dropped_from_a_form_is_refused(studio: Studio, client: AsyncOpenAI) -> None:
    """An edit whose mask was left out would be paid for, and be another picture."""
    image = {"image": ("a.png", png())}
    data = f"data:image/png;base64,{base64.b64encode(png()).decode()}"
    refused: list[tuple[dict[str, Any], str, str]] = [
        ({"mask": data}, "invalid_image", "mask"),
        ({"image[]": "https://example.com/x.png"}, "invalid_image", "image"),
        ({"prompt": ["a beret", "two berets"]}, "invalid_request", "prompt"),
    ]
    for fields, code, param in refused:
        answer = await studio.http.post("/v1/images/edits", data={"prompt": "a", **SMALL, **fields}, files=image)
        error = answer.json()["error"]
        assert (answer.status_code, error["code"], error["param"]) == (400, code, param), error
    answer = await studio.http.post("/v1/images/generations", data={"prompt": "a", **SMALL}, files=image)
    assert answer.status_code == 400
    assert "forms with files go to edits" in answer.json()["error"]["message"]
    assert studio.upstream.account()["paid_calls"] == 0


async def test_a_sentence_ends_before_the_way_out(studio: Studio, client: AsyncOpenAI) -> None:
    answer = await studio.http.post(
        "/v1/images/generations", json={"prompt": "a", **SMALL}, headers={"Idempotency-Key": "k" * 256}
    )
    assert "at most 255 characters. What this route takes" in answer.json()["error"]["message"]


async def test_an_edit_streams_and_keeps_its_key(studio: Studio, client: AsyncOpenAI) -> None:
    headers = {"Idempotency-Key": "edit"}
    image = ("a.png", png(), "image/png")
    stream = await client.images.edit(image=image, prompt="a", stream=True, extra_headers=headers, **SMALL)
    assert [event.type async for event in stream] == ["image_edit.completed"]
    await (await client.images.edit(image=image, prompt="a", stream=True, extra_headers=headers, **SMALL)).close()
    with pytest.raises(openai.ConflictError):
        await client.images.edit(
            image=("a.png", png("blue"), "image/png"), prompt="a", stream=True, extra_headers=headers, **SMALL
        )
    assert studio.upstream.account()["paid_calls"] == 1
