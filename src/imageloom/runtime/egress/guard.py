"""Which addresses may be called, and which calls carry the credential.

The rule about addresses is applied to what a name resolved to, at the moment of connecting, and the connection is
made to exactly that address: a second look-up could answer otherwise.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TypeAlias
from urllib.parse import urlencode, urljoin

import httpx2

from imageloom.runtime.egress.endpoint import EgressSettings, Endpoint
from imageloom.runtime.egress.errors import Blocked

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")
_UNSAFE = re.compile(r"[\x00-\x20\x7f\\]")
_PORTS = {"http": 80, "https": 443}
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Protocol assignments; the standard library of 3.11 calls parts of it global.
_IETF = ipaddress.IPv4Network("192.0.0.0/24")
_OF_CLOUDS = frozenset(
    ipaddress.ip_address(address)
    for address in ("fd00:ec2::254", "fd20:ce::254", "100.100.100.200", "168.63.129.16", "192.0.0.192")
)
"""Where machines of Amazon, Google, Alibaba, Microsoft and Oracle ask for their own keys, beside the link-local address
that most use.
"""


class Reach(StrEnum):
    """Which addresses a connection may go to. Connections of different reach are never shared."""

    public = "public"
    """Only addresses of the internet: for URLs that came from outside."""
    local = "local"
    """Only addresses that are not of the internet: for stated URLs without TLS."""
    stated = "stated"
    """Both, for URLs that the owner stated, with TLS."""
    allowed = "allowed"
    """Any address at all, by the operator's word."""


@dataclass(frozen=True, kw_only=True)
class Target:
    """A checked URL. ``path`` includes the query; ``credential`` says whether the key may go along."""

    scheme: str
    host: str
    port: int
    path: str
    reach: Reach
    credential: bool

    @property
    def authority(self) -> str:
        """Host and, unless it is the scheme's own, port: as in the ``Host`` header."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def join(self, location: str) -> str:
        """Where a redirect leads. Raises :class:`Blocked` for what is no URL."""
        try:
            return urljoin(f"{self.scheme}://{self.authority}{self.path}", location)
        except ValueError:
            raise Blocked("The redirect leads to what is no URL.") from None


def aim(url: str, *, query: Sequence[tuple[str, str]] = (), endpoint: Endpoint, settings: EgressSettings) -> Target:
    """Where ``url`` leads. Raises :class:`Blocked`; addresses are judged later, by :func:`screen`."""
    base = _parse(endpoint.base_url)
    if base.query or base.fragment:
        raise Blocked("The base URL must end with its path, without a query or a fragment.", field="base_url")
    relative = not _SCHEME.match(url)
    if relative and url.startswith("//"):
        raise Blocked("A URL that begins with // is neither relative nor complete.")
    parsed = _parse(_with_query(_under(endpoint.base_url, url) if relative else url, query))
    if relative and _origin(parsed) != _origin(base):
        raise Blocked("A relative URL led away from the base URL.")
    return Target(
        scheme=parsed.scheme,
        host=parsed.raw_host.decode("ascii"),
        port=_origin(parsed)[2],
        path=parsed.raw_path.decode("ascii"),
        reach=_reach(parsed, base=base, endpoint=endpoint, settings=settings),
        credential=relative,
    )


def _under(base_url: str, url: str) -> str:
    if not url or url.startswith("?"):
        return base_url + url
    return f"{base_url.rstrip('/')}/{url.lstrip('/')}"


def _with_query(url: str, query: Sequence[tuple[str, str]]) -> str:
    if not query:
        return url
    return f"{url}{'&' if '?' in url else '?'}{urlencode(query)}"


# The same few addresses are called again and again.
@lru_cache(maxsize=256)
def _parse(url: str) -> httpx2.URL:
    # Characters that parsers disagree about decide between two hosts; none of them is needed.
    if _UNSAFE.search(url):
        raise Blocked("The URL holds a space, a control character or a backslash.")
    try:
        parsed = httpx2.URL(url)
        host = parsed.raw_host
    except (httpx2.InvalidURL, ValueError):
        raise Blocked("The URL cannot be read.") from None
    if parsed.scheme not in _PORTS:
        raise Blocked("Only http and https addresses are called.")
    if not host or b"%" in host:
        raise Blocked("The URL names no host.")
    if not 0 < _origin(parsed)[2] < 2**16:
        raise Blocked("The URL names a port that does not exist.")
    if parsed.userinfo:
        raise Blocked("A URL with a user name or a password in it is not called.")
    return parsed


def _origin(url: httpx2.URL) -> tuple[str, bytes, int]:
    return url.scheme, url.raw_host, url.port or _PORTS[url.scheme]


def _reach(url: httpx2.URL, *, base: httpx2.URL, endpoint: Endpoint, settings: EgressSettings) -> Reach:
    if _listed(url, settings.allow_private_hosts):
        return Reach.allowed
    if _origin(url) == _origin(base) or _listed(url, endpoint.hosts):
        return Reach.stated if url.scheme == "https" else Reach.local
    if url.scheme != "https":
        raise Blocked("An address that was not stated is only called over https.")
    return Reach.public


def _listed(url: httpx2.URL, hosts: Iterable[str]) -> bool:
    host = url.raw_host.decode("ascii")
    shown = f"[{host}]" if ":" in host else host
    names = {host, shown, f"{shown}:{_origin(url)[2]}"}
    return any(entry.lower() in names for entry in hosts)


def check_stated(base_url: str, *, settings: EgressSettings) -> None:
    """Raises :class:`Blocked` for a base URL that could never be called. Where a name leads is judged at each call."""
    target = aim("", endpoint=Endpoint(base_url=base_url), settings=settings)
    try:
        address = ipaddress.ip_address(target.host)
    except ValueError:
        if _is_disguised(target.host):
            raise Blocked(
                "The host is an address in disguise.", hint="Write it as four numbers from 0 to 255."
            ) from None
        return
    screen([address], reach=target.reach, host=target.host)


def _is_disguised(host: str) -> bool:
    """Whether the system reads the name as an IPv4 address: in hex, in octal, as one number, with parts left out."""
    try:
        socket.inet_aton(host)
    except OSError:
        return False
    return True


async def resolve(host: str, port: int) -> list[Address]:
    """The addresses of a name, in the system's order of preference. Raises ``socket.gaierror``."""
    loop = asyncio.get_running_loop()
    try:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError:
        raise socket.gaierror(socket.EAI_NONAME, "not a host name") from None
    return list(dict.fromkeys(ipaddress.ip_address(str(entry[4][0]).split("%")[0]) for entry in found))


def screen(addresses: Iterable[Address], *, reach: Reach, host: str) -> None:
    """Raises :class:`Blocked` unless every address is within reach: one bad address spoils the name."""
    if reach is Reach.allowed:
        return
    for address in addresses:
        real = _embedded(address)
        if reach is Reach.public and not is_public(real):
            raise Blocked(f"{host} is not an address of the internet.", hint="State it as a host that may be called.")
        if real in _OF_CLOUDS:
            raise Blocked(f"{host} is where machines of a cloud get their own keys.")
        if real.is_link_local or real.is_multicast or real.is_unspecified:
            raise Blocked(f"{host} is a link-local, multicast or empty address.")
        if reach is Reach.local and is_public(real):
            raise Blocked(
                f"{host} is on the internet, where a key may not travel without TLS.", hint="Use an https address."
            )


def is_public(address: Address) -> bool:
    """Whether an address is one of the internet's own, for a single machine."""
    real = _embedded(address)
    if isinstance(real, ipaddress.IPv6Address) and (real.is_site_local or real.teredo is not None):
        return False
    if isinstance(real, ipaddress.IPv4Address) and real in _IETF:
        return False
    return (
        real.is_global
        and real not in _OF_CLOUDS
        and not (real.is_multicast or real.is_reserved or real.is_unspecified or real.is_link_local)
    )


def _embedded(address: Address) -> Address:
    """The IPv4 address that an IPv6 address stands for, if it does."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    return address
