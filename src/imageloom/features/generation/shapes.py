"""Rows of the ledger as their wire shapes."""

from __future__ import annotations

from imageloom.features.generation.models import Attempt, Item
from imageloom.features.generation.repository import NOTHING, Paid
from imageloom.features.generation.schemas import AttemptRead, ItemRead
from imageloom.kit.money import Money


def amount(micros: int | None, currency: str = "USD") -> str | None:
    """A decimal amount as text; ``None`` stays ``None``."""
    return None if micros is None else format(Money(micros, currency).amount.normalize(), "f")


def shape_item(item: Item, paid: Paid = NOTHING) -> ItemRead:
    return ItemRead(
        id=item.id,
        position=item.position,
        state=item.state,
        provider=item.provider,
        model=item.model,
        template=item.template,
        prompt=item.prompt,
        fields=item.fields,
        not_sent=item.not_sent,
        choices=item.choices,
        row=item.row,
        row_number=item.row_number,
        attempts=item.attempts,
        outcome=item.outcome,
        message=item.message,
        asset_id=item.asset_id,
        is_reused=item.is_reused,
        estimated=amount(item.estimated_micros),
        settled=amount(None if paid.unknown and not paid.micros else paid.micros),
        settled_unknown=paid.unknown,
        not_before_at=item.not_before_at,
        updated_at=item.updated_at,
    )


def shape_attempt(attempt: Attempt) -> AttemptRead:
    return AttemptRead(
        id=attempt.id,
        number=attempt.number,
        purpose=attempt.purpose,
        state=attempt.state,
        outcome=attempt.outcome,
        code=attempt.code,
        message=attempt.message,
        provider_ref=attempt.provider_ref,
        sent=attempt.sent,
        usage=attempt.usage,
        billed=attempt.billed,
        estimated=amount(attempt.estimated_micros, attempt.currency),
        settled=amount(attempt.settled_micros, attempt.currency),
        currency=attempt.currency,
        started_at=attempt.started_at,
        accepted_at=attempt.accepted_at,
        settled_at=attempt.settled_at,
    )
