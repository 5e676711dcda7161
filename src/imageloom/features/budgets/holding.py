"""Holding money before a call and settling it after, inside the transactions of the ledger.

Everybody locks in one order: lanes, attempts, items, caps, runs. The lock on a cap's row, and the condition under which
it is changed, make sure that no two claims spend the same money, in whatever processes they run.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from imageloom.features.budgets.models import Cap, Hold
from imageloom.features.budgets.purses import Payer, Purses
from imageloom.runtime.db.outbox import keep_events


class CapMoved(Exception):
    """A cap changed although it was locked. A bug: nothing of the transaction was written."""


@dataclass(frozen=True, kw_only=True)
class End:
    """What became of an attempt's money. ``micros`` of ``None``: nobody says how much, and if ``is_free`` is false it
    may be as much as was held. ``may_be_told`` later, by an answer that comes late.
    """

    attempt_id: str
    micros: int | None
    is_free: bool
    brought: Literal["picture", "failure", "refusal"]
    may_be_told: bool = False


TARGETS_AT_ONCE = 1_000
"""A statement takes only so many values. Beyond, caps are fewer than batches that wait: all of the team are read."""

# Statements are built once: building one costs more than the database needs for it.
_LOAD_ALL = (
    select(Cap.__table__).where(Cap.team_id.in_(bindparam("teams", expanding=True))).order_by(Cap.id).with_for_update()
)
_LOAD = _LOAD_ALL.where(Cap.target.in_(bindparam("targets", expanding=True)))
_TAKE = (
    update(Cap)
    .where(
        Cap.id == bindparam("b_id"),
        Cap.period_start == bindparam("b_start"),
        Cap.held_micros == bindparam("b_held"),
        Cap.settled_micros == bindparam("b_settled"),
        Cap.doubt_micros == bindparam("b_doubt"),
    )
    .values(held_micros=bindparam("held"))
)
_OPEN_PERIOD = (
    update(Cap)
    .where(Cap.id == bindparam("b_id"), Cap.period_start == bindparam("b_start"))
    .values(
        period_start=bindparam("start"),
        held_micros=bindparam("held"),
        settled_micros=0,
        failed_micros=0,
        refused_micros=0,
        doubt_micros=0,
        unknown=0,
    )
)
_HELD = select(Hold.__table__).where(Hold.attempt_id.in_(bindparam("attempts", expanding=True)))
_LOCK = (
    select(Cap.id, Cap.period_start)
    .where(Cap.id.in_(bindparam("caps", expanding=True)))
    .order_by(Cap.id)
    .with_for_update()
)
_RELEASE = delete(Hold).where(Hold.attempt_id == bindparam("b_attempt"))
_DOUBT = update(Hold).where(Hold.attempt_id == bindparam("b_attempt")).values(in_doubt=True)
_COUNTERS = ("held_micros", "settled_micros", "failed_micros", "refused_micros", "doubt_micros", "unknown")
_MOVE = (
    update(Cap)
    .where(Cap.id == bindparam("b_id"))
    .values({name: getattr(Cap, name) + bindparam(f"d_{name}") for name in _COUNTERS})
)


def open_purses(connection: Connection, payers: Iterable[Payer], *, now: datetime) -> Purses:
    """The purses of everybody who may start something, locked until the transaction ends."""
    keys = {key for payer in payers for key in payer.named()}
    if not keys:
        return Purses()
    teams, targets = sorted({key[0] for key in keys}), sorted({key[2] for key in keys})
    if len(targets) <= TARGETS_AT_ONCE:
        rows = connection.execute(_LOAD, {"teams": teams, "targets": targets}).all()
    else:
        rows = connection.execute(_LOAD_ALL, {"teams": teams}).all()
    return Purses.of((row for row in rows if (row.team_id, row.kind, row.target) in keys), now=now)


def write_holds(connection: Connection, purses: Purses, *, now: datetime) -> None:
    """Writes what was reserved: before anything of it is sent."""
    if not purses.reserved:
        return
    touched = {reserved.purse.row.id: reserved.purse for reserved in purses.reserved}
    for cap_id, purse in sorted(touched.items()):
        row = purse.row
        values = {"b_id": cap_id, "b_start": row.period_start, "held": purse.held}
        if purse.is_new:
            result = connection.execute(_OPEN_PERIOD, {**values, "start": purse.period_start})
        else:
            seen = {"b_held": row.held_micros, "b_settled": row.settled_micros, "b_doubt": row.doubt_micros}
            result = connection.execute(_TAKE, values | seen)
        if result.rowcount != 1:
            raise CapMoved(cap_id)
    connection.execute(
        insert(Hold),
        [
            {
                "attempt_id": attempt_id,
                "cap_id": purse.row.id,
                "micros": micros,
                "period_start": purse.period_start,
                "in_doubt": False,
            }
            for attempt_id, purse, micros in purses.reserved
        ],
    )
    _tell_of_soft(connection, purses, now=now)


def _tell_of_soft(connection: Connection, purses: Purses, *, now: datetime) -> None:
    """An event when a soft cap is passed: the moment it is, not again with each picture."""
    taken: Counter[str] = Counter()
    for reserved in purses.reserved:
        taken[reserved.purse.row.id] += reserved.micros or 0
    passed = {
        purse.row.id: purse
        for _, purse, _ in purses.reserved
        if not purse.row.is_hard and purse.left < 0 <= purse.left + taken[purse.row.id]
    }
    keep_events(
        connection,
        [
            {
                "kind": "budget.passed",
                "topic": f"team:{purse.row.team_id}",
                "payload": {"cap_id": purse.row.id, "kind": purse.row.kind, "target": purse.row.target},
                "created_at": now,
            }
            for purse in passed.values()
        ],
    )


def settle(connection: Connection, ends: Sequence[End]) -> bool:
    """Turns holds into what was paid, or gives them back. Whether anything was held.

    A hold of a period that is over changes nothing of the new one: its money was the old period's.
    """
    by_attempt = {end.attempt_id: end for end in ends}
    holds = connection.execute(_HELD, {"attempts": sorted(by_attempt)}).all()
    if not holds:
        return False
    caps = connection.execute(_LOCK, {"caps": sorted({hold.cap_id for hold in holds})})
    starts = {cap.id: cap.period_start for cap in caps}
    deltas: dict[str, Counter[str]] = defaultdict(Counter)
    for hold in holds:
        end = by_attempt[hold.attempt_id]
        if hold.period_start == starts.get(hold.cap_id):
            deltas[hold.cap_id].update(_movement(hold, end))
    rows = [
        {"b_id": cap_id, **{f"d_{name}": moved.get(name, 0) for name in _COUNTERS}}
        for cap_id, moved in sorted(deltas.items())
    ]
    if rows:
        connection.execute(_MOVE, rows)
    for statement, stays in ((_RELEASE, False), (_DOUBT, True)):
        attempts = [one for one in sorted({hold.attempt_id for hold in holds}) if _stays(by_attempt[one]) is stays]
        if attempts:
            connection.execute(statement, [{"b_attempt": attempt_id} for attempt_id in attempts])
    return True


def brought_nothing(connection: Connection, payer: Payer, *, micros: int, began_at: datetime) -> None:
    """A picture that was settled as one turned out to be none: what it cost was a failure's."""
    keys = set(payer.named())
    values = {"targets": sorted({key[2] for key in keys}), "teams": [payer.team_id]}
    rows = [
        {"b_id": cap.id, **{f"d_{name}": micros if name == "failed_micros" else 0 for name in _COUNTERS}}
        for cap in connection.execute(_LOAD, values)
        if (cap.team_id, cap.kind, cap.target) in keys and cap.period_start <= began_at
    ]
    if rows:
        connection.execute(_MOVE, rows)


def _stays(end: End) -> bool:
    return end.micros is None and not end.is_free and end.may_be_told


def _movement(hold: Any, end: End) -> dict[str, int]:
    """What one hold's end adds to the counters of its cap."""
    held = hold.micros or 0
    # What was to be free is never unknown.
    count = 0 if hold.micros == 0 else 1
    doubt = {"doubt_micros": -held, "unknown": -count}
    moved: Counter[str] = Counter(doubt if hold.in_doubt else {"held_micros": -held})
    if end.micros is not None:
        moved["settled_micros"] += end.micros
        if end.brought == "failure":
            moved["failed_micros"] += end.micros
        elif end.brought == "refusal":
            moved["refused_micros"] += end.micros
    elif not end.is_free:
        moved["doubt_micros"] += held
        moved["unknown"] += count
    return dict(moved)
