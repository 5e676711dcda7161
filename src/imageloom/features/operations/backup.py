"""Backup and restore: one file with a snapshot of the database, every blob and the installation's price files, checked
by hash on both ways.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson

from imageloom import __version__
from imageloom.contracts.storage import UNFINISHED
from imageloom.features.catalog.price_files import NAME, override_files
from imageloom.kit.digests import digest_file
from imageloom.runtime.cipher import master_key_path
from imageloom.runtime.db.engines import dialect_of
from imageloom.runtime.settings import Settings, make_data_dir

FORMAT = 1
DATABASE = "imageloom.db"
MANIFEST = "manifest.jsonl"
KEY = "secrets/master.key"
# Names of blobs as the store makes them: neither climbing nor hidden.
_BLOB = re.compile(r"blobs(?:/[A-Za-z0-9_-][A-Za-z0-9_.-]{0,199}){2,8}")
# What reading an archive or a manifest raises for bytes that are not what they should be.
_DAMAGE = (
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    TypeError,
    ValueError,
    tarfile.TarError,
)
PREVIEWS = "previews"
PRICES = "prices"
HELD = "Restored from a backup. What was made after it is not known here, and would be made and paid again."


class BackupFailed(Exception):
    """The backup cannot be written or read; the message says why and what to do."""


@dataclass(frozen=True, kw_only=True)
class BackupMade:
    blobs: int
    size_bytes: int


def default_target(settings: Settings, *, now: datetime) -> Path:
    """Where a backup goes that was given no name."""
    return settings.backup_folder / f"imageloom-{now:%Y%m%d-%H%M%S}.tar"


def newest_backup(settings: Settings) -> Path | None:
    """Of those in the folder for backups, and the last one that was written elsewhere."""
    known = list(settings.backup_folder.glob("*.tar"))
    with suppress(OSError):
        known.append(Path(_last_path(settings).read_text().strip()))
    there = [path for path in known if path.is_file()]
    return max(there, key=lambda path: path.stat().st_mtime, default=None)


def write_backup(settings: Settings, target: Path, *, with_master_key: bool) -> BackupMade:
    """Writes ``target``, which appears only when it is whole and on the disk. The server may run meanwhile.

    The database is taken first, so every picture its rows speak of is in the store when the blobs follow: blobs are
    never changed, and removed a day after their last picture was deleted. Previews are left out: they are made again.
    """
    if dialect_of(settings.database_url) != "sqlite":
        raise BackupFailed(
            "On PostgreSQL take the database with pg_dump and copy the blobs folder after it; "
            "docs/operations/backup.md says how."
        )
    source = settings.data_dir / DATABASE
    if not source.exists():
        raise BackupFailed(f"There is no database in {settings.data_dir}.")
    if target.exists():
        raise BackupFailed(f"{target} exists already.")
    temporary = target.with_name(f"{target.name}.part")
    target.parent.mkdir(parents=True, exist_ok=True)
    blobs = 0
    try:
        with TemporaryDirectory(dir=target.parent) as folder, tarfile.open(temporary, "w") as archive:
            snapshot = Path(folder) / DATABASE
            _snapshot(source, snapshot)
            head = {"format": FORMAT, "version": __version__, "made_at": datetime.now(UTC).isoformat()}
            lines = [orjson.dumps(head), _line(DATABASE, snapshot)]
            archive.add(snapshot, DATABASE)
            for path in _blob_files(settings.data_dir / "blobs"):
                name = path.relative_to(settings.data_dir).as_posix()
                # One that goes at this moment belongs to a picture that was deleted long before.
                with suppress(FileNotFoundError):
                    line = _line(name, path)
                    archive.add(path, name)
                    lines.append(line)
                    blobs += 1
            for path in override_files(settings.prices_folder):
                archive.add(path, f"{PRICES}/{path.name}")
                lines.append(_line(f"{PRICES}/{path.name}", path))
            if with_master_key:
                archive.add(master_key_path(settings.data_dir), KEY)
                lines.append(_line(KEY, master_key_path(settings.data_dir)))
            _add_bytes(archive, MANIFEST, b"\n".join(lines) + b"\n")
        _sync(temporary)
        temporary.replace(target)
        _sync(target.parent)
    finally:
        temporary.unlink(missing_ok=True)
    _last_path(settings).parent.mkdir(parents=True, exist_ok=True)
    _last_path(settings).write_text(f"{target.absolute()}\n")
    return BackupMade(blobs=blobs, size_bytes=target.stat().st_size)


def read_backup(settings: Settings, source: Path) -> BackupMade:
    """Fills the data directory, which must be empty of data. Every file is checked against the manifest."""
    if dialect_of(settings.database_url) != "sqlite":
        raise BackupFailed("A backup file is restored into SQLite; see docs/operations/backup.md for PostgreSQL.")
    target = settings.data_dir
    if (target / DATABASE).exists() or (target / "blobs").exists():
        raise BackupFailed(f"{target} holds data already. Restore into an empty directory: IMAGELOOM_DATA_DIR=...")
    make_data_dir(target)
    with TemporaryDirectory(dir=target, prefix="restoring-") as folder:
        staging = Path(folder)
        blobs, made_at = _extract_all(source, staging)
        try:
            hold_running(staging / DATABASE, HELD, since=made_at)
            _forget_previews(staging / DATABASE)
        except sqlite3.Error as error:
            raise BackupFailed(f"The database in the backup cannot be used: {error}") from error
        _settle(staging, target)
    return BackupMade(blobs=blobs, size_bytes=source.stat().st_size)


def _settle(staging: Path, target: Path) -> None:
    """Renames what was extracted and checked into its place, the database last."""
    if (staging / KEY).exists():
        kept = master_key_path(target)
        if kept.exists() and kept.read_bytes() != (staging / KEY).read_bytes():
            raise BackupFailed(f"{kept} is another master key than the backup's. Move it away first.")
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        (staging / KEY).replace(kept)
    for path in override_files(staging / PRICES):
        (target / PRICES).mkdir(exist_ok=True)
        path.replace(target / PRICES / path.name)
    if (staging / "blobs").exists():
        (staging / "blobs").replace(target / "blobs")
    (staging / DATABASE).replace(target / DATABASE)


def _extract_all(source: Path, folder: Path) -> tuple[int, datetime]:
    """The number of blobs, and when the backup was made.

    Raises :class:`BackupFailed` unless every file of the manifest is there and whole.
    """
    blobs = 0
    try:
        # Never compressed: a backup holds no more than its own length.
        with tarfile.open(source, "r:") as archive:
            made_at, expected = _manifest(archive)
            for member in archive:
                if member.name == MANIFEST and member.isreg():
                    continue
                line = expected.pop(member.name, None)
                if line is None:
                    raise BackupFailed(f"{_shown(member.name)} is not in the manifest, or comes twice.")
                if not member.isreg() or member.issparse() or member.size != line["size_bytes"]:
                    raise BackupFailed(f"{_shown(member.name)} is not the file that the manifest names.")
                _extract(archive, member, folder, line["blake3"])
                blobs += member.name.startswith("blobs/")
    except _DAMAGE as error:
        raise BackupFailed(f"{source} is no whole backup: {error}") from error
    if expected:
        raise BackupFailed(f"{len(expected)} files of the manifest are missing, such as {next(iter(expected))}.")
    return blobs, made_at


def hold_running(database: Path, reason: str, *, since: datetime) -> None:
    """Pauses what was running: pictures that were paid after ``since`` are not known here, and would be paid again.

    Where a provider has a list of its jobs, they are looked for there before anything is sent again.
    """
    # As our column type writes it on SQLite.
    moment = f"{since.astimezone(UTC):%Y-%m-%d %H:%M:%S.%f}"
    with closing(sqlite3.connect(database)) as connection, connection:
        if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'runs'").fetchone():
            return
        connection.execute("UPDATE runs SET look_since = ? WHERE finished_at IS NULL", (moment,))
        connection.execute(
            "UPDATE runs SET state = 'paused', reason = ? WHERE state = 'running' AND finished_at IS NULL",
            (reason,),
        )
        # A time that came since may have been run already, and its batch be paid.
        connection.execute("UPDATE schedules SET is_paused = 1, trouble = ? WHERE is_paused = 0", (reason[:500],))


def _forget_previews(database: Path) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute(
            "UPDATE assets SET previews = 'pending', previews_claimed_by = NULL WHERE previews IN ('done', 'pending')"
        )


def _last_path(settings: Settings) -> Path:
    return settings.data_dir / "run" / "last-backup"


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _snapshot(source: Path, target: Path) -> None:
    """SQLite's own online copy: consistent while others write."""
    with closing(sqlite3.connect(source)) as live, closing(sqlite3.connect(target)) as copy:
        live.backup(copy)


def _blob_files(folder: Path) -> Iterator[Path]:
    if folder.exists():
        left_out = {folder / UNFINISHED, folder / PREVIEWS}
        yield from sorted(path for path in folder.rglob("*") if path.is_file() and left_out.isdisjoint(path.parents))


def _line(name: str, path: Path) -> bytes:
    return orjson.dumps({"name": name, "blake3": digest_file(path), "size_bytes": path.stat().st_size})


def _add_bytes(archive: tarfile.TarFile, name: str, content: bytes) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    archive.addfile(info, io.BytesIO(content))


def _manifest(archive: tarfile.TarFile) -> tuple[datetime, dict[str, dict[str, Any]]]:
    """When it was made, and the manifest's lines by the names of their files, every one of which is a place of ours."""
    member = archive.getmember(MANIFEST)
    file = archive.extractfile(member) if member.isreg() and not member.issparse() else None
    if file is None:
        raise BackupFailed("The backup has no manifest.")
    head, *lines = file.read().splitlines()
    about = orjson.loads(head)
    if about.get("format") != FORMAT:
        raise BackupFailed("The backup was written by another version of Imageloom.")
    entries = {str(entry["name"]): entry for entry in map(orjson.loads, lines)}
    for name, entry in entries.items():
        folder, _slash, price_file = name.partition("/")
        is_prices = folder == PRICES and NAME.fullmatch(price_file) is not None
        if name not in (DATABASE, KEY) and not is_prices and not _BLOB.fullmatch(name):
            raise BackupFailed(f"{_shown(name)} has no place in a data directory.")
        if not isinstance(entry["blake3"], str) or not isinstance(entry["size_bytes"], int):
            raise BackupFailed(f"The manifest does not say what {_shown(name)} is.")
    if DATABASE not in entries:
        raise BackupFailed("The backup has no database.")
    return datetime.fromisoformat(about["made_at"]), entries


def _shown(name: str) -> str:
    return repr(name[:100])


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, folder: Path, expected: str) -> None:
    path = folder / member.name
    path.parent.mkdir(parents=True, exist_ok=True)
    file = archive.extractfile(member)
    assert file is not None
    with path.open("wb") as target:
        shutil.copyfileobj(file, target)
    if digest_file(path) != expected:
        raise BackupFailed(f"{_shown(member.name)} is damaged: its hash differs from the manifest's.")
    if member.name == KEY:
        path.chmod(0o600)
        path.parent.chmod(0o700)
