"""A batch of restored books looks at what the provider has before it pays."""

from __future__ import annotations

from sqlalchemy import update

from imageloom.features.generation.models import Run
from tests.studio import REPLICATE, Studio


async def test_a_restored_batch_looks_before_it_pays(studio: Studio) -> None:
    await studio.add_key("replicate")
    made = await studio.made(["made before"], model=REPLICATE)
    (lane,) = await studio.get("/api/lanes")
    await studio.post(f"/api/lanes/{lane['id']}/pause")
    batch = await studio.submit(["made after"], model=REPLICATE)
    since = studio.application.ports.clock.now()
    await studio.application.writer.transact(
        lambda connection: connection.execute(update(Run).where(Run.id == batch["id"]).values(look_since=since))
    )
    # While the provider does not say what it has, nothing is sent.
    studio.upstream.config(listing=False)
    await studio.post(f"/api/lanes/{lane['id']}/resume")
    await studio.until(lambda items: items["items"][0]["attempts"] >= 1, f"/api/batches/{batch['id']}/items")
    assert studio.upstream.account()["paid_calls"] == 1
    studio.upstream.config(listing=True)
    done = await studio.finished(batch["id"])
    if done["counts"]["failed"]:
        await studio.post(f"/api/batches/{batch['id']}/retry", {"states": ["failed"]})
        done = await studio.finished(batch["id"])
    assert done["counts"]["done"] == 1
    assert studio.upstream.account()["paid_calls"] == 2
    await studio.balanced(made["id"])
    await studio.balanced(batch["id"])
