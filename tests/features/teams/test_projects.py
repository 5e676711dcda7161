"""Projects that several people make and name at the same moment."""

from __future__ import annotations

import asyncio

from tests.studio import Studio


async def names(studio: Studio) -> list[str]:
    return sorted(project["name"] for project in await studio.get("/api/projects"))


async def test_of_many_that_are_made_with_one_name_there_is_one(studio: Studio) -> None:
    before = await names(studio)
    wish = {"name": "Campaign"}
    answers = await asyncio.gather(*(studio.http.post("/api/projects", json=wish) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 7
    refused = [answer.json() for answer in answers if answer.status_code == 409]
    assert {told["code"] for told in refused} == {"conflict"}
    assert await names(studio) == sorted([*before, "Campaign"])


async def test_of_many_that_are_given_one_name_one_has_it(studio: Studio) -> None:
    made = [await studio.post("/api/projects", {"name": f"Draft {number}"}) for number in range(6)]
    paths = [f"/api/projects/{project['id']}" for project in made]
    answers = await asyncio.gather(*(studio.http.patch(path, json={"name": "Final"}) for path in paths))
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
    assert (await names(studio)).count("Final") == 1
