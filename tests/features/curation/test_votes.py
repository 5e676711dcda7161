"""Blind votes: kept once for a person and pictures, and counted for the models that stood beside each other."""

from __future__ import annotations

from typing import Any

from sqlalchemy import update

from imageloom.features.library.models import Asset
from imageloom.runtime.actor import SYSTEM
from tests.studio import OPENAI, Studio

SCENE = "illustrator/scene-1"


async def pictures(studio: Studio, count: int = 1, models: tuple[str, ...] = (SCENE, OPENAI)) -> tuple[str, list[Any]]:
    """A batch of them, and its pictures by line, those of each model in their order."""
    batch = await studio.made([f"a {n}" for n in range(count)], plan={"models": list(models), "sizes": ["1024x1024"]})
    lines = (await studio.get(f"/api/batches/{batch['id']}/lineups", limit=50))["lines"]
    return batch["id"], [[cell["item"]["asset_id"] for cell in line["cells"]] for line in lines]


async def vote(studio: Studio, ids: list[str], chosen: str, status: int = 201) -> Any:
    return await studio.post("/api/votes", {"ids": ids, "chosen": chosen}, status=status)


async def test_votes_are_counted_by_model(studio: Studio) -> None:
    await studio.add_key("openai")
    batch, lines = await pictures(studio, 3)
    assert await studio.get("/api/votes", batch=batch) == {"votes": 0, "models": []}
    told = await vote(studio, lines[0], lines[0][1])
    assert (told["ids"], told["chosen"]) == (lines[0], lines[0][1])
    await vote(studio, lines[1], lines[1][1])
    await vote(studio, lines[2], lines[2][0])
    wins = {"votes": 3, "models": [{"model": OPENAI, "won": 2, "held": 3}, {"model": SCENE, "won": 1, "held": 3}]}
    assert await studio.get("/api/votes", batch=batch) == wins
    (project,) = await studio.get("/api/projects")
    assert await studio.get("/api/votes", project=project["id"]) == wins
    assert await studio.get("/api/votes") == wins
    assert (await studio.get("/api/votes", batch="another"))["votes"] == 0


async def test_the_same_pictures_again_are_a_change_of_mind(studio: Studio) -> None:
    await studio.add_key("openai")
    batch, (line,) = await pictures(studio)
    first = await vote(studio, line, line[0])
    again = await vote(studio, line[::-1], line[1], status=200)
    assert again["id"] == first["id"]
    told = await studio.get("/api/votes", batch=batch)
    assert told == {
        "votes": 1,
        "models": [{"model": OPENAI, "won": 1, "held": 1}, {"model": SCENE, "won": 0, "held": 1}],
    }


async def test_of_one_model_alone_or_several_batches_a_vote_says_less(studio: Studio) -> None:
    await studio.add_key("openai")
    one, ((first, second),) = await pictures(studio)
    _other, ((third, _fourth),) = await pictures(studio)
    await vote(studio, [first, third], first)
    assert await studio.get("/api/votes") == {"votes": 0, "models": []}
    # Two pictures of one model stand once beside the other.
    await vote(studio, [first, second, third], third)
    assert (await studio.get("/api/votes", batch=one))["votes"] == 0
    told = await studio.get("/api/votes")
    assert told == {
        "votes": 1,
        "models": [{"model": SCENE, "won": 1, "held": 1}, {"model": OPENAI, "won": 0, "held": 1}],
    }


async def test_what_nobody_knows_the_model_of_is_in_no_row(studio: Studio) -> None:
    await studio.add_key("openai")
    _batch, ((first, second),) = await pictures(studio)
    async with studio.application.scopes.open(SYSTEM) as scope:
        await scope.session.execute(update(Asset).where(Asset.id == first).values(provenance={"imported_from": "x"}))
    await vote(studio, [first, second], first)
    assert await studio.get("/api/votes") == {"votes": 1, "models": [{"model": OPENAI, "won": 0, "held": 1}]}


async def test_what_cannot_be_a_vote_is_refused(studio: Studio) -> None:
    for body in (
        {"ids": ["a"], "chosen": "a"},
        {"ids": ["a", "b"], "chosen": "c"},
        {"ids": ["a", "a"], "chosen": "a"},
        {"ids": [str(n) for n in range(10)], "chosen": "1"},
        {"ids": ["a", "b"]},
    ):
        await studio.post("/api/votes", body, status=422)
    assert (await vote(studio, ["a", "b"], "a", status=404))["field"] == "ids"
