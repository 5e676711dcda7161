"""Commands about prices: listing the book, checking its files, taking tables of others in, and looking at bills."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

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
from imageloom.runtime.settings import Settings

if TYPE_CHECKING:
    from imageloom.features.catalog.price_import import Imported, Known
    from imageloom.features.catalog.price_lines import PriceLine

Format = Literal["auto", "litellm", "csv"]


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the application."""
    prices = typer.Typer(help="The price book.", invoke_without_command=True)
    prices.callback()(bare)
    prices.command("ls")(list_prices)
    prices.command("check")(check)
    prices.command("import")(import_prices)
    prices.command("reconcile")(reconcile)
    app.add_typer(prices, name="prices")


def bare(context: typer.Context, as_json: Json = False) -> None:
    """The price book: alone, it lists what holds today."""
    if context.invoked_subcommand is None:
        list_prices(as_json=as_json)


def list_prices(
    provider: Annotated[str | None, typer.Option(help="Only of this provider.")] = None,
    model: Annotated[str | None, typer.Option(help="Only of this model, without its provider.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also lines whose place others take.")] = False,
    as_json: Json = False,
) -> None:
    """List the lines of the price book with their sources and dates."""
    with spoken_errors():
        book = connect().get("/api/prices", provider=provider, model=model)
    lines = [line for line in book["lines"] if everything or line["is_in_force"]]
    if as_json:
        print_json({**book, "lines": lines})
        return
    rows = [
        (
            line["provider"],
            line["unit"],
            " ".join(line["match"].values()) or "all",
            f"{line['currency']} {line['amount']}",
            line["valid_from"],
            line["checked_on"] + (" stale" if line["is_stale"] else ""),
            ("yours: " if line["is_override"] else "") + line["source"],
        )
        for line in lines
    ]
    print_table(
        ("provider", "unit", "for", "amount", "from", "checked", "source"), rows, empty="The book has no such line."
    )
    if book["trouble"]:
        console.print(f"Not read: {book['trouble']}", style="red", markup=False)


def check(
    files: Annotated[
        list[Path] | None,
        typer.Argument(help="Price files. Without any: those that ship and this installation's.", dir_okay=False),
    ] = None,
    as_json: Json = False,
) -> None:
    """Read price files strictly, also when the server does not start. 2 when one is broken, 1 when prices are stale or
    of what nobody here serves.
    """
    with spoken_errors():
        settings = Settings()
    found = _checked(files, settings)
    if as_json:
        print_json(found)
    else:
        for one in found:
            state = one["broken"] or f"{one['lines']} lines, {one['stale']} stale"
            style = "red" if one["broken"] else "yellow" if one["stale"] or one["unused"] else None
            console.print(f"{one['file']}: {state}", style=style, markup=False)
            for unused in one["unused"]:
                console.print(f"  Of no use: {unused}", style="yellow", markup=False)
    if any(one["broken"] for one in found):
        raise typer.Exit(EXIT_BAD_INPUT)
    if any(one["stale"] or one["unused"] for one in found):
        raise typer.Exit(EXIT_NOT_ALL_DONE)


def _checked(files: list[Path] | None, settings: Settings) -> list[dict[str, Any]]:
    from imageloom.features.catalog.price_files import override_files, provider_of, read_prices, shipped_lines
    from imageloom.features.catalog.price_lines import PriceBookBroken

    def told(name: str, provider: str, lines: tuple[PriceLine, ...], broken: str | None = None) -> dict[str, Any]:
        stale = sum(line.is_stale(on=_today(), after_days=settings.prices.stale_days) for line in lines)
        unused = _unused(provider, lines)
        return {"file": name, "lines": len(lines), "stale": stale, "unused": unused, "broken": broken}

    found = []
    if not files:
        found = [told(f"{name}.yaml, which ships", name, lines) for name, lines in shipped_lines().items()]
    for path in files or override_files(settings.prices_folder):
        try:
            found.append(told(str(path), provider_of(path), read_prices(path)))
        except PriceBookBroken as error:
            found.append(told(str(path), provider_of(path), (), str(error)))
    return found


def _unused(provider: str, lines: tuple[PriceLine, ...]) -> list[str]:
    """What lines speak of that nobody here serves: they are no price of anything."""
    from imageloom.doors.bootstrap import discover_providers
    from imageloom.features.catalog.entries import find_model

    providers, _broken = discover_providers()
    if lines and provider not in providers:
        near = get_close_matches(provider.lower(), providers, n=1)
        return [f"there is no provider {provider}." + (f" Did you mean {near[0]}?" if near else "")]
    named = [(line, line.match.get("model")) for line in lines]
    return [
        f"{line.place.rpartition(', ')[2]}: {provider} serves no {model}."
        for line, model in named
        if model is not None and find_model(providers, f"{provider}/{model}")[0] is None
    ]


def import_prices(
    source: Annotated[Path, typer.Argument(help="LiteLLM's model_prices JSON, or a CSV.", exists=True, dir_okay=False)],
    format: Annotated[Format, typer.Option(help="litellm or csv; by the file's name when auto.")] = "auto",  # noqa: A002
    provider: Annotated[list[str] | None, typer.Option(help="Only of this provider. Repeat for several.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Write nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Take a table of prices into files of this installation, which beat those that ship with the program."""
    from imageloom.features.catalog.price_import import CannotImport, as_file
    from imageloom.features.catalog.price_lines import PriceBookBroken

    with spoken_errors():
        folder = Settings().prices_folder
        try:
            imported = _read(source, format)
        except UnicodeDecodeError:
            fail(f"{source.name} is not in UTF-8. Save it as such; nothing was taken.", code=EXIT_BAD_INPUT)
        except (CannotImport, PriceBookBroken) as error:
            fail(str(error), code=EXIT_BAD_INPUT)
        written = []
        for name, entries in sorted(imported.entries.items()):
            if provider and name not in provider:
                imported.left_out["another provider"] += len(entries)
                continue
            target = folder / f"{name}.{_slug(source)}.yaml"
            written.append({"provider": name, "lines": len(entries), "file": str(target)})
            if not dry_run:
                _write(target, as_file(entries, head=f"Taken from {source.name} on {_today()}."))
    if as_json:
        print_json({"written": written, "left_out": imported.left_out})
        return
    rows = [(one["provider"], one["lines"], one["file"]) for one in written]
    print_table(("provider", "lines", "file"), rows, empty="Nothing of this can be used here.")
    for reason, count in imported.left_out.most_common():
        console.print(f"Left out {count}: {reason}.", style="yellow", markup=False)


def reconcile(
    bill: Annotated[Path, typer.Argument(help="The provider's bill, a CSV.", exists=True, dir_okay=False)],
    provider: Annotated[str, typer.Option(help="Whose bill it is.")],
    as_json: Json = False,
) -> None:
    """Put a provider's bill beside what was settled here. 1 when they differ, or something is unknown."""
    with spoken_errors():
        files = {"file": (bill.name, bill.read_bytes(), "text/csv")}
        report = connect().call("POST", "/api/bills/reconcile", files=files, params={"provider": provider})
    print_json(report) if as_json else _print_report(report)
    raise typer.Exit(0 if report["agrees"] else EXIT_NOT_ALL_DONE)


def _print_report(report: dict[str, Any]) -> None:
    by_request = report["by"] == "request"
    names = ("request", "day", "model") if by_request else ("day", "model")
    rows = [
        (
            *(row[name] or "-" for name in names),
            row["pictures"],
            money(row["settled"], row["unknown"]) if row["pictures"] else "-",
            "-" if row["billed"] is None else money(row["billed"]),
            row["difference"],
        )
        for row in report["rows"]
    ]
    empty = "Every request is billed as it was settled." if by_request else "Nothing."
    print_table((*names, "pictures", "settled", "billed", "difference"), rows, empty=empty)
    if report["rows_left_out"]:
        console.print(f"{report['rows_left_out']} more rows differ.", style="yellow")
    drift = "" if report["drift_percent"] is None else f" ({report['drift_percent']} %)"
    console.print(
        f"{report['pictures']} pictures: settled {money(report['settled'], report['unknown'])}, "
        f"billed {money(report['billed'])}, difference {report['difference']}{drift}.",
        style="green" if report["agrees"] else "yellow",
        markup=False,
    )


def _read(source: Path, wished: Format) -> Imported:
    from imageloom.features.catalog.price_import import read_litellm, read_table

    text = source.read_text(encoding="utf-8-sig")
    if wished == "litellm" or (wished == "auto" and source.suffix.lower() == ".json"):
        return read_litellm(text, known=_known(), today=_today())
    return read_table(text, name=source.name, today=_today())


def _known() -> Known:
    from imageloom.doors.bootstrap import discover_providers
    from imageloom.features.catalog.entries import find_model

    providers, _broken = discover_providers()
    return lambda provider, model: bool(model) and find_model(providers, f"{provider}/{model}")[0] is not None


def _slug(source: Path) -> str:
    """A name for the file that the same table gets again the next time."""
    return re.sub(r"[^a-z0-9]+", "-", source.stem.lower()).strip("-") or "imported"


def _write(target: Path, text: str) -> None:
    """Whole, or not at all: a server may be reading."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(f"{target.name}.part")
    temporary.write_text(text, encoding="utf-8")
    temporary.replace(target)


def _today() -> date:
    return datetime.now(UTC).date()
