"""The only HTTP client of the product."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import httpcore2
import httpx2
import structlog

from imageloom.contracts.provider import ExpectBytes, ExpectEvents, HeaderKey, HttpCall, Reply
from imageloom.kit.clock import Clock
from imageloom.runtime.disk import Disk
from imageloom.runtime.egress.answers import Arrival, Cut, TooLarge, read_answer
from imageloom.runtime.egress.bodies import RequestBody, encode
from imageloom.runtime.egress.endpoint import EgressSettings, Endpoint
from imageloom.runtime.egress.errors import Blocked, NoAnswer, NoAnswerReason, redact
from imageloom.runtime.egress.events import Shown
from imageloom.runtime.egress.files import BlobFile
from imageloom.runtime.egress.guard import Reach, Target, aim, resolve, screen
from imageloom.runtime.egress.lines import Lines
from imageloom.runtime.egress.wire import DnsFailed, TlsFailed, Wire

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MAX_HOPS = 3
_OWN_HEADERS = frozenset(
    {"host", "content-length", "transfer-encoding", "connection", "accept-encoding", "user-agent", "content-type"}
)

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")

_log = structlog.get_logger(__name__)


@dataclass
class _Trip:
    """One call on its way, and how far it has come; what a failure means depends on that."""

    call: HttpCall
    endpoint: Endpoint
    folder: Path
    began: float
    secret: str | None
    shown: Shown | None
    sent: bool = False
    arrival: Arrival | None = None

    async def trace(self, event: str, info: Mapping[str, Any]) -> None:
        if event == "http11.send_request_headers.started" and info["request"].method != b"CONNECT":
            self.sent = True


class Egress:
    """Sends calls. Shared by everything in the process; connections are kept and shared, credentials never are."""

    def __init__(self, *, clock: Clock, disk: Disk | None = None, settings: EgressSettings | None = None) -> None:
        self._clock = clock
        self._disk = disk or Disk()
        self._settings = settings or EgressSettings()
        self._pools: dict[Reach, Lines | httpcore2.AsyncConnectionPool] = {}

    async def send(self, call: HttpCall, *, endpoint: Endpoint, folder: Path, shown: Shown | None = None) -> Reply:
        """One request and its answer, whatever its status; blobs are files in ``folder``.

        The credential goes along only with a relative URL, to the origin of ``endpoint.base_url``. Redirects are
        followed for absolute URLs only, each checked anew. Nothing is ever sent twice.

        Raises :class:`NoAnswer` when there is none, :class:`Blocked` when the address may not be called,
        and ``OSError`` when a file to upload cannot be opened, before anything is sent. A call that raises leaves no
        file behind. Blobs that the disk refuses stay in memory, and the call waits until they are written.
        ``shown`` hears of unfinished pictures that come before the answer.
        """
        target = aim(call.url, query=call.query, endpoint=endpoint, settings=self._settings)
        headers = _headers(call, target, endpoint, self._settings)
        body = encode(call.body)
        trip = _Trip(call, endpoint, folder, self._clock.monotonic(), _secret(endpoint), shown)
        try:
            async with asyncio.timeout(call.total_seconds):
                reply = await self._travel(trip, target, headers, body)
        except _FAILURES as error:
            if trip.arrival is None or trip.arrival.ok:
                failure = _no_answer(error, target, trip)
                self._log_failure(failure, target, trip)
                raise failure from None
            reply = trip.arrival.kept_reply()
        if trip.arrival is not None and trip.arrival.unwritten:
            await self._until_written(trip.arrival.unwritten, owner=folder.name)
        _log.debug(
            "egress_answered",
            host=target.authority,
            status=reply.status,
            seconds=round(self._clock.monotonic() - trip.began, 3),
            bytes=0 if trip.arrival is None else trip.arrival.bytes_read,
        )
        return reply

    async def _until_written(self, files: list[BlobFile], *, owner: str) -> None:
        try:
            await self._disk.until(owner, partial(self._disk.run, partial(_write_rest, files)))
        finally:
            # Not written is who was cancelled: the process ends, and the bytes with it.
            for file in files:
                if not file.is_written:
                    file.discard()

    async def aclose(self) -> None:
        """Closes every connection; calls that are on their way end as :class:`NoAnswer`."""
        pools, self._pools = list(self._pools.values()), {}
        for pool in pools:
            await pool.aclose()
        # Transports tell their sockets goodbye in the loop's next turn.
        await asyncio.sleep(0)

    async def _travel(self, trip: _Trip, target: Target, headers: list[tuple[str, str]], body: RequestBody) -> Reply:
        hops_left = 0 if target.credential or trip.call.method != "GET" else _MAX_HOPS
        while True:
            response = await self._request(trip, target, headers, body)
            try:
                arrival = trip.arrival = Arrival(response.status, _reply_headers(response), trip.secret)
                location = arrival.headers.get("location") if arrival.status in _REDIRECTS else None
                if location is None or not hops_left:
                    return await read_answer(
                        response,
                        arrival,
                        expect=trip.call.expect,
                        folder=trip.folder,
                        shown=trip.shown,
                        disk=self._disk,
                    )
            finally:
                await response.aclose()
            hops_left -= 1
            trip.arrival = None
            target = aim(target.join(location), endpoint=trip.endpoint, settings=self._settings)
            headers = _own_headers(target, self._settings)

    async def _request(
        self, trip: _Trip, target: Target, headers: list[tuple[str, str]], body: RequestBody
    ) -> httpcore2.Response:
        method = trip.call.method
        pool = await self._pool(target)
        request = httpcore2.Request(
            method,
            httpcore2.URL(
                scheme=target.scheme.encode(), host=target.host.encode(), port=target.port, target=target.path.encode()
            ),
            headers=[(name.encode("ascii"), value.encode("utf-8")) for name, value in _framed(headers, method, body)],
            content=body,
            extensions={
                "trace": trip.trace,
                "timeout": {
                    "connect": self._settings.connect_seconds,
                    "read": self._settings.read_seconds,
                    "write": self._settings.write_seconds,
                },
            },
        )
        return await pool.handle_async_request(request)

    async def _pool(self, target: Target) -> Lines | httpcore2.AsyncConnectionPool:
        settings = self._settings
        # A proxy is the way to the internet; what is near is reached directly.
        proxied = settings.proxy is not None and target.reach in (Reach.public, Reach.stated)
        if proxied:
            await _screen_before_proxy(target)
        pool = self._pools.get(target.reach)
        if pool is None:
            pool = self._pools[target.reach] = self._proxied() if proxied else self._direct(target.reach)
        return pool

    def _direct(self, reach: Reach) -> Lines:
        settings = self._settings
        return Lines(
            Wire(reach),
            tls=_tls_context(settings.ca_file),
            most=settings.max_connections,
            keep_seconds=settings.keepalive_seconds,
        )

    def _proxied(self) -> httpcore2.AsyncConnectionPool:
        settings = self._settings
        assert settings.proxy is not None
        return httpcore2.AsyncConnectionPool(
            ssl_context=_tls_context(settings.ca_file),
            proxy=_proxy(settings.proxy),
            max_connections=settings.max_connections,
            keepalive_expiry=settings.keepalive_seconds,
            http1=True,
            http2=False,
            retries=0,
            network_backend=Wire(Reach.allowed),
        )

    def _log_failure(self, failure: NoAnswer, target: Target, trip: _Trip) -> None:
        _log.debug(
            "egress_unanswered",
            host=target.authority,
            reason=failure.reason,
            sent=failure.sent,
            seconds=round(self._clock.monotonic() - trip.began, 3),
        )


@cache
def _tls_context(ca_file: Path | None) -> ssl.SSLContext:
    """Whom to trust. Reading all authorities takes longer than a request, so it is done once."""
    context = httpx2.create_ssl_context(trust_env=False)
    if ca_file is not None:
        context.load_verify_locations(cafile=ca_file)
    return context


async def _screen_before_proxy(target: Target) -> None:
    """The proxy resolves the name itself, so this is only a check beforehand; where only the proxy knows names, its
    own rules stand alone.
    """
    try:
        addresses = await resolve(target.host, target.port)
    except OSError:
        return
    screen(addresses, reach=target.reach, host=target.host)


def _proxy(url: str) -> httpcore2.Proxy:
    parts = urlsplit(url)
    auth = (unquote(parts.username), unquote(parts.password or "")) if parts.username else None
    host = f"[{parts.hostname}]" if parts.hostname and ":" in parts.hostname else parts.hostname
    port = f":{parts.port}" if parts.port else ""
    return httpcore2.Proxy(f"{parts.scheme}://{host}{port}", auth=auth)


# --- headers -----------------------------------------------------------------------------------------------------


def _headers(call: HttpCall, target: Target, endpoint: Endpoint, settings: EgressSettings) -> list[tuple[str, str]]:
    """Raises :class:`Blocked` when a value cannot be sent."""
    headers = _own_headers(target, settings)
    credential = _credential(endpoint) if target.credential else None
    taken = _OWN_HEADERS | ({credential[0].lower()} if credential else set())
    stated = [(name, value) for name, value in call.headers if name.lower() not in taken]
    if not any(name.lower() == "accept" for name, _ in stated):
        stated.append(("Accept", _accepted(call)))
    for name, value in stated:
        if not _is_sendable(name) or not _is_sendable(value):
            raise Blocked(f"The header {name[:40]!r} holds characters that cannot be sent.")
    headers += stated
    if credential:
        headers.append(credential)
    return headers


def _accepted(call: HttpCall) -> str:
    match call.expect:
        case ExpectBytes():
            return "*/*"
        case ExpectEvents():
            return "text/event-stream, application/json"
        case _:
            return "application/json"


def _own_headers(target: Target, settings: EgressSettings) -> list[tuple[str, str]]:
    # Pictures do not get smaller by compression, and inflating them costs more than reading them.
    return [("Host", target.authority), ("User-Agent", settings.user_agent), ("Accept-Encoding", "identity")]


def _framed(headers: list[tuple[str, str]], method: str, body: RequestBody) -> list[tuple[str, str]]:
    if body.media_type is not None:
        return [*headers, ("Content-Type", body.media_type), ("Content-Length", str(body.length))]
    return [*headers, ("Content-Length", "0")] if method == "POST" else headers


def _credential(endpoint: Endpoint) -> tuple[str, str] | None:
    key = _secret(endpoint)
    if key is None or not isinstance(endpoint.auth, HeaderKey):
        return None
    if not key.isascii() or not _is_sendable(key):
        raise Blocked("The key holds characters that a header cannot carry.", field="key")
    return endpoint.auth.header, endpoint.auth.template.replace("{key}", key)


def _secret(endpoint: Endpoint) -> str | None:
    return (endpoint.key.get_secret_value() or None) if endpoint.key is not None else None


def _is_sendable(text: str) -> bool:
    return text == text.strip() and _CONTROL.search(text) is None


def _reply_headers(response: httpcore2.Response) -> dict[str, str]:
    headers: dict[str, str] = {}
    for raw_name, raw_value in response.headers:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return headers


# --- failures ----------------------------------------------------------------------------------------------------

_FAILURES = (
    TimeoutError,
    TooLarge,
    Cut,
    httpcore2.TimeoutException,
    httpcore2.NetworkError,
    httpcore2.ProtocolError,
    httpcore2.ProxyError,
)

_REASONS: tuple[tuple[type[Exception], NoAnswerReason], ...] = (
    (TooLarge, "too_large"),
    (TimeoutError, "timeout"),
    (httpcore2.TimeoutException, "timeout"),
    (DnsFailed, "dns"),
    (TlsFailed, "tls"),
    (httpcore2.ConnectError, "connect"),
    (httpcore2.ProxyError, "connect"),
)

_MESSAGES: dict[NoAnswerReason, str] = {
    "connect": "No connection to {host}",
    "dns": "{host} has no address",
    "tls": "No trusted TLS connection to {host}",
    "timeout": "{host} did not answer in time",
    "reset": "{host} closed the connection before it answered",
    "cut": "The answer of {host} ended before its end",
    "too_large": "The answer of {host} is larger than allowed",
    "protocol": "What {host} sent is not an HTTP answer",
}


def _no_answer(error: Exception, target: Target, trip: _Trip) -> NoAnswer:
    reason = _reason(error, trip)
    message = _MESSAGES[reason].format(host=target.authority)
    if reason in ("connect", "dns", "tls") and str(error):
        message = f"{message}: {error}"
    if isinstance(error, httpcore2.LocalProtocolError):
        message = f"The request to {target.authority} could not be sent whole"
    return NoAnswer(reason, sent=trip.sent, message=redact(f"{message}.", [trip.secret] if trip.secret else []))


def _write_rest(files: list[BlobFile]) -> None:
    for file in files:
        file.write_rest()


def _reason(error: Exception, trip: _Trip) -> NoAnswerReason:
    for kind, reason in _REASONS:
        if isinstance(error, kind):
            return reason
    if trip.arrival is not None:
        return "cut"
    # The pool puts it into these words when the connection ended before the head of an answer was complete.
    ended = isinstance(error, httpcore2.NetworkError) or str(error).startswith("Server disconnected")
    return "reset" if ended else "protocol"
