"""How commands speak: tables for people, JSON for machines, problems on standard error, exit codes with a meaning."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Annotated, Any, NoReturn

import orjson
import typer
from pydantic import ValidationError
from pydantic_settings import SettingsError
from rich.cells import cell_len
from rich.console import Console
from rich.table import Table

from imageloom.doors.cli.link import CannotReach, ProblemAnswer
from imageloom.doors.cli.serve import CannotServe
from imageloom.kit.errors import Problem, rule_of

EXIT_OK = 0
EXIT_NOT_ALL_DONE = 1
EXIT_BAD_INPUT = 2
EXIT_UNREACHABLE = 3
EXIT_DETACHED = 130

UNBOUNDED = 10_000
Json = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
"""What every command takes that answers."""
Project = Annotated[str | None, typer.Option(help="Project id or name.")]

# In a file or a pipe no table is squeezed into the width of a terminal that is not there.
console = Console(soft_wrap=True, highlight=False, width=None if sys.stdout.isatty() else UNBOUNDED)
errors = Console(soft_wrap=True, stderr=True, highlight=False)


def print_json(value: Any) -> None:
    sys.stdout.write(orjson.dumps(value, option=orjson.OPT_INDENT_2, default=str).decode() + "\n")


def print_table(columns: Sequence[str], rows: Sequence[Sequence[Any]], *, empty: str) -> None:
    """A table, or a sentence when there is nothing."""
    if not rows:
        console.print(empty, style="dim")
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for number, column in enumerate(columns):
        # The first column says which; it is what people copy, so it is never cut.
        table.add_column(column, no_wrap=number == 0, overflow="fold", min_width=_widest(rows) if number == 0 else None)
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row))
    console.print(table)


def _widest(rows: Sequence[Sequence[Any]]) -> int:
    return max(cell_len(str(row[0])) for row in rows)


def print_notes(notes: Iterable[str], *, aside: bool = False) -> None:
    """What becomes of a wish otherwise than was said. ``aside`` where standard output is for machines."""
    for note in notes:
        (errors if aside else console).print(f"Note: {note}", style="yellow", markup=False)


def fail(message: str, *, code: int) -> NoReturn:
    errors.print(message, style="red", markup=False)
    raise typer.Exit(code)


@contextmanager
def spoken_errors() -> Iterator[None]:
    """Turns what can go wrong into a sentence and an exit code."""
    try:
        yield
    except ProblemAnswer as error:
        unreachable = error.document.get("status", 500) >= 500
        fail(_sentences(error.document), code=EXIT_UNREACHABLE if unreachable else EXIT_BAD_INPUT)
    except Problem as error:
        fail(_sentences(error.document()), code=EXIT_BAD_INPUT)
    except ValidationError as error:
        fail("\n".join(_setting(fault["loc"], fault["msg"]) for fault in error.errors()), code=EXIT_BAD_INPUT)
    except SettingsError as error:
        fail(str(error), code=EXIT_BAD_INPUT)
    except (CannotReach, CannotServe) as error:
        fail(str(error), code=EXIT_UNREACHABLE)
    except BrokenPipeError:
        raise
    except OSError as error:
        where = "" if error.filename is None else f"{error.filename}: "
        fail(f"{where}{error.strerror or error}.", code=EXIT_BAD_INPUT)


def _sentences(document: dict[str, Any]) -> str:
    detail = str(document.get("detail", ""))
    field = document.get("field")
    if field and field not in detail[:40]:
        detail = f"{field}: {detail}"
    lines = [detail, str(document["hint"])] if document.get("hint") else [detail]
    # Of a plan, everything that is wrong is told; the first stands above already.
    lines += [f"Row {problem['row']}: {problem_words(problem)}" for problem in document.get("problems", ())[1:]]
    return "\n".join(lines)


def problem_words(problem: dict[str, Any]) -> str:
    """What is wrong with a row of a plan, and the way out of it."""
    return f"{problem['detail']} {problem['hint']}" if problem["hint"] else str(problem["detail"])


def _setting(place: Sequence[int | str], message: str) -> str:
    """What is wrong with an environment variable, under the name that a person typed."""
    message = rule_of(message)
    return f"IMAGELOOM_{'__'.join(map(str, place)).upper()}: {message}" if place else message


def money(amount: str | None, unknown: int = 0, currency: str = "USD") -> str:
    """An amount for people. What is unknown is said, never shown as nothing."""
    if amount is None:
        return "unknown"
    return f"{currency} {amount} + {unknown} unknown" if unknown else f"{currency} {amount}"
