"""What was submitted before, found by its words.

There is no index of words: a look reads so many rows of the newest batches and says where to go on.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from itertools import islice

from imageloom.features.batches.models import Batch, Sheet
from imageloom.features.batches.plan import prompt_column
from imageloom.features.batches.schemas import HistoryLine
from imageloom.features.batches.service import BatchService
from imageloom.features.batches.sheet_files import TYPED, SheetFiles
from imageloom.kit.errors import InvalidInput, Unavailable
from imageloom.runtime.actor import Actor, Permission
from imageloom.runtime.scope import Scopes

ROWS_A_LOOK = 20_000
BYTES_A_LOOK = 32_000_000
BATCHES_A_LOOK = 500


async def history(
    *, words: str, project: str | None, before: str | None, limit: int, actor: Actor, scopes: Scopes
) -> tuple[list[HistoryLine], str | None]:
    """Submits that hold all words in their name, template or rows, newest first, and the one to go on behind.

    Of a sheet with more than 20,000 rows, the first of them are looked at.
    """
    wanted = words.casefold().split()
    async with scopes.open(actor, write=False) as scope:
        actor.require(Permission.batches_read)
        repository = BatchService(scope).repository
        count = BATCHES_A_LOOK if wanted else limit
        pairs = await repository.submitted(actor, before=before, limit=count, project_id=project)
    found, last = await asyncio.to_thread(_found, pairs, wanted, SheetFiles(scopes.ports), limit)
    is_end = len(pairs) < count and (last is None or last == pairs[-1][0].id)
    return found, None if is_end else last


def _found(
    pairs: Sequence[tuple[Batch, Sheet]], wanted: Sequence[str], files: SheetFiles, limit: int
) -> tuple[list[HistoryLine], str | None]:
    lines: list[HistoryLine] = []
    last, rows, size = None, 0, 0
    for batch, sheet in pairs:
        if len(lines) == limit or rows > ROWS_A_LOOK or size > BYTES_A_LOOK:
            break
        missing = _missing(wanted, [batch.name, batch.plan["template"], *_texts(sheet.sample)])
        if missing and sheet.row_count > len(sheet.sample):
            rows, size = rows + sheet.row_count, size + sheet.size_bytes
            missing = _missing(missing, _rows_of(files, sheet))
        if not missing:
            lines.append(_line(batch, sheet))
        last = batch.id
    return lines, last


def _missing(wanted: Sequence[str], texts: Iterable[str]) -> list[str]:
    """The words that stand in none of the texts."""
    left = list(wanted)
    for text in texts:
        if not left:
            break
        folded = text.casefold()
        left = [word for word in left if word not in folded]
    return left


def _rows_of(files: SheetFiles, sheet: Sheet) -> Iterable[str]:
    try:
        for row in islice(files.rows(sheet), ROWS_A_LOOK):
            yield from row.values.values()
    except Unavailable:
        # Its file is missing, which the health says: it is found by its name and its first rows all the same.
        return


def _texts(sample: Sequence[dict[str, str]]) -> Iterable[str]:
    for row in sample:
        yield from row.values()


def _line(batch: Batch, sheet: Sheet) -> HistoryLine:
    try:
        column = prompt_column(sheet.columns)
    except InvalidInput:
        column = None
    shown = (row.get(column, "") if column else " · ".join(filter(None, row.values())) for row in sheet.sample)
    axes = {axis["name"]: axis["values"] for axis in batch.plan["axes"]}
    return HistoryLine(
        batch_id=batch.id,
        name=batch.name,
        prompts=[text for text in shown if text],
        row_count=sheet.row_count,
        is_typed=sheet.filename == TYPED,
        models=[value["model"] for value in axes.get("model", ())],
        created_at=batch.created_at,
    )
