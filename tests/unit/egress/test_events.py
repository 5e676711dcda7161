"""Pictures out of server-sent events, wherever the pieces of the body are cut."""

from __future__ import annotations

import asyncio
import base64
import itertools
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from imageloom.contracts.provider import BlobRef, ExpectEvents, HttpCall
from imageloom.runtime.egress.client import Egress
from imageloom.runtime.egress.endpoint import Endpoint
from imageloom.runtime.egress.errors import NoAnswer
from imageloom.runtime.egress.events import EventScanner

from .upstream import Request, Upstream, chunked, hang, sized

EXPECT = ExpectEvents(keys=frozenset({"b64_json"}), partial=frozenset({"partial"}))
FIRST, SECOND, WHOLE = (bytes([number]) * 60 for number in (1, 2, 3))


def event(kind: str, picture: bytes | None = None, *, end: bytes = b"\n", more: bytes = b"") -> bytes:
    blob = b"" if picture is None else b',"b64_json":"%s"' % base64.b64encode(picture)
    data = b'data: {"type":"%s"%s%s}' % (kind.encode(), blob, more)
    return b"event: " + kind.encode() + end + data + end + end


class Seen:
    """What a scanner has shown, read while it is there."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.pictures: list[tuple[int, bytes]] = []
        self.scanner = EventScanner(EXPECT, folder=folder, shown=self._shown)

    def _shown(self, number: int, blob: BlobRef) -> None:
        self.pictures.append((number, blob.path.read_bytes()))

    def feed(self, body: bytes, cuts: list[int]) -> None:
        edges = [0, *sorted({cut % (len(body) + 1) for cut in cuts}), len(body)]
        for start, stop in itertools.pairwise(edges):
            self.scanner.feed(body[start:stop])

    def result(self) -> Any:
        """The answer, with its files written."""
        answer = self.scanner.result()
        for file in self.scanner.unwritten():
            file.write_rest()
        return answer

    def files(self) -> list[bytes]:
        return [path.read_bytes() for path in self.folder.iterdir()]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(cuts=st.lists(st.integers(0, 2_000), max_size=12), end=st.sampled_from([b"\n", b"\r", b"\r\n"]))
def test_partial_pictures_are_shown_and_the_last_is_the_answer(cuts: list[int], end: bytes, tmp_path: Path) -> None:
    folder = tmp_path / os.urandom(4).hex()
    folder.mkdir()
    seen = Seen(folder)
    body = b": hello" + end + event("partial", FIRST, end=end) + event("partial", SECOND, end=end)
    body += b"id: 7" + end + b"retry: 10" + end + event("completed", WHOLE, end=end, more=b',"usage":{"n":1}')
    seen.feed(body, cuts)
    answer = seen.result()
    assert seen.pictures == [(0, FIRST), (1, SECOND)]
    assert (answer["type"], answer["usage"]) == ("completed", {"n": 1})
    assert answer["b64_json"].path.read_bytes() == WHOLE
    assert seen.files() == [WHOLE]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(cuts=st.lists(st.integers(0, 400), max_size=8))
def test_data_may_take_several_lines_and_the_last_line_needs_no_end(cuts: list[int], tmp_path: Path) -> None:
    folder = tmp_path / os.urandom(4).hex()
    folder.mkdir()
    seen = Seen(folder)
    seen.feed(b'data: {"type":\ndata:"completed",\ndata: "b64_json":"%s"}' % base64.b64encode(WHOLE), cuts)
    answer = seen.result()
    assert (answer["type"], answer["b64_json"].path.read_bytes()) == ("completed", WHOLE)


@pytest.mark.parametrize(
    "after", [b"data: [DONE]\n\n", event("error"), event("completed", more=b',"b64_json":""'), b"junk\n\n"]
)
def test_nothing_that_comes_after_the_picture_takes_its_place(after: bytes, tmp_path: Path) -> None:
    seen = Seen(tmp_path)
    seen.feed(event("completed", WHOLE) + after, [])
    assert seen.result()["b64_json"].path.read_bytes() == WHOLE
    assert seen.files() == [WHOLE]


def test_an_error_after_partial_pictures_is_the_answer_and_no_file_stays(tmp_path: Path) -> None:
    seen = Seen(tmp_path)
    seen.feed(event("partial", FIRST) + event("error", more=b',"error":{"code":"x"}'), [])
    assert seen.result() == {"type": "error", "error": {"code": "x"}}
    assert seen.files() == []


def test_an_event_of_a_strange_type_troubles_nobody(tmp_path: Path) -> None:
    seen = Seen(tmp_path)
    seen.feed(b'data: {"type":["partial"]}\n\n' + event("completed", WHOLE), [])
    assert seen.result()["b64_json"].path.read_bytes() == WHOLE


def test_without_an_answer_there_is_none_and_what_began_goes(tmp_path: Path) -> None:
    seen = Seen(tmp_path)
    body = event("partial", FIRST) + event("completed", WHOLE)
    seen.feed(body[: len(body) - 40], [])
    assert seen.result() is None
    seen.scanner.discard()
    assert seen.files() == []


CALL = HttpCall(method="POST", url="images", expect=EXPECT, total_seconds=10)
EVENTS = "text/event-stream"


async def test_a_stream_is_an_answer(egress: Egress, endpoint: Endpoint, upstream: Upstream, tmp_path: Path) -> None:
    upstream.on("/v1/images", chunked(event("partial", FIRST), event("completed", WHOLE), media_type=EVENTS))
    shown: list[bytes] = []
    reply = await egress.send(
        CALL, endpoint=endpoint, folder=tmp_path, shown=lambda _number, blob: shown.append(blob.path.read_bytes())
    )
    assert shown == [FIRST]
    assert reply.body["b64_json"].path.read_bytes() == WHOLE
    assert upstream.requests[0].headers["accept"] == "text/event-stream, application/json"


async def test_a_stream_that_breaks_before_its_picture_is_no_answer_and_after_it_is_one(
    egress: Egress, endpoint: Endpoint, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.on("/v1/images", chunked(event("partial", FIRST), media_type=EVENTS, end=b""))
    with pytest.raises(NoAnswer) as lost:
        await egress.send(CALL, endpoint=endpoint, folder=tmp_path)
    assert lost.value.sent
    assert list(tmp_path.iterdir()) == []
    upstream.on("/v1/images", chunked(event("completed", WHOLE), media_type=EVENTS, end=b""))
    reply = await egress.send(CALL, endpoint=endpoint, folder=tmp_path)
    assert reply.body["b64_json"].path.read_bytes() == WHOLE


async def test_a_stream_that_stays_open_after_its_picture_is_not_waited_for(
    egress: Egress, endpoint: Endpoint, upstream: Upstream, tmp_path: Path
) -> None:
    async def stay(request: Request, writer: asyncio.StreamWriter) -> None:
        await chunked(event("completed", WHOLE), media_type=EVENTS, end=b"-")(request, writer)
        await hang(request, writer)

    upstream.on("/v1/images", stay)
    reply = await egress.send(CALL, endpoint=endpoint, folder=tmp_path)
    assert reply.body["b64_json"].path.read_bytes() == WHOLE


async def test_a_stream_that_ends_without_a_picture_is_no_answer(
    egress: Egress, endpoint: Endpoint, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.on("/v1/images", chunked(event("partial", FIRST), media_type=EVENTS))
    with pytest.raises(NoAnswer):
        await egress.send(CALL, endpoint=endpoint, folder=tmp_path)
    assert list(tmp_path.iterdir()) == []


async def test_a_server_that_knows_no_streams_answers_as_always(
    egress: Egress, endpoint: Endpoint, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.on("/v1/images", sized(b'{"data":[{"b64_json":"%s"}]}' % base64.b64encode(WHOLE)))
    reply = await egress.send(CALL, endpoint=endpoint, folder=tmp_path)
    assert reply.body["data"][0]["b64_json"].path.read_bytes() == WHOLE
    upstream.on("/v1/images", sized(b'{"error":{"code":"busy"}}', status="503 Busy"))
    assert (await egress.send(CALL, endpoint=endpoint, folder=tmp_path)).body == {"error": {"code": "busy"}}
