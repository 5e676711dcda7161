"""The trash, as a person types it."""

from __future__ import annotations

import json

from tests.server import Server


def test_pictures_are_thrown_away_brought_back_and_deleted(say, server: Server, tmp_path) -> None:
    words = say("batch", "-", "--size", "64x64", "--detach", "--json", stdin="a cat\na dog\na fox\n")[1]
    batch = json.loads(words)["id"]
    assert say("watch", batch)[0] == 0
    items = server.get(f"/api/batches/{batch}/items")["items"]
    cat, dog, fox = (item["asset_id"] for item in items)
    assert "The trash is empty" in say("trash")[1]
    assert json.loads(say("trash", "add", cat, dog, "--json")[1]) == {"changed": 2, "unchanged": 0, "ids": [cat, dog]}
    code, words = say("trash", "list")
    assert (code, cat in words, fox in words) == (0, True, False), words
    assert json.loads(say("trash", "list", "--json")[1])["pictures"] == 2
    code, words = say("verify", batch)
    assert (code, "2 in the trash" in words) == (0, True), words
    out = tmp_path / "out"
    told = json.loads(say("export", batch, "--out", str(out), "--json")[1])
    assert (told["pictures"], sorted(told["missing"].values())) == (1, ["The picture is in the trash."] * 2)
    assert "1 pictures restored" in say("trash", "restore", dog)[1]
    assert say("trash", "restore")[0] == 2
    assert say("trash", "restore", "no-such-picture")[0] != 0
    code, words = say("trash", "empty")
    assert (code, "1 pictures would be deleted" in words) == (2, True), words
    assert json.loads(say("trash", "empty", "--yes", "--json")[1]) == {"removed": 1}
    code, words = say("verify", batch)
    assert (code, "1 deleted from the trash" in words) == (0, True), words
    assert json.loads(say("verify", "--json")[1])["removed"] == 1
