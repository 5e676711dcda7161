"""A batch seen from afar: one short row per item, and why those without a picture have none."""

from __future__ import annotations

from imageloom.features.batches.repository import BatchRepository
from imageloom.features.batches.schemas import CauseRead, CausesRead, CellsRead
from imageloom.features.generation.models import Run
from imageloom.features.generation.shapes import amount
from imageloom.kit.pagination import cursor_after
from imageloom.runtime.scope import Scope

CELLS_MAX = 5_000
CAUSES_MAX = 100


async def cells_of(scope: Scope, run_id: str, *, after: int, limit: int) -> CellsRead:
    """The items after a position, as columns."""
    rows = await BatchRepository(scope.session).cells(run_id, after=after, limit=limit)
    return CellsRead(
        positions=[row.position for row in rows],
        ids=[row.id for row in rows],
        states=[row.state for row in rows],
        assets=[row.asset_id for row in rows],
        previews=[row.previews for row in rows],
        next=cursor_after(rows, limit, key=lambda row: row.position),
    )


async def causes_of(scope: Scope, run: Run) -> CausesRead:
    """Counted from the rows. Items count as alike when state, outcome, provider and message are the same."""
    rows = await BatchRepository(scope.session).causes(run.id, limit=CAUSES_MAX)
    causes = [
        CauseRead(
            state=row.state,
            outcome=row.outcome,
            provider=row.provider,
            message=row.message,
            items=row.items,
            first_position=row.first,
            estimated=amount(None if row.micros is None else int(row.micros), run.currency),
            estimated_unknown=row.items - row.priced,
        )
        for row in rows
    ]
    in_all = int(rows[0].in_all) if rows else 0
    return CausesRead(causes=causes, left_out=in_all - sum(cause.items for cause in causes), currency=run.currency)
