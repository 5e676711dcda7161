"""A provider's answer outlives the process that got it, whatever it holds."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from imageloom.contracts.provider import BlobRef, Done, RemotePicture, Usage
from imageloom.features.generation import answers

FOLDER = Path("/spool/attempt")
FILE = BlobRef(path=FOLDER / "a.part", size_bytes=7, media_type="image/png", blake3="ab" * 32)
TOLD = Done(
    pictures=(RemotePicture(url="https://pictures.example/a.png", max_bytes=5), FILE),
    usage=Usage(counts={"token_out_image": 439}, cost_micros=12, currency="USD"),
    revised_prompt="a cat in the rain",
    seed=2**40,
    provider_ref="req_1",
    metadata={"finish": "stop"},
)


@pytest.mark.parametrize("done", [TOLD, Done(pictures=()), Done(pictures=(RemotePicture(url="https://x.example"),))])
def test_an_answer_comes_back_as_it_was(done: Done) -> None:
    written = orjson.dumps(answers.to_json(done))
    assert answers.from_json(orjson.loads(written), folder=FOLDER) == done


def test_files_are_found_where_the_folder_is_now() -> None:
    moved = answers.from_json(answers.to_json(TOLD), folder=Path("/elsewhere"))
    assert [picture.path for picture in moved.pictures if isinstance(picture, BlobRef)] == [Path("/elsewhere/a.part")]
