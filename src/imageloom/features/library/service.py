"""Assets: looked at, delivered with their provenance, imported."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection

from imageloom.features.library.models import Asset
from imageloom.features.library.repository import SHOWN, LibraryRepository, find
from imageloom.features.library.searching import Sought
from imageloom.features.library.soundness import SENTENCES, FileTrouble, look, note, said_of
from imageloom.features.quotas.service import QuotaService
from imageloom.features.teams.models import Project
from imageloom.kit.digests import digest_file
from imageloom.kit.errors import InvalidInput, NotFound, Problem
from imageloom.kit.pictures.inspect import (
    DamagedPicture,
    PictureFacts,
    PictureLimits,
    PictureTooLarge,
    UnsupportedPicture,
    examine,
)
from imageloom.runtime.actor import Actor, Permission
from imageloom.runtime.scope import Ports, Scope, Scopes


class FileGone(Problem):
    """The row is there and the bytes are not."""

    status = 410
    code = "file_gone"
    title = "The picture's file is missing from the store."


class FileChanged(FileGone):
    """The bytes are there and are not those that were stored."""

    code = "file_changed"
    title = "The picture's file was changed after it was stored."


class FileRemoved(FileGone):
    """Somebody put the picture into the trash, and it was deleted there: nothing is missing."""

    code = "file_removed"
    title = "The picture was deleted."


class BadUpload(InvalidInput):
    code = "bad_picture"
    title = "This is not a picture that can be used."
    way_out = "Send a whole PNG, JPEG or WebP file; save it again if it is one."


@dataclass(frozen=True, kw_only=True)
class KeptUpload:
    """An uploaded picture that is in the store."""

    blake3: str
    size_bytes: int
    facts: PictureFacts


class LibraryService:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.repository = LibraryRepository(scope.session)

    async def asset(self, asset_id: str) -> Asset:
        """Raises :class:`NotFound`, also for an asset of another team."""
        asset = await self.repository.asset(self.scope.actor, asset_id)
        if asset is None:
            self.scope.actor.require(Permission.assets_read)
            raise NotFound("There is no such picture.")
        self.scope.actor.require_for(asset, Permission.assets_read)
        return asset

    async def newest(self, *, before: str | None, limit: int) -> Sequence[Asset]:
        """A page of pictures with all that is known of each."""
        self.scope.actor.require(Permission.assets_read)
        return await self.repository.newest(self.scope.actor, before=before, limit=limit)

    async def reference(self, asset_id: str) -> Mapping[str, Any]:
        """What an item keeps of a picture that it edits. Raises :class:`NotFound`."""
        asset = await self.repository.asset(self.scope.actor, asset_id)
        if asset is None:
            raise NotFound(f"There is no picture {asset_id} to edit.", field="references")
        said = said_of(asset)
        if said is not None:
            hint = "Restore it first." if asset.removed_at is None else "Name another picture."
            raise NotFound(f"{said} Its id is {asset_id}.", field="references", hint=hint)
        return {
            "asset_id": asset.id,
            "blake3": asset.blake3,
            "format": asset.format,
            "media_type": f"image/{asset.format}",
        }

    async def import_once(self, project: Project, picture: KeptUpload, *, filename: str) -> Asset:
        """The project's asset with these bytes; a new one when it has none."""
        self.scope.actor.require_for(project, Permission.batches_write)
        known = await self.repository.of_project(self.scope.actor, project.id, picture.blake3)
        return known or await self.add_import(project, picture, filename=filename)

    async def add_import(self, project: Project, picture: KeptUpload, *, filename: str) -> Asset:
        """Writes an asset for an uploaded picture that is in the store already."""
        self.scope.actor.require_for(project, Permission.batches_write)
        await QuotaService(self.scope).take_room(project.team_id, size_bytes=picture.size_bytes)
        digest, facts = picture.blake3, picture.facts
        now = self.scope.ports.clock.now()
        await self.repository.ensure_blob(
            {
                "blake3": digest,
                "size_bytes": picture.size_bytes,
                "media_type": facts.media_type,
                "created_at": now,
            }
        )
        asset = Asset(
            id=self.scope.ports.ids.new(),
            team_id=project.team_id,
            project_id=project.id,
            blake3=digest,
            format=facts.format,
            width=facts.width,
            height=facts.height,
            provenance={"imported_from": filename, "created_at": now.isoformat()},
            previews="pending",
            created_at=now,
        )
        await self.repository.add(asset)
        self.scope.hint("assets.created")
        return asset


def page_of_assets(
    connection: Connection,
    actor: Actor,
    *,
    before: str | None,
    limit: int,
    run_id: str | None,
    project_id: str | None,
) -> list[dict[str, Any]]:
    """A page of pictures, each as its wire shape."""
    actor.require(Permission.assets_read)
    return LibraryRepository.page(connection, actor, before=before, limit=limit, run_id=run_id, project_id=project_id)


def page_of_found(
    connection: Connection, actor: Actor, sought: Sought, *, before: str | None, limit: int
) -> tuple[list[dict[str, Any]], str | None]:
    """The same of pictures that are sought, and the id after which to go on."""
    actor.require(Permission.assets_read)
    found = find(connection, actor, sought, shown=SHOWN, after=before, limit=limit)
    return [LibraryRepository.shown(row) for row in found.rows], found.following


async def keep_upload(path: Path, *, ports: Ports) -> KeptUpload:
    """Checks an uploaded picture and puts it into the store. The caller removes ``path``. Raises :class:`BadUpload`."""
    settings = ports.settings.pictures
    limits = PictureLimits(max_pixels=settings.max_pixels, max_bytes=settings.max_bytes)
    picture = await asyncio.to_thread(_examine, path, limits)
    await ports.blobs.put_file(f"pictures/{picture.blake3}", path)
    return picture


def _examine(path: Path, limits: PictureLimits) -> KeptUpload:
    size = path.stat().st_size
    try:
        with path.open("rb") as file:
            facts = examine(file, size_bytes=size, limits=limits)
    except (DamagedPicture, UnsupportedPicture, PictureTooLarge) as error:
        raise BadUpload(str(error), field="file") from error
    return KeptUpload(blake3=digest_file(path), size_bytes=size, facts=facts)


def must_be_there(asset: Asset) -> None:
    """Raises :class:`FileRemoved`."""
    if asset.removed_at is not None:
        raise FileRemoved(said_of(asset) or "", hint="A backup of before that day has it.")


async def sound_file(scopes: Scopes, asset: Asset) -> Path:
    """The picture's file on this machine, read once to be sure that it is what was stored.

    Raises :class:`FileGone` and :class:`FileChanged`, and says so on the asset; and :class:`FileRemoved`.
    """
    must_be_there(asset)
    blobs = scopes.ports.blobs
    trouble = (await look(blobs, asset.blake3)).trouble
    if trouble is not None or asset.trouble in SENTENCES:
        await note(scopes, {asset.blake3: trouble})
    path = blobs.local_path(f"pictures/{asset.blake3}")
    if trouble == FileTrouble.file_changed:
        raise FileChanged(trouble.sentence, hint=_RESTORE)
    if trouble == FileTrouble.file_missing or path is None:
        raise FileGone(FileTrouble.file_missing.sentence, hint=_RESTORE)
    return path


_RESTORE = "Bring the file back from a backup; imageloom verify then takes the complaint back."
