"""Connections to one reach: opened, kept for the next call, never used twice for one.

It keeps the interface of the pool of ``httpcore2``, and ``h11`` still speaks HTTP. A body of a declared length passes
by it: what the wire received is handed on as it came, where a picture's megabytes would else be copied several times.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import h11
import httpcore2

from imageloom.runtime.egress.wire import Wire

_HEAD_BYTES = 100 * 1024
_READ_BYTES = 64 * 1024
_END_OF_HEAD = b"\r\n\r\n"
_Origin = tuple[bytes, str, int]


class Lines:
    """See :class:`httpcore2.AsyncConnectionPool`."""

    def __init__(self, wire: Wire, *, tls: ssl.SSLContext, most: int, keep_seconds: float) -> None:
        self._wire = wire
        self._tls = tls
        self._tls.set_alpn_protocols(["http/1.1"])
        self._slots = asyncio.Semaphore(most)
        self._keep_seconds = keep_seconds
        self._kept: dict[_Origin, list[_Line]] = {}
        self._open: set[_Line] = set()

    async def handle_async_request(self, request: httpcore2.Request) -> httpcore2.Response:
        """Raises the network, protocol and timeout errors of ``httpcore2``."""
        await self._slots.acquire()
        line: _Line | None = None
        head: h11.Response | None = None
        try:
            line = self._take(_origin(request)) or await self._connect(request)
            head = await line.ask(request)
        finally:
            if head is None:
                self._end(line)
        return httpcore2.Response(head.status_code, headers=head.headers.raw_items(), content=_Body(self, line, head))

    async def aclose(self) -> None:
        for line in list(self._open):
            await line.close()
        self._open.clear()
        self._kept.clear()

    def give_back(self, line: _Line) -> None:
        """Keeps a line whose exchange is complete and which the other side keeps too; ends every other."""
        if not line.is_reusable or line not in self._open:
            self._end(line)
            return
        line.kept_at = asyncio.get_running_loop().time()
        self._kept.setdefault(line.origin, []).append(line)
        self._slots.release()

    def _take(self, origin: _Origin) -> _Line | None:
        """The line used last: the others may go cold."""
        kept = self._kept.get(origin, [])
        oldest = asyncio.get_running_loop().time() - self._keep_seconds
        while kept and kept[0].kept_at < oldest:
            self._drop(kept.pop(0))
        while kept:
            line = kept.pop()
            if not line.is_dead:
                return line
            self._drop(line)
        return None

    async def _connect(self, request: httpcore2.Request) -> _Line:
        scheme, host, port = origin = _origin(request)
        timeout = _timeouts(request).get("connect")
        stream = await self._wire.connect_tcp(host, port, timeout=timeout)
        if scheme == b"https":
            stream = await stream.start_tls(self._tls, server_hostname=host, timeout=timeout)
        line = _Line(origin, stream)
        self._open.add(line)
        return line

    def _end(self, line: _Line | None) -> None:
        self._slots.release()
        if line is not None:
            self._drop(line)

    def _drop(self, line: _Line) -> None:
        self._open.discard(line)
        line.abort()


@dataclass(eq=False)
class _Line:
    """One connection, with one exchange at a time."""

    origin: _Origin
    stream: httpcore2.AsyncNetworkStream
    kept_at: float = 0.0
    is_complete: bool = False
    _http: h11.Connection = field(default_factory=lambda: h11.Connection(h11.CLIENT))
    _read_seconds: float | None = None
    _behind: bytes = b""
    """What came with a head, behind it."""

    @property
    def is_reusable(self) -> bool:
        # What h11 was not shown of the answer does not matter: it has read there whether the connection stays.
        return self.is_complete and self._http.our_state is h11.DONE and not self.is_dead

    @property
    def is_dead(self) -> bool:
        return bool(self.stream.get_extra_info("is_readable"))

    async def ask(self, request: httpcore2.Request) -> h11.Response:
        """Sends the request and reads the head of the answer."""
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=_HEAD_BYTES)
        self._behind = b""
        self.is_complete = False
        timeouts = _timeouts(request)
        self._read_seconds = timeouts.get("read")
        try:
            head = self._http.send(
                h11.Request(method=request.method, target=request.url.target, headers=request.headers)
            )
            await request.extensions["trace"]("http11.send_request_headers.started", {"request": request})
            await self._send(head or b"", request, timeouts.get("write"))
            return await self._head()
        except h11.LocalProtocolError as error:
            raise httpcore2.LocalProtocolError(str(error)) from None
        except h11.RemoteProtocolError as error:
            raise httpcore2.RemoteProtocolError(str(error)) from None

    async def _send(self, head: bytes, request: httpcore2.Request, timeout: float | None) -> None:
        assert hasattr(request.stream, "__aiter__")
        pending = head
        try:
            async for piece in request.stream:
                pending += self._http.send(h11.Data(data=piece)) or b""
                await self.stream.write(pending, timeout=timeout)
                pending = b""
            pending += self._http.send(h11.EndOfMessage()) or b""
            await self.stream.write(pending, timeout=timeout)
        except httpcore2.WriteError:
            # The other side may have answered before it had read everything.
            return

    async def _head(self) -> h11.Response:
        while True:
            event = self._http.next_event()
            if event is h11.NEED_DATA:
                data = self._behind or await self.stream.read(_READ_BYTES, timeout=self._read_seconds)
                if not data:
                    raise httpcore2.RemoteProtocolError("Server disconnected without sending a response.")
                end = data.find(_END_OF_HEAD) + len(_END_OF_HEAD)
                if end < len(_END_OF_HEAD):
                    end = len(data)
                # It would copy what is behind a head several times.
                self._http.receive_data(data[:end])
                self._behind = data[end:]
            elif isinstance(event, h11.Response):
                return event
            elif not isinstance(event, h11.InformationalResponse):
                raise httpcore2.RemoteProtocolError("something else than an answer came")

    async def sized_body(self, length: int) -> AsyncIterator[bytes]:
        """So many bytes as they come."""
        piece = self._http.trailing_data[0] + self._behind
        left = length
        while True:
            if piece:
                yield piece if len(piece) <= left else piece[:left]
            left -= len(piece)
            if left <= 0:
                break
            piece = await self.stream.read(_READ_BYTES, timeout=self._read_seconds)
            if not piece:
                raise httpcore2.RemoteProtocolError("the connection ended within the body")
        # More than was promised is no answer to the next request.
        self.is_complete = left == 0

    async def framed_body(self) -> AsyncIterator[bytes]:
        """A body in chunks, or until the connection ends."""
        try:
            if self._behind:
                self._http.receive_data(self._behind)
                self._behind = b""
            while True:
                event = self._http.next_event()
                if event is h11.NEED_DATA:
                    self._http.receive_data(await self.stream.read(_READ_BYTES, timeout=self._read_seconds))
                elif isinstance(event, h11.Data):
                    yield bytes(event.data)
                else:
                    break
        except h11.RemoteProtocolError as error:
            raise httpcore2.RemoteProtocolError(str(error)) from None
        self.is_complete = self._http.their_state is h11.DONE and not self._http.trailing_data[0]

    async def close(self) -> None:
        await self.stream.aclose()

    def abort(self) -> None:
        self.stream.get_extra_info("transport").abort()


@dataclass(eq=False)
class _Body:
    """The body of an answer; closing it gives its line back."""

    lines: Lines
    line: _Line
    head: h11.Response
    _is_closed: bool = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        length = _declared_length(self.head)
        body = self.line.framed_body() if length is None else self.line.sized_body(length)
        async for piece in body:
            yield piece

    async def aclose(self) -> None:
        if not self._is_closed:
            self._is_closed = True
            self.lines.give_back(self.line)


def _declared_length(head: h11.Response) -> int | None:
    """The length of the body, where nothing but ``Content-Length`` says where it ends. h11 has checked that number."""
    if head.status_code in (204, 304):
        return None
    # Its own way over the headers is slow.
    names = {name.lower(): value for name, value in head.headers.raw_items()}
    return None if b"transfer-encoding" in names or b"content-length" not in names else int(names[b"content-length"])


def _origin(request: httpcore2.Request) -> _Origin:
    url = request.url
    return url.scheme, url.host.decode("ascii"), url.port or (443 if url.scheme == b"https" else 80)


def _timeouts(request: httpcore2.Request) -> dict[str, Any]:
    timeouts: dict[str, Any] = request.extensions.get("timeout", {})
    return timeouts
