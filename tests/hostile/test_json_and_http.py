"""Bodies and requests that no polite client would send."""

from __future__ import annotations

import http.client
import itertools
import json
from contextlib import closing
from typing import Any

import pytest

from imageloom.doors.http.access import ASKS_FIRST
from tests.hostile.house import HANG_SECONDS, Case, House, check, refused, taken

LIMIT_JSON = 8_000_000
LIMIT_UPLOAD = 64_000_000
GOOD: dict[str, Any] = {"prompts": ["a cat"], "plan": {"models": ["illustrator/scene-1"], "sizes": ["64x64"]}}


def body(**changes: object) -> bytes:
    return json.dumps({**GOOD, **changes}).encode()


def plan(**changes: object) -> bytes:
    return body(plan={**GOOD["plan"], **changes})


def malformed(title: str, sent: bytes, field: str | None = None) -> Case:
    return refused(title, sent, "malformed", field, status=422)


BODIES = [
    taken("good", body()),
    malformed("empty", b""),
    malformed("not json", b"{not json"),
    malformed("half", body()[:-3]),
    malformed("two documents", body() + body()),
    malformed("trailing comma", b'{"prompts": ["a"],}'),
    malformed("single quotes", b"{'prompts': ['a']}"),
    malformed("comment", b'{"prompts": ["a"] /* x */}'),
    malformed("bare string", b'"a cat"', "body"),
    malformed("list", b'[{"prompts": ["a"]}]', "body"),
    malformed("null", b"null", "body"),
    malformed("number", b"7", "body"),
    malformed("deep lists", b"[" * 100_000 + b"]" * 100_000),
    malformed("deep objects", b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    malformed("deep inside prompts", b'{"prompts": ' + b"[" * 50_000 + b"]" * 50_000 + b"}"),
    malformed("NaN", b'{"prompts": ["a"], "priority": NaN}', "priority"),
    malformed("Infinity", b'{"prompts": ["a"], "priority": Infinity}', "priority"),
    malformed("-Infinity", b'{"prompts": ["a"], "priority": -Infinity}', "priority"),
    malformed("huge integer", b'{"prompts": ["a"], "priority": ' + b"9" * 400 + b"}", "priority"),
    malformed("integer that python will not read", b'{"prompts": ["a"], "priority": ' + b"9" * 10_000 + b"}"),
    malformed("huge exponent", b'{"prompts": ["a"], "priority": 1e999999}', "priority"),
    malformed("fraction", body(priority=1.5), "priority"),
    malformed("negative", body(priority=-1), "priority"),
    malformed("text for a number", body(priority="many"), "priority"),
    malformed("list for a text", body(name=["x"]), "name"),
    malformed("object for a text", body(name={"$gt": ""}), "name"),
    malformed("number for a text", body(name=7), "name"),
    malformed("text for a list", body(prompts="a cat"), "prompts"),
    malformed("object for a list", body(prompts={"0": "a"}), "prompts"),
    malformed("empty list", body(prompts=[]), "prompts"),
    malformed("null prompt", body(prompts=[None]), "prompts.0"),
    malformed("too many prompts", body(prompts=["a"] * 10_001), "prompts"),
    malformed("ten thousand faults", body(prompts=[1] * 10_000), "prompts.0"),
    malformed("unknown member", body(prompt="a"), "prompt"),
    malformed("prototype pollution", b'{"prompts": ["a"], "__proto__": {"is_admin": true}}', "__proto__"),
    malformed("member of a megabyte", b'{"prompts": ["a"], "' + b"x" * 1_000_000 + b'": 1}'),
    malformed("member that is half a character", b'{"prompts": ["a"], "\\ud800": 1}'),
    malformed("half a character", b'{"prompts": ["a"], "name": "\\ud800"}', "name"),
    malformed("NUL in a name", body(name="a\0b"), "name"),
    malformed("NUL in a template", plan(template="a\0{{prompt}}"), "plan.template"),
    malformed("NUL in a list", plan(models=["illustrator\0"]), "plan.models"),
    malformed("NUL in an id", body(prompts=None, sheet_id="a\0"), "sheet_id"),
    malformed("name of a megabyte", body(name="x" * 1_000_000), "name"),
    malformed("id of a megabyte", body(prompts=None, sheet_id="x" * 1_000_000), "sheet_id"),
    malformed("both sources", body(sheet_id="x"), "body"),
    malformed("no source", b"{}", "body"),
    malformed("count of nought", plan(count=0), "plan.count"),
    malformed("count without end", plan(count=10**12), "plan.count"),
    malformed("wrong policy", body(uncertain_policy="always_pay"), "uncertain_policy"),
    malformed("bytes that are no text", b'{"prompts": ["\xff\xfe"]}'),
    malformed("utf-16", json.dumps(GOOD).encode("utf-16")[:-1]),
    taken(
        "duplicate members: the last counts", b'{"prompts": ["x"], "prompts": ["a cat"], "plan": {"sizes": ["64x64"]}}'
    ),
    taken("utf-8 mark", b"\xef\xbb\xbf" + body()),
    refused("product without end", plan(seeds=["0-9999"], count=1000), "plan_too_large", None),
    refused("seeds without end", plan(seeds=["0-99999999999999"]), "invalid_input", "plan.seeds"),
    refused("seed of thousands of digits", plan(seeds=["9" * 90]), "invalid_input", "plan.seeds"),
    refused("seed that is a digit elsewhere", plan(seeds=["²"]), "invalid_input", "plan.seeds"),
    refused("size that is a digit elsewhere", plan(sizes=["²x²"]), "invalid_input", "plan.sizes"),
    refused("size without end", plan(sizes=["99999x99999"]), "does_not_fit", None),
    refused("size of nought", plan(sizes=["0x64"]), "invalid_input", "plan.sizes"),
    refused("no such model", plan(models=["../../etc/passwd"]), "unknown_model", "model"),
    refused("no such project", body(project="' OR 1=1 --"), "not_found", "project", status=404),
    refused("no such sheet", body(prompts=None, sheet_id="01m0000000000000000000000"), "not_found", None, status=404),
    refused("no such reference", body(references=["../x"]), "not_found", "references", status=404),
]


@pytest.mark.parametrize("case", BODIES, ids=str)
def test_a_body_is_taken_or_refused(house: House, case: Case) -> None:
    answer = house.ask("POST", "/api/batches", content=case.sent, headers={"Content-Type": "application/json"})
    check(answer, case)


def pieces(content: bytes, *, size: int = 1 << 16) -> bytes:
    cut = [content[start : start + size] for start in range(0, len(content), size)]
    return b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in cut) + b"0\r\n\r\n"


def test_a_body_in_pieces_is_bounded_like_any_other(house: House) -> None:
    head = house.head("POST", "/api/batches", "Content-Type: application/json", "Transfer-Encoding: chunked")
    long = body(name="x" * LIMIT_JSON)
    (answer,) = house.raw(head, pieces(long))
    check(answer, refused("json", None, "too_large", "body", status=413))
    (answer,) = house.raw(head, pieces(body()))
    check(answer, taken("json", None))


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "application/x-www-form-urlencoded", "nonsense"])
def test_only_uploads_may_be_large(house: House, kind: str) -> None:
    answer = house.ask("POST", "/api/batches", content=b"x" * (LIMIT_JSON + 1), headers={"Content-Type": kind})
    check(answer, refused(kind, None, "too_large", "body", status=413))


def test_an_upload_in_pieces_is_bounded(house: House) -> None:
    kind = "Content-Type: multipart/form-data; boundary=b"
    head = house.head("POST", "/api/sheets", kind, "Transfer-Encoding: chunked")
    start = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    piece = b"%x\r\n%b\r\n" % (1 << 20, b"x" * (1 << 20))
    answers = house.raw(head, b"%x\r\n%b\r\n" % (len(start), start), *[piece] * (LIMIT_UPLOAD // (1 << 20) + 2))
    check(answers[0], refused("upload", None, "too_large", "body", status=413))


@pytest.mark.parametrize("stated", [LIMIT_JSON + 1, 10**15, 10**19])
def test_a_length_beyond_the_limit_is_refused_before_anything_comes(house: House, stated: int) -> None:
    head = house.head("POST", "/api/batches", "Content-Type: application/json", f"Content-Length: {stated}")
    (answer,) = house.raw(head)
    check(answer, refused("length", None, "too_large", "body", status=413))


def test_nobody_sends_a_body_before_they_are_known(house: House) -> None:
    for token in (None, "nonsense"):
        head = house.head(
            "POST", "/api/sheets", "Content-Type: multipart/form-data; boundary=b", "Content-Length: 999", token=token
        )
        (answer,) = house.raw(head)
        check(answer, refused("unknown", None, "unauthenticated", None, status=401))


def test_nobody_sends_a_prompt_before_they_are_known(house: House) -> None:
    for path, length in itertools.product(sorted(ASKS_FIRST), (99, 99_999)):
        head = house.head("POST", path, "Content-Type: application/json", f"Content-Length: {length}", token="nonsense")
        (answer,) = house.raw(head)
        assert (answer.status, answer.json["error"]["type"]) == (401, "authentication_error")


SLOW = [
    ("nothing comes", b""),
    ("half comes", b'{"prompts": ['),
    ("all but one byte", body()[:-1]),
]


@pytest.mark.parametrize(("name", "sent"), SLOW, ids=[name for name, _sent in SLOW])
def test_a_body_that_stops_coming_is_given_up(house: House, name: str, sent: bytes) -> None:
    head = house.head("POST", "/api/batches", "Content-Type: application/json", f"Content-Length: {len(body())}")
    (answer,) = house.raw(head, sent)
    check(answer, refused(name, None, "too_slow", "body", status=408))


def test_a_client_that_leaves_in_the_middle_leaves_nothing(house: House) -> None:
    before = house.get("/api/batches")["items"]
    head = house.head("POST", "/api/batches", "Content-Type: application/json", f"Content-Length: {len(body())}")
    house.raw(head, body()[:-5], leaves=True)
    assert house.get("/api/batches")["items"][0]["id"] == before[0]["id"]


def lines(*extra: str, target: str = "/api/projects", method: str = "GET") -> tuple[str, str, tuple[str, ...]]:
    return method, target, extra


# What the parser of the protocol refuses, before there is a request that could be answered in our shape.
BROKEN = {
    "two lengths": lines("Content-Length: 5", "Content-Length: 6", method="POST"),
    "length that is a list": lines("Content-Length: 5, 6", method="POST"),
    "negative length": lines("Content-Length: -1", method="POST"),
    "length with a sign": lines("Content-Length: +5", method="POST"),
    "length in hex": lines("Content-Length: 0x10", method="POST"),
    "length that is a digit elsewhere": lines("Content-Length: \xb2", method="POST"),
    "unknown coding": lines("Transfer-Encoding: gzip", method="POST"),
    "coding twice": lines("Transfer-Encoding: chunked", "Transfer-Encoding: chunked", method="POST"),
    "coding with a prefix": lines("Transfer-Encoding: xchunked", method="POST"),
    "space before the colon": lines("Content-Length : 5", method="POST"),
    "NUL in a header": lines("X: a\x00b"),
    "line feed in a header": lines("X: a\nAuthorization: Bearer x\x0b\x00"),
    "header without a name": lines(": x"),
    "header of a megabyte": lines("X: " + "x" * 1_000_000),
    "ten thousand headers": lines(*[f"X-{number}: {number:040}" for number in range(10_000)]),
    "address of a megabyte": lines(target="/" + "x" * 1_000_000),
    "space in the address": lines(target="/api/ projects"),
    "no method": lines(method=""),
    "method with a colon": lines(method="GE:T"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_no_http_is_answered_with_400_once(house: House, name: str) -> None:
    method, target, extra = BROKEN[name]
    answers = house.raw(house.head(method, target, *extra, stays=True), b"0\r\n\r\n")
    assert [answer.status for answer in answers[:1]] == [400], (name, answers)
    assert len(answers) == 1, "what followed was read as another request"


VERSIONS = ["HTTP/0.9", "HTTP/1.10", "HTTP/1", "ICY/1.1", "http/1.1"]


@pytest.mark.parametrize("version", VERSIONS)
def test_other_protocols_are_not_spoken(house: House, version: str) -> None:
    answers = house.raw(f"GET /health {version}\r\nHost: x\r\n\r\n".encode())
    assert all(answer.status in (200, 400, 505) for answer in answers), answers
    assert len(answers) <= 1


def test_tls_and_noise_on_the_port_do_no_harm(house: House) -> None:
    for noise in (
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(200),
        b"\x00" * 1000,
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    ):
        assert all(answer.status in (400, 404) for answer in house.raw(noise))


def test_a_request_with_two_lengths_of_different_kinds_is_refused(house: House) -> None:
    smuggled = house.head("DELETE", "/api/tokens/x")
    head = house.head(
        "POST",
        "/api/batches",
        "Content-Type: application/json",
        f"Content-Length: {len(smuggled) + 5}",
        "Transfer-Encoding: chunked",
        stays=True,
    )
    answers = house.raw(head, b"0\r\n\r\n" + smuggled)
    check(answers[0], refused("smuggling", None, "invalid_input", "Content-Length"))
    assert len(answers) == 1, "the second request was answered"


@pytest.mark.parametrize(
    "chunks",
    [
        b"zz\r\nabc\r\n0\r\n\r\n",
        b"-1\r\nabc\r\n0\r\n\r\n",
        b"ffffffffffffffffffffffff\r\nabc\r\n",
        b"5\r\nabc\r\n0\r\n\r\n",
        b"3\r\nabcdef\r\n0\r\n\r\n",
        b"3;" + b"x" * 100_000 + b"\r\nabc\r\n0\r\n\r\n",
        b"0x3\r\nabc\r\n0\r\n\r\n",
        b" 3\r\nabc\r\n0\r\n\r\n",
    ],
)
def test_odd_pieces_are_refused(house: House, chunks: bytes) -> None:
    head = house.head("POST", "/api/batches", "Content-Type: application/json", "Transfer-Encoding: chunked")
    answers = house.raw(head, chunks)
    assert all(answer.status in (400, 422) for answer in answers), answers
    assert len(answers) <= 1


REQUESTS = [
    refused("NUL in the path", ("GET", "/api/batches/%00"), "malformed", "url", status=422),
    refused("NUL in the query", ("GET", "/api/batches?project=%00"), "malformed", "url", status=422),
    refused("bytes that are no text", ("GET", "/api/batches/%ff%fe"), "not_found", None, status=404),
    refused("traversal", ("GET", "/api/assets/..%2f..%2f..%2fetc%2fpasswd/file"), "not_found", None, status=404),
    refused("traversal in dots", ("GET", "/api/../../etc/passwd"), "not_found", None, status=404),
    refused(
        "traversal in static files",
        ("GET", "/static-offline-docs/..%2f..%2f..%2fetc%2fpasswd"),
        "not_found",
        None,
        status=404,
    ),
    refused("id of ten thousand characters", ("GET", "/api/batches/" + "x" * 10_000), "not_found", None, status=404),
    refused("id that is sql", ("GET", "/api/batches/'%20OR%201=1--"), "not_found", None, status=404),
    refused("unknown route", ("GET", "/api/secrets"), "not_found", None, status=404),
    refused("unknown method", ("PUT", "/api/batches"), "method_not_allowed", None, status=405),
    refused("made-up method", ("BREW", "/api/batches"), "method_not_allowed", None, status=405),
    refused("trace", ("TRACE", "/api/batches"), "method_not_allowed", None, status=405),
    refused("limit of nought", ("GET", "/api/batches?limit=0"), "malformed", "limit", status=422),
    refused("limit without end", ("GET", "/api/batches?limit=99999999999999999999"), "malformed", "limit", status=422),
    refused("limit that is no number", ("GET", "/api/batches?limit=NaN"), "malformed", "limit", status=422),
    refused(
        "limit that python will not read", ("GET", "/api/batches?limit=" + "9" * 5000), "malformed", "limit", status=422
    ),
    refused("cursor that is none", ("GET", "/api/batches?cursor=%F0%9F%98%80"), "invalid_input", "cursor"),
    refused("cursor of bytes", ("GET", "/api/batches?cursor=_____w"), "invalid_input", "cursor"),
    refused("cursor that holds NUL", ("GET", "/api/batches?cursor=AAAA"), "invalid_input", "cursor"),
    refused("words that hold NUL", ("GET", "/api/assets/columns?q=a%00b"), "malformed", "url", status=422),
    refused("too many words", ("GET", "/api/assets?q=a+b+c+d+e+f+g+h+i"), "invalid_input", "q"),
    refused("words too long", ("GET", "/api/assets/columns?q=" + "a" * 201), "malformed", "q", status=422),
    refused("too many ids", ("GET", "/api/assets?ids=a" + "&ids=a" * 100), "malformed", "ids", status=422),
    refused("order that is none", ("GET", "/api/assets/columns?order=id;--"), "malformed", "order", status=422),
    refused("cursor too long", ("GET", "/api/batches?cursor=" + "a" * 201), "malformed", "cursor", status=422),
    taken("a thousand parameters", ("GET", "/api/batches?" + "&".join(f"a{n}=1" for n in range(1000))), status=200),
    taken("the same parameter twice", ("GET", "/api/batches?limit=1&limit=2"), status=200),
    refused("unknown metadata", ("GET", "/api/assets/x/file?metadata=..%2f"), "malformed", "metadata", status=422),
    refused("unknown preview", ("GET", "/api/assets/x/preview?size=512%20"), "malformed", "size", status=422),
    refused(
        "event id that is no number",
        ("GET", "/api/batches/x/events"),
        "not_found",
        None,
        status=404,
        headers={"Last-Event-ID": "9" * 19},
    ),
    refused(
        "event id too long",
        ("GET", "/api/batches/x/events"),
        "not_found",
        None,
        status=404,
        headers={"Last-Event-ID": "9" * 30},
    ),
]


@pytest.mark.parametrize("case", REQUESTS, ids=str)
def test_a_request_is_answered(house: House, case: Case) -> None:
    method, path = case.sent
    extra = [f"{name}: {value}" for name, value in case.more.get("headers", {}).items()]
    # As it is: a client would tidy the address up.
    (answer,) = house.raw(house.head(method, path, *extra))
    check(answer, case)


@pytest.mark.parametrize("path", ["/health", "/api/batches?limit=1", "/api/batches/x", "/openapi.json", "/"])
def test_head_is_answered_as_get_is_and_without_a_body(house: House, path: str) -> None:
    got = house.ask("GET", path)
    place = house.client.base_url
    with closing(http.client.HTTPConnection(place.host, place.port, timeout=HANG_SECONDS)) as wire:
        wire.request("HEAD", path, headers={"Authorization": f"Bearer {house.token}"})
        head = wire.getresponse()
        assert (head.status, head.headers["Content-Length"]) == (got.status, str(len(got.content)))
        assert head.read() == b""
        # What comes next on the connection is the next answer.
        wire.request("GET", "/health")
        assert json.loads(wire.getresponse().read())["status"]


@pytest.mark.parametrize("number", ["9223372036854775807", "9223372036854775808", "-1", "\xb2", "0x10", "1e3", ""])
def test_an_event_stream_takes_any_last_event_id(house: House, number: str) -> None:
    batch = house.server.submit(["a cat"])
    house.finished(batch)
    path = f"/api/batches/{batch['id']}/events"
    (answer,) = house.raw(house.head("GET", path, f"Last-Event-ID: {number}"))
    assert answer.status == 200
    assert b"event: end" in answer.content


KEYS = [
    ("two hundred and fifty-six characters", "x" * 256, 422),
    ("latin", "caf\xe9", 201),
    ("punctuation", "'; DROP TABLE batches; --", 201),
]


@pytest.mark.parametrize(("name", "key", "status"), KEYS, ids=[name for name, *_rest in KEYS])
def test_an_idempotency_key_is_any_short_text(house: House, name: str, key: str, status: int) -> None:
    sent = body()
    head = house.head(
        "POST",
        "/api/batches",
        "Content-Type: application/json",
        f"Content-Length: {len(sent)}",
        f"Idempotency-Key: {key}",
    )
    (answer,) = house.raw(head, sent)
    assert answer.status == status, answer


FORMS = [
    ("no boundary", b"x", "multipart/form-data"),
    ("another boundary", b"--a\r\n\r\nx\r\n--a--\r\n", "multipart/form-data; boundary=b"),
    ("boundary of a megabyte", b"x", "multipart/form-data; boundary=" + "b" * 60_000),
    (
        "no file",
        b'--b\r\nContent-Disposition: form-data; name="other"\r\n\r\nx\r\n--b--\r\n',
        "multipart/form-data; boundary=b",
    ),
    (
        "field in place of a file",
        b'--b\r\nContent-Disposition: form-data; name="file"\r\n\r\nx\r\n--b--\r\n',
        "multipart/form-data; boundary=b",
    ),
    ("no name", b"--b\r\nContent-Disposition: form-data\r\n\r\nx\r\n--b--\r\n", "multipart/form-data; boundary=b"),
    ("header without end", b"--b\r\n" + b"X: " + b"x" * 100_000, "multipart/form-data; boundary=b"),
    (
        "ten thousand parts",
        b"".join(b'--b\r\nContent-Disposition: form-data; name="f%d"\r\n\r\nx\r\n' % n for n in range(10_000))
        + b"--b--\r\n",
        "multipart/form-data; boundary=b",
    ),
    (
        "two thousand files",
        b"".join(
            b'--b\r\nContent-Disposition: form-data; name="f%d"; filename="f"\r\n\r\nx\r\n' % n for n in range(2_000)
        )
        + b"--b--\r\n",
        "multipart/form-data; boundary=b",
    ),
    (
        "field of two megabytes",
        b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n' + b"x" * 2_000_000 + b"\r\n--b--\r\n",
        "multipart/form-data; boundary=b",
    ),
    (
        "cut off",
        b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\nx',
        "multipart/form-data; boundary=b",
    ),
    ("json", b'{"file": "x"}', "application/json"),
]


@pytest.mark.parametrize(("name", "sent", "kind"), FORMS, ids=[name for name, *_rest in FORMS])
def test_a_form_that_is_none_is_refused(house: House, name: str, sent: bytes, kind: str) -> None:
    answer = house.ask("POST", "/api/sheets", content=sent, headers={"Content-Type": kind})
    check(answer, refused(name, None, "malformed", None, status=422))


TOKENS = [
    "",
    "Bearer",
    "Bearer ",
    "Basic b3duZXI6",
    "Bearer a b",
    "bearer \xff",
    "Bearer " + "x" * 50_000,
    "Bearer \x80\x81",
    "Negotiate x",
]


@pytest.mark.parametrize("header", TOKENS, ids=[str(number) for number in range(len(TOKENS))])
def test_an_authorization_header_that_is_none_is_refused(house: House, header: str) -> None:
    (answer,) = house.raw(house.head("GET", "/api/me", f"Authorization: {header}", token=None))
    check(answer, refused("token", None, "unauthenticated", None, status=401))
