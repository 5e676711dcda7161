"""One server for all attacks, and honest work beside each of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hostile.house import SECRET, House
from tests.server import Server
from tools.upstream.client import Upstream

SMALL = {
    "IMAGELOOM_SERVER__BODY_SILENCE_SECONDS": "1",
    # Nothing here waits for a lane that opens its breaker because of what the fakes were asked to do.
    "IMAGELOOM_GENERATION__BREAKER_FAILURES": "1000",
}


def open_house(folder: Path, server: Server, upstream: Upstream) -> House:
    outside = folder / "outside"
    outside.mkdir()
    server.cwd = outside
    server.environment |= SMALL | dict.fromkeys(("HOME", "TMPDIR", "XDG_DATA_HOME", "XDG_CACHE_HOME"), str(outside))
    server.start()
    house = House(server, upstream, outside)
    server.post(
        "/api/keys",
        {"provider": "openai", "key": SECRET, "base_url": upstream.openai, "limits": {"concurrency": 4}},
    )
    return house


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The server on SQLite that everything is thrown at."""
    folder = tmp_path_factory.mktemp("hostile")
    with (
        Upstream("--latency", "0.3", "--picture-bytes", "3000") as upstream,
        Server(folder / "data") as server,
    ):
        yield open_house(folder, server, upstream)


@pytest.fixture(scope="module", autouse=True)
def beside(request: pytest.FixtureRequest) -> Iterator[None]:
    """A good batch that runs while a module attacks. It must come to its end, and its books must balance."""
    if "house" not in {
        name for item in request.session.items if item.module is request.module for name in item.fixturenames
    }:
        yield
        return
    house: House = request.getfixturevalue("house")
    batch = house.server.submit([f"a good cat {number}" for number in range(16)])
    yield
    assert house.finished(batch)["counts"]["done"] == 16
    assert house.get(f"/api/batches/{batch['id']}/verify")["balanced"]
    house.stands()
