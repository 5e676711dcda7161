"""Writing the items of a batch that is too large to be written with it: a page a transaction.

The page is made outside of its transaction. Each says at which position it begins, so that two processes that write
the same batch cannot write an item twice: the one that is behind stops.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import structlog

from imageloom.features.batches.plan import Cursor, cells, plan_from_json
from imageloom.features.batches.planning import Fitting, make_planner
from imageloom.features.batches.problems import PlanProblems
from imageloom.features.batches.service import BatchService
from imageloom.features.batches.sheet_files import SheetFiles
from imageloom.features.batches.wildcard_files import KeptWildcards
from imageloom.features.prompts.resolving import Grammar
from imageloom.kit.errors import Problem
from imageloom.runtime import faultpoints
from imageloom.runtime.actor import SYSTEM
from imageloom.runtime.db.away import MAY_BE_AWAY, is_away
from imageloom.runtime.scope import Scopes

log = structlog.get_logger(__name__)

RETRY_SECONDS = 1.0


@dataclass(frozen=True, kw_only=True)
class Page:
    """Items in order of position. ``following`` is where the next page begins; ``None`` behind the last."""

    fittings: Sequence[Fitting]
    following: Cursor | None


async def expand(batch_id: str, *, scopes: Scopes) -> None:
    """Writes what is missing; run again, it goes on where it stopped. Says on the batch what keeps it from it."""
    try:
        pages = await _pages(batch_id, scopes=scopes)
        while page := await asyncio.to_thread(next, pages, None):
            if not await _write(batch_id, page, scopes=scopes):
                return
    except (Problem, OSError) as error:
        async with scopes.open(SYSTEM) as scope:
            await BatchService(scope).tell_trouble(batch_id, f"Its items cannot all be written yet: {error}")
        raise


async def _write(batch_id: str, page: Page, *, scopes: Scopes) -> bool:
    """Until the page is written: a database that is away, or in a conflict, takes it a moment later.

    A commit whose answer was lost is met again as a page that somebody else has written.
    """
    while True:
        try:
            async with scopes.open(SYSTEM) as scope:
                return await BatchService(scope).write_page(batch_id, page.fittings, following=page.following)
        except MAY_BE_AWAY as error:
            if not is_away(error):
                raise
            log.warning("page_waits", batch_id=batch_id, error=type(error).__name__)
            await asyncio.sleep(RETRY_SECONDS)


async def _pages(batch_id: str, *, scopes: Scopes) -> Iterator[Page]:
    async with scopes.open(SYSTEM, write=False) as scope:
        expanding = await BatchService(scope).expanding(batch_id)
    if expanding is None:
        return iter(())
    batch, sheet = expanding
    faultpoints.hit("batches.before_expand")
    start = None if batch.cursor is None else Cursor(**batch.cursor)
    # Prices and models as they were when it was accepted.
    planner = make_planner(scopes.ports, on=batch.created_at.date(), references=batch.references)
    rows, plan, problems = SheetFiles(scopes.ports).rows(sheet), plan_from_json(batch.plan), PlanProblems()
    grammar = Grammar(KeptWildcards(scopes.ports, plan.prompts.wildcards))
    fittings = planner.fit_all(cells(plan, rows, problems, start=start, grammar=grammar), problems)
    return _paged(fittings, problems, size=scopes.ports.settings.plans.page_items)


def _paged(fittings: Iterator[Fitting], problems: PlanProblems, *, size: int) -> Iterator[Page]:
    """Raises what cannot be made any more, although it could when the batch was accepted."""
    page = list(islice(fittings, size))
    problems.raise_any()
    while page:
        ahead = list(islice(fittings, size))
        problems.raise_any()
        yield Page(fittings=page, following=ahead[0].cell.cursor if ahead else None)
        page = ahead
