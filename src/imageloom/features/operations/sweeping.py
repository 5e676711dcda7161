"""Sweeping: what a process that died left half-written, and nobody will ever ask for."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path

import structlog

from imageloom.contracts.storage import UNFINISHED
from imageloom.features.generation.repository import GenerationRepository
from imageloom.features.generation.spool import Spool
from imageloom.runtime.actor import SYSTEM
from imageloom.runtime.scope import Scopes

log = structlog.get_logger(__name__)

SHARED_SECONDS = 86_400.0
"""Where other processes write to the same folders, only what is older than a day is surely nobody's."""
PAGE = 500


async def sweep(scopes: Scopes, spool: Spool, *, alone: bool) -> None:
    """Once at each start. ``alone`` says that no other process works on the data directory."""
    data = scopes.ports.settings.data_dir
    scratch = (data / "blobs" / UNFINISHED, data / "uploads", data / "work")
    before = scopes.ports.clock.now() - timedelta(seconds=0.0 if alone else SHARED_SECONDS)
    scraps = await asyncio.to_thread(_sweep_scratch, scratch, before.timestamp())
    answers = 0
    folders = await asyncio.to_thread(spool.attempts)
    for start in range(0, len(folders), PAGE):
        page = folders[start : start + PAGE]
        async with scopes.open(SYSTEM, write=False) as scope:
            # A driver that only stands still may be writing there, and hands in what came.
            still_open = await GenerationRepository(scope.session).open_attempts(page, doubtful_since=before)
        for attempt_id in set(page) - still_open:
            spool.forget(attempt_id)
            answers += 1
    if scraps or answers:
        log.info("swept", scraps=scraps, answers=answers)


def _sweep_scratch(folders: Iterable[Path], older: float) -> int:
    count = 0
    for folder in folders:
        for path in folder.glob("*"):
            if path.stat().st_mtime >= older:
                continue
            if path.is_dir():
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
            count += 1
    return count
