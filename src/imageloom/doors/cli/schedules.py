"""``schedule``: when a batch may buy; ``schedules``: recipes that are run again and again."""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import typer

from imageloom.doors.cli.link import Link, connect
from imageloom.doors.cli.output import EXIT_BAD_INPUT, Json, console, fail, print_json, print_table, spoken_errors
from imageloom.doors.cli.recipes import find_recipe

Start = Annotated[str | None, typer.Option("--start", help="When it begins: 2026-12-01T22:00, or with an offset.")]
Cron = Annotated[str | None, typer.Option("--cron", help="Begins when this next comes: '30 22 * * mon-fri'.")]
Windows = Annotated[
    list[str] | None, typer.Option("--window", help="'22:00-06:00 Asia/Taipei', 'sat-sun 00:00-24:00'. Repeat.")
]
Zone = Annotated[
    str | None,
    typer.Option(
        "--zone", help="Time zone of what names none, such as Asia/Taipei; else your profile's, or this machine's."
    ),
]
ScheduleId = Annotated[str, typer.Argument(help="The schedule's id.")]


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the application."""
    app.command("schedule")(schedule)
    schedules = typer.Typer(help="Recipes that are run again and again.", invoke_without_command=True)
    schedules.callback()(look_at_schedules)
    schedules.command("ls")(list_schedules)
    schedules.command("add")(add)
    schedules.command("pause")(pause)
    schedules.command("resume")(resume)
    schedules.command("rm")(remove)
    app.add_typer(schedules, name="schedules")


def schedule(
    batch_id: Annotated[str, typer.Argument(help="The batch's id.")],
    start: Start = None,
    cron: Cron = None,
    window: Windows = None,
    zone: Zone = None,
    clear: Annotated[bool, typer.Option("--clear", help="Calls may begin at any time.")] = False,
    as_json: Json = False,
) -> None:
    """Say when calls of a batch may begin. Outside of that nothing new is bought."""
    with spoken_errors():
        if clear == bool(start or cron or window):
            fail("Say --start, --cron or --window, or --clear.", code=EXIT_BAD_INPUT)
        link = connect()
        body = schedule_body(link, start, cron, window, zone)
        where = f"/api/batches/{batch_id}/schedule"
        batch = link.delete(where) if body is None else link.call("PUT", where, json=body)
    print_json(batch) if as_json else console.print(f"{batch['name']}: {opening_words(batch)}", markup=False)


def look_at_schedules(context: typer.Context, as_json: Json = False) -> None:
    """Recipes that are run again and again. Without a command they are listed."""
    if context.invoked_subcommand is None:
        list_schedules(as_json)


def list_schedules(as_json: Json = False) -> None:
    """List schedules, newest first."""
    with spoken_errors():
        schedules = list(connect().pages("/api/schedules", limit=100))
    if as_json:
        print_json(schedules)
        return
    rows = [
        (
            one["id"],
            one["name"],
            f"{one['cron']} {one['zone']}",
            "paused" if one["is_paused"] else _minute(one["next_at"]),
            one["trouble"] or one["last_batch_id"],
        )
        for one in schedules
    ]
    print_table(("id", "name", "when", "next", "last"), rows, empty="No schedules yet.")


def add(
    recipe: Annotated[str, typer.Argument(help="The recipe's name or id.")],
    cron: Annotated[str, typer.Option("--cron", help="Minute, hour, day, month, weekday: '30 22 * * mon-fri'.")],
    zone: Zone = None,
    window: Windows = None,
    version: Annotated[int | None, typer.Option(min=1, help="A version; the latest of each time without it.")] = None,
    name: Annotated[str | None, typer.Option(help="What it is called; the recipe's name without it.")] = None,
    project: Annotated[str | None, typer.Option(help="Project id or name.")] = None,
    as_json: Json = False,
) -> None:
    """Run a recipe whenever a cron line comes."""
    with spoken_errors():
        link = connect()
        found = find_recipe(link, recipe, project)
        zone = zone or own_zone(link)
        changes: dict[str, Any] = {"version": version}
        if window:
            changes["schedule"] = {"windows": window, "zone": zone}
        body = {"name": name or found["name"], "recipe_id": found["id"], "cron": cron, "zone": zone, "changes": changes}
        made = link.post("/api/schedules", body)
    print_json(made) if as_json else console.print(
        f"Schedule {made['id']}: next at {_minute(made['next_at'])}.", markup=False
    )


def pause(schedule_id: ScheduleId, as_json: Json = False) -> None:
    """Run no time of a schedule until it is resumed."""
    _steer(schedule_id, "pause", as_json=as_json)


def resume(schedule_id: ScheduleId, as_json: Json = False) -> None:
    """Go on from the next time on."""
    _steer(schedule_id, "resume", as_json=as_json)


def remove(schedule_id: ScheduleId, as_json: Json = False) -> None:
    """End a schedule. What it made stays."""
    with spoken_errors():
        removed = connect().delete(f"/api/schedules/{schedule_id}")
    print_json(removed) if as_json else console.print(f"{removed['name']} is removed.", markup=False)


def schedule_body(
    link: Link, start: str | None, cron: str | None, windows: list[str] | None, zone: str | None
) -> dict[str, Any] | None:
    """What the options say, as the API takes it; ``None`` for nothing."""
    if not (start or cron or windows):
        return None
    zone = zone or own_zone(link)
    body: dict[str, Any] = {"cron": cron, "windows": windows or [], "zone": zone}
    if start:
        body["start_at"] = _moment(start, zone)
    return body


def opening_words(batch: dict[str, Any]) -> str:
    """When calls may begin, for people: by the clock on their own wall."""
    if batch["opens_at"] is None:
        return "calls may begin at any time."
    until = "" if batch["closes_at"] is None else f" until {_minute(batch['closes_at'])}"
    return f"calls may begin from {_minute(batch['opens_at'])}{until}."


def own_zone(link: Link) -> str:
    """On whose wall the clock of this person hangs: as their profile says, else of this machine, else UTC."""
    wished = link.get("/api/me/profile")["preferences"]["time_zone"]
    return str(wished) if wished else _machine_zone() or "UTC"


def _machine_zone() -> str | None:
    """The name of the zone that this machine's clock shows, where it has one."""
    _before, _folder, linked = os.path.realpath("/etc/localtime").partition("zoneinfo/")
    for name in filter(None, (os.environ.get("TZ", "").lstrip(":"), linked)):
        with suppress(ZoneInfoNotFoundError, ValueError, OSError):
            return ZoneInfo(name).key
    return None


def _moment(text: str, zone: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
        place = ZoneInfo(zone)
    except (ValueError, ZoneInfoNotFoundError, OSError):
        fail(f"{text} in {zone} is no time. Such as 2026-12-01T22:00.", code=EXIT_BAD_INPUT)
    return (moment.replace(tzinfo=place) if moment.tzinfo is None else moment).isoformat()


def _minute(text: str) -> str:
    return datetime.fromisoformat(text).astimezone().strftime("%Y-%m-%d %H:%M %Z")


def _steer(schedule_id: str, verb: str, *, as_json: bool) -> None:
    with spoken_errors():
        made = connect().post(f"/api/schedules/{schedule_id}/{verb}")
    state = "paused" if made["is_paused"] else f"next at {_minute(made['next_at'])}"
    print_json(made) if as_json else console.print(f"{made['name']}: {state}", markup=False)
