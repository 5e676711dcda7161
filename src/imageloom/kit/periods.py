"""Days, weeks and months as people count them, in a time zone. Pure."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Literal, TypeAlias
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from imageloom.kit.errors import InvalidInput

Period: TypeAlias = Literal["day", "week", "month", "total"]
BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)
"""Where the one period of a cap without periods starts."""
WORDS = {"day": "a day", "week": "a week", "month": "a month", "total": "in all"}


def known_zone(name: str) -> str:
    """The name itself. Raises :class:`InvalidInput` for one that no zone has."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise InvalidInput(
            f"There is no time zone {name!r}.", field="zone", hint="Such as Asia/Taipei, Europe/Berlin or UTC."
        ) from None
    return name


def start_of(period: str, now: datetime, zone: str) -> datetime:
    """When the period that holds this moment began. Weeks begin on Monday."""
    if period == "total":
        return BEGINNING
    day = now.astimezone(ZoneInfo(zone)).date()
    if period == "week":
        day -= timedelta(days=day.weekday())
    elif period == "month":
        day = day.replace(day=1)
    return datetime.combine(day, time(), ZoneInfo(zone)).astimezone(UTC)


def end_of(period: str, start: datetime, zone: str) -> datetime | None:
    """When the period that began then ends; ``None`` for one that does not."""
    if period == "total":
        return None
    # Well inside the following one, however long the days between are.
    inside = {"day": timedelta(hours=36), "week": timedelta(days=9), "month": timedelta(days=40)}[period]
    return start_of(period, start + inside, zone)
