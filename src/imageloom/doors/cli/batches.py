"""``batch`` and ``watch``: submit, show the work, take the pictures away, and detach without stopping it."""

from __future__ import annotations

import os
import shlex
import sys
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from imageloom.doors.cli.link import CannotReach, Link, ProblemAnswer
from imageloom.doors.cli.output import EXIT_DETACHED, EXIT_NOT_ALL_DONE, EXIT_OK, console, errors, money
from imageloom.doors.cli.taking import Delivery, Taker

RECONNECT_SECONDS = 1.0
RECONNECT_TRIES = 60
STATES = ("done", "failed", "refused", "uncertain", "cancelled", "running", "pending")


@dataclass(frozen=True, kw_only=True)
class Order:
    """What the person typed."""

    source: str
    project: str | None
    name: str | None
    template: str | None
    models: list[str]
    sizes: list[str]
    qualities: list[str]
    seeds: list[str]
    count: int
    negative_prompt: str | None
    references: list[Path]
    reuse: bool
    prompts: dict[str, Any]
    priority: int
    uncertain_policy: str
    failure_budget_percent: int | None
    cap: str | None = None
    cap_allows_unknown: bool = False
    pilot: int | None = None
    schedule: dict[str, Any] | None = None


def upload_sheet(link: Link, order: Order) -> dict[str, Any]:
    """Sends the file, or standard input for ``-``. Raises :class:`ProblemAnswer` and ``OSError``."""
    if order.source == "-":
        files = {"file": ("stdin.txt", sys.stdin.buffer.read(), "text/plain")}
    else:
        path = Path(order.source)
        files = {"file": (path.name, path.read_bytes(), "application/octet-stream")}
    query = {} if order.project is None else {"project": order.project}
    sheet: dict[str, Any] = link.call("POST", "/api/sheets", files=files, params=query)
    return sheet


def batch_body(link: Link, order: Order) -> dict[str, Any]:
    """The body of an estimate or a batch; uploads what it needs."""
    sheet = upload_sheet(link, order)
    references = []
    for path in order.references:
        files = {"file": (path.name, path.read_bytes(), "application/octet-stream")}
        references.append(link.call("POST", "/api/assets", files=files)["id"])
    return {
        "project": order.project,
        "sheet_id": sheet["id"],
        "references": references,
        "plan": {
            "template": order.template,
            "models": order.models,
            "sizes": order.sizes,
            "qualities": order.qualities,
            "seeds": order.seeds,
            "count": order.count,
            "negative_prompt": order.negative_prompt,
            "reuse": order.reuse,
            "prompts": order.prompts,
        },
    }


def submit(link: Link, order: Order) -> dict[str, Any]:
    body = batch_body(link, order)
    body |= {
        "name": order.name,
        "priority": order.priority,
        "uncertain_policy": order.uncertain_policy,
        "failure_budget_percent": order.failure_budget_percent,
        "cap": order.cap,
        "cap_allows_unknown": order.cap_allows_unknown,
        "pilot": order.pilot,
        "schedule": order.schedule,
    }
    batch: dict[str, Any] = link.post("/api/batches", body, headers={"Idempotency-Key": str(uuid.uuid4())})
    return batch


@dataclass
class Watcher:
    """Shows a batch until it is over."""

    link: Link
    batch_id: str
    quiet: bool
    taker: Taker | None = None
    reattach: str = ""
    held_by: list[str] = field(default_factory=list)
    document: dict[str, Any] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)

    def run(self) -> int:
        """Returns the exit code. Survives a restart of the server; Ctrl-C detaches."""
        try:
            if self.quiet or not console.is_terminal:
                self._follow(None)
            else:
                with Live(console=console, refresh_per_second=8, transient=True) as live:
                    self._follow(live)
            if self.taker is not None:
                self.taker.finish()
        except KeyboardInterrupt:
            errors.print(f"\nDetached. The batch goes on. Reattach with: {self.reattach}", markup=False)
            return EXIT_DETACHED
        counts = self.document["counts"]
        return EXIT_OK if counts["done"] == counts["total"] else EXIT_NOT_ALL_DONE

    def _follow(self, live: Live | None) -> None:
        last_id: str | None = None
        tries = 0
        while True:
            try:
                with self.link.events(f"/api/batches/{self.batch_id}/events", last_id=last_id) as events:
                    for kind, identity, document in events:
                        last_id, tries = identity or last_id, 0
                        if kind == "end":
                            return
                        self._show(document, live)
            except (CannotReach, ProblemAnswer) as error:
                tries += 1
                gone = isinstance(error, ProblemAnswer) and error.document.get("status", 500) < 500
                if gone or tries > RECONNECT_TRIES:
                    raise
                time.sleep(RECONNECT_SECONDS)

    def _show(self, document: dict[str, Any], live: Live | None) -> None:
        self.document = document
        if self.taker is not None and document["counts"]["done"] > len(self.taker.taken):
            self.taker.look()
        if live is not None:
            live.update(self._picture())
            return
        # Nobody sees a picture of it here, and a batch that is held for hours must not look like one that works.
        held_by = what_holds(self.batch_id, document)
        for reason in held_by:
            if reason not in self.held_by:
                errors.print(reason, markup=False)
        self.held_by = held_by

    def _picture(self) -> Table:
        document, counts = self.document, self.document["counts"]
        ended = counts["total"] - counts["pending"] - counts["running"]
        grid = Table.grid(padding=(0, 1))
        head = Table.grid(padding=(0, 2))
        head.add_row(
            ProgressBar(total=max(counts["total"], 1), completed=ended, width=36),
            f"{ended}/{counts['total']}",
            _left(document["eta_seconds"]),
            money(document["settled"], document["settled_unknown"], document["currency"]),
        )
        grid.add_row(head)
        grid.add_row("  ".join(f"{counts[state]} {state}" for state in STATES if counts[state]))
        for lane in document["lanes"]:
            grid.add_row(f"[dim]{lane['id']}[/dim]  {lane['in_flight']} in flight, {lane['waiting']} waiting")
        for reason in what_holds(self.batch_id, document):
            grid.add_row(Text(reason, style="yellow"))
        return grid


def what_holds(batch_id: str, document: dict[str, Any]) -> list[str]:
    """Why items of a batch wait, and what a person can do about it."""
    held = []
    if document["reason"]:
        help_ = f" Go on with: imageloom resume {batch_id}" if document["state"] == "paused" else ""
        held.append(document["reason"] + help_)
    if document["state"] not in ("running", "paused"):
        return held
    opens, closes = (
        None if document[at] is None else datetime.fromisoformat(document[at]) for at in ("opens_at", "closes_at")
    )
    now = datetime.now(UTC)
    if opens is not None and opens > now:
        held.append(
            f"It waits until {opens.astimezone():%Y-%m-%d %H:%M %Z}. At once: imageloom schedule {batch_id} --clear"
        )
    elif closes is not None and closes <= now:
        held.append(f"Its window closed. At once: imageloom schedule {batch_id} --clear")
    for lane in document["lanes"]:
        if lane["cap_id"]:
            raise_ = f"imageloom budgets set {lane['cap_id']} AMOUNT"
            # More money does not help a picture whose price nobody states.
            is_unknown = "--allow-unknown" in lane["reason"]
            help_ = f"Allow it: {raise_} --allow-unknown" if is_unknown else f"Raise it: {raise_}"
            held.append(f"{lane['waiting']} wait on {lane['id']}: {lane['reason']} {help_}")
        elif lane["reason"] and lane["waiting"]:
            if "imageloom users" in lane["reason"]:
                # A quota: no lane is held, and it says itself how to go on.
                held.append(f"{lane['waiting']} wait on {lane['id']}: {lane['reason']}")
                continue
            until = lane["resume_at"]
            help_ = f"Until {until[:19]}Z." if until else f"Go on with: imageloom lanes resume {lane['id']}"
            held.append(f"{lane['waiting']} wait on {lane['id']}: {lane['reason']} {help_}")
    return held


def reattach_words(batch_id: str, out: Path | None, names: str | None, delivery: Delivery) -> str:
    """What a person types to follow the batch again, with the pictures going to the same folder."""
    words = ["watch", batch_id]
    if out is not None:
        words += ["--out", str(out)]
        words += [] if names is None else ["--names", names]
        words += delivery.words
    return f"{os.environ.get('IMAGELOOM_CALLED_AS', 'imageloom')} {shlex.join(words)}"


def _left(seconds: float | None) -> str:
    if seconds is None:
        return "time left unknown"
    minutes, rest = divmod(int(seconds), 60)
    return f"{minutes}:{rest:02} left"


def _in_vain(books: dict[str, Any]) -> str:
    """What of the money brought no picture."""
    parts = {"failures": books["settled_failed"], "refusals": books["settled_refused"]}
    told = [f"{money(amount)} for {what}" for what, amount in parts.items() if amount != "0"]
    return f" (of that {' and '.join(told)})" if told else ""


def print_books(link: Link, batch_id: str) -> dict[str, Any]:
    """The end of a batch, as a person reads it: every requested picture accounted for, and the money."""
    books: dict[str, Any] = link.get(f"/api/batches/{batch_id}/verify")
    counts = books["counts"]
    parts = " + ".join(f"{counts[state]} {state}" for state in STATES if counts.get(state))
    estimated = money(books["estimated"], books["estimated_unknown"])
    settled = money(books["settled"], books["settled_unknown"])
    console.print(f"Requested {books['requested']} = {parts or '0'}", markup=False)
    console.print(f"Estimated {estimated}, settled {settled}{_in_vain(books)}", markup=False)
    if books["in_trash"] or books["removed"]:
        thrown = f"{books['in_trash']} in the trash, {books['removed']} deleted from the trash"
        console.print(f"Of the pictures {thrown}.", markup=False)
    if books["balanced"]:
        console.print("The books balance.", style="green")
    else:
        console.print(f"The books do not balance: {len(books['problems'])} problems.", style="red")
        for problem in books["problems"][:10]:
            console.print(f"  {problem['rule']}: {problem['detail']}", markup=False)
    return books
