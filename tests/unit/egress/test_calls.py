from __future__ import annotations

import asyncio
import contextlib
import datetime as dt
import logging
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pydantic import SecretStr

from imageloom.contracts.provider import BlobRef, ExpectBytes, HeaderKey, HttpCall, JsonBody, MultipartBody
from imageloom.kit.clock import SystemClock
from imageloom.runtime.egress.client import Egress
from imageloom.runtime.egress.endpoint import EgressSettings, Endpoint
from imageloom.runtime.egress.errors import Blocked, NoAnswer

from .conftest import KEY
from .upstream import Request, Upstream, hang, raw, reset, sized

POST = HttpCall(method="POST", url="images", body=JsonBody(value={"prompt": "x"}), total_seconds=10)


async def fails(egress: Egress, call: HttpCall, endpoint: Endpoint, folder: Path) -> NoAnswer:
    with pytest.raises(NoAnswer) as failure:
        await egress.send(call, endpoint=endpoint, folder=folder)
    assert list(folder.iterdir()) == []
    return failure.value


# --- failures ----------------------------------------------------------------------------------------------------


async def test_refused_connections_send_nothing(egress: Egress, tmp_path: Path) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        endpoint = Endpoint(base_url=f"http://127.0.0.1:{closed.getsockname()[1]}")
        failure = await fails(egress, POST, endpoint, tmp_path)

    assert (failure.reason, failure.sent) == ("connect", False)


async def test_a_name_without_an_address_sends_nothing(egress: Egress, tmp_path: Path) -> None:
    failure = await fails(egress, POST, Endpoint(base_url=f"https://{'a' * 64}.invalid"), tmp_path)

    assert (failure.reason, failure.sent) == ("dns", False)


async def test_a_hang_ends_with_the_total(
    egress: Egress, endpoint: Endpoint, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.on("/v1/images", hang)

    failure = await fails(egress, HttpCall(method="POST", url="images", total_seconds=1.5), endpoint, tmp_path)

    assert (failure.reason, failure.sent) == ("timeout", True)
    assert len(upstream.requests) == 1


async def test_drops_do_not_postpone_the_total(
    egress: Egress, endpoint: Endpoint, upstream: Upstream, tmp_path: Path
) -> None:
    dripped = 0

    async def drip(_request: Request, writer: asyncio.StreamWriter) -> None:
        nonlocal dripped
        writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: image/png\r\ncontent-length: 100000\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x")
            dripped += 1
            await writer.drain()
            await asyncio.sleep(0.01)

    upstream.on("/v1/images", drip)
    call = HttpCall(method="POST", url="images", expect=ExpectBytes(), total_seconds=0.5)

    failure = await fails(egress, call, endpoint, tmp_path)

    assert (failure.reason, failure.sent) == ("timeout", True)
    assert 1 < dripped < 100_000


async def test_silence_has_its_own_bound(endpoint: Endpoint, upstream: Upstream, tmp_path: Path) -> None:
    upstream.on("/v1/images", hang)
    egress = Egress(clock=SystemClock(), settings=EgressSettings(read_seconds=0.1))
    async with contextlib.aclosing(egress):
        failure = await fails(egress, POST, endpoint, tmp_path)

    assert (failure.reason, failure.sent) == ("timeout", True)


async def test_a_call_that_waits_for_a_connection_has_sent_nothing(
    endpoint: Endpoint, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.on("/v1/images", hang)
    egress = Egress(clock=SystemClock(), settings=EgressSettings(max_connections=1))
    async with contextlib.aclosing(egress):
        first = asyncio.create_task(egress.send(POST, endpoint=endpoint, folder=tmp_path))
        async with asyncio.timeout(5):
            while not upstream.requests:
                await asyncio.sleep(0)
        waiting = HttpCall(method="POST", url="images", total_seconds=0.2)
        failure = await fails(egress, waiting, endpoint, tmp_path)
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first

    assert (failure.reason, failure.sent) == ("timeout", False)
    assert len(upstream.requests) == 1


async def test_a_reset_before_the_answer(
    egress: Egress, endpoint: Endpoint, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.on("/v1/images", reset)

    failure = await fails(egress, POST, endpoint, tmp_path)

    assert (failure.reason, failure.sent) == ("reset", True)
    assert len(upstream.requests) == 1


@pytest.mark.parametrize("part", [b"", b"HTTP/1.1 200 OK\r\ncontent-"])
async def test_an_end_before_the_answer(
    part: bytes, egress: Egress, endpoint: Endpoint, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.on("/v1/images", raw(part, close=True))

    failure = await fails(egress, POST, endpoint, tmp_path)

    assert (failure.reason, failure.sent) == ("reset", True)


async def test_something_that_is_not_http(
    egress: Egress, endpoint: Endpoint, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.on("/v1/images", raw(b"SSH-2.0-OpenSSH_9.2\r\n\r\n"))

    failure = await fails(egress, POST, endpoint, tmp_path)

    assert (failure.reason, failure.sent) == ("protocol", True)


async def test_a_kept_connection_that_dies_is_not_tried_again(
    egress: Egress, endpoint: Endpoint, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.on("/v1/first", sized(b"{}"))
    upstream.on("/v1/images", reset)
    await egress.send(HttpCall(method="GET", url="first"), endpoint=endpoint, folder=tmp_path)

    failure = await fails(egress, POST, endpoint, tmp_path)

    assert (failure.reason, failure.sent) == ("reset", True)
    assert [request.target for request in upstream.requests] == ["/v1/first", "/v1/images"]
    assert upstream.connections == 1


async def test_a_kept_connection_that_is_already_closed_is_not_used(
    egress: Egress, endpoint: Endpoint, upstream: Upstream, tmp_path: Path
) -> None:
    answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}"
    upstream.on("/v1/images", raw(answer, close=True))

    for _ in range(3):
        reply = await egress.send(POST, endpoint=endpoint, folder=tmp_path)
        assert reply.body == {}
        await asyncio.sleep(0)

    assert len(upstream.requests) == 3


@pytest.mark.parametrize(
    ("answer", "connections"),
    [
        (b"content-length: 2\r\n\r\n{}", 1),
        (b"transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n", 1),
        (b"content-length: 2\r\nconnection: close\r\n\r\n{}", 3),
        (b"content-length: 2\r\n\r\n{}and more than was promised", 3),
    ],
    ids=["sized", "chunked", "told to close", "more than promised"],
)
async def test_a_connection_is_used_again_only_after_a_whole_answer(
    answer: bytes, connections: int, egress: Egress, endpoint: Endpoint, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.on("/v1/images", raw(b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n" + answer))

    for _ in range(3):
        assert (await egress.send(POST, endpoint=endpoint, folder=tmp_path)).body == {}

    assert len(upstream.requests) == 3
    assert upstream.connections == connections


async def test_connections_are_kept_and_calls_in_parallel_do_not_mix(
    egress: Egress, endpoint: Endpoint, upstream: Upstream, tmp_path: Path
) -> None:
    async def echo(request: Request, writer: asyncio.StreamWriter) -> None:
        await sized(b'{"n":%s}' % request.target.partition("=")[2].encode())(request, writer)

    upstream.on("/v1/echo", echo)

    async def ask(number: int) -> int:
        call = HttpCall(method="GET", url="echo", query=(("n", str(number)),))
        body = (await egress.send(call, endpoint=endpoint, folder=tmp_path)).body
        return int(body["n"])

    assert await asyncio.gather(*(ask(number) for number in range(40))) == list(range(40))
    assert await asyncio.gather(*(ask(number) for number in range(10))) == list(range(10))
    assert upstream.connections <= 40


async def test_cookies_are_not_kept(egress: Egress, endpoint: Endpoint, upstream: Upstream, tmp_path: Path) -> None:
    upstream.on("/v1/images", sized(b"{}", extra="set-cookie: session=1\r\n"))

    await egress.send(POST, endpoint=endpoint, folder=tmp_path)
    await egress.send(POST, endpoint=endpoint, folder=tmp_path)

    assert "cookie" not in upstream.requests[1].headers


# --- the credential ----------------------------------------------------------------------------------------------


def moved(to: str, status: str = "302 Found") -> bytes:
    return f"HTTP/1.1 {status}\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n".encode()


async def test_a_redirect_of_a_call_with_the_credential_is_an_answer(
    egress: Egress, endpoint: Endpoint, upstream: Upstream, elsewhere: Upstream, tmp_path: Path
) -> None:
    upstream.on("/v1/images", raw(moved(f"{elsewhere.url}/x", "307 Temporary Redirect")))

    for method in ("POST", "GET"):
        call = HttpCall(method=method, url="images")
        reply = await egress.send(call, endpoint=endpoint, folder=tmp_path)
        assert (reply.status, reply.headers["location"]) == (307, f"{elsewhere.url}/x")

    assert elsewhere.connections == 0


async def test_a_result_elsewhere_is_fetched_without_anything_of_the_call(
    egress: Egress, upstream: Upstream, elsewhere: Upstream, tmp_path: Path
) -> None:
    endpoint = Endpoint(
        base_url=upstream.url, auth=HeaderKey(), key=SecretStr(KEY), hosts=(f"127.0.0.1:{elsewhere.port}",)
    )
    upstream.on("/file", raw(moved(f"{elsewhere.url}/a.png?sig=1")))
    elsewhere.on("/a.png", sized(b"png", media_type="image/png"))
    call = HttpCall(method="GET", url=f"{upstream.url}/file", headers=(("X-Own", "1"),), expect=ExpectBytes())

    reply = await egress.send(call, endpoint=endpoint, folder=tmp_path)

    assert reply.blob is not None
    assert reply.blob.path.read_bytes() == b"png"
    seen = elsewhere.requests[0]
    assert seen.target == "/a.png?sig=1"
    assert set(seen.headers) == {"host", "user-agent", "accept-encoding"}
    assert "authorization" not in upstream.requests[0].headers


async def test_a_redirect_to_a_place_that_may_not_be_called(
    egress: Egress, endpoint: Endpoint, upstream: Upstream, elsewhere: Upstream, tmp_path: Path
) -> None:
    upstream.on("/file", raw(moved(f"{elsewhere.url}/a.png")))
    upstream.on("/safe", raw(moved(f"https://127.0.0.1:{elsewhere.port}/a.png")))

    for path in ("file", "safe"):
        with pytest.raises(Blocked):
            await egress.send(HttpCall(method="GET", url=f"{upstream.url}/{path}"), endpoint=endpoint, folder=tmp_path)

    assert elsewhere.connections == 0


async def test_redirects_end(egress: Egress, endpoint: Endpoint, upstream: Upstream, tmp_path: Path) -> None:
    upstream.on("/loop", raw(moved("/loop")))

    reply = await egress.send(HttpCall(method="GET", url=f"{upstream.url}/loop"), endpoint=endpoint, folder=tmp_path)

    assert reply.status == 302
    assert len(upstream.requests) == 4


async def test_the_adapters_headers_do_not_replace_ours(
    egress: Egress, endpoint: Endpoint, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.on("/v1/images", sized(b"{}"))
    headers = (("host", "evil"), ("authorization", "Bearer other"), ("Accept-Encoding", "gzip"), ("X-A", "b"))

    await egress.send(HttpCall(method="GET", url="images", headers=headers), endpoint=endpoint, folder=tmp_path)

    seen = upstream.requests[0].headers
    assert (seen["host"], seen["authorization"]) == (f"127.0.0.1:{upstream.port}", f"Bearer {KEY}")
    assert (seen["accept-encoding"], seen["x-a"]) == ("identity", "b")


async def test_a_key_header_by_another_name(egress: Egress, upstream: Upstream, tmp_path: Path) -> None:
    upstream.on("/images", sized(b"{}"))
    endpoint = Endpoint(
        base_url=upstream.url, auth=HeaderKey(header="x-key", template="Key {key}"), key=SecretStr("{key}{0}")
    )

    await egress.send(POST, endpoint=endpoint, folder=tmp_path)

    assert upstream.requests[0].headers["x-key"] == "Key {key}{0}"


@pytest.mark.parametrize("key", ["secret-key\r\nX-Injected: 1", "sécret-key-123", "secret-key\x00", "secret-key "])
async def test_a_key_that_no_header_can_carry(key: str, egress: Egress, upstream: Upstream, tmp_path: Path) -> None:
    endpoint = Endpoint(base_url=upstream.url, auth=HeaderKey(), key=SecretStr(key))

    with pytest.raises(Blocked) as refusal:
        await egress.send(POST, endpoint=endpoint, folder=tmp_path)

    assert key not in str(refusal.value.document())
    assert upstream.connections == 0


@pytest.fixture
def every_event() -> Iterator[list[structlog.typing.EventDict]]:
    """What is logged at any level, however logs were set up before."""
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.DEBUG))
    try:
        with structlog.testing.capture_logs() as events:
            yield events
    finally:
        structlog.configure(**before)


async def test_the_key_and_signed_queries_never_show(
    every_event: list[structlog.typing.EventDict],
    egress: Egress,
    endpoint: Endpoint,
    upstream: Upstream,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
) -> None:
    caplog.set_level(logging.DEBUG)
    upstream.on("/v1/images", hang)
    upstream.on("/v1/echo", sized(f'{{"error":"bad key {KEY}"}}'.encode(), status="401 No"))
    upstream.on("/v1/text", sized(f"bad key {KEY}".encode(), status="401 No", media_type="text/plain"))
    calls = [
        HttpCall(method="POST", url="images", query=(("sig", "signature-1"),), total_seconds=0.2),
        HttpCall(method="GET", url=f"{upstream.url}/v1/images?sig=signature-1", total_seconds=0.2),
        HttpCall(method="POST", url="echo"),
        HttpCall(method="POST", url="text"),
    ]
    shown = [repr(endpoint), repr(egress)]

    for call in calls:
        try:
            shown.append(repr(await egress.send(call, endpoint=endpoint, folder=tmp_path)))
        except NoAnswer as failure:
            shown += [str(failure), repr(failure), failure.message]

    everything = "\n".join([*shown, str(every_event), caplog.text])
    assert KEY not in everything
    assert "signature-1" not in everything
    assert "bad key ***" in everything
    assert [event["event"] for event in every_event] == ["egress_unanswered"] * 2 + ["egress_answered"] * 2
    assert set(every_event[2]) == {"event", "log_level", "host", "status", "seconds", "bytes"}


# --- forms -------------------------------------------------------------------------------------------------------


async def test_a_form_is_sent_byte_for_byte(
    egress: Egress, endpoint: Endpoint, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.on("/v1/images", sized(b"{}"))
    picture = bytes(range(256)) * 3000
    path = tmp_path / "reference.png"
    path.write_bytes(picture)
    file = BlobRef(path=path, size_bytes=1, media_type="image/png", filename='a"b\r\n.png')
    plain = BlobRef(path=path, size_bytes=len(picture))
    body = MultipartBody(fields=(("prompt", "ein Bär\r\n"), ("n", "1")), files=(("image[]", file), ("mask", plain)))

    await egress.send(HttpCall(method="POST", url="images", body=body), endpoint=endpoint, folder=tmp_path)

    seen = upstream.requests[0]
    kind, _, boundary = seen.headers["content-type"].partition("; boundary=")
    assert kind == "multipart/form-data"
    assert seen.headers["content-length"] == str(len(seen.body))
    mark = f"--{boundary}".encode()
    assert seen.body == b"".join(
        [
            mark + b'\r\nContent-Disposition: form-data; name="prompt"\r\n\r\n' + "ein Bär\r\n".encode() + b"\r\n",
            mark + b'\r\nContent-Disposition: form-data; name="n"\r\n\r\n1\r\n',
            mark + b'\r\nContent-Disposition: form-data; name="image[]"; filename="a%22b%0D%0A.png"\r\n',
            b"Content-Type: image/png\r\n\r\n" + picture + b"\r\n",
            mark + b'\r\nContent-Disposition: form-data; name="mask"; filename="reference.png"\r\n',
            b"Content-Type: application/octet-stream\r\n\r\n" + picture + b"\r\n",
            mark + b"--\r\n",
        ]
    )


async def test_a_missing_file_is_noticed_before_anything_is_sent(
    egress: Egress, endpoint: Endpoint, upstream: Upstream, tmp_path: Path
) -> None:
    body = MultipartBody(files=(("image", BlobRef(path=tmp_path / "none.png", size_bytes=1)),))

    with pytest.raises(FileNotFoundError):
        await egress.send(HttpCall(method="POST", url="images", body=body), endpoint=endpoint, folder=tmp_path)

    assert upstream.connections == 0


async def test_an_answer_before_the_whole_request_is_taken(egress: Egress, endpoint: Endpoint, tmp_path: Path) -> None:
    async def refuse(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 413 Too Large\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}")
        await writer.drain()
        # Closing with unread data would send a RST that overtakes the answer.
        with contextlib.suppress(ConnectionError):
            while await reader.read(65536):
                pass
        writer.close()
        with contextlib.suppress(ConnectionError):
            await writer.wait_closed()
        closed.set()

    closed = asyncio.Event()
    path = tmp_path / "big"
    path.write_bytes(b"x" * 3_000_000)
    body = MultipartBody(files=(("image", BlobRef(path=path, size_bytes=3_000_000)),))
    server = await asyncio.start_server(refuse, "127.0.0.1", 0)
    base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    reply = await egress.send(
        HttpCall(method="POST", url="x", body=body), endpoint=Endpoint(base_url=base_url), folder=tmp_path
    )
    async with asyncio.timeout(5):
        await closed.wait()
    server.close()
    await server.wait_closed()

    assert (reply.status, reply.body) == (413, {})


# --- TLS and proxies ---------------------------------------------------------------------------------------------


def certificate(folder: Path) -> tuple[ssl.SSLContext, Path]:
    """A server context for ``localhost``, and the file to trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    trusted, secret = folder / "ca.pem", folder / "key.pem"
    trusted.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted, secret)
    return context, trusted


async def test_tls_proves_the_name_although_the_connection_is_made_to_its_address(tmp_path: Path) -> None:
    context, trusted = certificate(tmp_path)
    names: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: names.append(name)
    folder = tmp_path / "out"
    folder.mkdir()
    upstream = Upstream()
    await upstream.start(context)
    upstream.on("/images", sized(b'{"x": "' + b"y" * 900_000 + b'"}'))
    good = Endpoint(base_url=f"https://localhost:{upstream.port}")
    wrong_name = Endpoint(base_url=f"https://127.0.0.1:{upstream.port}")
    egress = Egress(clock=SystemClock(), settings=EgressSettings(ca_file=trusted))
    distrustful = Egress(clock=SystemClock(), settings=EgressSettings())

    async with contextlib.aclosing(egress), contextlib.aclosing(distrustful):
        reply = await egress.send(POST, endpoint=good, folder=folder)
        misnamed = await fails(egress, POST, wrong_name, folder)
        untrusted = await fails(distrustful, POST, good, folder)
    await upstream.stop()

    assert reply.body == {"x": "y" * 900_000}
    assert names[0] == "localhost"
    assert [(failure.reason, failure.sent) for failure in (misnamed, untrusted)] == [("tls", False)] * 2
    assert len(upstream.requests) == 1


async def test_a_server_that_never_speaks_tls(upstream: Upstream, tmp_path: Path) -> None:
    egress = Egress(clock=SystemClock(), settings=EgressSettings(connect_seconds=0.3))
    async with contextlib.aclosing(egress):
        failure = await fails(egress, POST, Endpoint(base_url=f"https://127.0.0.1:{upstream.port}"), tmp_path)

    assert (failure.reason, failure.sent) == ("timeout", False)


async def test_closing_ends_the_calls_that_are_on_their_way(
    endpoint: Endpoint, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.on("/v1/images", hang)
    egress = Egress(clock=SystemClock())
    call = asyncio.create_task(egress.send(POST, endpoint=endpoint, folder=tmp_path))
    async with asyncio.timeout(5):
        while not upstream.requests:
            await asyncio.sleep(0)

    await egress.aclose()

    with pytest.raises(NoAnswer) as failure:
        await call
    assert (failure.value.reason, failure.value.sent) == ("reset", True)


async def test_a_proxy_that_refuses_has_seen_nothing_of_the_call(upstream: Upstream, tmp_path: Path) -> None:
    upstream.answers["localhost:1"] = raw(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n")
    proxy = upstream.url.replace("//", "//user:proxy-password@")
    egress = Egress(clock=SystemClock(), settings=EgressSettings(proxy=proxy))
    endpoint = Endpoint(base_url="https://localhost:1", auth=HeaderKey(), key=SecretStr(KEY))
    async with contextlib.aclosing(egress):
        failure = await fails(egress, POST, endpoint, tmp_path)
        with pytest.raises(Blocked):
            await egress.send(HttpCall(method="GET", url="https://127.0.0.1:2/x"), endpoint=endpoint, folder=tmp_path)

    assert (failure.reason, failure.sent) == ("connect", False)
    assert [request.method for request in upstream.requests] == ["CONNECT"]
    assert upstream.requests[0].headers["proxy-authorization"].startswith("Basic ")
    assert KEY not in str(upstream.requests)
    assert "proxy-password" not in repr(EgressSettings(proxy=proxy))
