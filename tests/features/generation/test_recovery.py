"""What a lane makes of answers that were lost, machines that fill up, and keys and stores that went away."""

from __future__ import annotations

import asyncio
import errno
import io
import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing.context import SpawnProcess
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from sqlalchemy import update

from imageloom.features.generation import remote_attempts
from imageloom.features.generation.models import Lane
from imageloom.runtime import faultpoints
from tests.studio import OPENAI, REPLICATE, Studio, open_studio
from tools.upstream.client import Upstream

ILLUSTRATOR = "illustrator/scene-1"


def once(action: Callable[[], None]) -> Callable[[], None]:
    """The first hit of a fault point only."""
    left = [action]

    def hit() -> None:
        if left:
            left.pop()()

    return hit


def raising(error: BaseException) -> Callable[[], None]:
    def hit() -> None:
        raise error

    return hit


async def die_at(studio: Studio, place: str, prompts: list[str], **more: Any) -> str:
    """Submits, and ends the process, as kill -9 would, when one of its attempts reaches the place."""
    reached = asyncio.Event()

    def die() -> None:
        reached.set()
        raise asyncio.CancelledError

    with faultpoints.armed(place, die):
        batch = await studio.submit(prompts, **more)
        await asyncio.wait_for(reached.wait(), 20)
        await studio.application.engine.crash()
    return batch["id"]


@pytest.mark.parametrize(
    ("model", "state", "paid"), [(REPLICATE, "done", 1), (OPENAI, "uncertain", 0), (ILLUSTRATOR, "done", 0)]
)
async def test_a_death_before_the_request_left(
    database_url: str, tmp_path: Path, upstream: Upstream, model: str, state: str, paid: int
) -> None:
    """Replicate can be asked and the illustrator is free; OpenAI cannot be asked, so a person decides."""
    async with open_studio(tmp_path / "s", database_url=database_url, upstream=upstream) as first:
        if model != ILLUSTRATOR:
            await first.add_key(model.partition("/")[0])
        batch_id = await die_at(first, "attempt.before_post", ["a cat"], model=model)
        store = first.store
    async with open_studio(tmp_path / "s", database_url=database_url, upstream=upstream, store=store) as second:
        await second.finished(batch_id)
        (item,) = await second.items(batch_id)
        await second.balanced(batch_id)
    assert item["state"] == state, item
    assert upstream.account()["paid_calls"] == paid


@pytest.mark.parametrize("model", [OPENAI, REPLICATE])
async def test_a_death_while_the_picture_is_fetched(
    database_url: str, tmp_path: Path, upstream: Upstream, model: str
) -> None:
    """The answer with the picture's URL is in the ledger, so the next process fetches it and pays nothing."""
    async with open_studio(tmp_path / "s", database_url=database_url, upstream=upstream) as first:
        await first.add_key(model.partition("/")[0])
        batch = await first.submit(["a cat #fake:503file:3"], model=model)
        path = f"/api/batches/{batch['id']}/items"
        items = await first.until(lambda page: page["items"][0]["state"] == "running", path)
        attempts = f"{path}/{items['items'][0]['id']}/attempts"
        await first.until(lambda found: found[0]["state"] == "fetching", attempts)
        await first.application.engine.crash()
        store = first.store
    async with open_studio(tmp_path / "s", database_url=database_url, upstream=upstream, store=store) as second:
        done = await second.finished(batch["id"])
        await second.balanced(batch["id"])
        (attempt,) = await second.get(attempts)
    assert done["counts"]["done"] == 1
    assert upstream.account()["paid_calls"] == 1
    # What the answer said besides is not lost either: it is settled by, and found again on the provider's bill.
    assert attempt["usage"]
    assert attempt["provider_ref"]


async def test_a_provider_that_cannot_say_whether_it_has_the_job_leaves_it_uncertain(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(remote_attempts, "FIND_TRIES", 2)
    await studio.add_key("replicate")
    studio.upstream.config(listing=False)
    batch = await studio.made(["a cat #fake:lost"], model=REPLICATE)
    (item,) = await studio.items(batch["id"])
    assert item["state"] == "uncertain"
    assert "could not be asked" in item["message"]
    assert studio.upstream.account()["paid_calls"] == 1


async def test_a_job_is_looked_for_on_every_page_of_the_list(studio: Studio) -> None:
    await studio.add_key("replicate", concurrency=60)
    many = await studio.made([f"picture {n}" for n in range(120)], model=REPLICATE)
    batch = await studio.made(["never arrives #fake:reset"], model=REPLICATE)
    assert (many["counts"]["done"], batch["counts"]["done"]) == (120, 1)
    assert studio.upstream.account()["paid_calls"] == 121


async def test_an_answer_that_the_disk_does_not_take_waits_for_room(studio: Studio) -> None:
    await studio.add_key("openai", concurrency=1)
    full = raising(OSError(errno.ENOSPC, "No space left on device"))
    with faultpoints.armed("egress.write", full):
        batch = await studio.submit(["a cat", "a dog"])
        path = f"/api/batches/{batch['id']}/items"
        page = await studio.until(lambda page: any(item["message"] for item in page["items"]), path)
        assert sorted(item["state"] for item in page["items"]) == ["pending", "running"]
        assert [item["message"] for item in page["items"] if item["message"]] == [
            "Paid, not stored: No space left on device."
        ]
        health = await studio.get("/api/health")
        (storage,) = [part for part in health["parts"] if part["name"] == "storage"]
        assert (health["status"], storage["status"]) == ("degraded", "degraded")
        assert "No space left" in storage["detail"]
    batch = await studio.finished(batch["id"])
    assert batch["counts"]["done"] == 2
    assert [item["message"] for item in await studio.items(batch["id"])] == [None, None]
    assert (await studio.get("/api/health"))["status"] == "up"
    assert studio.upstream.account()["paid_calls"] == 2


async def test_an_attempt_that_breaks_is_taken_up_again(studio: Studio) -> None:
    """A fault of ours between the answer and the ledger: the answer is on disk, so it is neither lost nor bought."""
    await studio.add_key("openai", concurrency=1)
    with faultpoints.armed("attempt.after_bytes", once(raising(RuntimeError("a bug")))):
        batch = await studio.made(["a cat", "a dog"])
    assert batch["counts"]["done"] == 2
    assert studio.upstream.account()["paid_calls"] == 2
    await studio.balanced(batch["id"])


async def test_a_provider_that_is_not_there_costs_nothing(studio: Studio) -> None:
    body = {"provider": "openai", "key": "sk-secret-of-the-test", "base_url": "http://127.0.0.1:9/v1"}
    await studio.post("/api/keys", body)
    batch = await studio.made(["a cat"])
    (item,) = await studio.items(batch["id"])
    assert (item["state"], item["outcome"], item["attempts"]) == ("failed", "unavailable", 3)
    assert batch["settled"] == "0"


async def test_a_cancel_that_the_provider_does_not_hear_loses_nothing(studio: Studio) -> None:
    object.__setattr__(studio.settings.generation, "job_seconds", 1.5)
    await studio.add_key("replicate")
    batch = await studio.submit(["for ever #fake:resetcancel"], model=REPLICATE)
    await studio.until(lambda b: b["counts"]["running"] == 1, f"/api/batches/{batch['id']}")
    await studio.post(f"/api/batches/{batch['id']}/cancel")
    await studio.finished(batch["id"])
    (item,) = await studio.items(batch["id"])
    assert item["state"] == "failed"
    assert "may be billed" in item["message"]
    await studio.balanced(batch["id"])


async def test_a_job_that_fails_after_a_restart_is_failed(
    database_url: str, tmp_path: Path, upstream: Upstream
) -> None:
    upstream.config(latency=1.0)
    async with open_studio(tmp_path / "s", database_url=database_url, upstream=upstream) as first:
        await first.add_key("replicate")
        batch_id = await die_at(first, "attempt.after_accept", ["a cat #fake:failed"], model=REPLICATE)
        store = first.store
    async with open_studio(tmp_path / "s", database_url=database_url, upstream=upstream, store=store) as second:
        done = await second.finished(batch_id)
        await second.balanced(batch_id)
    assert done["counts"]["failed"] == 1
    assert upstream.account()["paid_calls"] == 1


async def test_open_attempts_of_a_removed_key_wait_for_a_person(
    database_url: str, tmp_path: Path, upstream: Upstream
) -> None:
    upstream.config(latency=5.0)
    async with open_studio(tmp_path / "s", database_url=database_url, upstream=upstream) as first:
        key = await first.add_key("replicate")
        batch_id = await die_at(first, "attempt.after_accept", ["a cat"], model=REPLICATE)
        await first.call("DELETE", f"/api/keys/{key['id']}")
        store = first.store
    async with open_studio(tmp_path / "s", database_url=database_url, upstream=upstream, store=store) as second:
        await second.finished(batch_id)
        (item,) = await second.items(batch_id)
        await second.balanced(batch_id)
    assert item["state"] == "uncertain"
    assert "removed" in item["message"]


async def uploaded(studio: Studio) -> Any:
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(buffer, "PNG")
    return await studio.call("POST", "/api/assets", files={"file": ("a.png", buffer.getvalue(), "image/png")})


async def test_a_reference_that_is_gone_is_said_before_it_costs(studio: Studio) -> None:
    await studio.add_key("openai")
    asset = await uploaded(studio)
    path = studio.application.ports.blobs.local_path(f"pictures/{asset['blake3']}")
    assert path is not None
    path.unlink()
    batch = await studio.made(["make it red"], references=[asset["id"]])
    (item,) = await studio.items(batch["id"])
    assert (item["state"], item["message"]) == ("failed", "A reference picture is no longer in the store.")
    assert studio.upstream.requests() == []


async def test_references_come_from_a_store_that_is_elsewhere(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    await studio.add_key("openai")
    asset = await uploaded(studio)
    monkeypatch.setattr(studio.application.ports.blobs, "local_path", lambda _key: None)
    batch = await studio.made(["make it red"], references=[asset["id"]])
    assert batch["counts"]["done"] == 1
    assert studio.upstream.requests()[0]["path"] == "/v1/images/edits"


async def test_a_lane_of_a_process_that_is_gone_is_driven_again(studio: Studio) -> None:
    await studio.add_key("openai")
    await studio.made(["a cat"])
    (lane,) = await studio.get("/api/lanes")
    clock = studio.application.ports.clock
    await studio.application.writer.transact(
        lambda connection: connection.execute(
            update(Lane)
            .where(Lane.id == lane["id"])
            .values(epoch=Lane.epoch + 1, state="driven", owner="gone", heartbeat_at=clock.now())
        )
    )
    batch = await studio.made(["a dog"])
    assert batch["counts"]["done"] == 1


async def test_a_drawing_process_that_dies_is_replaced(studio: Studio) -> None:
    batch = await studio.submit([f"a cat {n}" for n in range(6)], model=ILLUSTRATOR, plan={"sizes": ["1024x1024"]})
    await studio.until(lambda b: b["counts"]["done"] >= 1, f"/api/batches/{batch['id']}")
    drawing = [child for child in multiprocessing.active_children() if isinstance(child, SpawnProcess)]
    assert drawing
    for child in drawing:
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)
    done = await studio.finished(batch["id"])
    assert done["counts"]["done"] == 6
    await studio.balanced(batch["id"])
