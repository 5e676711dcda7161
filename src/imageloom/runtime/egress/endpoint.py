"""Where a call goes and what it may carry."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from imageloom import __version__
from imageloom.contracts.provider import HeaderKey, NoKey


class Secret(Protocol):
    """A value that does not show itself; ``pydantic.SecretStr`` is one."""

    def get_secret_value(self) -> str: ...


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """One credential's way to one provider.

    ``base_url`` is stated by the owner of the credential, so it may be a private address. ``hosts`` are further hosts
    (``"name"`` or ``"name:port"``) whose absolute URLs may be followed although they are not public.
    """

    base_url: str
    auth: HeaderKey | NoKey = field(default_factory=NoKey)
    key: Secret | None = field(default=None, repr=False)
    hosts: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class EgressSettings:
    """Bounds of the client. ``read_seconds`` is the longest silence; ``None`` leaves it to the call's total.

    ``allow_private_hosts`` (``"name"`` or ``"name:port"``) are the operator's word that a host may be reached at any
    address, and without TLS. ``proxy`` is an ``http(s)://`` proxy for hosts on the internet; the environment's proxy
    variables are not read. ``ca_file`` holds certificates to trust besides the usual ones.
    """

    connect_seconds: float = 10.0
    write_seconds: float = 60.0
    read_seconds: float | None = None
    # Below the five seconds after which common servers (uvicorn, Node) drop an idle connection: a POST sent into that
    # moment gets no answer, and nobody can tell whether it was paid for.
    keepalive_seconds: float = 4.0
    max_connections: int = 1000
    allow_private_hosts: frozenset[str] = frozenset()
    user_agent: str = f"imageloom/{__version__}"
    proxy: str | None = field(default=None, repr=False)
    ca_file: Path | None = None
