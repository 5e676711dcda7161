"""Pictures that come after their lane was lost: the driver that took it had to give the call up, and it was paid."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, select, update

from imageloom.contracts.provider import Outcome
from imageloom.features.budgets.holding import settle
from imageloom.features.generation.apply import end_of, move_run_counters, settled_attempt, write_pictures
from imageloom.features.generation.changes import Settled
from imageloom.features.generation.counting import count_late
from imageloom.features.generation.models import Attempt, AttemptState, Item, ItemState
from imageloom.runtime.db.outbox import keep_events


def hand_in(connection: Connection, late: Sequence[Settled]) -> list[Settled]:
    """Writes what each picture makes certain; returns those that were written.

    Where the item still waits for a person to decide, the picture is its picture. Where it was sent again meanwhile the
    picture is kept beside, and the books say that this call was paid as well. What another driver goes on with, or
    brought to an end itself, is left to it.
    """
    written: list[Settled] = []
    for change in sorted(late, key=lambda one: one.attempt_id):
        attempt = _locked(connection, Attempt, change.attempt_id)
        if attempt is None or attempt.state != AttemptState.settled or attempt.outcome != Outcome.uncertain:
            continue
        if attempt.billed is not None:
            continue
        item = _locked(connection, Item, change.item_id)
        is_open = item.state == ItemState.uncertain and item.attempts == attempt.number
        write_pictures(connection, [change])
        end = end_of(change)
        # A picture that nobody waits for any more is kept, and was paid for in vain.
        settle(connection, [end if is_open else replace(end, brought="failure")])
        count_late(connection, change, is_open=is_open)
        _write_attempt(connection, change, is_open=is_open)
        counted: Counter[str] = Counter({"settled_micros": change.settled_micros or 0})
        counted["settled_unknown"] = -1 if change.settled_micros is not None else 0
        if is_open:
            counted[ItemState.uncertain.value] -= 1
            counted[ItemState.done.value] += 1
            _end_item(connection, change)
        move_run_counters(connection, {change.run_id: counted})
        written.append(change)
    return written


def _locked(connection: Connection, model: type[Any], row_id: str) -> Any:
    statement = select(model.__table__).where(model.id == row_id)
    if connection.dialect.name == "postgresql":
        statement = statement.with_for_update(key_share=True)
    return connection.execute(statement).one_or_none()


def _write_attempt(connection: Connection, change: Settled, *, is_open: bool) -> None:
    values = {name: value for name, value in settled_attempt(change).items() if not name.startswith("b_")}
    if not is_open:
        # One attempt of an item succeeds; this one is only known to have been paid.
        values |= {"outcome": Outcome.uncertain.value, "message": "The picture came late and is kept beside."}
    connection.execute(update(Attempt).where(Attempt.id == change.attempt_id).values(**values))


def _end_item(connection: Connection, change: Settled) -> None:
    asset_id = change.pictures[0].asset_id
    connection.execute(
        update(Item)
        .where(Item.id == change.item_id)
        .values(
            state=ItemState.done.value,
            outcome=change.outcome.value,
            message=None,
            asset_id=asset_id,
            updated_at=change.at,
        )
    )
    changed = {
        "id": change.item_id,
        "position": change.position,
        "state": ItemState.done.value,
        "outcome": change.outcome.value,
        "asset_id": asset_id,
    }
    event = {"kind": "items.changed", "topic": f"run:{change.run_id}", "payload": {"items": [changed]}}
    keep_events(connection, [{**event, "created_at": change.at}])
