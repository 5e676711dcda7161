"""Picks, ratings and labels: said of many pictures at once, found by, and taken back."""

from __future__ import annotations

from typing import Any

from tests.studio import Studio

ILLUSTRATOR = "illustrator/scene-1"
PROMPTS = ["one boat", "two boats", "three boats", "four boats"]


async def make(studio: Studio, prompts: list[str] = PROMPTS) -> list[str]:
    """The ids of the pictures, in the order of the prompts."""
    body = {"prompts": prompts, "plan": {"models": [ILLUSTRATOR], "sizes": ["96x64"]}}
    batch = await studio.finished((await studio.post("/api/batches", body))["id"])
    return [item["asset_id"] for item in await studio.items(batch["id"])]


async def found(studio: Studio, **query: Any) -> set[str]:
    """What both lists find, which must be the same."""
    columns = await studio.get("/api/assets/columns", **query)
    rows = (await studio.get("/api/assets", **query))["items"]
    assert columns["ids"] == [row["id"] for row in rows]
    return set(columns["ids"])


async def test_many_pictures_are_judged_at_once_and_found_by_it(studio: Studio) -> None:
    one, two, three, four = await make(studio)
    answer = await studio.post("/api/judgements", {"ids": [one, two], "pick": "pick", "rating": 4})
    assert (answer["changed"], answer["unchanged"], answer["conflicts"]) == (2, 0, [])
    await studio.post(
        "/api/judgements", {"ids": [three], "pick": "reject", "add_labels": ["  second   round ", "月光"]}
    )
    await studio.post("/api/judgements", {"ids": [one], "rating": 2, "add_labels": ["月光"]})
    shown = await studio.get(f"/api/assets/{three}")
    assert (shown["pick"], shown["rating"], shown["labels"]) == ("reject", 0, ["second round", "月光"])
    assert await found(studio, pick="pick") == {one, two}
    assert await found(studio, pick="reject") == {three}
    assert await found(studio, pick="none") == {four}
    assert await found(studio, rating=3) == {two}
    assert await found(studio, rating=1) == {one, two}
    assert await found(studio, label="月光") == {one, three}
    assert await found(studio, label="月光", pick="pick", q="boat", rating=2) == {one}
    assert await found(studio, label="no such") == set()
    columns = await studio.get("/api/assets/columns", order="oldest")
    judged = dict(zip(columns["ids"], zip(columns["picks"], columns["ratings"], strict=True), strict=True))
    assert judged == {one: (1, 2), two: (1, 4), three: (-1, 0), four: (0, 0)}
    labels = (await studio.get("/api/labels"))["items"]
    assert labels == [{"label": "月光", "pictures": 2}, {"label": "second round", "pictures": 1}]


async def test_a_judgement_is_taken_back_and_the_taking_back_too(studio: Studio) -> None:
    one, two, *_rest = await make(studio)
    await studio.post("/api/judgements", {"ids": [one], "rating": 1, "labels": ["kept", "old"]})
    said = await studio.post("/api/judgements", {"ids": [one, two], "rating": 5, "labels": ["new"]})
    assert said["before"][0] == {
        "asset_id": one,
        "revision": 2,
        "pick": "none",
        "rating": 1,
        "labels": ["kept", "old"],
    }
    undone = await studio.post("/api/judgements/undo", {"before": said["before"]})
    assert (undone["changed"], undone["conflicts"]) == (2, [])
    assert (await studio.get(f"/api/assets/{one}"))["labels"] == ["kept", "old"]
    assert (await studio.get(f"/api/assets/{two}"))["rating"] == 0
    assert await found(studio, label="new") == set()
    assert await found(studio, label="old") == {one}
    await studio.post("/api/judgements/undo", {"before": undone["before"]})
    assert await found(studio, label="new", rating=5) == {one, two}


async def test_nobody_overwrites_what_another_has_said_since(studio: Studio) -> None:
    one, two, *_rest = await make(studio)
    said = await studio.post("/api/judgements", {"ids": [one, two], "pick": "pick"})
    await studio.post("/api/judgements", {"ids": [two], "pick": "reject"})
    undone = await studio.post("/api/judgements/undo", {"before": said["before"]})
    assert (undone["changed"], undone["conflicts"]) == (1, [two])
    assert (await studio.get(f"/api/assets/{two}"))["pick"] == "reject"
    seen = {one: 2, two: 1}
    answer = await studio.post("/api/judgements", {"ids": [one, two], "rating": 3, "revisions": seen})
    assert (answer["changed"], answer["unchanged"], answer["conflicts"]) == (1, 0, [two])
    answer = await studio.post("/api/judgements", {"ids": [one], "rating": 3})
    assert (answer["changed"], answer["unchanged"], answer["before"]) == (0, 1, [])
    assert (await studio.get(f"/api/assets/{one}"))["revision"] == 3


async def test_what_is_no_judgement_names_its_field(studio: Studio) -> None:
    one, *_rest = await make(studio)
    for body, status, field in (
        ({"ids": [one]}, 422, None),
        ({"ids": [], "rating": 1}, 422, "ids"),
        ({"ids": ["x"] * 2001, "rating": 1}, 422, "ids"),
        ({"ids": [one, "no-such-picture"], "rating": 1}, 404, "ids"),
        ({"ids": [one], "rating": 6}, 422, "rating"),
        ({"ids": [one], "pick": "maybe"}, 422, "pick"),
        ({"ids": [one], "labels": ["a" * 41]}, 422, None),
        ({"ids": [one], "labels": ["a\nb\x07"]}, 422, None),
        ({"ids": [one], "labels": [" "]}, 422, None),
        ({"ids": [one], "labels": ["a\x00"]}, 422, None),
        ({"ids": [one], "labels": [str(number) for number in range(13)]}, 422, "labels"),
        ({"ids": [one], "labels": ["a"], "add_labels": ["b"]}, 422, None),
        ({"ids": [one], "trashed": True, "rating": 1}, 422, "trashed"),
    ):
        problem = await studio.call("POST", "/api/judgements", status=status, json=body)
        if field is not None:
            assert field in problem["field"], problem
    await studio.post("/api/judgements", {"ids": [one], "labels": [str(number) for number in range(12)]})
    problem = await studio.call("POST", "/api/judgements", status=400, json={"ids": [one], "add_labels": ["one more"]})
    assert problem["field"] == "add_labels"
    assert len((await studio.get(f"/api/assets/{one}"))["labels"]) == 12
    twice = [{"asset_id": one, "revision": 1, "pick": "none", "rating": 0, "labels": []}] * 2
    await studio.call("POST", "/api/judgements/undo", status=422, json={"before": twice})
    for query in ({"pick": "odd"}, {"rating": 6}, {"label": ""}, {"label": "a" * 41}, {"board": "a" * 27}):
        await studio.call("GET", "/api/assets/columns", status=422, params=query)


async def test_judgements_are_told_to_whoever_follows_the_team(studio: Studio) -> None:
    from sqlalchemy import select

    from imageloom.runtime.actor import SYSTEM
    from imageloom.runtime.db.outbox import OutboxRow

    one, *_rest = await make(studio)
    await studio.post("/api/judgements", {"ids": [one], "rating": 1})
    async with studio.application.scopes.open(SYSTEM, write=False) as scope:
        events = (await scope.session.scalars(select(OutboxRow).where(OutboxRow.kind == "assets.judged"))).all()
    assert [event.payload["asset_ids"] for event in events] == [[one]]


async def test_a_rating_may_stand_in_the_name_of_a_file(studio: Studio) -> None:
    one, _two, _three, _four = await make(studio)
    await studio.post("/api/judgements", {"ids": [one], "rating": 4})
    (batch,) = (await studio.get("/api/batches"))["items"]
    files = (await studio.get(f"/api/batches/{batch['id']}/files", names="[rating]/[index]"))["items"]
    assert [file["path"] for file in files] == ["4/1.png", "2.png", "3.png", "4.png"]
