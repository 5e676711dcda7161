"""What an estimate looks like to a person: a line a model, the sum, what nobody knows, and what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from imageloom.doors.cli.output import console, print_notes, print_table, problem_words


def print_estimate(document: dict[str, Any]) -> None:
    """``document`` is an answer of ``POST /api/estimates``, with one of ``POST /api/plans/preview`` in it."""
    if any(item["choices"] for item in document.get("preview", {}).get("items", ())):
        print_prompts(document["preview"])
    rows = [_row(f"{row['provider']}/{row['model']}", row) for row in document["models"]]
    if len(rows) > 1:
        rows.append(_row("total", document))
    print_table(("model", "items", "low", "expected", "high", "unknown"), rows, empty="Nothing of this can be made.")
    console.print(_sum(document), markup=False)
    for row in document["models"]:
        for reason in row["reasons"]:
            name = f"{row['provider']}/{row['model']}"
            console.print(f"Unknown for {reason['items']} of {name}: {reason['why']}.", style="yellow", markup=False)
    for entry in document["not_sent"]:
        console.print(
            f"Not sent to {entry['model']}: {entry['field']} ({entry['reason']})", style="yellow", markup=False
        )
    print_notes(document["warnings"])
    print_problems(document["problems"], cells=document["problem_cells"])


def print_prompts(preview: dict[str, Any]) -> None:
    """The first pictures of a plan, as they would be sent, and how many there are."""
    for item in preview["items"]:
        console.print(f"{item['position'] + 1}. {item['sent']}", markup=False)
    if preview["next"] is not None:
        console.print(f"... of {int(preview['count']):,} in all", markup=False)


def print_problems(problems: Sequence[dict[str, Any]], *, cells: int) -> None:
    """What keeps a plan from being made, with row and rule."""
    if not problems:
        return
    console.print(f"\nThis cannot be submitted: {cells} {'is' if cells == 1 else 'are'} wrong.", style="red")
    rows = [(problem["row"], problem["cells"], problem["rule"], problem_words(problem)) for problem in problems]
    print_table(("row", "times", "rule", "what"), rows, empty="")


def _row(name: str, sums: dict[str, Any]) -> tuple[Any, ...]:
    amounts = (sums[column] or "unknown" for column in ("low", "expected", "high"))
    return (name, sums["items"], *amounts, sums["unknown"] or "")


def _sum(document: dict[str, Any]) -> str:
    items, unknown = document["items"], document["unknown"]
    counted = f"{items} item{'' if items == 1 else 's'}"
    if document["expected"] is None:
        return f"{counted}, price unknown."
    low, expected, high = document["low"], document["expected"], document["high"]
    span = "" if low == high else f", at least {low}, at most {high}"
    free = f", {document['reused']} of them reused for nothing" if document["reused"] else ""
    more = f", and {unknown} of unknown price" if unknown else ""
    checked = document["prices_checked_on"]
    return f"{counted}{free}: {document['currency']} {expected}{span}{more}. Prices checked on {checked}."
