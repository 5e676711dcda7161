"""``trash``: what was thrown away, brought back or deleted for good."""

from __future__ import annotations

from itertools import islice
from typing import Annotated, Any

import typer

from imageloom.doors.cli.link import connect
from imageloom.doors.cli.output import EXIT_BAD_INPUT, Json, console, fail, print_json, print_table, spoken_errors

AT_ONCE = 500
PROMPT_CHARACTERS = 60


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the application."""
    trash = typer.Typer(help="Pictures that were thrown away.", invoke_without_command=True)
    trash.callback()(look_at_trash)
    trash.command("list")(list_trash)
    trash.command("add")(throw_away)
    trash.command("restore")(restore)
    trash.command("empty")(empty)
    app.add_typer(trash, name="trash")


def look_at_trash(context: typer.Context, as_json: Json = False) -> None:
    """Pictures that were thrown away. Without a command they are listed."""
    if context.invoked_subcommand is None:
        list_trash(as_json=as_json)


def list_trash(
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many of the newest.")] = 50, as_json: Json = False
) -> None:
    """List what lies in the trash."""
    with spoken_errors():
        link = connect()
        told = link.get("/api/trash")
        pictures = list(islice(link.pages("/api/assets", trash=True, limit=min(limit, AT_ONCE)), limit))
    if as_json:
        print_json({**told, "items": pictures})
        return
    rows = [(one["id"], one["trashed_at"][:10], f"{one['width']}x{one['height']}", _words(one)) for one in pictures]
    print_table(["id", "since", "size", "prompt"], rows, empty="The trash is empty.")
    if not rows:
        return
    ends = "" if told["empties_at"] is None else f" The oldest goes on {told['empties_at'][:10]}."
    console.print(f"{told['pictures']} pictures, {told['size_bytes']} bytes.{ends}", markup=False)


def throw_away(ids: Annotated[list[str], typer.Argument(help="Ids of pictures.")], as_json: Json = False) -> None:
    """Put pictures into the trash."""
    _move("/api/trash", ids, "thrown away", as_json=as_json)


def restore(
    ids: Annotated[list[str] | None, typer.Argument(help="Ids of pictures.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All that lies in the trash.")] = False,
    as_json: Json = False,
) -> None:
    """Take pictures out of the trash, back to where they were."""
    if bool(ids) == everything:
        fail("Name pictures, or say --all.", code=EXIT_BAD_INPUT)
    with spoken_errors():
        chosen = ids or [one["id"] for one in connect().pages("/api/assets", trash=True, limit=AT_ONCE)]
    _move("/api/trash/restore", chosen, "restored", as_json=as_json)


def empty(
    ids: Annotated[list[str] | None, typer.Argument(help="Ids of pictures; all without any.")] = None,
    yes: Annotated[
        bool, typer.Option("--yes", help="It cannot be taken back: without this nothing is deleted.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Delete pictures of the trash for good. What they cost stays in the books."""
    with spoken_errors():
        link = connect()
        count = len(ids) if ids else link.get("/api/trash")["pictures"]
        if not yes:
            fail(f"{count} pictures would be deleted for good. Say --yes to do it.", code=EXIT_BAD_INPUT)
        removed = 0
        while True:
            answer = link.call("POST", "/api/trash/empty", json={"ids": ids} if ids else {})
            removed += answer["removed"]
            if ids or not answer["left"] or not answer["removed"]:
                break
    told = {"removed": removed}
    print_json(told) if as_json else console.print(f"{removed} pictures deleted for good.")


def _move(path: str, ids: list[str], word: str, *, as_json: bool) -> None:
    told: dict[str, Any] = {"changed": 0, "unchanged": 0, "ids": []}
    with spoken_errors():
        link = connect()
        for start in range(0, len(ids), AT_ONCE):
            answer = link.call("POST", path, json={"ids": ids[start : start + AT_ONCE]})
            told = {name: told[name] + answer[name] for name in told}
    if as_json:
        print_json(told)
        return
    more = f", {told['unchanged']} were so already" if told["unchanged"] else ""
    console.print(f"{told['changed']} pictures {word}{more}.", markup=False)


def _words(asset: dict[str, Any]) -> str:
    made = asset["provenance"]
    words = made.get("prompt") or made.get("imported_from") or ""
    return words if len(words) <= PROMPT_CHARACTERS else f"{words[: PROMPT_CHARACTERS - 1]}…"
