"""Verifying everything: the books of every batch, then the file of every picture, those of no batch too."""

from __future__ import annotations

from typing import Any

from imageloom.doors.cli.link import Link
from imageloom.doors.cli.output import console

SHOWN = 20


def verify_everything(link: Link, *, quiet: bool) -> dict[str, Any]:
    """In many small requests, so that a library of any size can be read."""
    problems: list[dict[str, Any]] = []
    batches = 0
    for batch in link.pages("/api/batches", limit=500):
        books = link.get(f"/api/batches/{batch['id']}/verify", files=False)
        problems += [{"batch_id": batch["id"], **problem} for problem in books["problems"]]
        batches += 1
    pictures = bytes_checked = in_trash = removed = 0
    cursor: str | None = None
    while True:
        step = link.call("POST", "/api/assets/verify", params={} if cursor is None else {"cursor": cursor})
        problems += step["problems"]
        pictures += step["pictures"]
        in_trash += step["in_trash"]
        removed += step["removed"]
        bytes_checked += step["bytes_checked"]
        cursor = step["next"]
        if cursor is None:
            break
    found = {
        "balanced": not problems,
        "batches": batches,
        "pictures": pictures,
        "in_trash": in_trash,
        "removed": removed,
        "bytes_checked": bytes_checked,
        "problems": problems,
    }
    if not quiet:
        _print(found)
    return found


def _print(found: dict[str, Any]) -> None:
    console.print(
        f"{found['batches']} batches, {found['pictures']} pictures, {found['bytes_checked']} bytes read again.",
        markup=False,
    )
    if found["in_trash"] or found["removed"]:
        console.print(
            f"{found['in_trash']} lie in the trash, {found['removed']} were deleted from there.", markup=False
        )
    for problem in found["problems"][:SHOWN]:
        where = problem.get("asset_id") or problem.get("item_id") or problem["batch_id"]
        console.print(f"  {problem['rule']} {where}: {problem['detail']}", style="red", markup=False)
    if len(found["problems"]) > SHOWN:
        console.print(f"  and {len(found['problems']) - SHOWN} more (--json lists all)", style="red")
    if found["balanced"]:
        console.print("Everything is as it was stored.", style="green")
