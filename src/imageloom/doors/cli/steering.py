"""Commands that look at batches and lanes, and steer them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from imageloom.doors.cli.batches import print_books, what_holds
from imageloom.doors.cli.link import connect
from imageloom.doors.cli.output import (
    EXIT_BAD_INPUT,
    EXIT_NOT_ALL_DONE,
    Json,
    console,
    fail,
    money,
    print_json,
    print_table,
    spoken_errors,
)
from imageloom.doors.cli.schedules import opening_words
from imageloom.doors.cli.scrubbing import verify_everything
from imageloom.doors.cli.taking import (
    Background,
    Delivery,
    Format,
    Lossless,
    MaxSide,
    Profile,
    Taker,
    say_missing,
)

BatchId = Annotated[str, typer.Argument(help="The batch's id.")]


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the application."""
    app.command("ls")(list_batches)
    app.command("status")(status)
    app.command("pause")(pause)
    app.command("resume")(resume)
    app.command("cancel")(cancel)
    app.command("retry")(retry)
    app.command("reconcile")(reconcile)
    app.command("verify")(verify)
    app.command("export")(export)
    lanes = typer.Typer(help="Queues of one key at one provider.", invoke_without_command=True)
    lanes.callback()(list_lanes)
    lanes.command("pause")(pause_lane)
    lanes.command("resume")(resume_lane)
    app.add_typer(lanes, name="lanes")


def list_batches(
    limit: Annotated[int, typer.Option(min=1, max=500, help="How many of the newest.")] = 20, as_json: Json = False
) -> None:
    """List batches, newest first."""
    with spoken_errors():
        batches = connect().get("/api/batches", limit=limit)["items"]
    if as_json:
        print_json(batches)
        return
    rows = [
        (
            batch["id"],
            batch["name"],
            batch["state"],
            f"{batch['counts']['done']}/{batch['counts']['total']}",
            money(batch["settled"], batch["settled_unknown"], batch["currency"]),
            batch["created_at"][:16].replace("T", " "),
        )
        for batch in batches
    ]
    print_table(
        ("id", "name", "state", "done", "settled", "created"),
        rows,
        empty="No batches yet. Make one: imageloom batch examples/prompts.csv --out out",
    )


def status(batch_id: BatchId, as_json: Json = False) -> None:
    """Say how a batch stands, and what its items that did not end well say."""
    with spoken_errors():
        server = connect()
        batch = server.get(f"/api/batches/{batch_id}")
        troubled = list(
            server.get(f"/api/batches/{batch_id}/items", state="failed,refused,uncertain", limit=50)["items"]
        )
        with server.events(f"/api/batches/{batch_id}/events", last_id=None) as events:
            _kind, _identity, snapshot = next(events)
        running = server.get(f"/api/batches/{batch_id}/items", state="running", limit=500)["items"]
        troubled += [item for item in running if item["message"]]
    if as_json:
        print_json({**batch, "troubled": troubled, "lanes": snapshot["lanes"]})
        return
    counts = batch["counts"]
    console.print(f"{batch['name']}: {batch['state']}", markup=False)
    console.print("  ".join(f"{count} {state}" for state, count in counts.items() if count))
    for reason in what_holds(batch_id, snapshot):
        console.print(reason, style="yellow", markup=False)
    console.print(
        f"estimated {money(batch['estimated'], batch['estimated_unknown'])}, "
        f"settled {money(batch['settled'], batch['settled_unknown'])}"
    )
    if batch["opens_at"] is not None and batch["finished_at"] is None:
        console.print(opening_words(batch), markup=False)
    for item in troubled:
        console.print(f"  #{item['position'] + 1} {item['state']}: {item['message'] or item['outcome']}", markup=False)


def pause(batch_id: BatchId, as_json: Json = False) -> None:
    """Start no new call of a batch."""
    _steer(batch_id, "pause", as_json=as_json)


def resume(batch_id: BatchId, as_json: Json = False) -> None:
    """Go on with a paused batch."""
    _steer(batch_id, "resume", as_json=as_json)


def cancel(batch_id: BatchId, as_json: Json = False) -> None:
    """Cancel what has not started. What is in flight finishes and is kept."""
    _steer(batch_id, "cancel", as_json=as_json)


def retry(
    batch_id: BatchId,
    state: Annotated[list[str] | None, typer.Option(help="failed, refused or cancelled. Repeat for several.")] = None,
    as_json: Json = False,
) -> None:
    """Try items again that failed. Each try may cost money again."""
    with spoken_errors():
        moved = connect().post(f"/api/batches/{batch_id}/retry", {"states": state or ["failed"]})
    print_json(moved) if as_json else console.print(f"{moved['items']} items are tried again.")


def reconcile(
    batch_id: BatchId,
    resend: Annotated[bool, typer.Option("--resend", help="Send uncertain items again; may pay twice.")] = False,
    give_up: Annotated[bool, typer.Option("--give-up", help="End uncertain items as failed.")] = False,
    as_json: Json = False,
) -> None:
    """Decide about items of which nobody can know whether they were made and paid."""
    with spoken_errors():
        if resend and give_up:
            fail("Say --resend or --give-up, not both.", code=EXIT_BAD_INPUT)
        server = connect()
        if not (resend or give_up):
            items = list(server.pages(f"/api/batches/{batch_id}/items", state="uncertain", limit=500))
            if as_json:
                print_json(items)
                return
            rows = [(item["position"] + 1, item["model"], item["message"]) for item in items]
            print_table(("item", "model", "why"), rows, empty="Nothing is uncertain.")
            if items:
                console.print("Decide with --resend (may pay twice) or --give-up.")
            return
        body = {"resolution": "resend" if resend else "give_up"}
        moved = server.post(f"/api/batches/{batch_id}/reconcile", body)
    print_json(moved) if as_json else console.print(f"{moved['items']} items decided.")


def verify(
    batch_id: Annotated[str | None, typer.Argument(help="The batch's id. Without one: everything.")] = None,
    as_json: Json = False,
) -> None:
    """Compare the books of a batch, or of all, with their rows and their files, byte by byte."""
    with spoken_errors():
        server = connect()
        if batch_id is None:
            books = verify_everything(server, quiet=as_json)
            if as_json:
                print_json(books)
        elif as_json:
            books = server.get(f"/api/batches/{batch_id}/verify")
            print_json(books)
        else:
            books = print_books(server, batch_id)
    raise typer.Exit(0 if books["balanced"] else EXIT_NOT_ALL_DONE)


def export(
    batch_id: BatchId,
    out: Annotated[Path, typer.Option(help="A folder, or a file that ends with .zip.")],
    names: Annotated[str | None, typer.Option(help="Name template, such as [project]/[index]-[seed].")] = None,
    metadata: Annotated[
        Profile, typer.Option(help="What delivered files say of themselves: full, public or none.")
    ] = "full",
    file_format: Format = "original",
    quality: Annotated[
        int | None,
        typer.Option("--quality", "--format-quality", min=1, max=100, help="Of JPEG and WebP files; 90 when absent."),
    ] = None,
    lossless: Lossless = False,
    background: Background = None,
    max_side: MaxSide = None,
    as_json: Json = False,
) -> None:
    """Take the pictures of a batch away, with a manifest."""
    delivery = Delivery(
        metadata=metadata,
        format=file_format,
        quality=quality,
        lossless=lossless,
        background=background,
        max_side=max_side,
    )
    with spoken_errors():
        server = connect()
        if out.suffix.lower() == ".zip":
            wish = delivery.conversion
            server.download(f"/api/batches/{batch_id}/export.zip", out, names=names, metadata=metadata, **wish)
            print_json({"file": str(out)}) if as_json else console.print(f"{out}", markup=False)
            return
        server.get(f"/api/batches/{batch_id}")
        taker = Taker(server, batch_id, out, names, delivery)
        taker.finish()
    if as_json:
        kept = {taker.taken[one].name: why for one, (_told, why) in taker.became.items() if why}
        document = {"folder": str(out), "pictures": len(taker.taken), "missing": taker.missing, "not_converted": kept}
        print_json(document)
    else:
        console.print(f"{len(taker.taken)} pictures in {out}", markup=False)
        say_missing(taker)
    raise typer.Exit(EXIT_NOT_ALL_DONE if taker.missing else 0)


def list_lanes(context: typer.Context, as_json: Json = False) -> None:
    """List lanes, and why each waits."""
    if context.invoked_subcommand is not None:
        return
    with spoken_errors():
        lanes = connect().get("/api/lanes")
    if as_json:
        print_json(lanes)
        return
    rows = [(lane["id"], lane["state"], lane["waiting"], lane["reason"], lane["resume_at"]) for lane in lanes]
    print_table(("lane", "state", "waiting", "why", "until"), rows, empty="No lane has had work yet.")


def pause_lane(lane_id: str, as_json: Json = False) -> None:
    """Start no new call on a lane."""
    with spoken_errors():
        lane = connect().post(f"/api/lanes/{lane_id}/pause")
    print_json(lane) if as_json else console.print(f"{lane_id} is paused.")


def resume_lane(lane_id: str, as_json: Json = False) -> None:
    """End a pause, a parking or a wait."""
    with spoken_errors():
        lane = connect().post(f"/api/lanes/{lane_id}/resume")
    print_json(lane) if as_json else console.print(f"{lane_id} goes on.")


def _steer(batch_id: str, verb: str, *, as_json: bool) -> None:
    with spoken_errors():
        batch = connect().post(f"/api/batches/{batch_id}/{verb}")
    print_json(batch) if as_json else console.print(f"{batch['name']}: {batch['state']}", markup=False)
