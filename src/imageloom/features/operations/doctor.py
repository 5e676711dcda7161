"""The doctor: looks at an installation from outside and explains what is wrong and what helps."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from imageloom import __version__
from imageloom.contracts.discovery import Broken
from imageloom.features.catalog.price_files import load
from imageloom.features.catalog.price_lines import PriceBookBroken
from imageloom.features.operations.backup import newest_backup
from imageloom.features.operations.database_file import database_path, explain_damage
from imageloom.features.operations.database_file import examine as examine_file
from imageloom.runtime.cipher import master_key_path, read_keys
from imageloom.runtime.db.engines import dialect_of, make_sync_engine
from imageloom.runtime.settings import Settings

Grade = Literal["good", "warning", "bad"]
DISK_WARNING_BYTES = 2_000_000_000
DISK_BAD_BYTES = 200_000_000


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at."""

    subject: str
    grade: Grade
    detail: str
    remedy: str | None = None


def examine(
    settings: Settings, *, broken: Sequence[Broken], server_is_running: bool, environment: Mapping[str, str]
) -> list[Finding]:
    """Everything, in the order in which a person would look."""
    return [
        Finding(subject="version", grade="good", detail=f"Imageloom {__version__}, Python {sys.version.split()[0]}"),
        *_directory(settings.data_dir),
        *_master_key(settings),
        *_database(settings, running=server_is_running),
        *_backups(settings),
        *_prices(settings),
        *_server(settings, running=server_is_running),
        *_extensions(broken),
        *_lent_keys(environment),
    ]


def _directory(folder: Path) -> Iterator[Finding]:
    if not folder.exists():
        yield Finding(subject="data directory", grade="good", detail=f"{folder} will be made at the first start.")
        return
    if not os.access(folder, os.W_OK | os.X_OK):
        yield Finding(
            subject="data directory",
            grade="bad",
            detail=f"{folder} cannot be written.",
            remedy="Give it to the user who runs Imageloom, or set IMAGELOOM_DATA_DIR.",
        )
        return
    free = shutil.disk_usage(folder).free
    grade: Grade = "bad" if free < DISK_BAD_BYTES else "warning" if free < DISK_WARNING_BYTES else "good"
    yield Finding(
        subject="data directory",
        grade=grade,
        detail=f"{folder}, {free / 1e9:.1f} GB free.",
        remedy=None
        if grade == "good"
        else "Make room: paid pictures wait in memory and on disk until they can be stored.",
    )


def _master_key(settings: Settings) -> Iterator[Finding]:
    if settings.secrets.master_key is not None:
        yield Finding(subject="master key", grade="good", detail="Set by IMAGELOOM_SECRETS__MASTER_KEY.")
        return
    path = master_key_path(settings.data_dir)
    if not path.exists():
        yield Finding(subject="master key", grade="good", detail="Will be made at the first start.")
        return
    mode = path.stat().st_mode & 0o777
    if mode & 0o077:
        yield Finding(
            subject="master key",
            grade="bad",
            detail=f"{path} can be read by others (mode {mode:o}).",
            remedy=f"chmod 600 {path}",
        )
        return
    count = len(read_keys(path.read_text()))
    yield Finding(subject="master key", grade="good", detail=f"{path}, {count} key{'s' if count > 1 else ''}.")


def _prices(settings: Settings) -> Iterator[Finding]:
    try:
        book = load(settings.prices_folder)
    except PriceBookBroken as error:
        yield Finding(
            subject="prices",
            grade="bad",
            detail=str(error),
            remedy="The program does not start with it: correct the line, or take the file away.",
        )
        return
    lines = [line for found in book.lines.values() for line in found]
    today = datetime.now(UTC).date()
    stale = sum(line.is_stale(on=today, after_days=settings.prices.stale_days) for line in lines)
    yield Finding(
        subject="prices",
        grade="warning" if stale else "good",
        detail=f"{len(lines)} lines, {stale} not compared with their source for {settings.prices.stale_days} days.",
        remedy="imageloom prices ls shows which; put a file of your own into prices/ or import a table."
        if stale
        else None,
    )


def _backups(settings: Settings) -> Iterator[Finding]:
    newest = newest_backup(settings)
    if newest is None:
        yield Finding(
            subject="backup",
            grade="good",
            detail="None yet.",
            remedy="imageloom backup writes one, also while the server runs.",
        )
        return
    made_at = datetime.fromtimestamp(newest.stat().st_mtime, UTC)
    yield Finding(subject="backup", grade="good", detail=f"The newest is {newest} of {made_at:%Y-%m-%d %H:%M} UTC.")


def _database(settings: Settings, *, running: bool) -> Iterator[Finding]:
    url = settings.database_url
    kind = dialect_of(url)
    if kind == "sqlite" and not (settings.data_dir / "imageloom.db").exists() and settings.database.url is None:
        yield Finding(subject="database", grade="good", detail="SQLite, will be made at the first start.")
        return
    path = database_path(settings)
    if path is not None and path.exists() and not running:
        state = examine_file(path, settings=settings)
        if state.damage is not None:
            yield Finding(
                subject="database",
                grade="bad",
                detail=explain_damage(settings, path, state.damage),
                remedy="Keep the file, and restore the newest backup into an empty directory.",
            )
            return
        if state.lost is not None:
            yield Finding(subject="database", grade="warning", detail=state.lost, remedy="The next start says so.")
            return
    engine = make_sync_engine(url, synchronous="NORMAL")
    try:
        with engine.execution_options(readonly=True).connect() as connection:
            if kind == "sqlite":
                verdict = str(connection.execute(text("PRAGMA quick_check(1)")).scalar_one())
            else:
                connection.execute(text("SELECT 1"))
                verdict = "ok"
    except DBAPIError as error:
        yield Finding(
            subject="database",
            grade="bad",
            detail=f"It cannot be opened: {error.orig}",
            remedy="Is the server up, and IMAGELOOM_DATABASE__URL right? For a broken file: imageloom restore",
        )
        return
    finally:
        engine.dispose()
    if verdict == "ok":
        yield Finding(subject="database", grade="good", detail=f"{kind}, sound.")
    else:
        yield Finding(
            subject="database",
            grade="bad",
            detail=f"The file is damaged: {verdict}",
            remedy="Stop the server, keep the file, and restore the newest backup: imageloom restore FILE",
        )


def _server(settings: Settings, *, running: bool) -> Iterator[Finding]:
    if running:
        yield Finding(subject="server", grade="good", detail="Running on this data directory.")
        return
    with socket.socket() as probe:
        taken = probe.connect_ex((settings.server.host, settings.server.port)) == 0
    if taken:
        yield Finding(
            subject="server",
            grade="warning",
            detail=f"Not running here, and something else listens on port {settings.server.port}.",
            remedy="Set IMAGELOOM_SERVER__PORT to another port for `imageloom serve`.",
        )
    else:
        yield Finding(subject="server", grade="good", detail="Not running. Commands start one when they need it.")


def _extensions(broken: Sequence[Broken]) -> Iterator[Finding]:
    for extension in broken:
        yield Finding(
            subject="extension",
            grade="warning",
            detail=f"{extension.name} could not be loaded: {extension.reason}",
            remedy="Update or uninstall the package that brings it.",
        )


def _lent_keys(environment: Mapping[str, str]) -> Iterator[Finding]:
    for name in ("OPENAI_API_KEY", "REPLICATE_API_TOKEN"):
        if environment.get(name):
            yield Finding(subject="keys", grade="good", detail=f"{name} is lent by the environment.")
