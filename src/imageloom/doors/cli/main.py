"""The ``imageloom`` command."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from imageloom import __version__
from imageloom.doors.cli import (
    administration,
    budgets,
    editing,
    keys,
    prices,
    projects,
    recipes,
    schedules,
    steering,
    trash,
    users,
    wildcards,
)
from imageloom.doors.cli.batches import Order, Watcher, batch_body, print_books, reattach_words, submit
from imageloom.doors.cli.estimating import print_estimate
from imageloom.doors.cli.link import connect
from imageloom.doors.cli.output import (
    EXIT_BAD_INPUT,
    EXIT_DETACHED,
    EXIT_NOT_ALL_DONE,
    Json,
    Project,
    console,
    fail,
    print_json,
    print_notes,
    spoken_errors,
)
from imageloom.doors.cli.serve import serve as run_server
from imageloom.doors.cli.serve import work as run_worker
from imageloom.doors.cli.taking import (
    Background,
    Delivery,
    Format,
    FormatQuality,
    Lossless,
    MaxSide,
    Profile,
    Taker,
    must_be_takeable,
    say_missing,
)
from imageloom.runtime.settings import Settings

SHOWN_PROMPTS = 5

app = typer.Typer(
    name="imageloom",
    help="Turn prompts into thousands of pictures, and account for each one.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
)

Source = Annotated[
    str, typer.Argument(help="A sheet (.txt .csv .tsv .xlsx .jsonl .json .yaml), or - for lines on standard input.")
]
Models = Annotated[list[str] | None, typer.Option("--model", help="provider/model. Repeat to compare.")]
Sizes = Annotated[list[str] | None, typer.Option("--size", help="WIDTHxHEIGHT. Repeat for several.")]
Qualities = Annotated[list[str] | None, typer.Option("--quality", help="A quality the model knows.")]
Seeds = Annotated[list[str] | None, typer.Option("--seed", help="A number or a range such as 1-5.")]
Count = Annotated[int, typer.Option(help="Pictures per cell.", min=1, max=1000)]
Template = Annotated[str | None, typer.Option(help="The prompt, with {{column}} for a column's value.")]
Metadata = Annotated[Profile, typer.Option(help="What delivered files say of themselves: full, public or none.")]
Negative = Annotated[str | None, typer.Option("--negative", help="What should not be in the picture.")]
Reuse = Annotated[
    bool,
    typer.Option("--reuse/--regenerate", help="Take pictures of the very same requests that are there, for nothing."),
]
References = Annotated[
    list[Path] | None,
    typer.Option("--reference", help="A picture to edit. Repeat for several.", exists=True, dir_okay=False),
]

Pilot = Annotated[int | None, typer.Option(min=1, max=10_000, help="Make the first so many, then ask to go on.")]
Draws = Annotated[int, typer.Option(help="Prompts drawn from the grammar of each row.", min=1, max=100_000)]
WildcardSeed = Annotated[int, typer.Option(help="Draws the same prompts for the same number.", min=0)]
All = Annotated[bool, typer.Option("--all", help="Every combination of the grammar, instead of drawing.")]
AsWritten = Annotated[bool, typer.Option("--as-written", help="Prompts without grammar: only {{column}} is filled in.")]

Cap = Annotated[str | None, typer.Option(help="What the batch may cost at most, in US dollars, such as 5.00.")]
CapUnknown = Annotated[bool, typer.Option("--cap-unknown", help="Let the cap pass pictures whose price nobody states.")]


@app.callback(invoke_without_command=True)
def root(version: Annotated[bool, typer.Option("--version", help="Print the version and leave.")] = False) -> None:
    if version:
        console.print(f"imageloom {__version__}")
        raise typer.Exit


@app.command()
def serve(
    background: Annotated[bool, typer.Option("--background", hidden=True)] = False,
) -> None:
    """Serve the API, and do the work, on http://127.0.0.1:5000."""
    with spoken_errors():
        raise typer.Exit(run_server(Settings(), background=background))


@app.command()
def worker() -> None:
    """Work beside a server, on PostgreSQL."""
    with spoken_errors():
        raise typer.Exit(run_worker(Settings()))


@app.command()
def batch(
    source: Source,
    out: Annotated[Path | None, typer.Option(help="Folder to put the pictures in.", file_okay=False)] = None,
    names: Annotated[str | None, typer.Option(help="Name template, such as [index]-[prompt:words=6].")] = None,
    metadata: Metadata = "full",
    file_format: Format = "original",
    format_quality: FormatQuality = None,
    lossless: Lossless = False,
    background: Background = None,
    max_side: MaxSide = None,
    project: Project = None,
    name: Annotated[str | None, typer.Option(help="Name of the batch.")] = None,
    model: Models = None,
    size: Sizes = None,
    quality: Qualities = None,
    seed: Seeds = None,
    count: Count = 1,
    template: Template = None,
    negative: Negative = None,
    reference: References = None,
    reuse: Reuse = False,
    draws: Draws = 1,
    wildcard_seed: WildcardSeed = 0,
    make_all: All = False,
    as_written: AsWritten = False,
    priority: Annotated[int, typer.Option(min=0, max=9, help="9 is the most urgent.")] = 5,
    on_uncertain: Annotated[str, typer.Option(help="ask, resend_once or give_up.")] = "ask",
    failure_budget: Annotated[int | None, typer.Option(min=1, max=100, help="Failed percent that pauses it.")] = None,
    cap: Cap = None,
    cap_unknown: CapUnknown = False,
    pilot: Pilot = None,
    start: schedules.Start = None,
    cron: schedules.Cron = None,
    window: schedules.Windows = None,
    zone: schedules.Zone = None,
    detach: Annotated[bool, typer.Option("--detach", help="Submit and leave.")] = False,
    as_json: Json = False,
) -> None:
    """Make every picture of a sheet. Ctrl-C detaches and leaves it running."""
    delivery = Delivery(
        metadata=metadata,
        format=file_format,
        quality=format_quality,
        lossless=lossless,
        background=background,
        max_side=max_side,
    )
    order = _order(
        source,
        project,
        name,
        template,
        model,
        size,
        quality,
        seed,
        count,
        negative,
        reference,
        reuse=reuse,
        prompts=_prompts(draws, wildcard_seed, make_all=make_all, as_written=as_written),
        priority=priority,
        on_uncertain=on_uncertain,
        failure_budget=failure_budget,
        cap=cap,
        cap_unknown=cap_unknown,
        pilot=pilot,
    )
    with spoken_errors():
        _must_be_readable(source)
        must_be_takeable(out, names, delivery)
        link = connect()
        order = replace(order, schedule=schedules.schedule_body(link, start, cron, window, zone))
        made = submit(link, order)
        if detach and as_json:
            print_json(made)
            return
        print_notes(made["warnings"], aside=as_json)
        if not as_json:
            total = made["counts"]["total"]
            console.print(f"Batch {made['id']}: {total} item{'' if total == 1 else 's'}.")
        if detach:
            return
        taker = None if out is None else Taker(link, made["id"], out, names, delivery)
        reattach = reattach_words(made["id"], out, names, delivery)
        code = Watcher(link, made["id"], quiet=as_json, taker=taker, reattach=reattach).run()
        if code == EXIT_DETACHED:
            raise typer.Exit(code)
        if as_json:
            print_json(link.get(f"/api/batches/{made['id']}/verify"))
        else:
            print_books(link, made["id"])
            if taker is not None:
                console.print(f"{len(taker.taken)} pictures in {out}")
                say_missing(taker)
        raise typer.Exit(EXIT_NOT_ALL_DONE if taker is not None and taker.missing else code)


@app.command()
def estimate(
    source: Source,
    project: Project = None,
    model: Models = None,
    size: Sizes = None,
    quality: Qualities = None,
    seed: Seeds = None,
    count: Count = 1,
    template: Template = None,
    negative: Negative = None,
    reference: References = None,
    reuse: Reuse = False,
    draws: Draws = 1,
    wildcard_seed: WildcardSeed = 0,
    make_all: All = False,
    as_written: AsWritten = False,
    as_json: Json = False,
) -> None:
    """Say how many pictures a sheet makes, what they cost at least, as expected and at most, and what is wrong with it.
    Makes nothing.
    """
    prompts = _prompts(draws, wildcard_seed, make_all=make_all, as_written=as_written)
    order = _order(
        source,
        project,
        None,
        template,
        model,
        size,
        quality,
        seed,
        count,
        negative,
        reference,
        reuse=reuse,
        prompts=prompts,
    )
    with spoken_errors():
        _must_be_readable(source)
        link = connect()
        body = batch_body(link, order)
        document = link.post("/api/estimates", body)
        if not document["problems"]:
            document["preview"] = link.post("/api/plans/preview", {**body, "limit": SHOWN_PROMPTS})
    print_json(document) if as_json else print_estimate(document)
    raise typer.Exit(EXIT_BAD_INPUT if document["problems"] else 0)


@app.command()
def watch(
    batch_id: str,
    out: Annotated[Path | None, typer.Option(help="Folder to put the pictures in.", file_okay=False)] = None,
    names: Annotated[str | None, typer.Option(help="Name template.")] = None,
    metadata: Metadata = "full",
    file_format: Format = "original",
    format_quality: FormatQuality = None,
    lossless: Lossless = False,
    background: Background = None,
    max_side: MaxSide = None,
    as_json: Json = False,
) -> None:
    """Follow a batch until it is over."""
    delivery = Delivery(
        metadata=metadata,
        format=file_format,
        quality=format_quality,
        lossless=lossless,
        background=background,
        max_side=max_side,
    )
    with spoken_errors():
        link = connect()
        link.get(f"/api/batches/{batch_id}")
        must_be_takeable(out, names, delivery)
        taker = None if out is None else Taker(link, batch_id, out, names, delivery)
        reattach = reattach_words(batch_id, out, names, delivery)
        code = Watcher(link, batch_id, quiet=as_json, taker=taker, reattach=reattach).run()
        if code != EXIT_DETACHED:
            print_json(link.get(f"/api/batches/{batch_id}/verify")) if as_json else print_books(link, batch_id)
        if taker is not None and taker.missing:
            say_missing(taker)
            code = EXIT_NOT_ALL_DONE
        raise typer.Exit(code)


steering.add_to(app)
editing.add_to(app)
recipes.add_to(app)
schedules.add_to(app)
trash.add_to(app)
wildcards.add_to(app)
keys.add_to(app)
users.add_to(app)
projects.add_to(app)
prices.add_to(app)
budgets.add_to(app)
administration.add_to(app)


def _order(
    source: str,
    project: str | None,
    name: str | None,
    template: str | None,
    model: list[str] | None,
    size: list[str] | None,
    quality: list[str] | None,
    seed: list[str] | None,
    count: int,
    negative: str | None,
    reference: list[Path] | None,
    *,
    reuse: bool,
    prompts: dict[str, Any],
    priority: int = 5,
    on_uncertain: str = "ask",
    failure_budget: int | None = None,
    cap: str | None = None,
    cap_unknown: bool = False,
    pilot: int | None = None,
) -> Order:
    return Order(
        source=source,
        project=project,
        name=name,
        template=template,
        models=model or [],
        sizes=size or [],
        qualities=quality or [],
        seeds=seed or [],
        count=count,
        negative_prompt=negative,
        references=reference or [],
        reuse=reuse,
        prompts=prompts,
        priority=priority,
        uncertain_policy=on_uncertain,
        failure_budget_percent=failure_budget,
        cap=cap,
        cap_allows_unknown=cap_unknown,
        pilot=pilot,
    )


def _prompts(draws: int, wildcard_seed: int, *, make_all: bool, as_written: bool) -> dict[str, Any]:
    """What the person said about the grammar, as the plan says it."""
    if make_all and as_written:
        fail("--all and --as-written contradict each other.", code=EXIT_BAD_INPUT)
    if draws > 1 and (make_all or as_written):
        fail("--draws draws; it goes with neither --all nor --as-written.", code=EXIT_BAD_INPUT)
    mode = "all" if make_all else "as_written" if as_written else "random"
    return {"mode": mode, "draws": draws, "wildcard_seed": wildcard_seed}


def _must_be_readable(source: str) -> None:
    if source != "-" and not Path(source).is_file():
        fail(f"There is no file {source}.", code=EXIT_BAD_INPUT)


def main() -> None:
    """Entry point."""
    app()


if __name__ == "__main__":
    main()
