"""The files behind sheets: stored as they came, read again whenever rows are needed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile

import orjson
from blake3 import blake3

from imageloom.features.batches.models import Sheet
from imageloom.features.batches.sheets.reading import SheetRow, read_sheet
from imageloom.features.teams.models import Project
from imageloom.kit.errors import Unavailable
from imageloom.runtime.scope import Scope

SAMPLE_ROWS = 5


class SheetFiles:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    async def add(self, project: Project, path: Path, *, filename: str) -> Sheet:
        """Reads every row once. Raises the reader's errors, which name the row."""
        sheet, digest, size = await asyncio.to_thread(self._describe, path, filename)
        await self.scope.ports.blobs.put_file(f"sheets/{digest}", path)
        return Sheet(
            id=self.scope.ports.ids.new(),
            team_id=project.team_id,
            project_id=project.id,
            blake3=digest,
            size_bytes=size,
            created_at=self.scope.ports.clock.now(),
            **sheet,
        )

    async def add_prompts(self, project: Project, prompts: Sequence[str]) -> Sheet:
        """A sheet of prompts that were typed; kept as JSON lines, so that any character survives."""
        folder = self.scope.ports.settings.data_dir / "uploads"
        folder.mkdir(parents=True, exist_ok=True)
        with NamedTemporaryFile(dir=folder, suffix=".jsonl", delete=False) as file:
            for prompt in prompts:
                file.write(orjson.dumps({"prompt": prompt}) + b"\n")
        path = Path(file.name)
        try:
            return await self.add(project, path, filename="prompts.jsonl")
        finally:
            path.unlink(missing_ok=True)

    def rows(self, sheet: Sheet) -> Iterator[SheetRow]:
        """The rows again, from the stored file."""
        path = self.scope.ports.blobs.local_path(f"sheets/{sheet.blake3}")
        if path is None or not path.exists():
            raise Unavailable(f"The file of the sheet {sheet.filename} is missing from the store.")
        return read_sheet(path, filename=sheet.filename).rows()

    def _describe(self, path: Path, filename: str) -> tuple[dict[str, object], str, int]:
        opened = read_sheet(path, filename=filename)
        rows = opened.rows()
        sample = [dict(row.values) for row in islice(rows, SAMPLE_ROWS)]
        count = len(sample) + sum(1 for _row in rows)
        described: dict[str, object] = {
            "filename": filename[:300],
            "format": opened.format,
            "encoding": opened.encoding,
            "columns": list(opened.columns),
            "row_count": count,
            "sample": sample,
        }
        content = path.read_bytes()
        return described, blake3(content).hexdigest(), len(content)
