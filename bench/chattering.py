"""The product as a server in which the items of a batch change faster than any provider would let them.

Whoever writes the id of a batch into ``run/chatter`` of the data directory sets it going: its items begin and are done,
in an order by chance, in transactions that write the rows and the events as the engine's own do.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from sqlalchemy import bindparam, select, update

from bench.serving import serve
from imageloom.doors.bootstrap import Application
from imageloom.features.generation.models import Item, ItemState, Run
from imageloom.features.library.models import Asset
from imageloom.runtime.actor import SYSTEM
from imageloom.runtime.scope import Scope

PER_SECOND = 1_800
IN_FLIGHT = 100
TICK_SECONDS = 0.05
MOST_AT_ONCE = 360


@dataclass(frozen=True)
class Change:
    """``asset_id`` where the item is done with it; else it begins."""

    item_id: str
    position: int
    asset_id: str | None

    @property
    def told(self) -> dict[str, Any]:
        state = ItemState.running if self.asset_id is None else ItemState.done
        return {"id": self.item_id, "position": self.position, "state": state.value, "asset_id": self.asset_id}


async def chatter(application: Application) -> None:
    place = application.settings.data_dir / "run" / "chatter"
    while True:
        if place.exists():
            run_id = place.read_text()
            place.unlink()
            await _talk(application, run_id)
        await asyncio.sleep(TICK_SECONDS)


async def _talk(application: Application, run_id: str) -> None:
    async with application.scopes.open(SYSTEM, write=False) as scope:
        items = (await scope.session.execute(select(Item.id, Item.position).where(Item.run_id == run_id))).all()
        assets = (await scope.session.scalars(select(Asset.id).order_by(Asset.id.desc()).limit(len(items)))).all()
    changes = _changes([(row.id, row.position) for row in items], assets)
    loop = asyncio.get_running_loop()
    began, told = loop.time(), 0
    while True:
        due = int((loop.time() - began) * PER_SECOND) - told
        some = list(islice(changes, min(due, MOST_AT_ONCE)))
        if due > 0 and not some:
            return
        if some:
            async with application.scopes.open(SYSTEM) as scope:
                await _write(scope, run_id, some)
            told += len(some)
        await asyncio.sleep(TICK_SECONDS)


def _changes(items: Sequence[tuple[str, int]], assets: Sequence[str]) -> Iterator[Change]:
    order = [(*item, asset) for item, asset in zip(items, assets, strict=True)]
    random.Random(1).shuffle(order)
    for turn in range(len(order) + IN_FLIGHT):
        if turn < len(order):
            yield Change(*order[turn][:2], None)
        if turn >= IN_FLIGHT:
            yield Change(*order[turn - IN_FLIGHT])


async def _write(scope: Scope, run_id: str, changes: Sequence[Change]) -> None:
    done = [change for change in changes if change.asset_id is not None]
    begun = len(changes) - len(done)
    statement = (
        update(Item)
        .where(Item.id == bindparam("item"))
        .values(state=bindparam("now"), asset_id=bindparam("asset"))
        .execution_options(synchronize_session=False)
    )
    connection = await scope.session.connection()
    rows = [{"item": one.item_id, "now": one.told["state"], "asset": one.asset_id} for one in changes]
    await connection.execute(statement, rows)
    await connection.execute(
        update(Run)
        .where(Run.id == run_id)
        .values(pending=Run.pending - begun, running=Run.running + begun - len(done), done=Run.done + len(done))
    )
    await scope.publish("items.changed", topic=f"run:{run_id}", payload={"items": [change.told for change in changes]})
    for change in done:
        await scope.publish("asset.previewed", topic=f"run:{run_id}", payload={"asset_id": change.asset_id})


if __name__ == "__main__":
    asyncio.run(serve(beside=chatter))
