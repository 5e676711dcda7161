"""One prompt at every model: the pictures of a batch that differ in nothing but the model, line by line."""

from __future__ import annotations

from imageloom.features.batches.repository import BatchRepository
from imageloom.features.batches.schemas import LineupCell, LineupRead, LineupsRead
from imageloom.features.batches.service import BatchService
from imageloom.features.generation.repository import NOTHING, GenerationRepository
from imageloom.features.generation.shapes import shape_item
from imageloom.runtime.scope import Scope

LINES_MAX = 50


async def lineups(scope: Scope, batch_id: str, *, start: int, limit: int) -> LineupsRead:
    """Lines in the order of the batch. Raises :class:`NotFound`."""
    await BatchService(scope).batch(batch_id)
    repository, generation = BatchRepository(scope.session), GenerationRepository(scope.session)
    total, rows = await repository.lineups(batch_id, start=start, limit=limit)
    ids = [item.id for _first, _turn, item in rows]
    paid, seconds = await generation.paid(ids), await generation.seconds(ids)
    found: dict[int, LineupRead] = {}
    for first, turn, item in rows:
        line = found.setdefault(first, LineupRead(row_number=item.row_number, turn=turn, prompt=item.prompt, cells=[]))
        line.cells.append(
            LineupCell(
                model=_named(item.provider, item.model),
                seconds=None if item.is_reused else seconds.get(item.id),
                item=shape_item(item, paid.get(item.id, NOTHING)),
            )
        )
    models = [_named(provider, model) for provider, model in await repository.models(batch_id)]
    return LineupsRead(models=models, total=total, lines=list(found.values()))


def _named(provider: str, model: str) -> str:
    return f"{provider}/{model}"
