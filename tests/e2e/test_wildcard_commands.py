"""Wildcard files and the history, as a person types them."""

from __future__ import annotations

import json
from pathlib import Path


def test_a_folder_of_wildcards_is_kept_used_changed_and_removed(say, tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    (folder / "animals").mkdir(parents=True)
    (folder / "animals" / "wild.txt").write_text("\ufefffox\nwolf\n", "utf-8")
    (folder / "places.yaml").write_text("places:\n  far: [moon, 月亮]\n", "utf-8")
    (folder / "notes.md").write_text("no wildcard")
    code, words = say("wildcards", "put", str(folder))
    assert code == 0, words
    assert "animals/wild: __animals/wild__ (2)" in words
    assert "(2)" in words.splitlines()[1]
    assert {one["name"] for one in json.loads(say("wildcards", "--json")[1])} == {"animals/wild", "places"}
    assert say("wildcards", "show", "Animals/Wild")[1] == "fox\nwolf\n"
    one = tmp_path / "any.txt"
    one.write_text("bear\n")
    assert say("wildcards", "put", str(one), "--name", "animals/wild")[0] == 0
    told = json.loads(say("wildcards", "show", "animals/wild", "--json")[1])
    assert (told["text"], told["version"]) == ("bear\n", 2)
    sheet = tmp_path / "p.txt"
    sheet.write_text("a __animals/wild__ on the quiet moon\n")
    assert say("batch", str(sheet), "--size", "64x64")[0] == 0
    assert "quiet moon" in say("history", "quiet", "moon")[1]
    assert [line["row_count"] for line in json.loads(say("history", "quiet", "--json")[1])] == [1]
    assert "Nothing that was submitted" in say("history", "loud")[1]
    for name in ("animals/wild.txt", "../keys", "nothing"):
        code, words = say("wildcards", "rm", name)
        assert (code, f"There is no wildcard file '{name}'" in words) == (2, True), words
    assert say("wildcards", "rm", "animals/wild")[1].strip() == "animals/wild is removed."
    assert say("wildcards", "show", "animals/wild")[0] == 2
    assert "animals/wild" not in say("wildcards", "ls")[1]


def test_what_is_no_wildcard_file_is_refused_with_a_reason_and_nothing_is_kept(say, tmp_path: Path) -> None:
    before = say("wildcards", "ls")[1]
    big5 = tmp_path / "big5.txt"
    big5.write_bytes("狐狸".encode("big5"))
    good = tmp_path / "good.txt"
    good.write_text("cat\n")
    for source, said in (
        ((str(good), str(big5)), "is not UTF-8"),
        ((str(tmp_path / "nothing.txt"),), "does not exist"),
        ((str(good), str(good), "--name", "x"), "--name is for a single file"),
    ):
        code, words = say("wildcards", "put", *source)
        assert (code, said in " ".join(words.split())) == (2, True), words
    page = tmp_path / "page.html"
    page.write_text("<p>")
    empty = tmp_path / "empty"
    empty.mkdir()
    for path in (page, empty):
        code, words = say("wildcards", "put", str(path))
        assert (code, ".txt, .yaml or .json" in " ".join(words.split())) == (2, True), words
    broken = tmp_path / "broken.json"
    broken.write_text("{")
    assert say("wildcards", "put", str(broken))[0] == 2
    assert say("wildcards", "ls")[1] == before
