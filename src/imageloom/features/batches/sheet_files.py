"""The files behind sheets: stored as they came, read again whenever rows are needed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, cast

import orjson

from imageloom.features.batches.models import Sheet
from imageloom.features.batches.sheets.errors import SheetUnreadable
from imageloom.features.batches.sheets.limits import DEFAULT_LIMITS
from imageloom.features.batches.sheets.reading import Format, OpenSheet, SheetRow, format_of, read_sheet, typed_sheet
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
            described = await asyncio.to_thread(lambda: _describe(path, read_sheet(path, kind=kind), filename))
        return await self._keep(project, path, described)

    async def _keep(self, project: Project, path: Path, described: Mapping[str, Any]) -> Sheet:
        await self.ports.blobs.put_file(f"sheets/{described['blake3']}", path)
        return Sheet(
            id=self.ports.ids.new(),
            team_id=project.team_id,
            project_id=project.id,
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
            described = await asyncio.to_thread(lambda: _describe(path, read_sheet(table, kind="xlsx"), filename))
            await self.ports.blobs.put_file(f"tables/{described['blake3']}", table)
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
        """A sheet of prompts that were typed; kept as JSON lines, so that any character survives."""
        path, described = await asyncio.to_thread(self._write_lines, prompts)
        try:
            return await self._keep(project, path, described)
        finally:
            path.unlink(missing_ok=True)

    def rows(self, sheet: Sheet) -> Iterator[SheetRow]:
        """The rows again, from the stored file. Raises :class:`Unavailable` when the store has lost it."""
        kind = cast("Format", sheet.format)
        path = self.ports.blobs.local_path(f"{'tables' if kind == 'xlsx' else 'sheets'}/{sheet.blake3}")
        if path is None or not path.exists():
            raise Unavailable(f"The file of the sheet {sheet.filename} is missing from the store.")
        return read_sheet(path, kind=kind).rows()

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

    def _write_lines(self, prompts: Sequence[str]) -> tuple[Path, dict[str, Any]]:
        """The new file, and what it holds."""
        folder = self.ports.settings.data_dir / "uploads"
        folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=folder, suffix=".jsonl", delete=False) as file:
            file.writelines(orjson.dumps({"prompt": prompt}) + b"\n" for prompt in prompts)
        path = Path(file.name)
        with ExitStack() as undo:
            undo.callback(path.unlink, missing_ok=True)
            described = _describe(path, typed_sheet(prompts), TYPED)
            undo.pop_all()
        return path, described


def _describe(path: Path, opened: OpenSheet, filename: str) -> dict[str, Any]:
    """What a sheet's row says of the file at the path, whose rows were opened there or in the table made of it."""
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
        "blake3": digest_file(path),
        "size_bytes": path.stat().st_size,
    }
