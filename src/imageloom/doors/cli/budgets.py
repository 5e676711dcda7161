"""Commands for budgets."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from imageloom.doors.cli.link import Link, connect
from imageloom.doors.cli.output import EXIT_BAD_INPUT, Json, console, fail, print_json, print_table, spoken_errors
from imageloom.doors.cli.projects import found_project
from imageloom.doors.cli.users import user_id_of
from imageloom.kit.ids import looks_like_id
from imageloom.kit.periods import WORDS


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the application."""
    budgets = typer.Typer(
        help="What may be spent: caps, what is used of them and what is left.", invoke_without_command=True
    )
    budgets.callback()(look_at_budgets)
    budgets.command("ls")(list_budgets)
    budgets.command("set")(set_budget)
    budgets.command("rm")(remove_budget)
    app.add_typer(budgets, name="budgets")


def look_at_budgets(context: typer.Context, as_json: Json = False) -> None:
    """What may be spent: caps, what is used of them and what is left. Without a command they are listed."""
    if context.invoked_subcommand is None:
        list_budgets(as_json)


def list_budgets(as_json: Json = False) -> None:
    """List the caps that bind your work."""
    with spoken_errors():
        caps = list(connect().pages("/api/budgets"))
    if as_json:
        print_json(caps)
        return
    print_table(
        ("id", "of", "period", "cap", "used", "held", "left", "note"),
        [_row(cap) for cap in caps],
        empty="No caps. Set one: imageloom budgets set team 100 --period month",
    )


def _row(cap: dict[str, Any]) -> tuple[Any, ...]:
    return (
        cap["id"],
        cap["kind"] if cap["kind"] == "team" else f"{cap['kind']} {cap['name'] or cap['target']}",
        WORDS[cap["period"]],
        f"{cap['currency']} {cap['amount']}" + ("" if cap["is_hard"] else " (soft)"),
        cap["used"],
        cap["held"],
        cap["left"],
        _note(cap),
    )


def _note(cap: dict[str, Any]) -> str:
    told = []
    if cap["waiting"]:
        told.append(f"{cap['waiting']} wait")
    if cap["is_over"]:
        told.append("passed")
    for name, words in (("used_failed", "for failures"), ("used_refused", "for refusals")):
        if cap[name] != "0":
            told.append(f"{cap[name]} {words}")
    if cap["unknown"]:
        told.append(
            f"{cap['unknown']} of unknown cost, at most {cap['doubt']}"
            if cap["doubt"] != "0"
            else f"{cap['unknown']} of unknown cost"
        )
    if cap["resets_at"]:
        told.append(f"anew {cap['resets_at'][:16].replace('T', ' ')}Z")
    return ", ".join(told)


def set_budget(
    what: Annotated[
        str,
        typer.Argument(
            help="team, user, user:ID, project:ID, provider:NAME, credential:ID, batch:ID, or a cap's id. "
            "A project's name and a user's mail address do as well."
        ),
    ],
    amount: Annotated[str, typer.Argument(help="US dollars, such as 5.00.")],
    period: Annotated[str | None, typer.Option(help="total, day, week or month; total when absent.")] = None,
    zone: Annotated[str | None, typer.Option(help="Whose days they are, such as Asia/Taipei. UTC by default.")] = None,
    soft: Annotated[bool, typer.Option("--soft", help="Only say when it is passed; stop nothing.")] = False,
    allow_unknown: Annotated[
        bool | None,
        typer.Option("--allow-unknown/--no-unknown", help="Whether pictures whose price nobody states may be made."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Set a cap, or raise or lower one. What waits for it goes on at once if there is money again."""
    with spoken_errors():
        if looks_like_id(what):
            if period is not None or soft:
                fail(
                    "A cap keeps its period, and whether it is soft. "
                    f"Remove it with: imageloom budgets rm {what}. Then set another.",
                    code=EXIT_BAD_INPUT,
                )
            body = {"amount": amount, "zone": zone, "allows_unknown": allow_unknown}
            cap = connect().call("PUT", f"/api/budgets/{what}", json=body)
        else:
            link = connect()
            kind, _, target = what.partition(":")
            body = {
                "kind": kind,
                "target": _target(link, kind, target),
                "amount": amount,
                "period": period or "total",
                "zone": zone,
                "is_hard": not soft,
                "allows_unknown": bool(allow_unknown),
            }
            cap = link.post("/api/budgets", body)
    if as_json:
        print_json(cap)
        return
    kind = "Cap" if cap["is_hard"] else "Soft cap"
    in_doubt = f"{cap['doubt']} in doubt, " if cap["doubt"] != "0" else ""
    console.print(
        f"{kind} {cap['id']}: {cap['kind']}, {cap['currency']} {cap['amount']} {WORDS[cap['period']]}; "
        f"{cap['used']} used, {cap['held']} held, {in_doubt}{cap['left']} left.",
        markup=False,
    )


def _target(link: Link, kind: str, named: str) -> str | None:
    """The id of what is capped, found by a project's name or a person's address too."""
    if named and kind == "project":
        return str(found_project(link, named)["id"])
    return user_id_of(link, named) if kind == "user" and "@" in named else named or None


def remove_budget(cap_id: Annotated[str, typer.Argument(help="The cap's id.")], as_json: Json = False) -> None:
    """Remove a cap. What waits for it goes on."""
    with spoken_errors():
        cap = connect().delete(f"/api/budgets/{cap_id}")
    print_json(cap) if as_json else console.print(f"Removed {cap_id}.")
