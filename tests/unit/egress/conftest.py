from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from pydantic import SecretStr

from imageloom.contracts.provider import HeaderKey
from imageloom.kit.clock import SystemClock
from imageloom.runtime.egress.client import Egress
from imageloom.runtime.egress.endpoint import EgressSettings, Endpoint

from .upstream import Upstream

KEY = "sk-very-secret-0123456789"


@pytest.fixture
async def upstream() -> AsyncIterator[Upstream]:
    server = Upstream()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def elsewhere() -> AsyncIterator[Upstream]:
    """Another host, as far as origins go."""
    server = Upstream()
    await server.start()
    yield server
    await server.stop()


@pytest.fixture
async def egress() -> AsyncIterator[Egress]:
    client = Egress(clock=SystemClock(), settings=EgressSettings(connect_seconds=5.0))
    yield client
    await client.aclose()


@pytest.fixture
def endpoint(upstream: Upstream) -> Endpoint:
    return Endpoint(base_url=f"{upstream.url}/v1", auth=HeaderKey(), key=SecretStr(KEY))
