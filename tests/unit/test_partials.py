"""Unfinished pictures for who looks now."""

from __future__ import annotations

import gc
from pathlib import Path

from imageloom.runtime.partials import BYTES_MAX, UNSEEN_MAX, Partials


async def test_who_watches_a_run_sees_what_comes_and_nobody_else_does(tmp_path: Path) -> None:
    partials = Partials()
    file = tmp_path / "picture"
    file.write_bytes(b"half")
    one, another = partials.watch("one"), partials.watch("another")
    partials.show("one", 2, 0, file)
    seen = await one.next()
    assert (seen.position, seen.number, seen.content) == (2, 0, b"half")
    assert another.rest() == []
    assert partials.is_watched("one")
    del one
    gc.collect()
    assert not partials.is_watched("one")


async def test_for_a_slow_onlooker_the_oldest_make_room(tmp_path: Path) -> None:
    partials = Partials()
    file = tmp_path / "picture"
    file.write_bytes(b"half")
    watch = partials.watch("one")
    for number in range(UNSEEN_MAX + 3):
        partials.show("one", 0, number, file)
    assert [partial.number for partial in watch.rest()] == list(range(3, UNSEEN_MAX + 3))


async def test_one_that_is_gone_or_too_large_is_not_seen_and_troubles_nobody(tmp_path: Path) -> None:
    partials = Partials()
    watch = partials.watch("one")
    partials.show("one", 0, 0, tmp_path / "gone")
    with (tmp_path / "large").open("wb") as file:
        file.truncate(BYTES_MAX + 1)
    partials.show("one", 0, 1, tmp_path / "large")
    assert watch.rest() == []
