"""Turns a group of changes into a handful of statements, inside one transaction."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Connection, Update, bindparam, func, insert, or_, select, update

from imageloom.contracts.provider import Outcome
from imageloom.features.budgets.holding import End, settle
from imageloom.features.generation.changes import (
    Accepted,
    Change,
    Delayed,
    Fetching,
    Heartbeat,
    LaneLost,
    LaneWaits,
    Settled,
)
from imageloom.features.generation.counting import count_ends
from imageloom.features.generation.models import (
    OPEN_ATTEMPTS,
    Attempt,
    AttemptState,
    Item,
    ItemState,
    Lane,
    Run,
    RunLane,
    RunState,
)
from imageloom.features.library.models import Asset, Blob
from imageloom.runtime.db.outbox import keep_events
from imageloom.runtime.db.upserts import upsert
from imageloom.runtime.signals import topics_of

COUNTERS = tuple(state.value for state in ItemState)
_OPEN = [state.value for state in OPEN_ATTEMPTS]


@dataclass
class Applied:
    """What became of a group: which changes were refused, by identity, and which topics to hint."""

    results: dict[int, LaneLost] = field(default_factory=dict)
    topics: set[str] = field(default_factory=set)


class LedgerBroken(Exception):
    """An item was not in the state that the ledger believed. A bug: nothing of the change was written."""


def apply_changes(connection: Connection, changes: Sequence[Change]) -> Applied:
    """Applies every change whose lane is still ours; the others are refused."""
    applied = Applied()
    epochs = _current_epochs(connection, {change.lane_id for change in changes})
    ours: list[Change] = []
    for change in changes:
        if epochs.get(change.lane_id) == change.epoch:
            ours.append(change)
        else:
            applied.results[id(change)] = LaneLost(f"the lane {change.lane_id} has another driver")
    _write_attempts(connection, ours)
    settled = _heed_cancels(connection, [change for change in ours if isinstance(change, Settled)])
    if settled:
        write_pictures(connection, settled)
        _move_items(connection, settled)
        settle(connection, [end_of(change) for change in settled])
        count_ends(connection, settled)
        _count(connection, settled)
        _announce(connection, settled, applied)
    for change in ours:
        if isinstance(change, LaneWaits):
            _write_wait(connection, change)
            applied.topics.add("lanes.changed")
        elif isinstance(change, Delayed):
            _write_delay(connection, change)
        elif isinstance(change, Heartbeat):
            connection.execute(update(Lane).where(Lane.id == change.lane_id).values(heartbeat_at=change.at))
    return applied


def not_yet_applied(connection: Connection, changes: Sequence[Change]) -> Sequence[Change]:
    """What is left of a group whose commit was not answered: ends that are in the ledger are not written twice.

    The other changes only say how something is, and may be said again.
    """
    ends = {change.attempt_id: change.at for change in changes if isinstance(change, Settled)}
    rows = connection.execute(select(Attempt.id, Attempt.settled_at).where(Attempt.id.in_(list(ends))))
    written = {row.id for row in rows if row.settled_at == ends[row.id]}
    return [change for change in changes if not (isinstance(change, Settled) and change.attempt_id in written)]


def _heed_cancels(connection: Connection, settled: Sequence[Settled]) -> Sequence[Settled]:
    """Where the items really go: nothing waits again in a run that was cancelled meanwhile.

    Cancelling holds the lanes as we do, so that it comes wholly before or wholly after.
    """
    back = {change.run_id for change in settled if change.to == ItemState.pending}
    if not back:
        return settled
    statement = select(Run.id).where(Run.id.in_(back), Run.state == RunState.cancelled.value)
    cancelled = set(connection.scalars(statement))
    return [_ended(one) if one.to == ItemState.pending and one.run_id in cancelled else one for one in settled]


def _ended(change: Settled) -> Settled:
    if change.outcome == Outcome.uncertain:
        # It may have been paid, and nobody will send it again: that is for a person to know.
        return replace(change, to=ItemState.uncertain, resends=0)
    return replace(change, to=ItemState.cancelled, outcome=Outcome.cancelled, not_before_at=None)


_LOCK_EPOCHS = (
    select(Lane.id, Lane.epoch)
    .where(Lane.id.in_(bindparam("lanes", expanding=True)))
    .order_by(Lane.id)
    .with_for_update(key_share=True)
)


def _current_epochs(connection: Connection, lane_ids: set[str]) -> dict[str, int]:
    # On PostgreSQL held until the commit, so that nobody can raise the epoch between the look and the write.
    return {row.id: row.epoch for row in connection.execute(_LOCK_EPOCHS, {"lanes": sorted(lane_ids)})}


def _write_attempts(connection: Connection, changes: Iterable[Change]) -> None:
    rows: dict[type[Change], list[dict[str, Any]]] = defaultdict(list)
    for change in changes:
        if isinstance(change, Accepted):
            rows[Accepted].append(
                {
                    "b_id": change.attempt_id,
                    "state": AttemptState.accepted,
                    "handle": dict(change.handle),
                    "sent": None if change.sent is None else dict(change.sent),
                    "accepted_at": change.at,
                }
            )
        elif isinstance(change, Fetching):
            rows[Fetching].append(
                {"b_id": change.attempt_id, "state": AttemptState.fetching, "handle": dict(change.handle)}
            )
        elif isinstance(change, Settled):
            rows[Settled].append(settled_attempt(change))
    for kind, values in rows.items():
        connection.execute(_SET_ATTEMPTS[kind], values)


_BROUGHT: dict[Outcome, Literal["picture", "refusal"]] = {Outcome.succeeded: "picture", Outcome.refused: "refusal"}


def end_of(change: Settled) -> End:
    """What budgets hear of it. The end that is told is the attempt's own, wherever its item goes."""
    return End(
        attempt_id=change.attempt_id,
        micros=change.settled_micros,
        is_free=change.billed is False,
        brought=_BROUGHT.get(change.outcome, "failure"),
        may_be_told=change.outcome == Outcome.uncertain and change.billed is None,
    )


def settled_attempt(change: Settled) -> dict[str, Any]:
    """The values of an attempt that has ended."""
    return {
        "b_id": change.attempt_id,
        "state": AttemptState.settled,
        "outcome": change.outcome.value,
        "code": _fitting(change.code, 200),
        "message": _fitting(change.message, 2000),
        "billed": change.billed,
        "settled_micros": change.settled_micros,
        "usage": None if change.usage is None else dict(change.usage),
        "sent": None if change.sent is None else dict(change.sent),
        "provider_ref": _fitting(change.provider_ref, 200),
        "settled_at": change.at,
    }


def _fitting(text: str | None, most: int) -> str | None:
    """What a provider says has any length and any characters; PostgreSQL takes neither, and an end must be written."""
    return None if text is None else text.replace("\0", "\ufffd")[:most]


def _set_attempts(*names: str) -> Update:
    return update(Attempt).where(Attempt.id == bindparam("b_id")).values({name: bindparam(name) for name in names})


# Statements are built once: building one costs more than the database needs for it.
_SET_ATTEMPTS: dict[type[Change], Update] = {
    Accepted: _set_attempts("state", "handle", "sent", "accepted_at"),
    Fetching: _set_attempts("state", "handle"),
    Settled: _set_attempts(
        "state",
        "outcome",
        "code",
        "message",
        "billed",
        "settled_micros",
        "usage",
        "sent",
        "provider_ref",
        "settled_at",
    ),
}


def write_pictures(connection: Connection, settled: Sequence[Settled]) -> None:
    """A row for each picture, and for its file unless that has one."""
    blobs: dict[str, dict[str, Any]] = {}
    assets = []
    for change in settled:
        for picture in change.pictures:
            blobs[picture.blake3] = {
                "blake3": picture.blake3,
                "size_bytes": picture.size_bytes,
                "media_type": picture.media_type,
                "created_at": change.at,
            }
            assets.append(
                {
                    "id": picture.asset_id,
                    "team_id": change.team_id,
                    "project_id": change.project_id,
                    "run_id": change.run_id,
                    "item_id": change.item_id,
                    "blake3": picture.blake3,
                    "format": picture.format,
                    "width": picture.width,
                    "height": picture.height,
                    "request_hash": picture.request_hash,
                    "provenance": dict(picture.provenance),
                    "previews": "pending",
                    "created_at": change.at,
                }
            )
    if blobs:
        keep_first = upsert(Blob, dialect=connection.dialect.name).on_conflict_do_nothing()
        connection.execute(keep_first, sorted(blobs.values(), key=lambda row: row["blake3"]))
        connection.execute(insert(Asset), assets)


_MOVE_ITEMS = (
    update(Item)
    .where(Item.id == bindparam("b_id"), Item.state == ItemState.running.value)
    .values(
        state=bindparam("state"),
        outcome=bindparam("outcome"),
        message=bindparam("message"),
        asset_id=bindparam("asset_id"),
        not_before_at=bindparam("not_before_at"),
        tries=Item.tries + bindparam("d_tries"),
        resends=Item.resends + bindparam("d_resends"),
        updated_at=bindparam("updated_at"),
    )
)


def _move_items(connection: Connection, settled: Sequence[Settled]) -> None:
    rows = [
        {
            "b_id": change.item_id,
            "state": change.to.value,
            "outcome": change.outcome.value,
            "message": _fitting(change.message, 2000),
            "asset_id": change.pictures[0].asset_id if change.pictures else None,
            "not_before_at": change.not_before_at,
            "d_tries": change.tries,
            "d_resends": change.resends,
            "updated_at": change.at,
        }
        for change in settled
    ]
    result = connection.execute(_MOVE_ITEMS, rows)
    if result.rowcount != len(rows):
        raise LedgerBroken(f"{len(rows) - result.rowcount} of {len(rows)} items were not running")


def _count(connection: Connection, settled: Sequence[Settled]) -> None:
    """Moves the counters of runs and of their lanes by what the group changed."""
    runs: dict[str, Counter[str]] = defaultdict(Counter)
    back: Counter[tuple[str, str]] = Counter()
    for change in settled:
        counter = runs[change.run_id]
        counter[ItemState.running.value] -= 1
        counter[change.to.value] += 1
        if change.settled_micros is not None:
            counter["settled_micros"] += change.settled_micros
        elif change.billed is not False:
            counter["settled_unknown"] += 1
        if change.to == ItemState.pending:
            back[(change.run_id, change.lane_id)] += 1
    move_run_counters(connection, runs)
    move_lane_counters(connection, back)


_RUN_COUNTERS = (*COUNTERS, "settled_micros", "settled_unknown")
_MOVE_RUN_COUNTERS = (
    update(Run)
    .where(Run.id == bindparam("b_id"))
    .values({name: getattr(Run, name) + bindparam(f"d_{name}") for name in _RUN_COUNTERS})
)
_MOVE_LANE_COUNTERS = (
    update(RunLane)
    .where(RunLane.run_id == bindparam("b_run"), RunLane.lane_id == bindparam("b_lane"))
    .values(pending=RunLane.pending + bindparam("d_pending"))
)


def move_run_counters(connection: Connection, deltas: dict[str, Counter[str]]) -> None:
    """Adds to the counters of each run, in id order so that two writers cannot deadlock."""
    rows = [
        {"b_id": run_id, **{f"d_{name}": counter.get(name, 0) for name in _RUN_COUNTERS}}
        for run_id, counter in sorted(deltas.items())
    ]
    connection.execute(_MOVE_RUN_COUNTERS, rows)


def move_lane_counters(connection: Connection, deltas: Counter[tuple[str, str]]) -> None:
    """Adds to how many items of a run wait on a lane."""
    if not deltas:
        return
    rows = [{"b_run": run, "b_lane": lane, "d_pending": delta} for (run, lane), delta in sorted(deltas.items())]
    connection.execute(_MOVE_LANE_COUNTERS, rows)


def _announce(connection: Connection, settled: Sequence[Settled], applied: Applied) -> None:
    """One event per run and group, then what the new counts mean for the run."""
    by_run: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for change in settled:
        by_run[change.run_id].append(
            {
                "id": change.item_id,
                "position": change.position,
                "state": change.to.value,
                "outcome": change.outcome.value,
                "asset_id": change.pictures[0].asset_id if change.pictures else None,
            }
        )
    at = max(change.at for change in settled)
    events = [_event("items.changed", run_id, {"items": items}, at) for run_id, items in by_run.items()]
    events += judge_runs(connection, by_run, at, weighs_failures=True)
    keep_events(connection, events)
    for event in events:
        applied.topics.update(topics_of(event["kind"], event["topic"]))
    if any(change.pictures for change in settled):
        applied.topics.add("assets.created")
    if any(change.to == ItemState.pending for change in settled):
        applied.topics.add("lanes.wake")


_JUDGED_RUNS = select(
    *(
        getattr(Run, name)
        for name in ("id", "state", "expanding", "finished_at", "failure_budget_percent", "held_from", *COUNTERS)
    )
).where(Run.id.in_(bindparam("runs", expanding=True)))


def judge_runs(
    connection: Connection, run_ids: Iterable[str], at: datetime, *, weighs_failures: bool = False
) -> list[dict[str, Any]]:
    """Finishes runs that have nothing left. Where items have just ended it weighs failures, too, and pauses runs that
    exceed their budget: who edits or resumes the rest of a run has seen those that were before.
    """
    finished, paused = [], []
    for run in connection.execute(_JUDGED_RUNS, {"runs": list(run_ids)}).mappings().all():
        if _is_over(run):
            state = run["state"] if run["state"] == RunState.cancelled else RunState.finished.value
            finished.append({"b_id": run["id"], "state": state, "reason": None, "finished_at": at})
        elif why := (_weigh(run) if weighs_failures else None) or _pilot_judgement(connection, run):
            paused.append({"b_id": run["id"], "state": RunState.paused.value, "reason": why})
    if finished:
        connection.execute(_FINISH_RUNS, finished)
    if paused:
        connection.execute(_PAUSE_RUNS, paused)
    judged = [*finished, *paused]
    return [_event("run.changed", one["b_id"], {"state": one["state"], "reason": one["reason"]}, at) for one in judged]


_PAUSE_RUNS = (
    update(Run).where(Run.id == bindparam("b_id")).values(state=bindparam("state"), reason=bindparam("reason"))
)
_FINISH_RUNS = _PAUSE_RUNS.values(finished_at=bindparam("finished_at"))


def _is_over(run: Any) -> bool:
    return not (run["pending"] or run["running"] or run["expanding"] or run["finished_at"] is not None)


def _weigh(run: Any) -> str | None:
    """Why a run is paused that exceeds its failure budget."""
    over = run["done"] + run["failed"] + run["refused"] + run["uncertain"]
    budget = run["failure_budget_percent"]
    # A budget of 0 is off: a person who resumes a batch has seen its failures.
    judged = run["state"] == RunState.running and budget > 0 and over >= MIN_ITEMS_FOR_BUDGET
    if judged and run["failed"] * 100 >= over * budget:
        return f"{run['failed']} of {over} items failed, which is over the failure budget of {budget} %."
    return None


def _pilot_judgement(connection: Connection, run: Any) -> str | None:
    """A run whose first items have all ended asks a person before the others begin."""
    if run["held_from"] is None or run["state"] != RunState.running:
        return None
    has_ended = Item.state.not_in((ItemState.pending.value, ItemState.running.value))
    pilot = (Item.run_id == run["id"], Item.position < run["held_from"])
    ended = connection.execute(select(func.count()).select_from(Item).where(*pilot, has_ended)).scalar_one()
    return None if ended < run["held_from"] else pilot_question(run["held_from"])


def pilot_question(count: int) -> str:
    """What a batch asks after its pilot."""
    return f"The pilot of {count} has finished. Go on, or cancel?"


MIN_ITEMS_FOR_BUDGET = 20
"""Below this, a share of failures says nothing."""


def _event(kind: str, run_id: str, payload: dict[str, Any], at: datetime) -> dict[str, Any]:
    return {"kind": kind, "topic": f"run:{run_id}", "payload": payload, "created_at": at}


def _write_delay(connection: Connection, change: Delayed) -> None:
    """Only where the attempt is this lane's, and open."""
    attempt = select(Attempt.item_id).where(
        Attempt.id == change.attempt_id, Attempt.lane_id == change.lane_id, Attempt.state.in_(_OPEN)
    )
    connection.execute(
        update(Item)
        .where(Item.id == attempt.scalar_subquery(), Item.state == ItemState.running.value)
        .values(message=change.reason[:2000])
    )


def _write_wait(connection: Connection, change: LaneWaits) -> None:
    statement = update(Lane).where(Lane.id == change.lane_id)
    reason = _fitting(change.reason, 500)
    if change.parked:
        connection.execute(statement.values(parked_reason=reason, parked_outcome=change.parked.value))
        return
    # Of two waits that a provider asked for, the longer one holds.
    shorter = or_(Lane.resume_at.is_(None), Lane.resume_at < change.resume_at)
    connection.execute(statement.where(shorter).values(wait_reason=reason, resume_at=change.resume_at))
