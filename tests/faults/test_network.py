"""A bad network between the lane and its provider."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.scene import CONCURRENCY, ITEMS, Scene
from tools.faults.proxy import Proxy

FEW = 60


@pytest.fixture
def network(file_scene: Scene) -> Iterator[Proxy]:
    port = int(file_scene.upstream.openai.rsplit(":", 1)[1].split("/")[0])
    with Proxy(port) as between:
        yield between


def begin(scene: Scene, network: Proxy, **environment: str) -> None:
    scene.begin(base_url=f"http://127.0.0.1:{network.port}/v1", **environment)


@pytest.mark.fault(32)
def test_an_answer_that_drips(file_scene: Scene, network: Proxy) -> None:
    scene = file_scene
    scene.upstream.config(picture_bytes=200_000, latency=0.05, jitter=0.0)
    begin(scene, network, IMAGELOOM_GENERATION__CALL_SECONDS="4")
    batch = scene.submit(FEW)
    scene.until_ended(batch, 10)
    network.becomes(down_bytes_per_second=1_000.0)
    scene.server.until(lambda: scene.counts(batch)["uncertain"] > 0)
    network.becomes()
    scene.until_rest(batch)
    counts = scene.compare(batch, uncertain_at_most=2 * CONCURRENCY)
    assert counts["done"] + counts["uncertain"] == FEW


@pytest.mark.fault(33)
@pytest.mark.parametrize("resets", [False, True])
def test_a_connection_that_is_cut_in_the_answer(file_scene: Scene, network: Proxy, resets: bool) -> None:
    scene = file_scene
    begin(scene, network)
    batch = scene.submit()
    scene.until_ended(batch, 30)
    network.becomes(cut_after=2_000, resets=resets)
    scene.server.until(lambda: scene.counts(batch)["uncertain"] > 0)
    network.becomes()
    scene.until_rest(batch)
    counts = scene.compare(batch, uncertain_at_most=ITEMS)
    assert counts["done"] + counts["uncertain"] == ITEMS
    assert {item["attempts"] for item in scene.items(batch)} == {1}


@pytest.mark.fault(34)
def test_a_provider_that_cannot_be_reached_for_a_while(file_scene: Scene, network: Proxy) -> None:
    scene = file_scene
    begin(scene, network, IMAGELOOM_GENERATION__BREAKER_OPEN_SECONDS="0.5")
    batch = scene.submit()
    scene.until_ended(batch, 30)
    network.becomes(refuses=True)
    network.reset_all()
    scene.until_lane("openai", lambda lane: lane["reason"] is not None)
    network.most_at_once = 0
    network.becomes()
    scene.until_rest(batch)
    # What was on its way when the connections broke may have been made.
    counts = scene.compare(batch, uncertain_at_most=2 * CONCURRENCY)
    assert counts["done"] + counts["uncertain"] == ITEMS
    assert network.most_at_once <= CONCURRENCY


@pytest.mark.fault(34)
def test_a_network_that_swallows_everything(file_scene: Scene, network: Proxy) -> None:
    scene = file_scene
    begin(scene, network, IMAGELOOM_GENERATION__CALL_SECONDS="3")
    batch = scene.submit(FEW)
    scene.until_ended(batch, 10)
    network.becomes(swallows=True)
    scene.server.until(lambda: scene.counts(batch)["uncertain"] > 0)
    network.becomes()
    scene.until_rest(batch)
    counts = scene.compare(batch, uncertain_at_most=3 * CONCURRENCY)
    assert counts["done"] + counts["uncertain"] == FEW
