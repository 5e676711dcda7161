from __future__ import annotations

import asyncio
import base64
import gzip
import os
from pathlib import Path

import orjson
import pytest
from blake3 import blake3

from imageloom.contracts.provider import ExpectBytes, ExpectJson, ExpectJsonBlobs, HttpCall, JsonBody
from imageloom.runtime.egress.client import Egress
from imageloom.runtime.egress.endpoint import Endpoint
from imageloom.runtime.egress.errors import NoAnswer

from .conftest import KEY
from .upstream import Request, Upstream, chunked, hang, raw, reset, sized

BLOBS = ExpectJsonBlobs(keys=frozenset({"b64_json"}))
PICTURE = os.urandom(700_001)
DOCUMENT = b'{"data":[{"b64_json":"%s"}],"usage":{"n":1}}' % base64.b64encode(PICTURE)


async def test_json_is_parsed_and_headers_have_lower_case_names(
    egress: Egress, endpoint: Endpoint, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.on("/v1/images", sized(b'{"id": "x"}', extra="X-Request-Id: r1\r\nVia: a\r\nVia: b\r\n"))
    call = HttpCall(
        method="POST", url="images", headers=(("X-Tag", "t"),), query=(("a", "b c"),), body=JsonBody(value={"p": "é"})
    )

    reply = await egress.send(call, endpoint=endpoint, folder=tmp_path)

    assert (reply.status, reply.body, reply.text, reply.blob) == (200, {"id": "x"}, "", None)
    assert (reply.headers["x-request-id"], reply.headers["via"]) == ("r1", "a, b")
    seen = upstream.requests[0]
    assert (seen.method, seen.target, orjson.loads(seen.body)) == ("POST", "/v1/images?a=b+c", {"p": "é"})
    assert seen.headers["authorization"] == f"Bearer {KEY}"
    assert seen.headers["host"] == f"127.0.0.1:{upstream.port}"
    assert seen.headers["content-type"] == "application/json"
    assert seen.headers["x-tag"] == "t"
    assert seen.headers["accept-encoding"] == "identity"
    assert seen.headers["accept"] == "application/json"
    assert seen.headers["user-agent"].startswith("imageloom/")


@pytest.mark.parametrize("framing", ["sized", "chunked"])
async def test_blobs_become_files(
    framing: str, egress: Egress, endpoint: Endpoint, upstream: Upstream, tmp_path: Path
) -> None:
    pieces = [DOCUMENT[at : at + 50_021] for at in range(0, len(DOCUMENT), 50_021)]
    upstream.on("/v1/images", sized(DOCUMENT) if framing == "sized" else chunked(*pieces))

    reply = await egress.send(HttpCall(method="POST", url="images", expect=BLOBS), endpoint=endpoint, folder=tmp_path)

    blob = reply.body["data"][0]["b64_json"]
    assert blob.path.read_bytes() == PICTURE
    assert (blob.size_bytes, blob.blake3) == (len(PICTURE), blake3(PICTURE).hexdigest())
    assert reply.body["usage"] == {"n": 1}


async def test_invalid_base64_is_none_with_a_word(
    egress: Egress, endpoint: Endpoint, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.on("/v1/images", sized(b'{"b64_json":"not base64!"}'))

    reply = await egress.send(HttpCall(method="POST", url="images", expect=BLOBS), endpoint=endpoint, folder=tmp_path)

    assert reply.body == {"b64_json": None}
    assert reply.text == "invalid base64 in b64_json"


async def test_bytes_become_a_file(egress: Egress, endpoint: Endpoint, upstream: Upstream, tmp_path: Path) -> None:
    upstream.on("/a.png", sized(PICTURE, media_type="image/png; x=y"))
    call = HttpCall(method="GET", url=f"{upstream.url}/a.png", expect=ExpectBytes())

    reply = await egress.send(call, endpoint=endpoint, folder=tmp_path)

    assert reply.blob is not None
    assert reply.blob.path.read_bytes() == PICTURE
    assert reply.blob.media_type == "image/png"
    assert reply.blob.blake3 == blake3(PICTURE).hexdigest()
    assert "authorization" not in upstream.requests[0].headers


_HINTS = b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n"
_BODY = b"a picture\r\n\r\nof lines\r\n\r\n"
_SIZED = b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: %d\r\n\r\n" % len(_BODY)
_CHUNKED = b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ntransfer-encoding: chunked\r\n\r\n"
_CHUNKS = b"%x\r\n%s\r\n0\r\n\r\n" % (len(_BODY), _BODY)


@pytest.mark.parametrize(
    "pieces",
    {
        "all at once": [_SIZED + _BODY],
        "hints before it, all at once": [_HINTS + _HINTS + _SIZED + _BODY],
        "a head that is cut in its end": [_SIZED[:-2], _SIZED[-2:] + _BODY],
        "a head that is cut in its last byte": [_HINTS + _SIZED[:-1], _SIZED[-1:] + _BODY],
        "chunks, all at once": [_HINTS + _CHUNKED + _CHUNKS],
        "chunks, cut": [_CHUNKED[:-1], _CHUNKED[-1:] + _CHUNKS[:5], _CHUNKS[5:]],
        "bare line ends": [(_SIZED.replace(b"\r\n", b"\n")) + _BODY],
    }.items(),
    ids=lambda named: named[0],
)
async def test_what_comes_behind_a_head_is_the_body(
    pieces: tuple[str, list[bytes]], egress: Egress, endpoint: Endpoint, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.on("/a.png", raw(*pieces[1]))
    call = HttpCall(method="GET", url=f"{upstream.url}/a.png", expect=ExpectBytes())
    for _ in range(2):
        reply = await egress.send(call, endpoint=endpoint, folder=tmp_path)
        assert reply.blob is not None
        assert reply.blob.path.read_bytes() == _BODY
    assert upstream.connections == 1


async def test_json_instead_of_bytes_is_read(
    egress: Egress, endpoint: Endpoint, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.on("/v1/result", sized(b'{"status":"in-progress"}', status="202 Accepted"))

    reply = await egress.send(
        HttpCall(method="GET", url="result", expect=ExpectBytes()), endpoint=endpoint, folder=tmp_path
    )

    assert (reply.status, reply.body, reply.blob) == (202, {"status": "in-progress"}, None)


@pytest.mark.parametrize("expect", [ExpectJson(), BLOBS, ExpectBytes()])
async def test_a_refusal_is_a_reply_whatever_was_expected(
    expect: ExpectJson | ExpectJsonBlobs | ExpectBytes,
    egress: Egress,
    endpoint: Endpoint,
    upstream: Upstream,
    tmp_path: Path,
) -> None:
    page = b"<html>" + "é".encode() * 3000
    upstream.on("/v1/html", sized(page, status="502 Bad Gateway", media_type="text/html"))
    upstream.on("/v1/json", sized(b'{"error":{"code":"slow"}}', status="429 Too Many", extra="Retry-After: 3\r\n"))

    html = await egress.send(HttpCall(method="POST", url="html", expect=expect), endpoint=endpoint, folder=tmp_path)
    json = await egress.send(HttpCall(method="POST", url="json", expect=expect), endpoint=endpoint, folder=tmp_path)

    assert (html.status, html.body, len(html.text), html.text[:7]) == (502, None, 2000, "<html>é")
    assert (json.status, json.body, json.headers["retry-after"]) == (429, {"error": {"code": "slow"}}, "3")


async def test_a_refusal_whose_body_breaks_is_still_an_answer(
    egress: Egress, endpoint: Endpoint, upstream: Upstream, tmp_path: Path
) -> None:
    head = b"HTTP/1.1 429 Slow\r\ncontent-length: 100\r\n\r\n"

    async def stall(request: Request, writer: asyncio.StreamWriter) -> None:
        await raw(head + b"wait")(request, writer)
        await hang(request, writer)

    upstream.on("/v1/cut", raw(head + b"slow do", close=True))
    upstream.on("/v1/stall", stall)
    upstream.on("/v1/long", sized(b"x" * 1_500_000, status="500 Oops"))

    cut = await egress.send(HttpCall(method="POST", url="cut"), endpoint=endpoint, folder=tmp_path)
    stalled = await egress.send(
        HttpCall(method="POST", url="stall", total_seconds=0.3), endpoint=endpoint, folder=tmp_path
    )
    long = await egress.send(HttpCall(method="POST", url="long"), endpoint=endpoint, folder=tmp_path)

    assert (cut.status, cut.text) == (429, "slow do")
    assert (stalled.status, stalled.text) == (429, "wait")
    assert (long.status, long.text) == (500, "x" * 2000)


@pytest.mark.parametrize("expect", [ExpectJson(), BLOBS])
async def test_a_complete_answer_that_is_not_json_is_a_reply_with_text(
    expect: ExpectJson | ExpectJsonBlobs, egress: Egress, endpoint: Endpoint, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.on("/v1/x", sized(b'{"b64_json":"QUJD", oops'))

    reply = await egress.send(HttpCall(method="POST", url="x", expect=expect), endpoint=endpoint, folder=tmp_path)

    assert (reply.status, reply.body) == (200, None)
    assert reply.text.startswith('{"b64_json":"')
    assert list(tmp_path.iterdir()) == []


async def test_an_empty_answer(egress: Egress, endpoint: Endpoint, upstream: Upstream, tmp_path: Path) -> None:
    upstream.on("/v1/gone", raw(b"HTTP/1.1 204 No Content\r\n\r\n"))

    for expect in (ExpectJson(), BLOBS, ExpectBytes()):
        reply = await egress.send(
            HttpCall(method="DELETE", url="gone", expect=expect), endpoint=endpoint, folder=tmp_path
        )
        assert (reply.status, reply.body, reply.text, reply.blob) == (204, None, "", None)


@pytest.mark.parametrize("expect", [ExpectJson(), BLOBS, ExpectBytes()])
@pytest.mark.parametrize("framing", ["sized", "chunked", "reset"])
async def test_an_answer_that_is_cut_is_no_answer_and_leaves_no_file(
    framing: str,
    expect: ExpectJson | ExpectJsonBlobs | ExpectBytes,
    egress: Egress,
    endpoint: Endpoint,
    upstream: Upstream,
    tmp_path: Path,
) -> None:
    part = DOCUMENT[:400_000]
    head = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: %d\r\n\r\n" % len(DOCUMENT)

    async def send_and_reset(request: Request, writer: asyncio.StreamWriter) -> None:
        await raw(head + part)(request, writer)
        await reset(request, writer)

    answers = {
        "sized": raw(head + part, close=True),
        "chunked": chunked(part, media_type="text/plain", end=b""),
        "reset": send_and_reset,
    }
    upstream.on("/v1/images", answers[framing])

    with pytest.raises(NoAnswer) as failure:
        await egress.send(HttpCall(method="POST", url="images", expect=expect), endpoint=endpoint, folder=tmp_path)

    assert (failure.value.reason, failure.value.sent) == ("cut", True)
    assert list(tmp_path.iterdir()) == []
    assert len(upstream.requests) == 1


@pytest.mark.parametrize("framing", ["sized", "chunked", "gzip"])
@pytest.mark.parametrize("kind", ["json", "blobs", "bytes"])
async def test_an_answer_above_its_cap(
    kind: str, framing: str, egress: Egress, endpoint: Endpoint, upstream: Upstream, tmp_path: Path
) -> None:
    expectations: dict[str, ExpectJson | ExpectJsonBlobs | ExpectBytes] = {
        "json": ExpectJson(max_bytes=300_000),
        "blobs": ExpectJsonBlobs(keys=frozenset({"b64_json"}), max_bytes=300_000),
        "bytes": ExpectBytes(max_bytes=300_000),
    }
    media_type = "image/png" if kind == "bytes" else "application/json"
    body = b'{"b64_json":"' + b"A" * 400_000 + b'"}'
    answers = {
        "sized": sized(body, media_type=media_type),
        "chunked": chunked(body[:200_000], body[200_000:], media_type=media_type),
        "gzip": sized(gzip.compress(body), media_type=media_type, extra="content-encoding: gzip\r\n"),
    }
    upstream.on("/v1/big", answers[framing])

    with pytest.raises(NoAnswer) as failure:
        await egress.send(
            HttpCall(method="POST", url="big", expect=expectations[kind]), endpoint=endpoint, folder=tmp_path
        )

    assert (failure.value.reason, failure.value.sent) == ("too_large", True)
    assert list(tmp_path.iterdir()) == []


async def test_text_around_blobs_has_its_own_cap(
    egress: Egress, endpoint: Endpoint, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.on("/v1/big", sized(b'{"b64_json":"QUJD","other":"' + b"A" * 5_000_000 + b'"}'))

    with pytest.raises(NoAnswer) as failure:
        await egress.send(HttpCall(method="POST", url="big", expect=BLOBS), endpoint=endpoint, folder=tmp_path)

    assert failure.value.reason == "too_large"
    assert list(tmp_path.iterdir()) == []


async def test_compression_that_nobody_asked_for_is_undone(
    egress: Egress, endpoint: Endpoint, upstream: Upstream, tmp_path: Path
) -> None:
    packed = gzip.compress(DOCUMENT)
    upstream.on("/v1/whole", sized(packed, extra="content-encoding: gzip\r\n"))
    upstream.on("/v1/part", sized(packed[:-20], extra="content-encoding: gzip\r\n"))
    upstream.on("/v1/other", sized(packed, extra="content-encoding: br\r\n"))

    reply = await egress.send(HttpCall(method="POST", url="whole", expect=BLOBS), endpoint=endpoint, folder=tmp_path)
    assert reply.body["data"][0]["b64_json"].path.read_bytes() == PICTURE

    for url in ("part", "other"):
        with pytest.raises(NoAnswer) as failure:
            await egress.send(HttpCall(method="POST", url=url, expect=BLOBS), endpoint=endpoint, folder=tmp_path)
        assert (failure.value.reason, failure.value.sent) == ("cut", True)


async def test_a_place_that_cannot_be_written_is_not_the_providers_fault(
    egress: Egress, endpoint: Endpoint, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.on("/v1/images", sized(DOCUMENT))

    folder = tmp_path / "missing"
    call = HttpCall(method="POST", url="images", expect=BLOBS, total_seconds=0.2)
    sending = asyncio.create_task(egress.send(call, endpoint=endpoint, folder=folder))
    # Longer than the call may take: waiting for the disk is no part of the call.
    await asyncio.wait((sending,), timeout=0.5)
    assert not sending.done()
    folder.mkdir()
    reply = await sending
    assert reply.body["data"][0]["b64_json"].path.read_bytes() == PICTURE
