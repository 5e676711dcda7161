"""From an answer's bytes to a :class:`Reply`, with every size bounded while it arrives."""

from __future__ import annotations

import asyncio
import zlib
from collections.abc import Iterator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import httpcore2
import orjson

from imageloom.contracts.provider import BlobRef, Expect, ExpectBytes, ExpectEvents, ExpectJsonBlobs, Reply
from imageloom.kit.characters import without_nul
from imageloom.runtime.disk import Disk
from imageloom.runtime.egress.errors import SHORTEST_SECRET
from imageloom.runtime.egress.events import EventScanner, Shown
from imageloom.runtime.egress.files import BlobFile
from imageloom.runtime.egress.scanner import BlobScanner

EVENTS = "text/event-stream"
TEXT_CHARACTERS = 2000
ERROR_BYTES = 1_000_000
"""How much of an answer that is not a success is read. The status is the answer; the rest explains it."""
BESIDE_BLOBS_BYTES = 4_000_000
"""How much JSON may stand around the blobs; it is held in memory."""
FAREWELL_SECONDS = 2.0
"""How long a body may go on when its answer is there."""
_INFLATED_BYTES = 1024 * 1024
_BROKEN = (httpcore2.NetworkError, httpcore2.ProtocolError, httpcore2.TimeoutException)


class TooLarge(Exception):
    """The answer passed its cap."""


class Cut(Exception):
    """The answer ended before its end."""


@dataclass
class Arrival:
    """What is known of an answer while it comes. A refusal that repeats ``secret`` is freed of it."""

    status: int
    headers: Mapping[str, str]
    secret: str | None = field(default=None, repr=False)
    bytes_read: int = 0
    kept: bytearray = field(default_factory=bytearray)
    unwritten: list[BlobFile] = field(default_factory=list)
    """Files of the reply, whose ends are in memory; of what the disk has refused, everything."""

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def media_type(self) -> str | None:
        return self.headers.get("content-type", "").partition(";")[0].strip().lower() or None

    @property
    def is_json(self) -> bool:
        kind = self.media_type or ""
        return kind == "application/json" or kind.endswith("+json")

    def reply(self, body: Any = None, *, text: str = "", blob: BlobRef | None = None) -> Reply:
        return Reply(status=self.status, headers=self.headers, body=body, text=text, blob=blob)

    def kept_reply(self) -> Reply:
        """The reply that the bytes kept so far make: JSON if they parse, else text."""
        # Raw, it is no JSON, and in text it says nothing.
        raw = without_nul(bytes(self.kept).replace(b"\x00", b""))
        if self.secret and len(self.secret) >= SHORTEST_SECRET:
            raw = raw.replace(self.secret.encode(), b"***")
        try:
            return self.reply(orjson.loads(raw))
        except orjson.JSONDecodeError:
            return self.reply(text=raw[: 4 * TEXT_CHARACTERS].decode("utf-8", "replace")[:TEXT_CHARACTERS])


class _Sink(Protocol):
    """Where a body goes, piece by piece."""

    def feed(self, piece: bytes) -> None: ...

    def reply(self) -> Reply: ...

    def is_whole(self) -> bool:
        """Whether the answer is there although its body has not ended."""
        ...

    def due(self) -> list[BlobFile]:
        """Files that hold enough to be written."""
        ...

    def unwritten(self) -> list[BlobFile]: ...

    def discard(self) -> None: ...


async def read_answer(
    response: httpcore2.Response,
    arrival: Arrival,
    *,
    expect: Expect,
    folder: Path,
    shown: Shown | None,
    disk: Disk,
) -> Reply:
    """Raises :class:`TooLarge`, :class:`Cut` and the network errors of ``httpcore2``.

    A status that is no success is never lost to a broken body: what came of it is the reply.
    """
    if arrival.ok:
        return await _pour(response, arrival, _sink(arrival, expect, folder, shown), expect.max_bytes, disk)
    try:
        return await _pour(response, arrival, _InMemory(arrival), ERROR_BYTES, disk)
    except (TooLarge, Cut, *_BROKEN):
        return arrival.kept_reply()


def _sink(arrival: Arrival, expect: Expect, folder: Path, shown: Shown | None) -> _Sink:
    if isinstance(expect, ExpectEvents) and arrival.media_type == EVENTS:
        return _IntoEvents(arrival, EventScanner(expect, folder=folder, shown=shown))
    if isinstance(expect, ExpectJsonBlobs | ExpectEvents):
        return _IntoBlobs(arrival, BlobScanner(expect.keys, folder=folder))
    if isinstance(expect, ExpectBytes) and not arrival.is_json:
        return _IntoFile(arrival, folder)
    return _InMemory(arrival)


async def _pour(response: httpcore2.Response, arrival: Arrival, sink: _Sink, max_bytes: int, disk: Disk) -> Reply:
    """Feeds the body without its transfer and content coding, never more than ``max_bytes`` of it."""
    try:
        declared = arrival.headers.get("content-length", "")
        if arrival.ok and declared.isdecimal() and int(declared) > max_bytes:
            raise TooLarge
        coding = _Coding.of(arrival.headers.get("content-encoding", ""))
        try:
            await _feed(response, arrival, sink, coding, max_bytes, disk)
        except (Cut, TimeoutError, *_BROKEN):
            if not sink.is_whole():
                raise
        reply = sink.reply()
        arrival.unwritten = sink.unwritten()
        return reply
    # Whatever ends the call, a cancellation too, the half file goes.
    except BaseException:
        sink.discard()
        raise


async def _feed(
    response: httpcore2.Response, arrival: Arrival, sink: _Sink, coding: _Coding | None, max_bytes: int, disk: Disk
) -> None:
    left = max_bytes
    async with asyncio.timeout(None) as patience, aclosing(response.aiter_stream()) as chunks:
        async for chunk in chunks:
            arrival.bytes_read += len(chunk)
            for piece in (chunk,) if coding is None else coding.inflate(chunk):
                left -= len(piece)
                if left < 0:
                    raise TooLarge
                sink.feed(piece)
                for file in sink.due():
                    await disk.run(file.write_due)
            if sink.is_whole() and patience.when() is None:
                patience.reschedule(asyncio.get_running_loop().time() + FAREWELL_SECONDS)
    if coding is not None and arrival.bytes_read and not coding.complete:
        raise Cut


class _InMemory:
    def __init__(self, arrival: Arrival) -> None:
        self._arrival = arrival

    def feed(self, piece: bytes) -> None:
        self._arrival.kept += piece

    def reply(self) -> Reply:
        return self._arrival.kept_reply()

    def is_whole(self) -> bool:
        return False

    def due(self) -> list[BlobFile]:
        return []

    def unwritten(self) -> list[BlobFile]:
        return []

    def discard(self) -> None:
        """What was kept of a refusal is still wanted."""


class _IntoFile:
    def __init__(self, arrival: Arrival, folder: Path) -> None:
        self._arrival = arrival
        self._folder = folder
        self._file: BlobFile | None = None

    def feed(self, piece: bytes) -> None:
        if self._file is None:
            self._file = BlobFile(self._folder)
        self._file.write(piece)

    def reply(self) -> Reply:
        return self._arrival.reply(blob=None if self._file is None else self._file.finish(self._arrival.media_type))

    def is_whole(self) -> bool:
        return False

    def due(self) -> list[BlobFile]:
        return [] if self._file is None or not self._file.is_due else [self._file]

    def unwritten(self) -> list[BlobFile]:
        return [] if self._file is None else [self._file]

    def discard(self) -> None:
        if self._file is not None:
            self._file.discard()


class _IntoScanner:
    """What bodies have in common whose blobs a scanner takes out while they arrive."""

    def __init__(self, arrival: Arrival, scanner: BlobScanner | EventScanner) -> None:
        self._arrival = arrival
        self._scanned = scanner

    def feed(self, piece: bytes) -> None:
        self._scanned.feed(piece)
        if self._scanned.text_bytes > BESIDE_BLOBS_BYTES:
            raise TooLarge

    def due(self) -> list[BlobFile]:
        return self._scanned.due()

    def unwritten(self) -> list[BlobFile]:
        return self._scanned.unwritten()

    def discard(self) -> None:
        self._scanned.discard()

    def _told(self, body: Any) -> Reply:
        return self._arrival.reply(body, text="; ".join(self._scanned.notes)[:TEXT_CHARACTERS])


class _IntoBlobs(_IntoScanner):
    def __init__(self, arrival: Arrival, scanner: BlobScanner) -> None:
        super().__init__(arrival, scanner)
        self._scanner = scanner

    def reply(self) -> Reply:
        try:
            body = self._scanner.result()
        except orjson.JSONDecodeError:
            self._arrival.kept += self._scanner.text
            return self._arrival.kept_reply()
        return self._told(body)

    def is_whole(self) -> bool:
        return False


class _IntoEvents(_IntoScanner):
    def __init__(self, arrival: Arrival, scanner: EventScanner) -> None:
        super().__init__(arrival, scanner)
        self._scanner = scanner

    def reply(self) -> Reply:
        body = self._scanner.result()
        if body is None:
            raise Cut
        return self._told(body)

    def is_whole(self) -> bool:
        return self._scanner.has_picture


class _Coding:
    """Undoes gzip and deflate, for servers that send it although nobody asked."""

    def __init__(self) -> None:
        self._inflater = zlib.decompressobj(wbits=47)

    @classmethod
    def of(cls, name: str) -> _Coding | None:
        name = name.strip().lower()
        if name in ("", "identity"):
            return None
        if name in ("gzip", "x-gzip", "deflate"):
            return cls()
        raise httpcore2.RemoteProtocolError(f"unknown content coding {name[:20]!r}")

    @property
    def complete(self) -> bool:
        return self._inflater.eof

    def inflate(self, chunk: bytes) -> Iterator[bytes]:
        rest = chunk
        try:
            while rest and not self._inflater.eof:
                piece = self._inflater.decompress(rest, _INFLATED_BYTES)
                rest = self._inflater.unconsumed_tail
                if piece:
                    yield piece
        except zlib.error:
            raise httpcore2.RemoteProtocolError("broken compression") from None
