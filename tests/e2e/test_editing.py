"""Editing what waits, as a person types it."""

from __future__ import annotations

import json
from pathlib import Path


def test_a_batch_is_edited_before_it_is_made(say, tmp_path: Path) -> None:
    assert say("batch", "-", "--size", "64x64", stdin="first\n")[0] == 0
    assert say("lanes", "pause", "illustrator")[0] == 0
    _code, words = say("batch", "-", "--size", "64x64", "--detach", "--json", stdin="a cat\na cat house\na dog\n")
    batch = json.loads(words)["id"]
    code, words = say("edit", batch, "--replace", "cat=>fox", "--where", "row>1", "--dry-run")
    assert code == 0, words
    assert "1 changed, 1 unchanged" in words
    assert "- a cat house" in words
    assert "+ a fox house" in words
    code, words = say("edit", batch, "--replace", "cat=>fox", "--set", "size=128x128", "--where", "row<=2")
    assert code == 0, words
    edit = words.split("--undo ")[1].strip()
    assert "2 changed" in words
    sheet = tmp_path / "more.txt"
    sheet.write_text("a moon\na sun\n")
    code, words = say("edit", batch, "--append", str(sheet), "--name", "sky", "--priority", "7")
    assert (code, "2 appended" in words) == (0, True), words
    code, words = say("edit", batch, "--append", "-", stdin="a star\n")
    assert code == 0, words
    code, words = say("edit", batch, "--remove", "--where", "prompt~moon", "--json")
    assert json.loads(words)["removed"] == 1
    assert say("edit", batch, "--front", "--where", "item=3,4-4")[0] == 0
    assert say("edit", batch, "--back", "--where", "model=illustrator/scene-1", "--where", "row=1")[0] == 0
    code, words = say("edits", batch)
    assert "sky" in words
    assert len(json.loads(say("edits", batch, "--json")[1])) == 6
    code, words = say("edit", "--undo", edit)
    assert "1 items are as they were" in words or "2 items are as they were" in words, words
    assert say("edit", "--undo", edit)[0] == 2
    assert say("lanes", "resume", "illustrator")[0] == 0
    assert say("watch", batch)[0] == 1
    books = json.loads(say("verify", batch, "--json")[1])
    assert (books["requested"], books["counts"]["done"], books["counts"]["cancelled"]) == (6, 5, 1)
    assert "over" in say("edit", batch, "--remove")[1] or say("edit", batch, "--remove")[0] == 2


def test_what_cannot_be_read_is_said(say) -> None:
    _code, words = say("batch", "-", "--size", "64x64", "--json", stdin="a cat\n")
    batch = json.loads(words)["batch_id"]
    for wrong in (
        [],
        [batch, "--front", "--back"],
        [batch, "--set", "quality"],
        [batch, "--set", "=high"],
        [batch, "--replace", "cat"],
        [batch, "--remove", "--where", "colour=red"],
        [batch, "--remove", "--where", "row>5", "--where", "row<3"],
        [batch, "--remove", "--where", "row>5", "--where", "row=3"],
        [batch, "--append", "nothing.txt"],
        ["nothing", "--remove"],
        ["--undo", "nothing"],
    ):
        code, words = say("edit", *wrong)
        assert code == 2, (wrong, words)
        assert "Traceback" not in words
