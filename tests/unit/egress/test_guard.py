from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest
from pydantic import SecretStr

from imageloom.contracts.provider import HeaderKey, HttpCall
from imageloom.runtime.egress.client import Egress
from imageloom.runtime.egress.endpoint import EgressSettings, Endpoint
from imageloom.runtime.egress.errors import Blocked
from imageloom.runtime.egress.guard import Reach, aim, is_public, screen

from .upstream import Upstream, sized

PUBLIC = Endpoint(base_url="https://api.example.com/v1", auth=HeaderKey(), key=SecretStr("k"))
SETTINGS = EgressSettings()


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1/x",
        "https://localhost/x",
        "https://[::ffff:127.0.0.1]/x",
        "https://[::1]/x",
        "https://[::]/x",
        "https://0.0.0.0/x",
        "https://169.254.169.254/latest/meta-data/",
        "https://0x7f000001/x",
        "https://2130706433/x",
        "https://017700000001/x",
        "https://127.1/x",
        "https://10.0.0.1/x",
        "https://192.168.1.1/x",
        "https://172.16.0.1/x",
        "https://100.64.0.1/x",
        "https://[fd00::1]/x",
        "https://[fe80::1]/x",
        "https://[64:ff9b::7f00:1]/x",
        "https://[2002:7f00:1::]/x",
        "https://user:password@93.184.216.34/x",
        "https://api.example.com@127.0.0.1/x",
        "http://93.184.216.34/x",
        "http://api.example.com/x",
        "https://api.example.com\\@127.0.0.1/x",
        "https://api.example.com/ x",
        "https://api.example.com/\r\nX: y",
        "https:///x",
        "https:x",
        "//127.0.0.1/x",
        "file:///etc/passwd",
        "gopher://127.0.0.1/x",
        "ftp://93.184.216.34/x",
        "data:text/plain,x",
        "javascript:x",
    ],
)
async def test_urls_that_are_not_followed(url: str, egress: Egress, tmp_path: Path) -> None:
    with pytest.raises(Blocked):
        await egress.send(HttpCall(method="GET", url=url, total_seconds=5), endpoint=PUBLIC, folder=tmp_path)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2606:4700:4700::1111", True),
        ("::ffff:8.8.8.8", True),
        ("64:ff9b::808:808", True),
        ("::ffff:10.0.0.1", False),
        ("192.0.0.8", False),
        ("198.18.0.1", False),
        ("224.0.0.1", False),
        ("240.0.0.1", False),
        ("255.255.255.255", False),
        ("ff02::1", False),
        ("fec0::1", False),
        ("::7f00:1", False),
        ("2001:0:4136:e378:8000:63bf:3fff:fdd2", False),
    ],
)
def test_which_addresses_are_of_the_internet(address: str, public: bool) -> None:
    assert is_public(ipaddress.ip_address(address)) is public


def test_one_private_address_among_public_ones_spoils_the_name() -> None:
    addresses = [ipaddress.ip_address("8.8.8.8"), ipaddress.ip_address("10.0.0.1")]

    with pytest.raises(Blocked):
        screen(addresses, reach=Reach.public, host="mixed.example")


def test_plain_http_does_not_go_to_the_internet_even_when_stated() -> None:
    with pytest.raises(Blocked):
        screen([ipaddress.ip_address("8.8.8.8")], reach=Reach.local, host="plain.example")


@pytest.mark.parametrize("reach", [Reach.public, Reach.local, Reach.stated])
@pytest.mark.parametrize(
    "where",
    [
        "169.254.169.254",
        "fd00:ec2::254",
        "fd20:ce::254",
        "100.100.100.200",
        "168.63.129.16",
        "192.0.0.192",
        "::ffff:168.63.129.16",
        "64:ff9b::6464:64c8",
    ],
)
def test_the_metadata_address_is_only_called_by_the_operators_word(where: str, reach: Reach) -> None:
    address = [ipaddress.ip_address(where)]

    with pytest.raises(Blocked):
        screen(address, reach=reach, host="metadata")
    screen(address, reach=Reach.allowed, host="metadata")


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("images", "/v1/images"),
        ("/images/", "/v1/images/"),
        ("", "/v1"),
        ("?a=1", "/v1?a=1"),
        ("models/m:generate", "/v1/models/m:generate"),
        ("/@evil.example/x", "/v1/@evil.example/x"),
        ("@evil.example", "/v1/@evil.example"),
        (".evil.example", "/v1/.evil.example"),
    ],
)
def test_a_relative_url_stays_under_the_base_url_and_carries_the_credential(url: str, path: str) -> None:
    target = aim(url, endpoint=PUBLIC, settings=SETTINGS)

    assert (target.scheme, target.host, target.port, target.path) == ("https", "api.example.com", 443, path)
    assert target.credential
    assert target.reach is Reach.stated


def test_an_absolute_url_carries_none_even_to_the_same_origin() -> None:
    target = aim("https://api.example.com/v1/images", endpoint=PUBLIC, settings=SETTINGS)

    assert not target.credential
    assert target.reach is Reach.stated


def test_a_signed_url_is_called_as_it_was_signed() -> None:
    query = "X-Sig=a%2Fb%2Bc%3D&se=2026-01-01T00%3A00%3A00Z&sp=r~!*&empty="
    target = aim(f"https://cdn.example.net/a%2Fb.png?{query}", endpoint=PUBLIC, settings=SETTINGS)

    assert target.path == f"/a%2Fb.png?{query}"
    assert target.reach is Reach.public


def test_query_parameters_are_encoded_and_appended() -> None:
    target = aim("list?a=1", query=(("tag", "ö&=/ "), ("b", "2")), endpoint=PUBLIC, settings=SETTINGS)

    assert target.path == "/v1/list?a=1&tag=%C3%B6%26%3D%2F+&b=2"


@pytest.mark.parametrize(("entry", "port"), [("node.lan", 8188), ("node.lan:8188", 8188), ("NODE.lan", 8188)])
def test_listed_hosts(entry: str, port: int) -> None:
    listed = Endpoint(base_url="https://api.example.com", hosts=(entry,))
    allowed = EgressSettings(allow_private_hosts=frozenset({entry}))
    url = f"http://node.lan:{port}/x"

    assert aim(url, endpoint=listed, settings=SETTINGS).reach is Reach.local
    assert aim(url.replace("http:", "https:"), endpoint=listed, settings=SETTINGS).reach is Reach.stated
    assert aim(url, endpoint=PUBLIC, settings=allowed).reach is Reach.allowed
    with pytest.raises(Blocked):
        aim("http://node.lan.evil.example:8188/x", endpoint=listed, settings=SETTINGS)


def test_another_port_of_a_listed_host_is_another_place() -> None:
    listed = Endpoint(base_url="https://api.example.com", hosts=("node.lan:8188",))

    with pytest.raises(Blocked):
        aim("http://node.lan:22/x", endpoint=listed, settings=SETTINGS)


async def test_a_connection_that_was_stated_is_not_lent_to_a_url_that_was_not(
    egress: Egress, endpoint: Endpoint, upstream: Upstream, tmp_path: Path
) -> None:
    upstream.on("/v1/ok", sized(b"{}"))
    await egress.send(HttpCall(method="GET", url="ok"), endpoint=endpoint, folder=tmp_path)

    with pytest.raises(Blocked):
        await egress.send(HttpCall(method="GET", url=f"{upstream.url}/v1/ok"), endpoint=PUBLIC, folder=tmp_path)

    assert len(upstream.requests) == 1
