"""``edit``: change what a batch has not begun, after a look at what that does and costs; and take it back."""

from __future__ import annotations

import re
import sys
import uuid
from pathlib import Path
from typing import Annotated, Any

import typer

from imageloom.doors.cli.link import Link, connect
from imageloom.doors.cli.output import (
    EXIT_BAD_INPUT,
    console,
    fail,
    money,
    print_json,
    print_notes,
    print_table,
    problem_words,
    spoken_errors,
)

NUMBER_MAX = 2**31 - 2
PROMPT_SHOWN = 70
_COMPARED = re.compile(r"\s*(row|item)\s*(>=|<=|>|<)\s*(\d{1,9})\s*")
_NAMED = re.compile(r"\s*(row|item|model|id)\s*=\s*(.+?)\s*")


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the application."""
    app.command("edit")(edit)
    app.command("edits")(list_edits)


def edit(
    batch_id: Annotated[str | None, typer.Argument(help="The batch's id.")] = None,
    where: Annotated[
        list[str] | None,
        typer.Option(help="row>10, row<=20, row=3,7-9, item=1-5, prompt~text, model=NAME. Repeat: all must hold."),
    ] = None,
    fields: Annotated[
        list[str] | None,
        typer.Option("--set", help="quality=high, model=NAME, size=WxH ... Nothing after = unsets it."),
    ] = None,
    replace: Annotated[str | None, typer.Option(help="'cat=>dog': find and replace in the prompts.")] = None,
    regex: Annotated[bool, typer.Option("--regex", help="What is found is a regular expression.")] = False,
    ignore_case: Annotated[bool, typer.Option("--ignore-case", help="Find capital and small letters alike.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="The chosen items end as cancelled.")] = False,
    front: Annotated[bool, typer.Option("--front", help="The chosen items come first.")] = False,
    back: Annotated[bool, typer.Option("--back", help="The chosen items come last.")] = False,
    priority: Annotated[
        int | None, typer.Option(min=0, max=9, help="Of the whole batch; 9 is the most urgent.")
    ] = None,
    append: Annotated[str | None, typer.Option(help="A sheet whose rows are added, or - for lines.")] = None,
    name: Annotated[str | None, typer.Option(help="What the edit is called.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it would do.")] = False,
    undo: Annotated[str | None, typer.Option(help="The id of an edit that is taken back.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """Change items of a batch that nobody has begun: fields, prompts, order, rows to add or remove. Can be undone."""
    with spoken_errors():
        if undo is not None:
            _undo(connect(), undo, as_json=as_json)
            return
        if batch_id is None:
            fail("Say which batch, or which edit to --undo.", code=EXIT_BAD_INPUT)
        if front and back:
            fail("--front and --back contradict each other.", code=EXIT_BAD_INPUT)
        body: dict[str, Any] = {
            "name": name,
            "where": read_where(where or []),
            "fields": dict(_pair(text) for text in fields or []),
            "replace": None if replace is None else _replacement(replace, regex=regex, ignore_case=ignore_case),
            "remove": remove,
            "move": "front" if front else "back" if back else None,
            "priority": priority,
        }
        link = connect()
        if append is not None:
            body["append"] = {"sheet_id": _upload(link, batch_id, append)}
        preview, tag = link.tagged("POST", f"/api/batches/{batch_id}/edits/preview", json=body)
        if dry_run or preview["problems"]:
            print_json(preview) if as_json else _print_preview({**preview, "request": body})
            raise typer.Exit(EXIT_BAD_INPUT if preview["problems"] else 0)
        headers = {"If-Match": tag, "Idempotency-Key": str(uuid.uuid4())}
        made = link.post(f"/api/batches/{batch_id}/edits", body, headers=headers)
    print_json(made) if as_json else _print_edit(made)


def list_edits(
    batch_id: Annotated[str, typer.Argument(help="The batch's id.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON for machines.")] = False,
) -> None:
    """List the edits of a batch, newest first."""
    with spoken_errors():
        edits = list(connect().pages(f"/api/batches/{batch_id}/edits", limit=100))
    if as_json:
        print_json(edits)
        return
    rows = [
        (one["id"], one["name"], one["state"], _did(one), one["created_at"][:16].replace("T", " ")) for one in edits
    ]
    print_table(("id", "name", "state", "what", "when"), rows, empty="The batch was not edited.")


def read_where(texts: list[str]) -> dict[str, Any]:
    """What ``--where`` says, as the API takes it. Leaves with an explanation for what cannot be read."""
    where: dict[str, Any] = {}
    bounds: dict[str, tuple[int, int]] = {}
    for text in texts:
        if match := _COMPARED.fullmatch(text):
            what, sign, number = match.group(1), match.group(2), int(match.group(3))
            low, high = bounds.get(what, (1, NUMBER_MAX))
            if ">" in sign:
                low = max(low, number + (sign == ">"))
            else:
                high = min(high, number - (sign == "<"))
            if high < max(low, 1):
                fail(f"No {what} is both: {', '.join(texts)}.", code=EXIT_BAD_INPUT)
            bounds[what] = (low, high)
        elif text.strip().startswith("prompt~"):
            where["prompt_contains"] = text.partition("~")[2]
        elif match := _NAMED.fullmatch(text):
            key = {"row": "rows", "item": "items", "model": "models", "id": "item_ids"}[match.group(1)]
            where.setdefault(key, []).extend(part.strip() for part in match.group(2).split(","))
        else:
            fail(
                f"--where {text!r} cannot be read. Such as row>10, item=1-5, prompt~cat or model=NAME.",
                code=EXIT_BAD_INPUT,
            )
    for what, (low, high) in bounds.items():
        if f"{what}s" in where:
            fail(f"Say {what}s with = or with < and >, not both.", code=EXIT_BAD_INPUT)
        where[f"{what}s"] = [f"{low}-{high}"]
    return where


def _pair(text: str) -> tuple[str, str | None]:
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        fail(f"--set {text!r} is no FIELD=VALUE.", code=EXIT_BAD_INPUT)
    return name.strip().replace("-", "_"), value.strip() or None


def _replacement(text: str, *, regex: bool, ignore_case: bool) -> dict[str, Any]:
    find, arrow, new = text.partition("=>")
    if not arrow or not find:
        fail(f"--replace {text!r} is no FIND=>NEW.", code=EXIT_BAD_INPUT)
    return {"find": find, "replace": new, "regex": regex, "ignore_case": ignore_case}


def _upload(link: Link, batch_id: str, source: str) -> str:
    if source == "-":
        files = {"file": ("stdin.txt", sys.stdin.buffer.read(), "text/plain")}
    else:
        files = {"file": (Path(source).name, Path(source).read_bytes(), "application/octet-stream")}
    project = link.get(f"/api/batches/{batch_id}")["project_id"]
    return str(link.call("POST", "/api/sheets", files=files, params={"project": project})["id"])


def _undo(link: Link, edit_id: str, *, as_json: bool) -> None:
    batch_id = link.get(f"/api/edits/{edit_id}")["batch_id"]
    made = link.post(f"/api/batches/{batch_id}/edits/{edit_id}/undo")
    if as_json:
        print_json(made)
        return
    undone = made["undone"]
    console.print(f"{undone['restored']} items are as they were before {made['name']}.", markup=False)
    for kept in undone["kept"]:
        console.print(f"  #{kept['position'] + 1} stays: {kept['why']}", markup=False)
    if undone["kept_items"] > len(undone["kept"]):
        console.print(f"  and {undone['kept_items'] - len(undone['kept'])} others stay.")


def _print_preview(preview: dict[str, Any]) -> None:
    console.print(f"It would do: {_did(preview)}.", markup=False)
    _print_rest(preview)
    for row in preview["rows"]:
        before, after = row["before"], row["after"]
        console.print(f"#{row['position'] + 1} row {row['row_number']}", markup=False)
        if before is not None:
            console.print(f"  - {_line(before)}", style="red", markup=False)
        if after is not None:
            console.print(f"  + {_line(after)}", style="green", markup=False)
    for problem in preview["problems"]:
        console.print(f"Row {problem['row']}: {problem_words(problem)} ({problem['cells']})", style="red", markup=False)


def _print_edit(made: dict[str, Any]) -> None:
    console.print(f"Edit {made['id']}: {_did(made)}.", markup=False)
    _print_rest(made)
    if made["claimed_meanwhile"]:
        console.print(f"{made['claimed_meanwhile']} began meanwhile, and stay as they were.", style="yellow")
    console.print(f"Take it back with: imageloom edit --undo {made['id']}", markup=False)


def _print_rest(counts: dict[str, Any]) -> None:
    begun = ", ".join(f"{count} {state}" for state, count in counts["begun"].items())
    if begun:
        console.print(f"Chosen too, and begun already: {begun}.", markup=False)
    before, after = counts["before"], counts["after"]
    if before["items"] or after["items"]:
        console.print(f"These cost {_price(before)} before, {_price(after)} now.", markup=False)
    batch = (money(counts[f"estimated_{when}"], counts[f"unknown_{when}"]) for when in ("before", "after"))
    console.print("The batch: {} before, {} now.".format(*batch), markup=False)
    print_notes(counts["warnings"])


def _price(sums: dict[str, Any]) -> str:
    if not sums["items"]:
        return "nothing"
    text = money(sums["expected"], sums["unknown"], sums["currency"])
    is_range = sums["expected"] is not None and sums["low"] != sums["high"]
    return f"{text} ({sums['low']} to {sums['high']})" if is_range else text


def _did(counts: dict[str, Any]) -> str:
    named = [
        f"{counts[what]} {what}" for what in ("changed", "removed", "moved", "appended", "unchanged") if counts[what]
    ]
    priority = counts.get("request", {}).get("priority")
    if priority is not None:
        named.append(f"priority {priority}")
    return ", ".join(named) or "no item changed"


def _line(item: dict[str, Any]) -> str:
    prompt = item["prompt"] if len(item["prompt"]) <= PROMPT_SHOWN else f"{item['prompt'][:PROMPT_SHOWN]}..."
    fields = " ".join(f"{name}={value}" for name, value in item["fields"].items() if name != "prompt")
    return f"{prompt}  [{item['model']} {fields}]"
