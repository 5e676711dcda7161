"""Addresses that a key states, and addresses that an upstream sends: nothing of this network is reached by them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.hostile.house import SECRET, Case, House, check, refused, taken
from tools.upstream.files import EVIL_URLS

# A redirect to what is no address ends nowhere, and is tried again as any download is.
PICTURES = [("evilurl", number) for number in range(1, len(EVIL_URLS) + 1)] + [
    ("evilredirect", number)
    for number, url in enumerate(EVIL_URLS, start=1)
    if re.fullmatch(r"[a-z]+://[!-\[\]-~]+", url)
]
PLAN = {"models": ["openai/gpt-image-2"], "sizes": ["256x256"]}


@pytest.fixture(scope="module")
def ended(house: House) -> Iterator[dict[str, Any]]:
    """One batch of pictures that wait at evil addresses, straight and behind a redirect; its items by prompt."""
    prompts = [f"#fake:{kind}:{number}" for kind, number in PICTURES]
    # A batch in which nothing at all succeeds is held.
    prompts[:0] = [f"a cat {number}" for number in range(8)]
    house.upstream.config(latency=0.0)
    batch = house.post("/api/batches", {"prompts": prompts, "plan": PLAN, "failure_budget_percent": 100})
    house.finished(batch)
    items = house.get(f"/api/batches/{batch['id']}/items?limit=500")["items"]
    yield {item["prompt"]: item for item in items}
    house.upstream.config(latency=0.3)


@pytest.mark.parametrize(("kind", "number"), PICTURES, ids=[f"{kind} {EVIL_URLS[n - 1]!r:.40}" for kind, n in PICTURES])
def test_a_picture_is_not_fetched_from_there(ended: dict[str, Any], kind: str, number: int) -> None:
    item = ended[f"#fake:{kind}:{number}"]
    assert item["state"] == "failed", item
    assert item["asset_id"] is None
    assert item["attempts"] == 1, "a paid call was repeated"
    assert SECRET not in str(item)


def bad(url: str) -> Case:
    return refused(repr(url)[1:50], url, "invalid_input", "base_url")


STATED = [
    *[
        bad(url)
        for url in (
            "",
            "x",
            "//127.0.0.1/v1",
            "https:",
            "https://",
            "https:///v1",
            "https:127.0.0.1",
            "file:///etc/passwd",
            "gopher://127.0.0.1:6379/_x",
            "ftp://127.0.0.1/",
            "dict://127.0.0.1:11211/",
            "data:text/plain,x",
            "javascript:alert(1)",
            "unix:///run/docker.sock",
            "jar:http://127.0.0.1!/",
            "HTTPS+x://127.0.0.1/",
            "https://user:password@127.0.0.1/v1",
            "https://user@127.0.0.1/v1",
            "https://example.com@127.0.0.1/v1",
            "https://example.com\\@127.0.0.1/v1",
            "https://example.com/v1?x=y",
            "https://example.com/v1#x",
            "https://example.com/ v1",
            "https://example.com/\r\nX: y",
            "https://example.com\t/",
            "https://example.com:99999/",
            "https://example.com:x/",
            "https://[::1/",
            "https://[::1]x/",
            "https://[fe80::1%25lo]/v1",
            "https://exa%6dple.com/v1",
            "https://169.254.169.254/latest",
            "http://169.254.169.254/latest",
            "http://[fe80::1]/v1",
            "http://[::ffff:169.254.169.254]/v1",
            "http://[64:ff9b::a9fe:a9fe]/v1",
            "http://[2002:a9fe:a9fe::]/v1",
            "http://0.0.0.0/v1",
            "http://[::]/v1",
            "http://224.0.0.1/v1",
            "http://[ff02::1]/v1",
            "http://2130706433/v1",
            "http://0x7f000001/v1",
            "http://017700000001/v1",
            "http://0177.0.0.1/v1",
            "http://127.1/v1",
            "http://0xa9.0xfe.0xa9.0xfe/v1",
            "http://0/v1",
            "http://8.8.8.8/v1",
            "http://[2606:4700:4700::1111]/v1",
        )
    ],
    refused(
        "an address of three thousand characters",
        "https://example.com/" + "x" * 3_000,
        "malformed",
        "base_url",
        status=422,
    ),
    refused("NUL", "https://example.com/\0", "malformed", "base_url", status=422),
    # The owner of a key may well run a server of their own on this machine or in this house.
    taken("loopback", "http://127.0.0.1:9/v1"),
    taken("loopback of six", "http://[::1]:9/v1"),
    taken("by name", "http://localhost:9/v1"),
]


@pytest.mark.parametrize("case", STATED, ids=str)
def test_a_key_states_an_address_that_can_be_called(house: House, case: Case) -> None:
    body = {"provider": "openai", "key": SECRET, "base_url": case.sent}
    made = check(house.ask("POST", "/api/keys", json=body), case)
    if case.code is not None:
        return
    checked = house.post(f"/api/keys/{made['id']}/test")
    assert checked["works"] is False
    assert SECRET not in checked["message"]
    assert house.ask("DELETE", f"/api/keys/{made['id']}").status == 200


@pytest.mark.parametrize(
    "name", ["metadata.google.internal", "localhost.localdomain", "x" * 70 + ".com", "a..b", "-", "xn--", "ⓛocalhost"]
)
def test_a_name_that_leads_nowhere_is_told(house: House, name: str) -> None:
    body = {"provider": "openai", "key": SECRET, "base_url": f"https://{name}:9/v1"}
    answer = house.ask("POST", "/api/keys", json=body)
    assert answer.status in (201, 400), answer
    if answer.status == 400:
        assert answer.json["field"] == "base_url"
        return
    checked = house.post(f"/api/keys/{answer.json['id']}/test")
    assert checked["works"] is False
    assert SECRET not in checked["message"]
    house.ask("DELETE", f"/api/keys/{answer.json['id']}")
