"""``wildcards``: the files of values that prompts of a project name; ``history``: what was submitted before."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from imageloom.doors.cli.link import Link, connect
from imageloom.doors.cli.output import (
    EXIT_BAD_INPUT,
    Json,
    Project,
    console,
    fail,
    print_json,
    print_table,
    spoken_errors,
)
from imageloom.kit.ids import looks_like_id

KINDS = {".txt": "txt", ".yaml": "yaml", ".yml": "yaml", ".json": "json"}
PROMPT_CHARACTERS = 80
File = Annotated[str, typer.Argument(help="The file's name, without its ending, or its id.")]


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the application."""
    wildcards = typer.Typer(help="Files of values that prompts name.", invoke_without_command=True)
    wildcards.callback()(look_at_wildcards)
    wildcards.command("ls")(list_files)
    wildcards.command("show")(show)
    wildcards.command("put")(put)
    wildcards.command("rm")(remove)
    app.add_typer(wildcards, name="wildcards")
    app.command("history")(history)


def look_at_wildcards(context: typer.Context, project: Project = None, as_json: Json = False) -> None:
    """Files of values that prompts name. Without a command they are listed."""
    if context.invoked_subcommand is None:
        list_files(project, as_json)


def list_files(project: Project = None, as_json: Json = False) -> None:
    """List a project's wildcard files by name."""
    with spoken_errors():
        files = connect().get("/api/wildcards", project=project)
    if as_json:
        print_json(files)
        return
    rows = [(one["name"], one["kind"], _values(one), one["version"], one["id"]) for one in files]
    empty = "No wildcard files yet. Keep one: imageloom wildcards put animals.txt"
    print_table(("name", "kind", "wildcards", "version", "id"), rows, empty=empty)


def show(file: File, project: Project = None, as_json: Json = False) -> None:
    """Print what stands in a wildcard file."""
    with spoken_errors():
        link = connect()
        detail = link.get(f"/api/wildcards/{_find(link, file, project)['id']}")
    if as_json:
        print_json(detail)
    else:
        typer.echo(detail["text"], nl=not detail["text"].endswith("\n"))


def put(
    sources: Annotated[list[Path], typer.Argument(help="Files (.txt .yaml .json), or folders of them.", exists=True)],
    name: Annotated[str | None, typer.Option(help="Another name for a single file.")] = None,
    project: Project = None,
    as_json: Json = False,
) -> None:
    """Keep wildcard files in a project. A name that is there gets the new values; batches keep those of their start."""
    found = [pair for source in sources for pair in _files(source)]
    if not found:
        fail("There is no .txt, .yaml or .json file.", code=EXIT_BAD_INPUT)
    if name is not None:
        if len(found) > 1:
            fail("--name is for a single file.", code=EXIT_BAD_INPUT)
        found = [(name, found[0][1])]
    texts = [(named, path, _text(path)) for named, path in found]
    kept: list[dict[str, Any]] = []
    with spoken_errors():
        link = connect()
        there = {one["name"].casefold(): one for one in link.get("/api/wildcards", project=project)}
        for named, path, text in texts:
            body = {"name": named, "kind": KINDS[path.suffix.lower()], "text": text}
            known = there.get(named.casefold())
            if known is None:
                kept.append(link.post("/api/wildcards", {**body, "project": project}))
            else:
                kept.append(link.call("PATCH", f"/api/wildcards/{known['id']}", json=body))
            if not as_json:
                console.print(f"{named}: {_values(kept[-1])}", markup=False)
    if as_json:
        print_json([{key: value for key, value in one.items() if key != "text"} for one in kept])


def remove(file: File, project: Project = None, as_json: Json = False) -> None:
    """Remove a wildcard file. Batches keep the values that they began with."""
    with spoken_errors():
        link = connect()
        gone = link.delete(f"/api/wildcards/{_find(link, file, project)['id']}")
    print_json(gone) if as_json else console.print(f"{gone['name']} is removed.", markup=False)


def history(
    words: Annotated[list[str] | None, typer.Argument(help="Words that must all stand in it.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="How many of the newest.")] = 20,
    project: Project = None,
    as_json: Json = False,
) -> None:
    """List what was submitted, newest first, or what of it holds these words."""
    with spoken_errors():
        lines = list(
            islice(connect().pages("/api/history", project=project, q=" ".join(words or []), limit=100), limit)
        )
    if as_json:
        print_json(lines)
        return
    rows = [(one["batch_id"], one["created_at"][:16].replace("T", " "), one["row_count"], _words(one)) for one in lines]
    empty = "Nothing that was submitted holds these words." if words else "Nothing was submitted yet."
    print_table(("batch", "submitted", "rows", "prompts"), rows, empty=empty)


def _files(source: Path) -> Iterator[tuple[str, Path]]:
    """The wildcard files of a path, under the names that prompts call them by."""
    if source.is_dir():
        for path in sorted(source.rglob("*")):
            if path.suffix.lower() in KINDS and path.is_file():
                yield path.relative_to(source).with_suffix("").as_posix(), path
    elif source.suffix.lower() in KINDS:
        yield source.stem, source
    else:
        fail(f"{source} is no .txt, .yaml or .json file.", code=EXIT_BAD_INPUT)


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8-sig")
    except UnicodeDecodeError:
        fail(f"{path} is not UTF-8 text. Save it as UTF-8.", code=EXIT_BAD_INPUT)
    except OSError as error:
        fail(f"{path} cannot be read: {error.strerror}.", code=EXIT_BAD_INPUT)


def _find(link: Link, file: str, project: str | None) -> dict[str, Any]:
    """A file by its name, else by its id."""
    for one in link.get("/api/wildcards", project=project):
        if one["name"].casefold() == file.casefold():
            return dict(one)
    if not looks_like_id(file):
        fail(f"There is no wildcard file {file!r}. These are: imageloom wildcards", code=EXIT_BAD_INPUT)
    return dict(link.get(f"/api/wildcards/{file}"))


def _values(file: dict[str, Any]) -> str:
    return ", ".join(f"__{line['name']}__ ({line['values']})" for line in file["wildcards"])


def _words(line: dict[str, Any]) -> str:
    words = " / ".join(" ".join(prompt.split()) for prompt in line["prompts"]) or line["name"]
    return words if len(words) <= PROMPT_CHARACTERS else f"{words[: PROMPT_CHARACTERS - 1]}…"
