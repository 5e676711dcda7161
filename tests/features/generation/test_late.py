"""A picture that comes after its lane was lost makes certain what was in doubt."""

from __future__ import annotations

from sqlalchemy import select

from imageloom.contracts.provider import Outcome
from imageloom.features.generation.changes import Settled, StoredPicture
from imageloom.features.generation.late import hand_in
from imageloom.features.generation.models import Attempt, ItemState
from tests.studio import Studio


async def test_a_late_picture_is_the_picture_of_an_item_in_doubt(studio: Studio) -> None:
    await studio.add_key("openai")
    batch = await studio.made(["kept", "in doubt #fake:lost"])
    kept, doubted = await studio.items(batch["id"])
    asset = await studio.get(f"/api/assets/{kept['asset_id']}")
    writer, ids = studio.application.writer, studio.application.ports.ids
    attempt = await writer.transact(
        lambda connection: connection.execute(select(Attempt.__table__).where(Attempt.item_id == doubted["id"])).one()
    )
    picture = StoredPicture(
        asset_id=ids.new(),
        blake3=asset["blake3"],
        size_bytes=3000,
        media_type="image/png",
        format="png",
        width=256,
        height=256,
        provenance=asset["provenance"],
    )
    change = Settled(
        lane_id=attempt.lane_id,
        epoch=0,
        attempt_id=attempt.id,
        item_id=doubted["id"],
        run_id=batch["id"],
        project_id=batch["project_id"],
        team_id=(await studio.get("/api/projects"))[0]["team_id"],
        position=doubted["position"],
        outcome=Outcome.succeeded,
        to=ItemState.done,
        at=studio.application.ports.clock.now(),
        billed=True,
        settled_micros=5,
        pictures=(picture,),
    )
    assert await writer.transact(lambda connection: hand_in(connection, [change])) == [change]
    books = await studio.balanced(batch["id"])
    assert (books["counts"]["done"], books["counts"]["uncertain"]) == (2, 0)
    # Handed in once more, it changes nothing.
    assert await writer.transact(lambda connection: hand_in(connection, [change])) == []
