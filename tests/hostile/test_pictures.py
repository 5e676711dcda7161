"""Pictures: refused by their bytes before anything is decoded, or decoded where it can do no harm."""

from __future__ import annotations

import pytest

from tests.hostile.house import Answer, Case, House, check
from tests.hostile.pictures import DAMAGED, PICTURES


@pytest.fixture(scope="module")
def answers(house: House) -> dict[str, Answer]:
    """What was said of each picture. All are sent at once, so that the decoders meet them together."""
    return {
        case.id: house.upload("/api/assets", case.sent, filename=case.more.get("filename", "a.png"))
        for case in PICTURES
    }


def test_every_case_has_a_name_of_its_own() -> None:
    assert len({case.id for case in PICTURES}) == len(PICTURES)


@pytest.mark.parametrize("case", PICTURES, ids=str)
def test_a_picture_is_refused_or_kept_and_previewed(house: House, answers: dict[str, Answer], case: Case) -> None:
    asset = check(answers[case.id], case)
    if case.code is not None:
        return
    where = f"/api/assets/{asset['id']}"
    house.server.until(lambda: house.get(where)["previews"] != "pending", seconds=60)
    asset = house.get(where)
    assert asset["previews"] == case.more["previews"], asset["trouble"]
    assert asset["format"] == case.more.get("format", asset["format"])
    file = house.ask("GET", f"{where}/file")
    # Whatever else the bytes are, nobody is told so.
    assert file.headers["content-type"] == f"image/{asset['format']}"
    assert file.headers["x-content-type-options"] == "nosniff"
    assert file.content == case.sent
    spliced = house.ask("GET", f"{where}/file?metadata=full")
    assert spliced.status == 200
    if case.more["previews"] != DAMAGED:
        assert house.ask("GET", f"{where}/preview").headers["content-type"] == "image/webp"
