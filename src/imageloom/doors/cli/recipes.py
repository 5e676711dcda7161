"""``recipes``: requests that are kept by name and run again with changes; ``diff``: two batches beside each other."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Annotated, Any

import typer

from imageloom.doors.cli.batches import Order, batch_body, upload_sheet
from imageloom.doors.cli.link import Link, connect
from imageloom.doors.cli.output import (
    EXIT_BAD_INPUT,
    Json,
    Project,
    console,
    fail,
    money,
    print_json,
    print_notes,
    print_table,
    spoken_errors,
)

SHOWN_MAX = 500
Recipe = Annotated[str, typer.Argument(help="The recipe's name or id.")]
Version = Annotated[int | None, typer.Option(min=1, help="A version; the latest without it.")]
Models = Annotated[list[str] | None, typer.Option("--model", help="provider/model. Repeat to compare.")]
Sizes = Annotated[list[str] | None, typer.Option("--size", help="WIDTHxHEIGHT. Repeat for several.")]
Qualities = Annotated[list[str] | None, typer.Option("--quality", help="A quality the model knows.")]
Seeds = Annotated[list[str] | None, typer.Option("--seed", help="A number or a range such as 1-5.")]
Count = Annotated[int | None, typer.Option(help="Pictures per cell.", min=1, max=1000)]
Template = Annotated[str | None, typer.Option(help="The prompt, with {{column}} for a column's value.")]
Negative = Annotated[str | None, typer.Option("--negative", help="What should not be in the picture.")]


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the application."""
    recipes = typer.Typer(help="Requests that are kept by name, and run again.", invoke_without_command=True)
    recipes.callback()(look_at_recipes)
    recipes.command("ls")(list_recipes)
    recipes.command("show")(show)
    recipes.command("save")(save)
    recipes.command("run")(run)
    recipes.command("rm")(remove)
    recipes.command("diff")(diff_versions)
    app.add_typer(recipes, name="recipes")
    app.command("diff")(diff_batches)


def look_at_recipes(context: typer.Context, project: Project = None, as_json: Json = False) -> None:
    """Requests that are kept by name, and run again. Without a command they are listed."""
    if context.invoked_subcommand is None:
        list_recipes(project, as_json)


def list_recipes(project: Project = None, as_json: Json = False) -> None:
    """List recipes, newest first."""
    with spoken_errors():
        recipes = list(connect().pages("/api/recipes", project=project, limit=100))
    if as_json:
        print_json(recipes)
        return
    rows = [(one["name"], one["latest"], one["updated_at"][:16].replace("T", " "), one["id"]) for one in recipes]
    print_table(("name", "version", "saved", "id"), rows, empty="No recipes yet. Save one: imageloom recipes save NAME")


def show(recipe: Recipe, version: Version = None, project: Project = None, as_json: Json = False) -> None:
    """Show what a recipe would submit, and its versions."""
    with spoken_errors():
        link = connect()
        found = find_recipe(link, recipe, project)
        detail = link.get(f"/api/recipes/{found['id']}", version=version)
        versions = list(link.pages(f"/api/recipes/{found['id']}/versions", limit=100))
    if as_json:
        print_json({**detail, "versions": versions})
        return
    console.print(f"{detail['name']}, version {detail['version']['number']} of {detail['latest']}", markup=False)
    for name, value in _members(detail["version"]["request"]):
        console.print(f"  {name}: {value}", markup=False)
    for one in versions:
        console.print(f"version {one['number']} {one['created_at'][:16]} {one['note'] or ''}".rstrip(), markup=False)


def save(
    name: Annotated[str, typer.Argument(help="The recipe's name. A name that is there gets another version.")],
    source: Annotated[str | None, typer.Argument(help="A sheet, or - for lines on standard input.")] = None,
    from_batch: Annotated[str | None, typer.Option(help="A batch whose request is saved.")] = None,
    note: Annotated[str | None, typer.Option(help="What is new in this version.")] = None,
    project: Project = None,
    model: Models = None,
    size: Sizes = None,
    quality: Qualities = None,
    seed: Seeds = None,
    count: Count = None,
    template: Template = None,
    negative: Negative = None,
    as_json: Json = False,
) -> None:
    """Keep a request by name: of a sheet and a plan, or of a batch."""
    with spoken_errors():
        if (source is None) == (from_batch is None):
            fail("Say either a sheet or --from-batch.", code=EXIT_BAD_INPUT)
        link = connect()
        body: dict[str, Any] = {"name": name, "project": project, "note": note, "from_batch": from_batch}
        if source is not None:
            order = _order(source, project)
            request = batch_body(link, order)
            request.pop("project")
            request["plan"] = _plan(model, size, quality, seed, count, template, negative)
            body["request"] = request
        saved = link.post("/api/recipes", body)
    print_json(saved) if as_json else console.print(
        f"{saved['name']}, version {saved['version']['number']}", markup=False
    )


def run(
    recipe: Recipe,
    version: Version = None,
    project: Project = None,
    sheet: Annotated[str | None, typer.Option(help="Another sheet, or - for lines on standard input.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the batch.")] = None,
    model: Models = None,
    size: Sizes = None,
    quality: Qualities = None,
    seed: Seeds = None,
    count: Count = None,
    template: Template = None,
    negative: Negative = None,
    priority: Annotated[int | None, typer.Option(min=0, max=9, help="9 is the most urgent.")] = None,
    as_json: Json = False,
) -> None:
    """Submit a recipe again; what is said here is different this time."""
    with spoken_errors():
        link = connect()
        found = find_recipe(link, recipe, project)
        body: dict[str, Any] = {"version": version, "name": name, "priority": priority}
        body["plan"] = _plan(model, size, quality, seed, count, template, negative)
        if sheet is not None:
            body["sheet_id"] = upload_sheet(link, _order(sheet, found["project_id"]))["id"]
        headers = {"Idempotency-Key": str(uuid.uuid4())}
        made = link.post(f"/api/recipes/{found['id']}/run", body, headers=headers)
    if as_json:
        print_json(made)
        return
    print_notes(made["warnings"])
    console.print(f"Batch {made['id']}: {made['counts']['total']} items. Follow it: imageloom watch {made['id']}")


def remove(recipe: Recipe, project: Project = None, as_json: Json = False) -> None:
    """Take a recipe out of the lists. Its batches keep what they were made by."""
    with spoken_errors():
        link = connect()
        found = find_recipe(link, recipe, project)
        removed = link.delete(f"/api/recipes/{found['id']}")
    print_json(removed) if as_json else console.print(f"{removed['name']} is removed.", markup=False)


def diff_versions(
    recipe: Recipe,
    before: Annotated[int | None, typer.Argument(min=1, help="A version; the one before without it.")] = None,
    after: Annotated[int | None, typer.Argument(min=1, help="A version; the latest without it.")] = None,
    project: Project = None,
    as_json: Json = False,
) -> None:
    """Say what differs between two versions of a recipe."""
    with spoken_errors():
        link = connect()
        found = find_recipe(link, recipe, project)
        told = link.get(f"/api/recipes/{found['id']}/diff", before=before, after=after)
    if as_json:
        print_json(told)
        return
    _print_changes(told["changes"], same=f"Versions {told['before']} and {told['after']} are the same.")


def diff_batches(
    before: Annotated[str, typer.Argument(help="A batch's id.")],
    after: Annotated[str, typer.Argument(help="Another batch's id.")],
    as_json: Json = False,
) -> None:
    """Say what differs from one batch to another: plans, items by row and axes, and money."""
    with spoken_errors():
        link = connect()
        told = link.get(f"/api/batches/{before}/diff/{after}")
        where = f"/api/batches/{before}/diff/{after}/items"
        query = {"verdict": ["changed", "new", "missing"]}
        items = (
            list(link.pages(where, limit=SHOWN_MAX, **query))
            if as_json
            else link.get(where, limit=50, **query)["items"]
        )
    if as_json:
        print_json({**told, "items": items})
        return
    _print_changes(told["plan"], same="The plans are the same.")
    console.print(", ".join(f"{count} {verdict}" for verdict, count in told["counts"].items()))
    for what in ("estimated", "settled"):
        sums = told[what]
        old, new = (money(sums[when], sums[f"{when}_unknown"], told["currency"]) for when in ("before", "after"))
        console.print(f"{what}: {old} -> {new}, difference {money(sums['difference'], 0, told['currency'])}")
    for item in items:
        side = item["after"] or item["before"]
        fields = f" ({', '.join(item['fields'])})" if item["fields"] else ""
        console.print(f"  row {item['row_number']} {item['verdict']}{fields}: {side['prompt'][:70]}", markup=False)


def _print_changes(changes: list[dict[str, Any]], *, same: str) -> None:
    if not changes:
        console.print(same)
    for change in changes:
        console.print(f"{change['field']}: {change['before']} -> {change['after']}", markup=False)


def _members(request: dict[str, Any], path: str = "") -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = []
    for name, value in request.items():
        found += _members(value, f"{path}{name}.") if isinstance(value, dict) else [(f"{path}{name}", value)]
    return found


def find_recipe(link: Link, recipe: str, project: str | None) -> dict[str, Any]:
    """A recipe by its name, else by its id."""
    found = link.get("/api/recipes", name=recipe, project=project, limit=2)["items"]
    if len(found) > 1:
        fail(f"Several projects have a recipe {recipe}. Say which --project.", code=EXIT_BAD_INPUT)
    one: dict[str, Any] = found[0] if found else link.get(f"/api/recipes/{recipe}")
    return one


def _plan(
    models: list[str] | None,
    sizes: list[str] | None,
    qualities: list[str] | None,
    seeds: list[str] | None,
    count: int | None,
    template: str | None,
    negative: str | None,
) -> dict[str, Any]:
    """Only what was said."""
    said = {
        "models": models,
        "sizes": sizes,
        "qualities": qualities,
        "seeds": seeds,
        "count": count,
        "template": template,
        "negative_prompt": negative,
    }
    return {name: value for name, value in said.items() if value}


def _order(source: str, project: str | None) -> Order:
    if source != "-" and not Path(source).is_file():
        fail(f"There is no file {source}.", code=EXIT_BAD_INPUT)
    return Order(
        source=source,
        project=project,
        name=None,
        template=None,
        models=[],
        sizes=[],
        qualities=[],
        seeds=[],
        count=1,
        negative_prompt=None,
        references=[],
        reuse=False,
        prompts={},
        priority=5,
        uncertain_policy="ask",
        failure_budget_percent=None,
    )
