"""Caps as their wire shapes: as they stand at a moment, whatever the last call wrote."""

from __future__ import annotations

from datetime import datetime

from imageloom.features.budgets.models import Cap
from imageloom.features.budgets.purses import Purse
from imageloom.features.budgets.schemas import BudgetRead
from imageloom.kit.money import Money
from imageloom.kit.periods import BEGINNING, end_of


def shape_cap(cap: Cap, *, name: str | None, waiting: int, now: datetime) -> BudgetRead:
    """When its period is over nothing of the new one is used, although no call has opened it yet."""
    purse = Purse.of(cap, now=now)
    is_new = purse.is_new
    return BudgetRead(
        id=cap.id,
        team_id=cap.team_id,
        kind=cap.kind,
        target=cap.target,
        name=name,
        period=cap.period,
        zone=cap.zone,
        is_hard=cap.is_hard,
        allows_unknown=cap.allows_unknown,
        amount=_amount(cap.amount_micros, cap.currency),
        used=_amount(purse.settled, cap.currency),
        used_failed=_amount(0 if is_new else cap.failed_micros, cap.currency),
        used_refused=_amount(0 if is_new else cap.refused_micros, cap.currency),
        held=_amount(purse.held, cap.currency),
        doubt=_amount(purse.doubt, cap.currency),
        unknown=0 if is_new else cap.unknown,
        left=_amount(max(0, purse.left), cap.currency),
        is_over=purse.left < 0,
        waiting=waiting,
        currency=cap.currency,
        period_start=None if purse.period_start == BEGINNING else purse.period_start,
        resets_at=end_of(cap.period, purse.period_start, cap.zone),
        version=cap.version,
        created_at=cap.created_at,
        updated_at=cap.updated_at,
    )


def _amount(micros: int, currency: str) -> str:
    return format(Money(micros, currency).amount.normalize(), "f")
