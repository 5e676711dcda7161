"""Tallies: quotas as a claim sees them, and what a picture that came or did not come changes of them.

Everybody locks in one order: lanes, attempts, items, caps, quotas, runs.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, select, update

from imageloom.features.quotas.models import Quota
from imageloom.kit.periods import WORDS, end_of, start_of

QUOTA = "quota"
"""In place of a cap's id, for a batch that waits for a quota."""
COUNTED: Mapping[str, str] = {"images": "pictures", "calls": "calls", "bytes": "bytes of pictures"}

# Statements are built once: building one costs more than the database needs for it.
_LOAD = (
    select(Quota.__table__)
    .where(Quota.team_id.in_(bindparam("teams", expanding=True)))
    .order_by(Quota.id)
    .with_for_update()
)
_WRITE = (
    update(Quota).where(Quota.id == bindparam("b_id")).values(used=bindparam("used"), period_start=bindparam("start"))
)
_MOVE = update(Quota).where(Quota.id == bindparam("b_id")).values(used=Quota.used + bindparam("delta"))


@dataclass
class Tally:
    """What is used of one quota in its period now."""

    row: Any
    period_start: datetime
    used: int
    has_moved: bool = False

    @classmethod
    def of(cls, row: Any, *, now: datetime) -> Tally:
        """Of a period that has begun since nothing is used. A clock that went back leaves it as it is."""
        start = start_of(row.period, now, row.zone)
        if start > row.period_start and row.kind != "bytes":
            return cls(row=row, period_start=start, used=0)
        return cls(row=row, period_start=row.period_start, used=row.used)

    @property
    def left(self) -> int:
        return max(0, int(self.row.amount) - self.used)

    @property
    def told(self) -> str:
        """What is used up, and when there is more."""
        row = self.row
        whose = "the team" if row.target == row.team_id else "this person"
        per = "" if row.kind == "bytes" else f" {WORDS[row.period]}"
        told = f"Out of quota: {whose} may have {row.amount} {COUNTED[row.kind]}{per}, and has {self.used}."
        if self.more_at is not None:
            told = f"{told} More from {self.more_at:%Y-%m-%d %H:%M} UTC on."
        return told

    @property
    def more_at(self) -> datetime | None:
        """When a new period begins; ``None`` for a quota without periods."""
        return end_of(self.row.period, self.period_start, self.row.zone)


@dataclass
class Tallies:
    """Those that bind what a claim may start, by team and by person."""

    by_target: dict[tuple[str, str], list[Tally]] = field(default_factory=dict)

    @classmethod
    def of(cls, rows: Iterable[Any], *, now: datetime) -> Tallies:
        tallies = cls()
        for row in rows:
            tallies.by_target.setdefault((row.team_id, row.target), []).append(Tally.of(row, now=now))
        return tallies

    def binding(self, team_id: str, user_id: str) -> list[Tally]:
        if not self.by_target:
            return []
        return [tally for target in (team_id, user_id) for tally in self.by_target.get((team_id, target), ())]

    def full(self, team_id: str, user_id: str) -> Tally | None:
        """The quota that lets nothing more start; of several the one that lasts longest."""
        full = [tally for tally in self.binding(team_id, user_id) if tally.left == 0]
        return max(full, key=_lasts, default=None)

    def take(self, team_id: str, user_id: str) -> None:
        """One call that is to make one picture begins."""
        for tally in self.binding(team_id, user_id):
            if tally.row.kind != "bytes":
                tally.used += 1
                tally.has_moved = True

    def write(self, connection: Connection) -> None:
        rows = [
            {"b_id": tally.row.id, "used": tally.used, "start": tally.period_start}
            for tallies in self.by_target.values()
            for tally in tallies
            if tally.has_moved
        ]
        if rows:
            connection.execute(_WRITE, sorted(rows, key=lambda row: row["b_id"]))


def _lasts(tally: Tally) -> float:
    end = end_of(tally.row.period, tally.period_start, tally.row.zone)
    return float("inf") if end is None else end.timestamp()


def open_tallies(connection: Connection, team_ids: Collection[str], *, now: datetime) -> Tallies:
    """The quotas of these teams and their people, locked until the transaction ends."""
    if not team_ids:
        return Tallies()
    return Tallies.of(connection.execute(_LOAD, {"teams": sorted(set(team_ids))}), now=now)


@dataclass(frozen=True, kw_only=True)
class Moved:
    """What an end, or an upload, changes: pictures more or less of a call that began then, and bytes of room."""

    team_id: str
    user_id: str | None
    began_at: datetime | None = None
    images: int = 0
    size_bytes: int = 0


def locked_quotas(connection: Connection, team_ids: Collection[str]) -> list[Any]:
    return list(connection.execute(_LOAD, {"teams": sorted(set(team_ids))}))


def move(connection: Connection, quotas: Iterable[Any], moved: Iterable[Moved]) -> None:
    """Changes quotas that are locked. What began in a period that is over changes nothing of the new one."""
    deltas: dict[str, int] = {}
    changes = list(moved)
    for quota in quotas:
        for change in changes:
            if change.team_id != quota.team_id or quota.target not in (change.team_id, change.user_id):
                continue
            if quota.kind == "bytes":
                delta = change.size_bytes
            elif quota.kind == "images" and change.began_at is not None and change.began_at >= quota.period_start:
                delta = change.images
            else:
                delta = 0
            deltas[quota.id] = deltas.get(quota.id, 0) + delta
    rows = [{"b_id": quota_id, "delta": delta} for quota_id, delta in sorted(deltas.items()) if delta]
    if rows:
        connection.execute(_MOVE, rows)
