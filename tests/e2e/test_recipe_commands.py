"""Recipes and differences, as a person types them."""

from __future__ import annotations

import json
from pathlib import Path


def test_a_recipe_is_saved_run_compared_and_removed(say, tmp_path: Path) -> None:
    sheet = tmp_path / "p.csv"
    sheet.write_text("subject\ncat\ndog\n")
    template = ("--template", "a {{subject}}", "--size", "64x64")
    code, words = say("recipes", "save", "animals", str(sheet), *template)
    assert (code, "animals, version 1" in words) == (0, True), words
    assert "version 2" in say("recipes", "save", "animals", str(sheet), *template, "--count", "2", "--note", "two")[1]
    assert "animals" in say("recipes", "ls")[1]
    assert json.loads(say("recipes", "ls", "--json")[1])[0]["latest"] == 2
    words = say("recipes", "show", "animals")[1]
    assert "plan.template: a {{subject}}" in words
    assert "version 2" in words
    assert json.loads(say("recipes", "show", "animals", "--version", "1", "--json")[1])["version"]["number"] == 1
    assert "plan.count: None -> 2" in say("recipes", "diff", "animals")[1]
    assert "are the same" in say("recipes", "diff", "animals", "1", "1")[1]
    assert json.loads(say("recipes", "diff", "animals", "--json")[1])["after"] == 2
    first = json.loads(say("recipes", "run", "animals", "--version", "1", "--json")[1])
    code, words = say("recipes", "run", "animals", "--count", "1", "--sheet", "-", stdin="subject\n")
    assert code == 2, words
    code, words = say("recipes", "run", "animals", "--seed", "3", "--count", "1")
    second = words.split()[1].rstrip(":")
    for batch in (first["id"], second):
        assert say("watch", batch)[0] == 0
    words = say("diff", first["id"], second)[1]
    assert "0 same, 2 changed, 0 new, 0 missing" in words
    assert "row 2 changed (seed): a cat" in words
    told = json.loads(say("diff", first["id"], second, "--json")[1])
    assert len(told["items"]) == 2
    assert "version 1" in say("recipes", "save", "again", "--from-batch", second)[1]
    assert say("recipes", "save", "neither")[0] == 2
    assert say("recipes", "save", "lost", "no-such-file.csv")[0] == 2
    assert "removed" in say("recipes", "rm", "animals")[1]
    assert say("recipes", "run", "animals")[0] == 2
