"""The SQLite file, looked at before it is used: whether it is whole, and whether the end of its log was lost.

The log holds what was committed since the last checkpoint. A process that dies leaves it behind, and the next one
reads it; so a dead process without a log, or with one whose last commits cannot be read, has lost them.
"""

from __future__ import annotations

import sqlite3
import struct
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from imageloom.features.operations.backup import hold_running, newest_backup
from imageloom.runtime.settings import Settings

_LOG_HEADER = struct.Struct(">8I")
_FRAME_HEADER = struct.Struct(">4I")
_FRAME_HEADER_BYTES = 24
_SALTS = slice(16, 24)
_INDEX_BYTES = 48
_INDEX_FRAMES, _INDEX_SALTS = slice(16, 20), slice(32, 40)
"""See "The WAL-Index File Format" of SQLite: the header of ``-shm``, in the machine's own byte order."""
LOST = "The end of the database's log was lost. What was made after it is not known here, and would be paid again."


class DatabaseDamaged(Exception):
    """The file cannot be trusted; the message says where the newest backup is."""


@dataclass(frozen=True, kw_only=True)
class FileState:
    """``damage`` is SQLite's own word. ``lost`` says what of the log is gone."""

    damage: str | None
    lost: str | None


def prepare(settings: Settings) -> str | None:
    """Before a server uses the file. Says what was lost, if anything was; then running batches are held.

    Raises :class:`DatabaseDamaged`.
    """
    path = database_path(settings)
    if path is None:
        return None
    lost = None
    if path.exists():
        state = examine(path, settings=settings)
        if state.damage is not None:
            raise DatabaseDamaged(explain_damage(settings, path, state.damage))
        lost = state.lost
        if lost is not None:
            since = datetime.fromtimestamp(_mark(settings).stat().st_mtime, UTC)
            hold_running(path, LOST, since=since)
            closed(settings)
    return lost


def working(settings: Settings) -> None:
    """Once a connection is open, and with it the log."""
    mark = _mark(settings)
    mark.parent.mkdir(parents=True, exist_ok=True)
    mark.touch()


def closed(settings: Settings) -> None:
    """After the last connection was closed in order: the log is in the file now."""
    _mark(settings).unlink(missing_ok=True)


def database_path(settings: Settings) -> Path | None:
    """``None`` where there is no file."""
    kind, _, path = settings.database_url.partition(":///")
    return Path(path) if kind == "sqlite" else None


def explain_damage(settings: Settings, path: Path, damage: str) -> str:
    backup = newest_backup(settings)
    way_out = (
        f"The newest backup is {backup}. Restore it into an empty directory: "
        f"IMAGELOOM_DATA_DIR=NEW imageloom restore {backup}"
        if backup is not None
        else f"There is no backup that this directory knows of ({settings.backup_folder})."
    )
    return f"The database {path} is damaged ({damage}). Nothing was started or changed. {way_out}"


def examine(path: Path, *, settings: Settings) -> FileState:
    """Reads the whole file. Nobody else may work on it."""
    log = path.with_name(f"{path.name}-wal")
    had_log = log.exists()
    was_working = _mark(settings).exists()
    commits = list(_commits(log)) if had_log else []
    committed = _committed(log)
    try:
        with closing(sqlite3.connect(path, timeout=10)) as connection:
            verdict = str(connection.execute("PRAGMA quick_check(1)").fetchone()[0])
            _busy, readable, _moved = connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    except sqlite3.DatabaseError as error:
        return FileState(damage=str(error), lost=None)
    if verdict != "ok":
        return FileState(damage=verdict.replace("\n", " ")[:300], lost=None)
    if was_working and not had_log:
        return FileState(damage=None, lost="The log is gone: what was committed since the last checkpoint is missing.")
    is_torn = max([committed, *commits]) > max(readable, 0)
    if is_torn and was_working:
        return FileState(damage=None, lost="The log is torn: its last commits cannot be read and are missing.")
    if had_log and was_working:
        # Read whole, and closed in order just now.
        closed(settings)
    return FileState(damage=None, lost=None)


def _commits(log: Path) -> Iterator[int]:
    """The numbers of the frames that end a commit, by the salts of the log's head alone: readable or not."""
    with log.open("rb") as file:
        head = file.read(_LOG_HEADER.size)
        if len(head) < _LOG_HEADER.size:
            return
        _magic, _version, page_bytes, _checkpoint, *salts = _LOG_HEADER.unpack(head)[:6]
        number = 0
        while len(frame := file.read(_FRAME_HEADER_BYTES)) == _FRAME_HEADER_BYTES:
            _page, size_after_commit, *its_salts = _FRAME_HEADER.unpack_from(frame)
            if its_salts != salts:
                return
            number += 1
            if size_after_commit:
                yield number
            file.seek(page_bytes, 1)


def _committed(log: Path) -> int:
    """How many frames the processes that shared the log had committed, as their index of it says. Not synced: after a
    power cut it may say less than the log holds.
    """
    index = log.with_name(log.name.removesuffix("-wal") + "-shm")
    try:
        with index.open("rb") as file, log.open("rb") as frames:
            known, salts = file.read(_INDEX_BYTES), frames.read(_LOG_HEADER.size)[_SALTS]
    except FileNotFoundError:
        return 0
    if len(known) < _INDEX_BYTES or known[_INDEX_SALTS] != salts:
        return 0
    return int.from_bytes(known[_INDEX_FRAMES], sys.byteorder)


def _mark(settings: Settings) -> Path:
    """There while a process works on the database, and after it died."""
    return settings.data_dir / "run" / "working"
