"""What a batch is called that nobody named."""

from __future__ import annotations

from tests.studio import Studio

ILLUSTRATOR = {"plan": {"models": ["illustrator/scene-1"]}}


async def test_typed_prompts_name_their_batch_by_the_first_words(studio: Studio) -> None:
    """Decided in one place, for the page, the commands and the gateway."""
    typed = await studio.post("/api/batches", {"prompts": ["  a {red|blue}\u3000fox ", "a heron"], **ILLUSTRATOR})
    named = await studio.post("/api/batches", {"prompts": ["a fox"], "name": "Foxes", **ILLUSTRATOR})
    long = await studio.post("/api/batches", {"prompts": ["word " * 60], **ILLUSTRATOR})
    assert (typed["name"], named["name"]) == ("a {red|blue} fox", "Foxes")
    assert long["name"] == ("word " * 16).rstrip()
    for batch in (typed, named, long):
        await studio.finished(batch["id"])


async def test_a_sheet_names_its_batch_by_its_file(studio: Studio) -> None:
    sheet = await studio.call("POST", "/api/sheets", files={"file": ("animals.csv", b"prompt\nfox\n", "text/csv")})
    batch = await studio.post("/api/batches", {"sheet_id": sheet["id"], **ILLUSTRATOR})
    assert batch["name"] == "animals.csv"
    await studio.finished(batch["id"])
