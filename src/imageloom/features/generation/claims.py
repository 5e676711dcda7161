"""Claiming: which items a lane starts next, decided late, in small pages, fairly, inside one transaction."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from operator import itemgetter
from typing import Any

from sqlalchemy import Connection, and_, bindparam, insert, or_, select, update

from imageloom.features.budgets.holding import open_purses, write_holds
from imageloom.features.budgets.purses import Payer, Purses, Shortage
from imageloom.features.generation.apply import move_lane_counters, move_run_counters
from imageloom.features.generation.changes import Claimed, LaneLost
from imageloom.features.generation.models import Attempt, AttemptState, Item, ItemState, Lane, Run, RunLane, RunState
from imageloom.features.generation.paying import payer_of
from imageloom.features.quotas.tallies import QUOTA, Tallies, open_tallies
from imageloom.runtime.db.outbox import keep_events

FAIRNESS_KEPT = 10_000


@dataclass
class Fairness:
    """Who was served last on this lane: first by user, then by project, then by run. Equal weights."""

    served: dict[str, int] = field(default_factory=dict)
    turn: int = 0

    def deal(self, runs: Iterable[Any], slots: int) -> Counter[str]:
        """How many of the slots each run gets, by its id. Priority comes first; 9 is the most urgent."""
        queue = [
            (-run.priority, f"user:{run.user_id}", f"project:{run.project_id}", f"run:{run.run_id}", run.run_id)
            for run in runs
        ]
        self._forget_long_ago()
        served = self.served.get

        def order(one: tuple[int, str, str, str, str]) -> tuple[int, int, int, int, str]:
            priority, user, project, run, run_id = one
            return priority, served(user, 0), served(project, 0), served(run, 0), run_id

        shares: Counter[str] = Counter()
        for _ in range(slots):
            soonest = min(queue, key=order)
            self.turn += 1
            self.served |= dict.fromkeys(soonest[1:4], self.turn)
            shares[soonest[4]] += 1
        return shares

    def _forget_long_ago(self) -> None:
        """A lane may serve a million runs: whose turn is long ago counts as who never had one."""
        if len(self.served) > FAIRNESS_KEPT:
            self.served = dict(sorted(self.served.items(), key=itemgetter(1))[-FAIRNESS_KEPT // 2 :])


@dataclass(frozen=True, kw_only=True)
class Claim:
    """The result of a look at the lane.

    ``blocked`` says that nothing may start now (waiting, limits, caps); ``held`` that it may not until a person acts
    (paused, parked). ``wake_at`` is when looking again makes sense, if a time is known. ``is_all`` says that nothing is
    left that could start if there were more room: until something new comes, there is no use in looking. ``told`` are
    the runs of which it is now written that they wait for a cap, or do no more.
    """

    items: tuple[Claimed, ...]
    blocked: bool
    wake_at: datetime | None
    held: bool = False
    is_all: bool = False
    told: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Wish:
    """What a lane asks for. ``day`` is today in the provider's zone; ``per_day`` its limit of requests."""

    lane_id: str
    epoch: int
    slots: int
    now: datetime
    day: str
    per_day: int | None
    new_id: Callable[[], str]
    currency: str = "USD"


@dataclass
class Claiming:
    """One claim, however often its transaction is tried: a commit whose answer was lost is found again."""

    wish: Wish
    fairness: Fairness
    _tried: list[Claim] = field(default_factory=list)

    def __call__(self, connection: Connection) -> Claim:
        for tried in self._tried:
            if tried.items and _is_committed(connection, self.wish, tried.items[0].attempt_id):
                return tried
        result = claim(connection, self.wish, self.fairness)
        self._tried.append(result)
        return result


def _is_committed(connection: Connection, wish: Wish, attempt_id: str) -> bool:
    """Raises :class:`LaneLost`: then whoever drives the lane now has adopted what was claimed."""
    lane = _lock_lane(connection, wish.lane_id)
    if lane is None or lane.epoch != wish.epoch:
        raise LaneLost(f"the lane {wish.lane_id} has another driver")
    return connection.execute(select(Attempt.id).where(Attempt.id == attempt_id)).first() is not None


def claim(connection: Connection, wish: Wish, fairness: Fairness) -> Claim:
    """Moves up to ``slots`` items to ``running``, each with an attempt in ``sending``. Raises :class:`LaneLost`."""
    lane = _lock_lane(connection, wish.lane_id)
    if lane is None or lane.epoch != wish.epoch:
        raise LaneLost(f"the lane {wish.lane_id} has another driver")
    if lane.is_paused or lane.parked_reason is not None:
        return Claim(items=(), blocked=True, held=True, wake_at=None)
    if lane.resume_at is not None and lane.resume_at > wish.now:
        return Claim(items=(), blocked=True, wake_at=lane.resume_at)
    requests_today = lane.day_requests if lane.day == wish.day else 0
    slots = wish.slots if wish.per_day is None else min(wish.slots, wish.per_day - requests_today)
    if slots <= 0:
        return Claim(items=(), blocked=True, wake_at=None)
    picked = _pick(connection, wish, slots, fairness)
    rows = picked.rows
    if not rows:
        told = _say_what_caps(connection, wish, picked)
        wake_at = _next_delayed(connection, wish) if picked.runs else None
        is_short = bool(picked.short)
        return Claim(items=(), blocked=is_short, wake_at=wake_at, is_all=not is_short, told=told)
    claimed = tuple(_claimed(row) for row in rows)
    write_holds(connection, picked.purses, now=wish.now)
    picked.tallies.write(connection)
    _start(connection, wish, rows, claimed)
    values: dict[str, Any] = {"day": wish.day, "day_requests": requests_today + len(rows)}
    if lane.wait_reason is not None:
        values |= {"wait_reason": None, "resume_at": None}
    connection.execute(update(Lane).where(Lane.id == wish.lane_id).values(**values))
    told = _say_what_caps(connection, wish, picked)
    return Claim(items=claimed, blocked=False, wake_at=None, is_all=picked.is_all, told=told)


# Statements are built once: building one costs more than the database needs for it. SQLite, which has one writer at a
# time, takes no notice of "for update".
_LOCK_LANE = select(Lane.__table__).where(Lane.id == bindparam("lane")).with_for_update(key_share=True)
_WAITING_RUNS = (
    select(
        RunLane.run_id,
        RunLane.pending,
        Run.priority,
        Run.user_id,
        Run.project_id,
        Run.team_id,
        Run.uncertain_policy,
        Run.look_since,
        RunLane.cap_id,
        RunLane.cap_reason,
        RunLane.cap_is_spent,
        RunLane.cap_more_at,
        Run.held_from,
    )
    .join(Run, Run.id == RunLane.run_id)
    .where(
        RunLane.lane_id == bindparam("lane"),
        RunLane.pending > 0,
        Run.state == RunState.running.value,
        or_(Run.opens_at.is_(None), Run.opens_at <= bindparam("now")),
        or_(Run.closes_at.is_(None), Run.closes_at > bindparam("now")),
    )
)
_MAY_START = and_(
    Item.lane_id == bindparam("lane"),
    Item.state == ItemState.pending.value,
    or_(Item.not_before_at.is_(None), Item.not_before_at <= bindparam("now")),
)
_TAKE = (
    select(Item.__table__)
    .where(Item.run_id == bindparam("run"), _MAY_START)
    .order_by(Item.rank, Item.position)
    .limit(bindparam("share"))
    .with_for_update(skip_locked=True)
)
# Of runs with so few items that all of them are taken: one look for all of those.
_TAKE_ALL = (
    select(Item.__table__)
    .where(Item.run_id.in_(bindparam("runs", expanding=True)), _MAY_START)
    .order_by(Item.run_id, Item.rank, Item.position)
    .with_for_update(skip_locked=True)
)
_CAP = ("cap_id", "cap_reason", "cap_is_spent", "cap_more_at")
_SAY_CAP = (
    update(RunLane)
    .where(RunLane.run_id == bindparam("b_run"), RunLane.lane_id == bindparam("b_lane"))
    .values({name: bindparam(name) for name in _CAP})
)
# Of a pilot: a few of the first positions. On its own, because it would make SQLite sort all of a million by rank.
_TAKE_HELD = _TAKE.where(Item.position < bindparam("below"))
_NEXT_DELAYED = (
    select(Item.not_before_at)
    .join(RunLane, and_(RunLane.run_id == Item.run_id, RunLane.lane_id == Item.lane_id))
    .join(Run, Run.id == Item.run_id)
    .where(
        RunLane.lane_id == bindparam("lane"),
        RunLane.pending > 0,
        Run.state == RunState.running.value,
        Item.state == ItemState.pending.value,
        # One whose time has come and that does not start waits for something else.
        Item.not_before_at > bindparam("now"),
    )
    .order_by(Item.not_before_at)
    .limit(1)
)
_START_ITEMS = (
    update(Item)
    .where(Item.id == bindparam("b_id"), Item.state == ItemState.pending.value)
    .values(state=ItemState.running.value, attempts=Item.attempts + 1, updated_at=bindparam("at"))
)


def _lock_lane(connection: Connection, lane_id: str) -> Any:
    return connection.execute(_LOCK_LANE, {"lane": lane_id}).one_or_none()


def _waiting_runs(connection: Connection, wish: Wish) -> list[Any]:
    return list(connection.execute(_WAITING_RUNS, {"lane": wish.lane_id, "now": wish.now}))


@dataclass
class Picked:
    """The rows that start, with their run's facts and an attempt's id; what they hold; and whom a cap keeps waiting."""

    runs: dict[str, Any]
    purses: Purses
    tallies: Tallies
    rows: list[dict[str, Any]] = field(default_factory=list)
    short: dict[str, Shortage] = field(default_factory=dict)

    @property
    def is_all(self) -> bool:
        """Whether no item of these runs is left, not even one that waits for its time."""
        started = Counter(row["run_id"] for row in self.rows)
        return all(run.pending == started[run_id] for run_id, run in self.runs.items())


def _pick(connection: Connection, wish: Wish, slots: int, fairness: Fairness) -> Picked:
    """Slots go round the waiting runs one at a time. A run's items start in their order: one that a cap keeps waiting
    is not overtaken by cheaper ones, for it would wait for ever.
    """
    runs = {run.run_id: run for run in _waiting_runs(connection, wish)}
    payers = {run_id: payer_of(run, run_id, wish.lane_id) for run_id, run in runs.items()}
    picked = Picked(
        runs=dict(runs),
        purses=open_purses(connection, payers.values(), now=wish.now),
        tallies=open_tallies(connection, {payer.team_id for payer in payers.values()}, now=wish.now),
    )
    while slots > 0 and runs:
        shares = fairness.deal(runs.values(), slots)
        started = {row["run_id"] for row in picked.rows}
        whole = [one for one, share in shares.items() if one not in started and _is_whole(runs[one], share)]
        few = _take_all(connection, wish, whole)
        for run_id, share in shares.items():
            if run_id in whole:
                rows = few.get(run_id, [])[:share]
            else:
                skip = [row["id"] for row in picked.rows if row["run_id"] == run_id]
                rows = _take(connection, wish, picked.runs[run_id], share, skip=skip)
            taken = _afford(picked, rows, payer=payers[run_id], new_id=wish.new_id)
            slots -= taken
            if taken < share:
                # Its other items wait for a later time, or for money.
                del runs[run_id]
    return picked


def _afford(picked: Picked, rows: Sequence[dict[str, Any]], *, payer: Payer, new_id: Callable[[], str]) -> int:
    """Adds the rows up to the first that a cap or a quota does not allow; returns how many."""
    purses = picked.purses.for_payer(payer)
    run = picked.runs[payer.run_id]
    for number, row in enumerate(rows):
        full = picked.tallies.full(payer.team_id, payer.user_id)
        if full is not None:
            reason = f"{full.told} Raise it: imageloom users quota"
            picked.short[payer.run_id] = Shortage(cap_id=QUOTA, reason=reason, is_spent=True, more_at=full.more_at)
            return number
        attempt_id = new_id()
        short = picked.purses.reserve(purses, row["estimated_high_micros"], attempt_id)
        if short is not None:
            picked.short[payer.run_id] = short
            return number
        picked.tallies.take(payer.team_id, payer.user_id)
        facts = {name: getattr(run, name) for name in _RUN_FACTS}
        picked.rows.append({**row, **facts, "attempt_id": attempt_id})
    return len(rows)


_RUN_FACTS = ("user_id", "project_id", "team_id", "uncertain_policy", "look_since")


def _say_what_caps(connection: Connection, wish: Wish, picked: Picked) -> tuple[str, ...]:
    """Writes which cap each run waits for on this lane, where that has changed; returns the runs."""
    started = {row["run_id"] for row in picked.rows}
    changed: list[dict[str, Any]] = []
    for run_id, run in sorted(picked.runs.items()):
        short = picked.short.get(run_id)
        if short is None and (run.cap_id is None or run_id not in started):
            continue
        now: tuple[Any, ...] = (None, None, False, None)
        if short is not None:
            now = (short.cap_id, short.reason, short.is_spent, short.more_at)
        if tuple(getattr(run, name) for name in _CAP) != now:
            changed.append({"b_run": run_id, "b_lane": wish.lane_id, **dict(zip(_CAP, now, strict=True))})
    if changed:
        connection.execute(_SAY_CAP, changed)
        keep_events(connection, [_waits(wish, row["b_run"], row["cap_reason"]) for row in changed])
    return tuple(str(row["b_run"]) for row in changed)


def _waits(wish: Wish, run_id: str, reason: str | None) -> dict[str, Any]:
    payload = {"state": RunState.running.value, "reason": reason}
    return {"kind": "run.changed", "topic": f"run:{run_id}", "payload": payload, "created_at": wish.now}


def _is_whole(run: Any, share: int) -> bool:
    return run.pending <= share and run.held_from is None


def _take_all(connection: Connection, wish: Wish, run_ids: Sequence[str]) -> dict[str, list[dict[str, Any]]]:
    """What waits of each of these runs, in its order."""
    found: dict[str, list[dict[str, Any]]] = {}
    if run_ids:
        values = {"runs": run_ids, "lane": wish.lane_id, "now": wish.now}
        for row in connection.execute(_TAKE_ALL, values).mappings():
            found.setdefault(row["run_id"], []).append(dict(row))
    return found


def _take(connection: Connection, wish: Wish, run: Any, share: int, *, skip: Sequence[str]) -> list[dict[str, Any]]:
    values = {"run": run.run_id, "lane": wish.lane_id, "now": wish.now, "share": share}
    statement = _TAKE
    if run.held_from is not None:
        statement, values = _TAKE_HELD, {**values, "below": run.held_from}
    if skip:
        statement = statement.where(Item.id.not_in(skip))
    return [dict(row) for row in connection.execute(statement, values).mappings()]


def _next_delayed(connection: Connection, wish: Wish) -> datetime | None:
    """When the first item that waits for a time may start."""
    return connection.execute(_NEXT_DELAYED, {"lane": wish.lane_id, "now": wish.now}).scalar_one_or_none()


def _claimed(row: dict[str, Any]) -> Claimed:
    return Claimed(
        attempt_id=row["attempt_id"],
        item_id=row["id"],
        run_id=row["run_id"],
        project_id=row["project_id"],
        team_id=row["team_id"],
        user_id=row["user_id"],
        position=row["position"],
        number=row["attempts"] + 1,
        provider=row["provider"],
        model=row["model"],
        template=row["template"],
        prompt=row["prompt"],
        fields=row["fields"],
        not_sent=row["not_sent"],
        tries=row["tries"],
        resends=row["resends"],
        uncertain_policy=row["uncertain_policy"],
        look_since=row["look_since"],
        estimated_micros=row["estimated_micros"],
        estimated_high_micros=row["estimated_high_micros"],
    )


def _start(connection: Connection, wish: Wish, rows: Sequence[dict[str, Any]], claimed: Sequence[Claimed]) -> None:
    connection.execute(_START_ITEMS, [{"b_id": row["id"], "at": wish.now} for row in rows])
    connection.execute(
        insert(Attempt),
        [
            {
                "id": item.attempt_id,
                "item_id": item.item_id,
                "run_id": item.run_id,
                "lane_id": wish.lane_id,
                "model": item.model,
                "number": item.number,
                "epoch": wish.epoch,
                "state": AttemptState.sending.value,
                "estimated_micros": item.estimated_micros,
                "estimated_high_micros": item.estimated_high_micros,
                "currency": wish.currency,
                "purpose": "first" if item.number == 1 else ("resend" if item.resends else "retry"),
                "started_at": wish.now,
            }
            for item in claimed
        ],
    )
    per_run = Counter(item.run_id for item in claimed)
    move_run_counters(connection, {run: Counter({"pending": -n, "running": n}) for run, n in per_run.items()})
    move_lane_counters(connection, Counter({(run, wish.lane_id): -n for run, n in per_run.items()}))
