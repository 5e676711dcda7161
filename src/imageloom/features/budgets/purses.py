"""Purses: caps as a claim sees them. What may be started is decided here, before anything is written. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from imageloom.kit.money import Money
from imageloom.kit.periods import WORDS, end_of, start_of


class Payer(NamedTuple):
    """Whose money an attempt spends: every cap on any of these counts."""

    team_id: str
    project_id: str
    user_id: str
    run_id: str
    provider: str
    credential: str | None
    """As caps name it: the id of a stored key, or ``env:`` and the provider of one that the environment lends."""

    def named(self) -> Iterator[tuple[str, str, str]]:
        named = {
            "batch": self.run_id,
            "user": self.user_id,
            "project": self.project_id,
            "team": self.team_id,
            "credential": self.credential,
            "provider": self.provider,
        }
        return ((self.team_id, kind, target) for kind, target in named.items() if target is not None)


@dataclass(frozen=True, kw_only=True)
class Shortage:
    """Why a cap does not let the next picture be made. ``is_spent``: also when everything on its way turns out free.
    ``more_at`` is when a new period has money for it by itself; ``None``: never.
    """

    cap_id: str
    reason: str
    is_spent: bool
    more_at: datetime | None = None

    @property
    def lasts(self) -> tuple[bool, float]:
        """Of several shortages the one that ends last: no picture on its way ends it, nor the next period."""
        return self.is_spent, float("inf") if self.more_at is None else self.more_at.timestamp()


@dataclass
class Purse:
    """The counters of one cap in one period. ``seen`` is what stood in the row."""

    row: Any
    period_start: datetime
    settled: int
    held: int
    doubt: int
    is_new: bool = False

    @classmethod
    def of(cls, row: Any, *, now: datetime) -> Purse:
        """With the row's counters, or empty when its period is over. A clock that went back leaves it as it is."""
        start = start_of(row.period, now, row.zone)
        if start > row.period_start:
            return cls(row=row, period_start=start, settled=0, held=0, doubt=0, is_new=True)
        return cls(
            row=row,
            period_start=row.period_start,
            settled=row.settled_micros,
            held=row.held_micros,
            doubt=row.doubt_micros,
        )

    @property
    def used(self) -> int:
        """What is gone, or may be: nothing that ends well brings it back."""
        return self.settled + self.doubt

    @property
    def left(self) -> int:
        return self.row.amount_micros - self.used - self.held  # type: ignore[no-any-return]

    def short(self, need: int | None) -> Shortage | None:
        """``need`` is the most that the next picture may cost; ``None`` when nobody knows."""
        row = self.row
        if not row.is_hard:
            return None
        is_unknown = need is None
        if need is None:
            if not row.allows_unknown:
                told = f"Out of budget: {self.named} allows no picture of unknown price, and the next one is such."
                help_ = "Set it with --allow-unknown, or add the price to the price book."
                return Shortage(cap_id=row.id, reason=f"{told} {help_}", is_spent=True)
            # As long as there is anything left; what it takes shows afterwards.
            need = 1
        if need <= self.left:
            return None
        if self.used + need <= row.amount_micros:
            # The same words for every picture: this passes many times in a batch, and is news to nobody.
            told = f"What is left of {self.named} is held for pictures that are being made."
            return Shortage(cap_id=row.id, reason=told, is_spent=False)
        cost = _money(need, row.currency)
        told = f"Out of budget: {self.named} does not cover the next picture, which may cost {cost}."
        if is_unknown:
            told = f"Out of budget: {self.named} is used up, and nobody states the price of the next picture."
        more_at = None if need > row.amount_micros else end_of(row.period, self.period_start, row.zone)
        if more_at is not None:
            moment = f"{more_at.astimezone(ZoneInfo(row.zone)):%Y-%m-%d %H:%M}"
            told = f"{told} More from {moment} {row.zone} on."
        return Shortage(cap_id=row.id, reason=told, is_spent=True, more_at=more_at)

    @property
    def named(self) -> str:
        """The cap in words, in the middle of a sentence."""
        row = self.row
        longer = {"provider": f"provider {row.target}", "credential": f"credential {row.target}"}
        what = longer.get(row.kind, row.kind)
        return f"the cap of the {what}, {_money(row.amount_micros, row.currency)} {WORDS[row.period]},"


class Reserved(NamedTuple):
    """A hold that is to be written."""

    attempt_id: str
    purse: Purse
    micros: int | None


@dataclass
class Purses:
    """The purses that a claim may take from, and what it has taken."""

    by_key: dict[tuple[str, str, str], list[Purse]] = field(default_factory=dict)
    reserved: list[Reserved] = field(default_factory=list)

    @classmethod
    def of(cls, rows: Iterable[Any], *, now: datetime) -> Purses:
        purses = cls()
        for row in rows:
            purses.by_key.setdefault((row.team_id, row.kind, row.target), []).append(Purse.of(row, now=now))
        return purses

    def for_payer(self, payer: Payer) -> list[Purse]:
        if not self.by_key:
            return []
        return [purse for key in payer.named() for purse in self.by_key.get(key, ())]

    def reserve(self, purses: list[Purse], need: int | None, attempt_id: str) -> Shortage | None:
        """Holds what an attempt may cost of every purse, or of none and says why. What is free needs no money, and is
        written down all the same: what the provider takes for it in the end is counted.
        """
        shortages = [short for purse in purses if need != 0 and (short := purse.short(need)) is not None]
        if shortages:
            return max(shortages, key=lambda short: short.lasts)
        for purse in purses:
            purse.held += need or 0
            self.reserved.append(Reserved(attempt_id, purse, need))
        return None


def _money(micros: int, currency: str) -> str:
    return f"{currency} {format(Money(micros, currency).amount.normalize(), 'f')}"
