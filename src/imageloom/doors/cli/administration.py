"""Commands that touch the data directly: doctor, migrate, backup, restore."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from imageloom.doors.cli.link import is_ready, read_address
from imageloom.doors.cli.output import (
    EXIT_BAD_INPUT,
    EXIT_NOT_ALL_DONE,
    Json,
    console,
    fail,
    print_json,
    spoken_errors,
)
from imageloom.runtime.settings import Settings, make_data_dir


def add_to(app: typer.Typer) -> None:
    """Adds these commands to the application."""
    app.command("doctor")(doctor)
    app.command("migrate")(migrate)
    app.command("backup")(backup)
    app.command("restore")(restore)


def doctor(as_json: Json = False) -> None:
    """Find and explain what is wrong."""
    from imageloom.doors.bootstrap import discover_providers, process_environment
    from imageloom.features.operations.doctor import examine

    with spoken_errors():
        settings = Settings()
    address = read_address(settings.data_dir)
    running = address is not None and is_ready(address)
    _found, broken = discover_providers()
    findings = examine(settings, broken=broken, server_is_running=running, environment=process_environment())
    if as_json:
        print_json([finding.__dict__ for finding in findings])
    else:
        marks = {"good": "[green]good[/green]", "warning": "[yellow]look[/yellow]", "bad": "[red]bad [/red]"}
        for finding in findings:
            console.print(f"{marks[finding.grade]}  {finding.subject}: ", end="")
            console.print(finding.detail, markup=False)
            if finding.remedy:
                console.print(f"      {finding.remedy}", style="dim", markup=False)
    if any(finding.grade == "bad" for finding in findings):
        raise typer.Exit(EXIT_NOT_ALL_DONE)


def migrate(
    revision: Annotated[str, typer.Option(help="head, or a revision to go back to.")] = "head",
    as_json: Json = False,
) -> None:
    """Bring the database to this version."""
    from imageloom.migrations.runner import head_revision
    from imageloom.migrations.runner import migrate as run

    with spoken_errors():
        settings = Settings()
        make_data_dir(settings.data_dir)
        _must_not_run(settings)
        run(settings.database_url, revision=revision)
    reached = head_revision() if revision == "head" else revision
    print_json({"revision": reached}) if as_json else console.print(f"The database is at {reached}.")


def backup(
    target: Annotated[
        Path | None,
        typer.Argument(help="A new file that ends with .tar; else one in backups/ of the data directory."),
    ] = None,
    with_master_key: Annotated[
        bool, typer.Option("--with-master-key", help="Put the master key in: whoever has the file has your keys.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Write everything into one file, also while the server runs."""
    from imageloom.features.operations.backup import BackupFailed, default_target, write_backup

    with spoken_errors():
        if target is None:
            target = default_target(Settings(), now=datetime.now(UTC))
        try:
            written = write_backup(Settings(), target, with_master_key=with_master_key)
        except BackupFailed as error:
            fail(str(error), code=EXIT_BAD_INPUT)
    if as_json:
        print_json({"file": str(target), "files": written.blobs, "size_bytes": written.size_bytes})
        return
    console.print(f"{target}: {written.blobs} files, {written.size_bytes} bytes.")
    if with_master_key:
        console.print("It holds the master key. Keep it like a password.", style="yellow")
    else:
        console.print("The master key is not in it. Keep secrets/master.key somewhere else, or stored keys are lost.")


def restore(
    source: Annotated[Path, typer.Argument(help="A file that backup wrote.", exists=True, dir_okay=False)],
    as_json: Json = False,
) -> None:
    """Fill an empty data directory from a backup."""
    from imageloom.features.operations.backup import BackupFailed, read_backup

    with spoken_errors():
        settings = Settings()
        try:
            read = read_backup(settings, source)
        except BackupFailed as error:
            fail(str(error), code=EXIT_BAD_INPUT)
    if as_json:
        print_json({"data_dir": str(settings.data_dir), "files": read.blobs})
        return
    console.print(f"{read.blobs} files restored into {settings.data_dir}, every hash checked.")


def _must_not_run(settings: Settings) -> None:
    address = read_address(settings.data_dir)
    if address is not None and is_ready(address):
        fail(f"A server works on {settings.data_dir}. Stop it first.", code=EXIT_BAD_INPUT)
