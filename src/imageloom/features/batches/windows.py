"""When a batch may buy: a start, and windows of the clock on somebody's wall.

A moment is inside of a window exactly when the clock on the wall there shows a time inside of it: a night on which the
clocks are set back is longer, one on which they are set forward is shorter, and a time that does not come is skipped.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from croniter import CroniterBadCronError, CroniterBadDateError, croniter

from imageloom.kit.errors import InvalidInput

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60
AHEAD = timedelta(days=9)
"""A window of one weekday comes again within this time, also where the clocks change in between."""
MINUTE = timedelta(minutes=1)
CRON_MAX = 100
_WINDOW = re.compile(
    r"\s*(?:(?P<days>[a-z]{3}(?:\s*[-,]\s*[a-z]{3})*)\s+)?"
    r"(?P<begin>\d{1,2}:\d{2})\s*(?:-|–|to)\s*(?P<end>\d{1,2}:\d{2})"
    r"(?:\s+(?P<zone>[A-Za-z][A-Za-z0-9_+/-]{0,60}))?\s*",
    re.IGNORECASE,
)
_HINT = "Such as 22:00-06:00 Asia/Taipei, or sat-sun 00:00-24:00."


class Opening(NamedTuple):
    """From when until when calls may begin. ``closes_at`` of ``None``: until they are all done."""

    opens_at: datetime
    closes_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Window:
    """From one minute of the day to another, which is the next day's when it is not later. ``days`` are those on which
    it begins, Monday being 0.
    """

    begin: int
    end: int
    days: frozenset[int]
    zone: ZoneInfo

    def holds(self, moment: datetime) -> bool:
        """Whether the clock on the wall is inside."""
        wall = moment.astimezone(self.zone)
        minute, day = wall.hour * 60 + wall.minute, wall.weekday()
        if self.begin < self.end:
            return day in self.days and self.begin <= minute < self.end
        began_yesterday = minute < self.end and (day - 1) % 7 in self.days
        return began_yesterday or (minute >= self.begin and day in self.days)

    def edges(self, since: datetime, until: datetime) -> set[datetime]:
        """Every moment in between at which :meth:`holds` may change."""
        found: set[datetime] = set()
        day = since.astimezone(self.zone).date() - timedelta(days=1)
        while day <= until.astimezone(self.zone).date():
            for minute in (self.begin, self.end):
                found |= {_at(day, minute, self.zone, fold) for fold in (0, 1)}
            day += timedelta(days=1)
        return {edge for edge in found | _changes(self.zone, since, until) if since < edge <= until}


def read_window(text: str, *, zone: str | None, field: str = "schedule.windows") -> Window:
    """``22:00-06:00``, with days before and a zone behind where they are not every day and ``zone``, or UTC."""
    match = _WINDOW.fullmatch(text)
    if match is None:
        raise InvalidInput(f"{text[:80]!r} is no window.", field=field, hint=_HINT)
    begin, end = (_minute(match.group(name), field=field) for name in ("begin", "end"))
    if begin in {end, DAY_MINUTES}:
        raise InvalidInput(f"{text[:80]!r} is no time between two others.", field=field, hint=_HINT)
    return Window(
        begin=begin,
        end=end,
        days=_days(match.group("days"), field=field),
        zone=read_zone(match.group("zone") or zone, field=field),
    )


def read_zone(name: str | None, *, field: str = "schedule.zone") -> ZoneInfo:
    """A name of the time zone database; UTC for ``None``. Raises :class:`InvalidInput`."""
    try:
        return ZoneInfo("UTC" if name is None else name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput(
            f"There is no time zone {str(name)[:60]!r}.", field=field, hint="Such as Asia/Taipei or Europe/Berlin."
        ) from None


def next_opening(windows: Sequence[Window], *, since: datetime) -> Opening:
    """The window that a moment is in, from that moment on, or the next. Without windows there is no end, nor where they
    leave no time out.
    """
    if not windows:
        return Opening(since, None)
    edges = sorted({since, *(edge for window in windows for edge in window.edges(since, since + 2 * AHEAD))})
    opens = next((edge for edge in edges if any(window.holds(edge) for window in windows)), None)
    if opens is None:
        # A window whose time never comes in these days: looked for again later.
        return Opening(since + AHEAD, since + AHEAD)
    closes = next((edge for edge in edges if edge > opens and not any(w.holds(edge) for w in windows)), None)
    return Opening(opens, closes)


def read_cron(line: str, *, field: str = "schedule.cron") -> str:
    """Five fields: minute, hour, day, month, weekday. Raises :class:`InvalidInput`."""
    text = " ".join(line.split())
    if len(text) > CRON_MAX or len(text.split(" ")) != 5 or not croniter.is_valid(text):
        raise InvalidInput(
            f"{line[:80]!r} is no cron line.", field=field, hint="Minute, hour, day, month, weekday: 30 22 * * mon-fri."
        )
    return text


def next_tick(cron: str, *, zone: ZoneInfo, after: datetime) -> datetime:
    """The first time after a moment, by the clock on the wall. Raises :class:`InvalidInput` for one that never comes.

    When the clocks are set back, a line that names its hours runs at the first of two same times alone; where they are
    set forward, it runs when the time that does not come would have passed.
    """
    ticks = croniter(cron, after.astimezone(zone))
    names_hours = not cron.split(" ")[1].startswith("*")
    try:
        while True:
            found: datetime = ticks.get_next(datetime).astimezone(UTC)
            if not (names_hours and found.astimezone(zone).fold):
                return found
    except (CroniterBadDateError, CroniterBadCronError):
        raise InvalidInput(f"The cron line {cron!r} never comes.", field="schedule.cron") from None


def _minute(text: str, *, field: str) -> int:
    hours, minutes = (int(part) for part in text.split(":"))
    if minutes > 59 or hours * 60 + minutes > DAY_MINUTES:
        raise InvalidInput(f"{text} is no time of a day.", field=field, hint=_HINT)
    return hours * 60 + minutes


def _days(text: str | None, *, field: str) -> frozenset[int]:
    if text is None:
        return frozenset(range(7))
    found: set[int] = set()
    for part in text.lower().split(","):
        names = [name.strip() for name in part.split("-")]
        if len(names) > 2 or any(name not in DAYS for name in names):
            raise InvalidInput(f"{part.strip()!r} are no days.", field=field, hint=f"Such as {', '.join(DAYS)}.")
        first, last = DAYS.index(names[0]), DAYS.index(names[-1])
        found |= {day % 7 for day in range(first, last + 1 if last >= first else last + 8)}
    return frozenset(found)


def _at(day: date, minute: int, zone: ZoneInfo, fold: int) -> datetime:
    """A minute of a day on the wall. Of a time that comes twice, ``fold`` says which."""
    extra, minute = divmod(minute, DAY_MINUTES)
    wall = datetime.combine(day + timedelta(days=extra), time(minute // 60, minute % 60), zone)
    return wall.replace(fold=fold).astimezone(UTC)


def _changes(zone: ZoneInfo, since: datetime, until: datetime) -> set[datetime]:
    """When the clocks are set."""
    found: set[datetime] = set()
    moment = since.replace(minute=0, second=0, microsecond=0)
    while moment <= until:
        following = moment + timedelta(hours=1)
        if moment.astimezone(zone).utcoffset() != following.astimezone(zone).utcoffset():
            edge = moment
            while edge.astimezone(zone).utcoffset() == moment.astimezone(zone).utcoffset():
                edge += MINUTE
            found.add(edge)
        moment = following
    return found
