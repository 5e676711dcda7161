"""When a batch may buy: read from what a person said, kept with the batch, and the opening that it comes to now."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from imageloom.features.batches.schemas import ScheduleInput
from imageloom.features.batches.windows import Opening, next_opening, next_tick, read_cron, read_window, read_zone
from imageloom.kit.errors import InvalidInput

START_MAX = timedelta(days=366 * 2)


def kept_schedule(wish: ScheduleInput, *, now: datetime) -> dict[str, Any]:
    """What is kept: a cron line has become the time at which it next comes. Raises :class:`InvalidInput`."""
    start = wish.start_at
    zone = read_zone(wish.zone)
    cron = None if wish.cron is None else read_cron(wish.cron)
    if cron is not None:
        start = next_tick(cron, zone=zone, after=now)
    if start is not None and start > now + START_MAX:
        raise InvalidInput("The start is more than two years away.", field="schedule.start_at")
    for window in wish.windows:
        read_window(window, zone=wish.zone)
    return {
        "start_at": None if start is None else start.isoformat(),
        "cron": cron,
        "windows": list(wish.windows),
        "zone": wish.zone,
    }


def opening_of(schedule: Mapping[str, Any], *, now: datetime) -> Opening:
    """The opening that holds now, or the next."""
    start = now if schedule["start_at"] is None else datetime.fromisoformat(schedule["start_at"]).astimezone(UTC)
    windows = [read_window(window, zone=schedule["zone"]) for window in schedule["windows"]]
    return next_opening(windows, since=max(start, now))
