"""Queries about what people think of pictures, and about the trash."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import bindparam, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from imageloom.features.library.models import Asset, AssetLabel, Blob, BoardAsset
from imageloom.features.library.repository import LibraryRepository
from imageloom.kit.ids import TeamId
from imageloom.runtime.actor import Actor

IDS_AT_ONCE = 500
"""A statement takes only so many values."""
LABELS_SHOWN = 500


class Held(NamedTuple):
    """What is thought of a picture, kept from others who judge it until the transaction ends."""

    id: str
    team_id: TeamId
    pick: str | None
    rating: int | None
    labels: list[str] | None
    revision: int
    trashed_at: datetime | None


_HELD = (Asset.id, Asset.team_id, Asset.pick, Asset.rating, Asset.labels, Asset.revision, Asset.trashed_at)


class TrashSum(NamedTuple):
    pictures: int
    size_bytes: int
    oldest_at: datetime | None


class CurationRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def hold(self, actor: Actor, asset_ids: Sequence[str]) -> dict[str, Held]:
        """Those that the actor may see, by their ids; in one order, so that two who hold wait and do not lock."""
        held: dict[str, Held] = {}
        wanted = sorted(asset_ids)
        for start in range(0, len(wanted), IDS_AT_ONCE):
            statement = (
                LibraryRepository.visible_to(actor)
                .with_only_columns(*_HELD)
                .where(Asset.id.in_(wanted[start : start + IDS_AT_ONCE]), Asset.removed_at.is_(None))
                .order_by(Asset.id)
                .with_for_update()
            )
            for row in await self._session.execute(statement):
                held[row.id] = Held(row.id, TeamId(row.team_id), *row[2:])
        return held

    async def judge(self, rows: Sequence[dict[str, Any]]) -> None:
        """Each with ``b_id``, ``pick``, ``rating``, ``labels`` and ``revision``."""
        if rows:
            connection = await self._session.connection()
            await connection.execute(_JUDGE, list(rows))

    async def label(self, labels: dict[str, tuple[TeamId, Sequence[str]]]) -> None:
        """Gives the pictures these labels and no others."""
        ids = sorted(labels)
        for start in range(0, len(ids), IDS_AT_ONCE):
            gone = delete(AssetLabel).where(AssetLabel.asset_id.in_(ids[start : start + IDS_AT_ONCE]))
            await self._session.execute(gone.execution_options(synchronize_session=False))
        rows = [
            {"asset_id": asset_id, "label": label, "team_id": labels[asset_id][0]}
            for asset_id in ids
            for label in labels[asset_id][1]
        ]
        if rows:
            await self._session.execute(insert(AssetLabel), rows)

    async def labels(self, actor: Actor) -> Sequence[tuple[str, int]]:
        """Labels of pictures that are not in the trash, the most used first."""
        count = func.count().label("pictures")
        statement = select(AssetLabel.label, count).join(Asset, Asset.id == AssetLabel.asset_id)
        if not actor.is_system:
            statement = statement.where(AssetLabel.team_id.in_(actor.team_ids))
        statement = statement.where(Asset.trashed_at.is_(None)).group_by(AssetLabel.label)
        rows = await self._session.execute(statement.order_by(count.desc(), AssetLabel.label).limit(LABELS_SHOWN))
        return [(row.label, int(row.pictures)) for row in rows]

    # --- the trash -------------------------------------------------------------------------------------------

    async def set_trashed(self, asset_ids: Sequence[str], *, at: datetime | None, by: str | None) -> None:
        """Into the trash; out of it without ``at``."""
        for start in range(0, len(asset_ids), IDS_AT_ONCE):
            statement = update(Asset).where(Asset.id.in_(asset_ids[start : start + IDS_AT_ONCE]))
            statement = statement.values(trashed_at=at, trashed_by=by)
            await self._session.execute(statement.execution_options(synchronize_session=False))

    async def in_trash(
        self, actor: Actor, *, teams: Sequence[TeamId] | None, before: datetime | None, limit: int
    ) -> Sequence[str]:
        """Some ids of it, of these teams, that have lain there since ``before``."""
        statement = LibraryRepository.visible_to(actor).with_only_columns(Asset.id)
        statement = statement.where(Asset.trashed_at.is_not(None), Asset.removed_at.is_(None))
        if teams is not None:
            statement = statement.where(Asset.team_id.in_(teams))
        if before is not None:
            statement = statement.where(Asset.trashed_at < before)
        return (await self._session.scalars(statement.order_by(Asset.trashed_at, Asset.id).limit(limit))).all()

    async def trash(self, actor: Actor) -> TrashSum:
        """What lies there. A file that lies there twice takes its room once."""
        lying = LibraryRepository.visible_to(actor).where(Asset.trashed_at.is_not(None), Asset.removed_at.is_(None))
        counted = (await self._session.execute(lying.with_only_columns(func.count(), func.min(Asset.trashed_at)))).one()
        files = lying.with_only_columns(Asset.blake3).distinct().subquery()
        size = await self._session.scalar(select(func.sum(Blob.size_bytes)).join(files, files.c.blake3 == Blob.blake3))
        return TrashSum(int(counted[0]), int(size or 0), counted[1])

    async def remove(self, asset_ids: Sequence[str], *, at: datetime) -> None:
        """For good: what people said of them goes, the rows stay."""
        for start in range(0, len(asset_ids), IDS_AT_ONCE):
            ids = asset_ids[start : start + IDS_AT_ONCE]
            for statement in (
                delete(BoardAsset).where(BoardAsset.asset_id.in_(ids)),
                delete(AssetLabel).where(AssetLabel.asset_id.in_(ids)),
                update(Asset)
                .where(Asset.id.in_(ids))
                .values(removed_at=at, previews="removed", previews_claimed_by=None, preview=None, preview_hashes=None),
            ):
                await self._session.execute(statement.execution_options(synchronize_session=False))


_JUDGE = (
    update(Asset.__table__)  # type: ignore[arg-type]
    .where(Asset.__table__.c.id == bindparam("b_id"))
    .values(
        pick=bindparam("pick"),
        rating=bindparam("rating"),
        labels=bindparam("labels"),
        revision=bindparam("revision"),
    )
)
