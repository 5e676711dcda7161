"""The files behind sheets: stored as they came, read again whenever rows are needed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, cast

import orjson
from blake3 import blake3

from imageloom.features.batches.models import Sheet
from imageloom.features.batches.sheets.errors import SheetUnreadable
from imageloom.features.batches.sheets.limits import DEFAULT_LIMITS
from imageloom.features.batches.sheets.reading import (
    PROMPT,
    Format,
    OpenSheet,
    SheetRow,
    format_of,
    read_sheet,
    typed_sheet,
)
from imageloom.features.batches.sheets.workbooks import unfold
from imageloom.features.teams.models import Project
from imageloom.kit.digests import digest_file
from imageloom.kit.errors import Unavailable
from imageloom.runtime.pixels.workers import WorkerDied, WorkerTimeout
from imageloom.runtime.scope import Ports

SAMPLE_ROWS = 5
TYPED = "prompts.jsonl"
"""What the sheet of typed prompts is called. Nobody has seen such a file."""
PAGE_CHARACTERS = 4_000_000
"""More text is not sent at once: cells may be long."""
WORKBOOK_SECONDS = 300.0
WORKBOOK_CPU_SECONDS = 120.0


class SheetFiles:
    """Needs no transaction: a sheet may take long to read, and a transaction that waits for it would stop others."""

    def __init__(self, ports: Ports) -> None:
        self.ports = ports

    async def keep(self, project: Project, path: Path, *, filename: str) -> Sheet:
        """Reads every row once and stores the file. The sheet's row is the caller's to write.

        Raises the reader's errors, which name the row.
        """
        kind = format_of(path, filename=filename)
        if kind == "xlsx":
            described = await self._keep_table(path, filename=filename)
        else:
            described = await asyncio.to_thread(lambda: _describe(read_sheet(path, kind=kind), filename))
        return await self._keep(project, path, described)

    async def _keep(self, project: Project, path: Path, described: Mapping[str, Any]) -> Sheet:
        digest = await asyncio.to_thread(digest_file, path)
        await self.ports.blobs.put_file(f"sheets/{digest}", path)
        return self._sheet(project, described, digest=digest, size_bytes=path.stat().st_size)

    def _sheet(self, project: Project, described: Mapping[str, Any], *, digest: str, size_bytes: int) -> Sheet:
        return Sheet(
            id=self.ports.ids.new(),
            team_id=project.team_id,
            project_id=project.id,
            blake3=digest,
            size_bytes=size_bytes,
            created_at=self.ports.clock.now(),
            **described,
        )

    async def _keep_table(self, path: Path, *, filename: str) -> dict[str, Any]:
        """Unfolds a workbook where it can do no harm, and keeps its table beside it."""
        table = path.with_name(f"{path.name}.table")
        try:
            await self.ports.workers.run(
                unfold,
                path,
                table,
                DEFAULT_LIMITS,
                timeout_seconds=WORKBOOK_SECONDS,
                cpu_seconds=WORKBOOK_CPU_SECONDS,
            )
            described = await asyncio.to_thread(lambda: _describe(read_sheet(table, kind="xlsx"), filename))
            digest = await asyncio.to_thread(digest_file, path)
            await self.ports.blobs.put_file(f"tables/{digest}", table)
        except (WorkerDied, WorkerTimeout) as error:
            raise SheetUnreadable(
                f"The workbook cannot be unfolded within the limits: {error}.",
                field="file",
                hint="Save the sheet as .csv.",
            ) from None
        finally:
            table.unlink(missing_ok=True)
        return described

    async def keep_prompts(self, project: Project, prompts: Sequence[str]) -> Sheet:
        """A sheet of prompts that were typed. They are kept as JSON lines, so that any character survives, and a few of
        them in the sheet's row alone.
        """
        if len(prompts) <= SAMPLE_ROWS:
            sheet = self._in_its_row(project, prompts)
            if _is_in_its_row(sheet):
                return sheet
        path, described = await asyncio.to_thread(self._written, prompts)
        try:
            return await self._keep(project, path, described)
        finally:
            path.unlink(missing_ok=True)

    def _in_its_row(self, project: Project, prompts: Sequence[str]) -> Sheet:
        text = b"".join(map(_line, prompts))
        described = _describe(typed_sheet(prompts), TYPED)
        return self._sheet(project, described, digest=blake3(text).hexdigest(), size_bytes=len(text))

    def _written(self, prompts: Sequence[str]) -> tuple[Path, dict[str, Any]]:
        """A new file, and what it holds."""
        described = _describe(typed_sheet(prompts), TYPED)
        folder = self.ports.settings.data_dir / "uploads"
        folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=folder, suffix=".jsonl", delete=False) as file:
            file.writelines(map(_line, prompts))
        return Path(file.name), described

    def rows(self, sheet: Sheet) -> Iterator[SheetRow]:
        """The rows again, from the stored file. Raises :class:`Unavailable` when the store has lost it."""
        kind = cast("Format", sheet.format)
        path = self.ports.blobs.local_path(f"{'tables' if kind == 'xlsx' else 'sheets'}/{sheet.blake3}")
        if path is not None and path.exists():
            return read_sheet(path, kind=kind).rows()
        if _is_in_its_row(sheet):
            return typed_sheet([row[PROMPT] for row in sheet.sample]).rows()
        raise Unavailable(f"The file of the sheet {sheet.filename} is missing from the store.")

    def page(self, sheet: Sheet, *, after: int, limit: int) -> tuple[list[SheetRow], int | None]:
        """Rows behind the first ``after``, and how many there are up to the end of these; ``None`` when that is all."""
        found: list[SheetRow] = []
        characters = 0
        for row in islice(self.rows(sheet), after, None):
            size = sum(map(len, row.values.values()))
            if found and (len(found) == limit or characters + size > PAGE_CHARACTERS):
                return found, after + len(found)
            found.append(row)
            characters += size
        return found, None


def _line(prompt: str) -> bytes:
    return orjson.dumps({PROMPT: prompt}) + b"\n"


def _is_in_its_row(sheet: Sheet) -> bool:
    """Whether its sample is all there is of it, and tells which row is which."""
    is_typed = sheet.filename == TYPED and sheet.columns == [PROMPT]
    return is_typed and sheet.blank_rows == 0 and sheet.row_count == len(sheet.sample)


def _describe(opened: OpenSheet, filename: str) -> dict[str, Any]:
    rows = opened.rows()
    sample = [dict(row.values) for row in islice(rows, SAMPLE_ROWS)]
    count = len(sample) + sum(1 for _row in rows)
    return {
        "filename": filename[:300],
        "format": opened.format,
        "encoding": opened.encoding,
        "columns": list(opened.columns),
        "row_count": count,
        "blank_rows": rows.blank_rows,
        "sample": sample,
    }
