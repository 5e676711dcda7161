"""Taking a batch's pictures away: their names from a template, a manifest, a ZIP that is made while it is sent."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from imageloom.features.batches.manifests import MANIFEST, MARK, csv_line, row_of
from imageloom.features.batches.models import Batch
from imageloom.features.batches.naming import Origin, values_of
from imageloom.features.batches.schemas import FileRead
from imageloom.features.batches.service import BatchService
from imageloom.features.batches.shapes import shape_file
from imageloom.features.generation.models import Item, ItemState, Run
from imageloom.features.generation.repository import GenerationRepository
from imageloom.features.identity.repository import IdentityRepository
from imageloom.features.library.archives import Taken, ZipFileStream, plan_zip, stream_converted
from imageloom.features.library.delivery import Metadata
from imageloom.features.library.models import Asset
from imageloom.features.library.repository import LibraryRepository
from imageloom.features.teams.models import Project
from imageloom.kit.filenames import DEFAULT_TEMPLATE, Namer, NameTemplate, NameValues
from imageloom.kit.pictures.wishes import Conversion
from imageloom.runtime.actor import Actor
from imageloom.runtime.scope import Scope, Scopes

PAGE = 500


@dataclass
class Packer:
    """Names the pictures of one batch.

    A name may depend on all that come before, so pages are walked from the start unless the names begin with the index.
    """

    scope: Scope
    batch: Batch
    run: Run
    project: Project
    user: str
    template: NameTemplate
    conversion: Conversion | None = None
    namer: Namer = field(default_factory=Namer)

    @classmethod
    async def open(
        cls, scope: Scope, batch_id: str, *, names: str | None, conversion: Conversion | None = None
    ) -> Packer:
        """Raises :class:`NotFound` and :class:`NameTemplateError`."""
        template = NameTemplate.parse(names if names is not None else DEFAULT_TEMPLATE)
        batch, run = await BatchService(scope).batch(batch_id)
        project = await scope.session.get_one(Project, batch.project_id)
        user = await IdentityRepository(scope.session).user(run.user_id)
        return cls(scope, batch, run, project, "" if user is None else user.name, template, conversion)

    async def page(self, *, after: int, limit: int) -> tuple[list[FileRead], int | None]:
        """Finished pictures after a position, and the position to go on from."""
        if not self.template.begins_with_index:
            async for _ in self._named(until=after):
                # Only for the names: those before decide which are taken.
                pass
        named: list[tuple[Item, Asset, str]] = []
        async for entry in self._named(after=after):
            named.append(entry)
            if len(named) == limit:
                break
        sizes = await LibraryRepository(self.scope.session).sizes([asset.blake3 for _item, asset, _path in named])
        files = [
            shape_file(asset, path, item_id=item.id, position=item.position, size_bytes=sizes.get(asset.blake3, 0))
            for item, asset, path in named
        ]
        return files, named[-1][0].position if len(named) == limit else None

    async def _named(self, *, after: int = -1, until: int | None = None) -> AsyncIterator[tuple[Item, Asset, str]]:
        """Done items with their picture and its name, in order of position."""
        if until is not None and until < 0:
            return
        generation, library = GenerationRepository(self.scope.session), LibraryRepository(self.scope.session)
        while True:
            items = await generation.items(self.run.id, after=after, limit=PAGE, states=[ItemState.done.value])
            assets = await library.by_ids([item.asset_id for item in items if item.asset_id is not None])
            for item in items:
                if until is not None and item.position > until:
                    return
                asset = assets.get(item.asset_id or "")
                if asset is not None:
                    yield item, asset, self.namer.unique(self.template.render(self._values(item, asset)))
            if len(items) < PAGE:
                return
            after = items[-1].position

    def _values(self, item: Item, asset: Asset) -> NameValues:
        origin = Origin(item=item, batch=self.batch.name, project=self.project.name, user=self.user)
        return values_of(asset, origin, index=item.position + 1, total=self.run.total, conversion=self.conversion)

    # --- the manifest ----------------------------------------------------------------------------------------

    @staticmethod
    async def manifest_rows(
        scopes: Scopes,
        actor: Actor,
        batch_id: str,
        *,
        names: str | None,
        conversion: Conversion | None = None,
        taken: Mapping[str, Taken] | None = None,
    ) -> AsyncIterator[str]:
        """CSV with a mark that makes spreadsheets read it as UTF-8; every item has a row, done or not.

        ``taken`` says what became of pictures that were converted, by their planned names.
        """
        yield MARK + csv_line(MANIFEST)
        async with scopes.open(actor, write=False) as scope:
            packer = await Packer.open(scope, batch_id, names=names, conversion=conversion)
            paths = {item.id: path async for item, _asset, path in packer._named()}
            generation, library = GenerationRepository(scope.session), LibraryRepository(scope.session)
            after = -1
            while items := await generation.items(batch_id, after=after, limit=PAGE):
                assets = await library.by_ids([item.asset_id for item in items if item.asset_id is not None])
                for item in items:
                    asset, path = assets.get(item.asset_id or ""), paths.get(item.id, "")
                    row = row_of(item, asset, path, (taken or {}).get(path), position=item.position + 1)
                    yield csv_line(row)
                after = items[-1].position

    # --- the ZIP ---------------------------------------------------------------------------------------------

    @staticmethod
    async def zip_stream(
        scopes: Scopes, actor: Actor, batch_id: str, *, names: str | None, metadata: Metadata
    ) -> ZipFileStream:
        """Plans the archive: its exact size is known before its first byte, because nothing is compressed."""
        entries: list[tuple[str, Asset, Path | None]] = []
        sizes: dict[str, int] = {}
        async with scopes.open(actor, write=False) as scope:
            packer = await Packer.open(scope, batch_id, names=names)
            async for _item, asset, path in packer._named():
                entries.append((path, asset, scope.ports.blobs.local_path(f"pictures/{asset.blake3}")))
            hashes = [asset.blake3 for _path, asset, _file in entries]
            for start in range(0, len(hashes), PAGE):
                sizes |= await LibraryRepository(scope.session).sizes(hashes[start : start + PAGE])
        lines = [line async for line in Packer.manifest_rows(scopes, actor, batch_id, names=names)]
        more = {"manifest.csv": "".join(lines).encode()}
        return await asyncio.to_thread(plan_zip, entries, sizes, metadata, more, leaves_trash=True)

    @staticmethod
    async def converted_stream(
        scopes: Scopes, actor: Actor, batch_id: str, *, names: str | None, metadata: Metadata, conversion: Conversion
    ) -> ZipFileStream:
        """The archive with pictures in another format, or smaller. Nobody knows its size before they are made."""
        async with scopes.open(actor, write=False) as scope:
            packer = await Packer.open(scope, batch_id, names=names, conversion=conversion)
            entries = [(path, asset) async for _item, asset, path in packer._named()]

        async def finish(taken: Mapping[str, Taken]) -> Mapping[str, bytes]:
            rows = Packer.manifest_rows(scopes, actor, batch_id, names=names, conversion=conversion, taken=taken)
            return {"manifest.csv": "".join([line async for line in rows]).encode()}

        chunks = stream_converted(scopes, entries, wish=conversion, metadata=metadata, finish=finish)
        return ZipFileStream(chunks=chunks, size_bytes=None)
