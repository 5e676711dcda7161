"""Measuring on a machine that has other work: processor time, not wall time; two sides in turn; medians of ratios."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import psutil

PAIRS = 5


@dataclass(frozen=True)
class Spread:
    """Values of one kind: their median and quartiles."""

    values: tuple[float, ...]

    @classmethod
    def of(cls, *values: float) -> Spread:
        if not values:
            raise ValueError("nothing was measured")
        return cls(tuple(values))

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    @property
    def quartiles(self) -> tuple[float, float]:
        if len(self.values) < 2:
            return self.values[0], self.values[0]
        first, _middle, last = statistics.quantiles(self.values, n=4, method="inclusive")
        return first, last

    def over(self, other: Spread) -> Spread:
        """The ratio of each pair, in the order they were measured."""
        return Spread(tuple(ours / theirs for ours, theirs in zip(self.values, other.values, strict=True)))


class Verdict(StrEnum):
    """``near``: the median misses the bar, and the better quarter of the runs holds it."""

    met = "met"
    near = "near"
    missed = "missed"


@dataclass(frozen=True, kw_only=True)
class Bar:
    """What a value must be: at most ``limit``, or at least, if more is better. ``aim`` is what would be fine."""

    limit: float
    aim: float | None = None
    more_is_better: bool = False

    def judge(self, spread: Spread) -> Verdict:
        if self._holds(spread.median):
            return Verdict.met
        first, last = spread.quartiles
        return Verdict.near if self._holds(last if self.more_is_better else first) else Verdict.missed

    def _holds(self, value: float) -> bool:
        return value >= self.limit if self.more_is_better else value <= self.limit


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One line of a report. Without a bar it is only told. ``name_zh`` is the name in Traditional Chinese."""

    name: str
    name_zh: str
    spread: Spread
    unit: str = ""
    bar: Bar | None = None

    @property
    def verdict(self) -> Verdict | None:
        return None if self.bar is None else self.bar.judge(self.spread)


def in_turn(sides: Sequence[Callable[[], float]], *, rounds: int = PAIRS) -> list[Spread]:
    """Runs the sides A B A B, so that what disturbs the machine disturbs all; a spread for each side."""
    values: list[list[float]] = [[] for _ in sides]
    for _ in range(rounds):
        for side, measured in zip(sides, values, strict=True):
            measured.append(side())
    return [Spread(tuple(measured)) for measured in values]


def processor_seconds(pid: int, *, with_children: bool = False) -> float:
    """What a process has used of the processor so far, in all its threads."""
    process = psutil.Process(pid)
    processes = [process, *(process.children(recursive=True) if with_children else [])]
    return sum(times.user + times.system for times in (one.cpu_times() for one in processes))


def high_water_mb(pid: int) -> float:
    """The most memory that a process has held at once (Linux)."""
    return _status_mb(pid, "VmHWM:")


def resident_mb(pid: int) -> float:
    """The memory that a process holds now (Linux)."""
    return _status_mb(pid, "VmRSS:")


def _status_mb(pid: int, name: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"the system does not tell {name}")
