"""Sockets for the connection pool: resolved once, judged, and read in large pieces.

The pool's own backend reads 64 kB at a time through several layers of cancel scopes. For bodies of megabytes that is
most of the cost of a picture, so this one hands over whatever the event loop received.
"""

from __future__ import annotations

import asyncio
import select
import socket
import ssl
from collections import deque
from collections.abc import Iterable
from typing import Any

import httpcore2

from imageloom.runtime.egress.guard import Address, Reach, resolve, screen

RECEIVE_BYTES = 256 * 1024
CROWDED_BYTES = 64 * 1024
"""How much of one answer is received at once while :data:`HELD_BYTES_OF_ALL` wait to be read."""
_HELD_BYTES = 512 * 1024
"""So much of one answer waits to be read; then the other side has to."""
HELD_BYTES_OF_ALL = 4 * 1024 * 1024


class DnsFailed(httpcore2.ConnectError):
    """The name has no address."""


class TlsFailed(httpcore2.ConnectError):
    """The other side could not prove who it is, or speaks no TLS."""


class Wire(httpcore2.AsyncNetworkBackend):
    """Connects within one reach."""

    def __init__(self, reach: Reach) -> None:
        self._reach = reach
        self._basin = _Basin()

    @property
    def held_bytes(self) -> int:
        """What came on connections that are open, and waits to be read."""
        return self._basin.held

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Raises :class:`Blocked`, :class:`DnsFailed`, ``ConnectError``, ``ConnectTimeout``."""
        try:
            async with asyncio.timeout(timeout):
                try:
                    addresses = await resolve(host, port)
                except socket.gaierror as error:
                    raise DnsFailed(error.strerror or "no such host") from None
                screen(addresses, reach=self._reach, host=host)
                return await self._connect_first(addresses, port)
        except TimeoutError:
            raise httpcore2.ConnectTimeout("no connection in time") from None

    async def _connect_first(self, addresses: list[Address], port: int) -> _Stream:
        loop = asyncio.get_running_loop()
        reason = "no address"
        for address in addresses:
            try:
                transport, protocol = await loop.create_connection(
                    lambda: _Receiver(self._basin), host=str(address), port=port
                )
            except OSError as error:
                reason = error.strerror or type(error).__name__
            else:
                return _Stream(transport, protocol)
        raise httpcore2.ConnectError(reason)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class _Basin:
    """Where the loop receives, for all connections: it fills and empties it in one step.

    Hundreds may be answered in one moment, and what came for each lies in memory until it is read: then each gets less.
    """

    def __init__(self) -> None:
        self._whole = memoryview(bytearray(RECEIVE_BYTES))
        self._part = self._whole[:CROWDED_BYTES]
        self.held = 0
        """What came and waits to be read."""

    @property
    def room(self) -> memoryview:
        return self._whole if self.held < HELD_BYTES_OF_ALL else self._part

    def piece(self, size: int) -> bytes:
        self.held += size
        return bytes(self._whole[:size])


class _Receiver(asyncio.BufferedProtocol):
    """Keeps what arrived until it is read, and tells the transport to wait when nobody reads."""

    def __init__(self, basin: _Basin) -> None:
        self._basin = basin
        self.transport: asyncio.Transport | None = None
        self.pieces: deque[bytes] = deque()
        self.held = 0
        self.ended = False
        self.error: Exception | None = None
        self._is_lost = False
        self._paused_reading = False
        self._paused_writing = False
        self._reader: asyncio.Future[None] | None = None
        self._writer: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._basin.room

    def buffer_updated(self, nbytes: int) -> None:
        self.pieces.append(self._basin.piece(nbytes))
        self.held += nbytes
        if self.held > _HELD_BYTES and not self._paused_reading and self.transport is not None:
            self._paused_reading = True
            self.transport.pause_reading()
        _wake(self._reader)

    def eof_received(self) -> None:
        self.ended = True
        _wake(self._reader)

    def connection_lost(self, exc: Exception | None) -> None:
        self.ended = True
        self.error = exc
        # However a connection ends, it ends here: what is left is read at once, or by nobody.
        self._is_lost = True
        self._basin.held -= self.held
        _wake(self._reader)
        _wake(self._writer)

    def pause_writing(self) -> None:
        self._paused_writing = True

    def resume_writing(self) -> None:
        self._paused_writing = False
        _wake(self._writer)

    def take(self) -> bytes:
        piece = self.pieces.popleft()
        if not self._is_lost:
            self.held -= len(piece)
            self._basin.held -= len(piece)
        if self._paused_reading and not self.pieces and self.transport is not None and not self.ended:
            self._paused_reading = False
            self.transport.resume_reading()
        return piece

    async def arrival(self) -> None:
        if not self.pieces and not self.ended:
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader

    @property
    def is_full(self) -> bool:
        """Whether the other side takes less than is written."""
        return self._paused_writing

    async def drained(self) -> None:
        if self._paused_writing and not self.ended:
            self._writer = asyncio.get_running_loop().create_future()
            await self._writer


def _wake(waiter: asyncio.Future[None] | None) -> None:
    if waiter is not None and not waiter.done():
        waiter.set_result(None)


class _Stream(httpcore2.AsyncNetworkStream):
    def __init__(self, transport: asyncio.Transport, receiver: _Receiver) -> None:
        self._transport = transport
        self._receiver = receiver

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """The next piece as it came, which may be more than ``max_bytes``; empty at the end."""
        receiver = self._receiver
        if not receiver.pieces and not receiver.ended:
            if timeout is None:
                await receiver.arrival()
            else:
                try:
                    async with asyncio.timeout(timeout):
                        await receiver.arrival()
                except TimeoutError:
                    raise httpcore2.ReadTimeout("silence") from None
        if receiver.pieces:
            return receiver.take()
        if receiver.error is not None:
            raise httpcore2.ReadError("connection lost")
        return b""

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        if not buffer:
            return
        if self._receiver.ended:
            raise httpcore2.WriteError("connection lost")
        self._transport.write(buffer)
        if not self._receiver.is_full:
            return
        try:
            async with asyncio.timeout(timeout):
                await self._receiver.drained()
        except TimeoutError:
            raise httpcore2.WriteTimeout("the other side takes nothing") from None

    async def aclose(self) -> None:
        self._transport.abort()

    async def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore2.AsyncNetworkStream:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout):
                transport = await loop.start_tls(
                    self._transport, self._receiver, ssl_context, server_hostname=server_hostname
                )
        except TimeoutError:
            self._transport.abort()
            raise httpcore2.ConnectTimeout("no TLS in time") from None
        except OSError as error:
            self._transport.abort()
            raise TlsFailed(_tls_reason(error)) from None
        assert transport is not None
        self._receiver.transport = transport
        return _Stream(transport, self._receiver)

    def get_extra_info(self, info: str) -> Any:
        if info == "is_readable":
            return self._is_readable()
        if info == "transport":
            return self._transport
        if info == "server_addr":
            return self._transport.get_extra_info("peername")
        if info == "client_addr":
            return self._transport.get_extra_info("sockname")
        return self._transport.get_extra_info(info)

    def _is_readable(self) -> bool:
        """Whether an idle connection is of no more use: something, or the end, has come or waits in the kernel."""
        if self._receiver.pieces or self._receiver.ended or self._transport.is_closing():
            return True
        waiting = self._transport.get_extra_info("socket")
        if waiting is None or not hasattr(select, "poll"):
            return False
        poll = select.poll()
        poll.register(waiting.fileno(), select.POLLIN)
        return bool(poll.poll(0))


def _tls_reason(error: OSError) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message or "certificate not trusted"
    if isinstance(error, ssl.SSLError):
        return (error.reason or "handshake failed").lower().replace("_", " ")
    return "connection lost in the handshake"
