"""Our books beside the provider's bill: request by request where the bill names them, else day by day and model by
model. Nothing is changed by it: it is a report.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any

from imageloom.features.generation.bills import Bill
from imageloom.features.generation.repository import GenerationRepository
from imageloom.features.generation.schemas import BillRead, BillRowRead
from imageloom.features.generation.shapes import amount
from imageloom.kit.money import Money
from imageloom.runtime.actor import Permission
from imageloom.runtime.scope import Scope

ROWS_MAX = 1_000

Key = tuple[date | None, str | None, str | None]


@dataclass(frozen=True)
class Spent:
    """One attempt that was paid, or may have been. ``micros`` of ``None``: nobody said how much."""

    day: date
    model: str
    request: str | None
    micros: int | None


@dataclass
class Row:
    """Both sides of one day and model, or of one request."""

    pictures: int = 0
    settled: int = 0
    unknown: int = 0
    billed_pictures: int | None = None
    billed: Decimal | None = None

    @property
    def difference(self) -> int:
        """What the bill has more than the books."""
        return _micros(self.billed or Decimal(0)) - self.settled


async def reconcile(scope: Scope, bill: Bill, *, provider: str, currency: str) -> BillRead:
    """Against the attempts of the actor's teams at one provider, in the days of the bill."""
    scope.actor.require(Permission.batches_read)
    repository = GenerationRepository(scope.session)
    days = bill.days
    spent: dict[str, Any] = {}
    if bill.by_request:
        requests = {line.request for line in bill.lines if line.request}
        spent |= {row.id: row for row in await repository.spent_by_request(scope.actor, provider, requests)}
        if not spent and all(line.day is not None for line in bill.lines):
            # What looked like requests are numbers of the bill's own lines.
            bill = replace(bill, by_request=False)
    if days is not None:
        begin = datetime.combine(days[0], time(), UTC)
        end = datetime.combine(days[1], time(), UTC) + timedelta(days=1)
        spent |= {row.id: row for row in await repository.spent_between(scope.actor, provider, begin, end)}
    ours = [Spent(row.started_at.date(), row.model, row.provider_ref, row.settled_micros) for row in spent.values()]
    rows = compare(bill, ours)
    shown = [item for item in sorted(rows.items(), key=_order) if not bill.by_request or item[1].difference]
    settled = sum(row.settled for row in rows.values())
    billed = _micros(sum((line.amount for line in bill.lines), Decimal(0)))
    unknown = sum(row.unknown for row in rows.values())
    return BillRead(
        provider=provider,
        currency=currency,
        by="request" if bill.by_request else "day and model",
        since=None if days is None else days[0],
        until=None if days is None else days[1],
        pictures=sum(row.pictures for row in rows.values()),
        settled=amount(settled, currency) or "0",
        unknown=unknown,
        billed=amount(billed, currency) or "0",
        difference=amount(billed - settled, currency) or "0",
        drift_percent=_percent(billed - settled, settled),
        agrees=unknown == 0 and all(row.difference == 0 for row in rows.values()),
        rows=[_shape(key, row, currency=currency) for key, row in shown[:ROWS_MAX]],
        rows_left_out=max(0, len(shown) - ROWS_MAX),
    )


def compare(bill: Bill, ours: Sequence[Spent]) -> dict[Key, Row]:
    """Each side's sums under the same keys. What a bill calls by a longer name is ours when that names our model."""
    rows: dict[Key, Row] = {}
    models = sorted({spent.model for spent in ours}, key=len, reverse=True)
    names_models = any(line.model for line in bill.lines)
    known: dict[str, Key] = {}
    for spent in ours:
        key: Key = (spent.day, spent.model if names_models else None, None)
        if bill.by_request:
            key = (spent.day, spent.model, spent.request)
            known[spent.request or ""] = key
        row = rows.setdefault(key, Row())
        row.pictures += 1
        row.settled += spent.micros or 0
        row.unknown += spent.micros is None
    for line in bill.lines:
        model = None if line.model is None else _ours(line.model, models)
        key = (line.day, model, None)
        if bill.by_request:
            key = known.get(line.request or "", (line.day, model, line.request))
        row = rows.setdefault(key, Row())
        row.billed = (row.billed or Decimal(0)) + line.amount
        if line.pictures is not None:
            row.billed_pictures = (row.billed_pictures or 0) + line.pictures
    return rows


def _ours(name: str, models: Iterable[str]) -> str:
    """The longest of our models that the bill's words name, with a day behind it or not; else the words themselves:
    ``gpt-image-2.6`` is no ``gpt-image-2``.
    """
    return next((model for model in models if _naming(model).search(name)), name)


@lru_cache(maxsize=1_024)
def _naming(model: str) -> re.Pattern[str]:
    day = r"(?:-\d{4}-?\d{2}-?\d{2})?"
    return re.compile(rf"(?<![\w.]){re.escape(model)}{day}(?![^\W_]|-|\.\w)", re.IGNORECASE)


def _micros(value: Decimal) -> int:
    return Money.of(value).micros


def _percent(difference: int, settled: int) -> str | None:
    if not settled:
        return None
    return format((Decimal(100) * difference / settled).quantize(Decimal("0.01")), "f")


def _order(item: tuple[Key, Row]) -> tuple[date, str, str]:
    (day, model, request), _row = item
    return (day or date.min, model or "", request or "")


def _shape(key: Key, row: Row, *, currency: str) -> BillRowRead:
    day, model, request = key
    return BillRowRead(
        day=day,
        model=model,
        request=request,
        pictures=row.pictures,
        settled=amount(row.settled, currency) if row.pictures > row.unknown else None,
        unknown=row.unknown,
        billed_pictures=row.billed_pictures,
        billed=None if row.billed is None else amount(_micros(row.billed), currency),
        difference=amount(row.difference, currency) or "0",
    )
