"""Those who come while a round is under way."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy.exc import OperationalError

from imageloom.kit.errors import NotFound
from imageloom.runtime.db.together import Together


class Work:
    """Doubles numbers, when it may. ``rounds`` is what came together."""

    def __init__(self) -> None:
        self.rounds: list[list[int]] = []
        self.may_end = asyncio.Event()

    async def __call__(self, numbers: Sequence[int]) -> list[int]:
        self.rounds.append(list(numbers))
        await self.may_end.wait()
        if 13 in numbers:
            raise NotFound("There is no such number.")
        if 99 in numbers:
            raise OperationalError("SELECT", {}, Exception("away"))
        return [2 * number for number in numbers]


async def under_way(together: Together[int, int], work: Work) -> asyncio.Task[int]:
    """A first one, alone in its round."""
    first = asyncio.create_task(together.ask(1))
    async with asyncio.timeout(10):
        while not work.rounds:
            await asyncio.sleep(0)
    return first


async def waiting(together: Together[int, int], *numbers: int) -> list[asyncio.Task[int]]:
    """Those who come meanwhile."""
    asked = [asyncio.create_task(together.ask(number)) for number in numbers]
    await asyncio.sleep(0)
    return asked


async def test_the_first_goes_alone_and_the_next_together() -> None:
    work = Work()
    together = Together(work)
    first = await under_way(together, work)
    others = await waiting(together, 2, 3, 4)
    work.may_end.set()
    assert await asyncio.gather(first, *others) == [2, 4, 6, 8]
    assert work.rounds == [[1], [2, 3, 4]]
    assert await together.ask(5) == 10


async def test_the_mistake_of_one_is_nobody_elses() -> None:
    work = Work()
    together = Together(work)
    first = await under_way(together, work)
    others = await waiting(together, 2, 13, 4)
    work.may_end.set()
    answers = await asyncio.gather(first, *others, return_exceptions=True)
    assert answers[:2] == [2, 4]
    assert isinstance(answers[2], NotFound)
    assert answers[3] == 8
    assert work.rounds == [[1], [2, 13, 4], [2], [13], [4]]


async def test_where_the_database_is_away_nobody_asks_again() -> None:
    work = Work()
    together = Together(work)
    first = await under_way(together, work)
    others = await waiting(together, 2, 99)
    work.may_end.set()
    assert await first == 2
    for other in others:
        with pytest.raises(OperationalError):
            await other
    assert work.rounds == [[1], [2, 99]]


async def test_who_is_cancelled_before_the_round_is_not_in_it() -> None:
    work = Work()
    together = Together(work)
    first = await under_way(together, work)
    left, stays = await waiting(together, 2, 3)
    left.cancel()
    await asyncio.sleep(0)
    work.may_end.set()
    assert [await first, await stays] == [2, 6]
    assert left.cancelled()
    assert work.rounds == [[1], [3]]


async def test_who_is_cancelled_in_the_round_leaves_the_others_theirs() -> None:
    work = Work()
    together = Together(work)
    first = await under_way(together, work)
    first.cancel()
    (second,) = await waiting(together, 2)
    work.may_end.set()
    assert await second == 4
    assert first.cancelled()
