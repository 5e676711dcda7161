"""Keeping, changing and reading wildcard files."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

from imageloom.features.prompts.wildcards import Values
from imageloom.features.teams.service import TeamService
from imageloom.features.wildcards.errors import FileChanged, FileTaken, TooManyFiles
from imageloom.features.wildcards.models import WildcardFile
from imageloom.features.wildcards.reading import read_file
from imageloom.features.wildcards.repository import WildcardRepository
from imageloom.features.wildcards.schemas import WildcardFileCreate, WildcardFileUpdate
from imageloom.kit.errors import NotFound
from imageloom.runtime.actor import Permission
from imageloom.runtime.scope import Scope

FILES_MAX = 500
PROJECT_BYTES_MAX = 8_000_000
"""An estimate reads all of them. Larger ones belong into the installation's folder."""


class WildcardService:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.repository = WildcardRepository(scope.session)

    async def create(self, body: WildcardFileCreate) -> WildcardFile:
        """Raises :class:`WildcardBad`, :class:`FileTaken` and :class:`TooManyFiles`."""
        project = await TeamService(self.scope).project(body.project)
        self.scope.actor.require_for(project, Permission.batches_write)
        held = await asyncio.to_thread(read_file, body.name, body.kind, body.text)
        now = self.scope.ports.clock.now()
        file = WildcardFile(
            id=self.scope.ports.ids.new(),
            team_id=project.team_id,
            project_id=project.id,
            name=body.name,
            folded=body.name.casefold(),
            kind=body.kind,
            text=body.text,
            size_bytes=len(body.text.encode()),
            wildcards=_lines(held),
            version=1,
            created_at=now,
            updated_at=now,
        )
        await self._has_room(file)
        await self.repository.add(file)
        return file

    async def change(self, file_id: str, body: WildcardFileUpdate) -> WildcardFile:
        """What is not said stays. Raises also :class:`FileChanged`. Batches keep the values that they began with."""
        file = await self.file(file_id, permission=Permission.batches_write)
        if body.version is not None and body.version != file.version:
            raise FileChanged(f"It is version {file.version} by now.", field="version")
        name, kind = body.name or file.name, body.kind or file.kind
        text = file.text if body.text is None else body.text
        held = await asyncio.to_thread(read_file, name, kind, text)
        with self.scope.session.no_autoflush:
            file.name, file.folded, file.kind, file.text = name, name.casefold(), kind, text
            file.size_bytes, file.wildcards = len(text.encode()), _lines(held)
            file.version, file.updated_at = file.version + 1, self.scope.ports.clock.now()
            await self._has_room(file)
        await self.repository.flush()
        return file

    async def remove(self, file_id: str) -> WildcardFile:
        file = await self.file(file_id, permission=Permission.batches_write)
        await self.repository.remove(file)
        return file

    async def file(self, file_id: str, *, permission: Permission = Permission.batches_read) -> WildcardFile:
        """Raises :class:`NotFound`."""
        file = await self.repository.file(self.scope.actor, file_id)
        self.scope.actor.require_for(file, permission)
        if file is None:
            raise NotFound("There is no such wildcard file.")
        return file

    async def files(self, project: str | None) -> Sequence[WildcardFile]:
        self.scope.actor.require(Permission.batches_read)
        found = await TeamService(self.scope).project(project)
        return await self.repository.of_project(self.scope.actor, found.id)

    async def texts(self, project_id: str) -> list[tuple[str, str, str]]:
        """Name, kind and text of each file of a project that the caller has found."""
        files = await self.repository.of_project(self.scope.actor, project_id, with_text=True)
        return [(file.name, file.kind, file.text) for file in files]

    async def _has_room(self, file: WildcardFile) -> None:
        with self.scope.session.no_autoflush:
            await self.repository.lock_project(file.project_id)
            others = await self.repository.of_project(self.scope.actor, file.project_id)
            number, size = await self.repository.sums(file.project_id, but=file.id)
        own = {line["name"].casefold() for line in file.wildcards}
        for other in others:
            if other.id == file.id:
                continue
            if other.folded == file.folded or any(line["name"].casefold() in own for line in other.wildcards):
                raise FileTaken(f"{other.name}.{other.kind} holds a wildcard of the same name.", field="name")
        if number >= FILES_MAX or size + file.size_bytes > PROJECT_BYTES_MAX:
            raise TooManyFiles(
                f"A project keeps {FILES_MAX} files and {PROJECT_BYTES_MAX} bytes; it has {number} and {size}.",
                field="text",
            )


def values_of(texts: Sequence[tuple[str, str, str]]) -> dict[str, Values]:
    """The wildcards of files that were checked when they were kept."""
    found: dict[str, Values] = {}
    for name, kind, text in texts:
        found |= read_file(name, kind, text)
    return found


def _lines(held: Mapping[str, Values]) -> list[dict[str, object]]:
    return [{"name": name, "values": len(values.texts)} for name, values in sorted(held.items())]
