"""Taking pictures away that somebody has chosen, of any batch or none: names, a manifest, a ZIP."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from imageloom.features.batches.manifests import MANIFEST, MARK, csv_line, row_of
from imageloom.features.batches.naming import Origin, values_of
from imageloom.features.batches.repository import BatchRepository
from imageloom.features.batches.schemas import FileRead
from imageloom.features.batches.shapes import shape_file
from imageloom.features.generation.repository import GenerationRepository
from imageloom.features.library.archives import Taken, ZipFileStream, plan_zip, stream_converted
from imageloom.features.library.delivery import Metadata
from imageloom.features.library.models import Asset
from imageloom.features.library.repository import LibraryRepository
from imageloom.features.teams.repository import TeamRepository
from imageloom.kit.errors import NotFound
from imageloom.kit.filenames import DEFAULT_TEMPLATE, Namer, NameTemplate
from imageloom.kit.ids import ProjectId, TeamId
from imageloom.kit.pictures.wishes import Conversion
from imageloom.runtime.actor import Actor, Permission
from imageloom.runtime.scope import Scope, Scopes

MORE_COLUMNS = ["batch_id", "batch", "project"]
"""A batch's own manifest needs none of them."""


@dataclass(frozen=True, kw_only=True)
class Named:
    asset: Asset
    origin: Origin
    path: str


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """Pictures in the order of somebody's list, each named by what is known of it."""

    pictures: Sequence[Named]
    sizes: Mapping[str, int]
    conversion: Conversion | None

    @classmethod
    async def open(
        cls, scope: Scope, ids: Sequence[str], *, names: str | None, conversion: Conversion | None = None
    ) -> Chosen:
        """Raises :class:`NameTemplateError`, and :class:`NotFound` when one of them is not there."""
        scope.actor.require(Permission.assets_read)
        template = NameTemplate.parse(names if names is not None else DEFAULT_TEMPLATE)
        assets = await _found(scope, list(dict.fromkeys(ids)))
        origins = await _origins(scope, assets)
        namer, pictures = Namer(), []
        for index, (asset, origin) in enumerate(zip(assets, origins, strict=True), start=1):
            values = values_of(asset, origin, index=index, total=len(assets), conversion=conversion)
            pictures.append(Named(asset=asset, origin=origin, path=namer.unique(template.render(values))))
        sizes = await LibraryRepository(scope.session).sizes([asset.blake3 for asset in assets])
        return cls(pictures=pictures, sizes=sizes, conversion=conversion)

    def page(self, *, after: int, limit: int) -> tuple[list[FileRead], int | None]:
        """Files after a place, which counts from 0, and the place to go on from."""
        start = max(0, after + 1)
        shown = list(enumerate(self.pictures))[start : start + limit]
        files = [self._file(named, place) for place, named in shown]
        return files, shown[-1][0] if shown and start + limit < len(self.pictures) else None

    def _file(self, named: Named, place: int) -> FileRead:
        asset, size = named.asset, self.sizes.get(named.asset.blake3, 0)
        return shape_file(asset, named.path, item_id=asset.item_id, position=place, size_bytes=size)

    async def stream(self, scopes: Scopes, *, metadata: Metadata) -> ZipFileStream:
        """What was chosen while it lies in the trash is taken along: somebody pointed at it."""
        if self.conversion is not None:
            entries = [(named.path, named.asset) for named in self.pictures]
            chunks = stream_converted(
                scopes, entries, wish=self.conversion, metadata=metadata, finish=self._finish, leaves_trash=False
            )
            return ZipFileStream(chunks=chunks, size_bytes=None)
        blobs = scopes.ports.blobs
        planned = [
            (named.path, named.asset, blobs.local_path(f"pictures/{named.asset.blake3}")) for named in self.pictures
        ]
        return await asyncio.to_thread(plan_zip, planned, self.sizes, metadata, await self._finish({}))

    async def _finish(self, taken: Mapping[str, Taken]) -> Mapping[str, bytes]:
        lines = [csv_line([*MANIFEST, *MORE_COLUMNS])]
        for place, named in enumerate(self.pictures, start=1):
            asset, origin = named.asset, named.origin
            row = row_of(origin.item, asset, named.path, taken.get(named.path), position=place)
            lines.append(csv_line([*row, asset.run_id, origin.batch, origin.project]))
        return {"manifest.csv": (MARK + "".join(lines)).encode()}


async def _found(scope: Scope, ids: Sequence[str]) -> list[Asset]:
    found = await LibraryRepository(scope.session).chosen(scope.actor, ids)
    missing = next((asset_id for asset_id in ids if asset_id not in found), None)
    if missing is not None:
        raise NotFound(f"There is no picture {missing}.", field="ids")
    return [found[asset_id] for asset_id in ids]


async def _origins(scope: Scope, assets: Sequence[Asset]) -> list[Origin]:
    """Who may see pictures and no batches is told what the pictures say of themselves."""
    session = scope.session
    told = [asset for asset in assets if _shows_batch(scope.actor, asset)]
    told_ids = {asset.id for asset in told}
    items = await GenerationRepository(session).items_by_ids([asset.item_id for asset in told if asset.item_id])
    batches = await BatchRepository(session).names(list({asset.run_id for asset in told if asset.run_id}))
    projects = await TeamRepository(session).project_names(scope.actor, list({asset.project_id for asset in assets}))
    origins = []
    for asset in assets:
        is_told = asset.id in told_ids
        batch, user = batches.get(asset.run_id or "", ("", "")) if is_told else ("", "")
        item = items.get(asset.item_id or "") if is_told else None
        origins.append(Origin(item=item, batch=batch, project=projects.get(asset.project_id, ""), user=user))
    return origins


def _shows_batch(actor: Actor, asset: Asset) -> bool:
    team, project = TeamId(asset.team_id), ProjectId(asset.project_id)
    return actor.may(Permission.batches_read, team_id=team, project_id=project)
