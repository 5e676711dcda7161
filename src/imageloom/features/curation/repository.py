"""Queries about what people think of pictures, about the trash, and about boards."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, Text, bindparam, case, cast, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from imageloom.features.batch_edits.models import BatchEditItem
from imageloom.features.curation.models import Vote, VotedPicture
from imageloom.features.generation.models import Item, ItemState, Run
from imageloom.features.library.models import Asset, AssetLabel, Blob, Board, BoardAsset
from imageloom.features.library.repository import LibraryRepository
from imageloom.kit.ids import ProjectId, TeamId
from imageloom.runtime.actor import Actor, Permission
from imageloom.runtime.db.visibility import allowed, visible

IDS_AT_ONCE = 500
"""A statement takes only so many values."""
LABELS_SHOWN = 500
PAGE = 1_000


class Held(NamedTuple):
    """What is thought of a picture, kept from others who judge it until the transaction ends."""

    id: str
    team_id: TeamId
    project_id: ProjectId
    pick: str | None
    rating: int | None
    labels: list[str] | None
    revision: int
    trashed_at: datetime | None


_HELD = (
    Asset.id,
    Asset.team_id,
    Asset.project_id,
    Asset.pick,
    Asset.rating,
    Asset.labels,
    Asset.revision,
    Asset.trashed_at,
)


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
                held[row.id] = Held(**row._mapping)
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
        statement = visible(statement, actor, team=AssetLabel.team_id, project=Asset.project_id)
        statement = statement.where(Asset.trashed_at.is_(None)).group_by(AssetLabel.label)
        rows = await self._session.execute(statement.order_by(count.desc(), AssetLabel.label).limit(LABELS_SHOWN))
        return [(row.label, int(row.pictures)) for row in rows]

    # --- blind votes -----------------------------------------------------------------------------------------

    async def shown(self, actor: Actor, asset_ids: Sequence[str]) -> Sequence[Any]:
        """What made some pictures, and where they lie. Kept: one person's votes on the same come after each other."""
        columns = (Asset.id, Asset.team_id, Asset.project_id, Asset.run_id, Asset.provenance)
        statement = LibraryRepository.visible_to(actor).with_only_columns(*columns)
        statement = statement.where(Asset.id.in_(asset_ids), Asset.removed_at.is_(None))
        return (await self._session.execute(statement.order_by(Asset.id).with_for_update())).all()

    async def vote(self, user_id: str, shown: str) -> Vote | None:
        statement = select(Vote).where(Vote.user_id == user_id, Vote.shown == shown)
        return (await self._session.scalars(statement)).one_or_none()

    async def voted(self, vote_id: str) -> Sequence[VotedPicture]:
        return (await self._session.scalars(select(VotedPicture).where(VotedPicture.vote_id == vote_id))).all()

    async def wins(self, actor: Actor, *, batch: str | None, project: str | None) -> tuple[int, Sequence[Any]]:
        """How many votes stood between models, and of each model how many of those it was in, and won. Votes between
        pictures of several projects are seen by those who see the whole team.
        """
        conditions: list[Any] = [Vote.models > 1]
        if batch is not None:
            conditions.append(Vote.run_id == batch)
        if project is not None:
            conditions.append(Vote.project_id == project)
        held = func.count(VotedPicture.vote_id.distinct())
        won = func.count(case((VotedPicture.is_chosen, VotedPicture.vote_id)).distinct())
        counted = select(func.count()).select_from(Vote).where(*conditions)
        by_model = (
            select(VotedPicture.model, won.label("won"), held.label("held"))
            .join(Vote, Vote.id == VotedPicture.vote_id)
            .where(*conditions, VotedPicture.model.is_not(None))
            .group_by(VotedPicture.model)
            .order_by(won.desc(), held, VotedPicture.model)
        )
        columns = {"team": Vote.team_id, "project": Vote.project_id}
        votes = (await self._session.execute(visible(counted, actor, **columns))).scalar_one()
        return votes, (await self._session.execute(visible(by_model, actor, **columns))).all()

    # --- the trash -------------------------------------------------------------------------------------------

    async def set_trashed(self, asset_ids: Sequence[str], *, at: datetime | None, by: str | None) -> None:
        """Into the trash; out of it without ``at``."""
        for start in range(0, len(asset_ids), IDS_AT_ONCE):
            statement = update(Asset).where(Asset.id.in_(asset_ids[start : start + IDS_AT_ONCE]))
            statement = statement.values(trashed_at=at, trashed_by=by)
            await self._session.execute(statement.execution_options(synchronize_session=False))

    async def in_trash(
        self, actor: Actor, *, permission: Permission | None = None, before: datetime | None, limit: int
    ) -> Sequence[str]:
        """Some ids of it, of what the actor has this permission for, that have lain there since ``before``."""
        statement = LibraryRepository.visible_to(actor).with_only_columns(Asset.id)
        statement = statement.where(Asset.trashed_at.is_not(None), Asset.removed_at.is_(None))
        if permission is not None:
            statement = allowed(statement, actor, permission, team=Asset.team_id, project=Asset.project_id)
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

    async def rooms(self, asset_ids: Sequence[str]) -> list[tuple[str, str | None, int]]:
        """The bytes of these pictures by team, and by the person whose batch made them."""
        rooms: list[tuple[str, str | None, int]] = []
        for start in range(0, len(asset_ids), IDS_AT_ONCE):
            statement = (
                select(Asset.team_id, Run.user_id, func.sum(Blob.size_bytes))
                .join(Blob, Blob.blake3 == Asset.blake3)
                .outerjoin(Run, Run.id == Asset.run_id)
                .where(Asset.id.in_(asset_ids[start : start + IDS_AT_ONCE]))
                .group_by(Asset.team_id, Run.user_id)
            )
            found = await self._session.execute(statement)
            rooms += [(team_id, user_id, int(size)) for team_id, user_id, size in found]
        return rooms

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

    # --- files that nothing needs any more ---------------------------------------------------------------------

    async def unswept(self, *, before: datetime, after: str, limit: int) -> Sequence[tuple[str, str]]:
        """Ids and hashes of pictures that were deleted before, whose file was not looked after yet."""
        statement = select(Asset.id, Asset.blake3).where(
            Asset.removed_at.is_not(None), Asset.removed_at < before, Asset.swept_at.is_(None), Asset.id > after
        )
        rows = await self._session.execute(statement.order_by(Asset.id).limit(limit))
        return [(row.id, row.blake3) for row in rows]

    async def living(self, hashes: Sequence[str]) -> set[str]:
        """Those of them that are the file of a picture that is not deleted, be it in the trash."""
        statement = select(Asset.blake3).where(Asset.blake3.in_(hashes), Asset.removed_at.is_(None)).distinct()
        return set(await self._session.scalars(statement))

    async def swept(self, asset_ids: Sequence[str], *, at: datetime) -> None:
        statement = update(Asset).where(Asset.id.in_(asset_ids)).values(swept_at=at)
        await self._session.execute(statement.execution_options(synchronize_session=False))

    async def sent_along(self) -> set[str]:
        """Hashes of pictures that items still send, or would if they were tried again or an edit were undone."""
        hashes: set[str] = set()
        fields = select(Item.fields).where(Item.state != ItemState.done.value, _names_files(Item.fields))
        for column in (BatchEditItem.before, BatchEditItem.after):
            await self._collect(hashes, select(column).where(_names_files(column)))
        await self._collect(hashes, fields)
        return hashes

    async def _collect(self, hashes: set[str], statement: Select[Any]) -> None:
        async for found in await self._session.stream_scalars(statement.execution_options(yield_per=PAGE)):
            hashes.update(_hashes(found))


def _names_files(column: Any) -> ColumnElement[bool]:
    return cast(column, Text).contains('"blake3"')


def _hashes(value: Any) -> Iterator[str]:
    """Every hash of a picture that stands in a JSON value, however deep."""
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == "blake3" and isinstance(inner, str):
                yield inner
            else:
                yield from _hashes(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _hashes(inner)


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


class BoardSum(NamedTuple):
    pictures: int
    cover_asset_id: str | None


EMPTY = BoardSum(0, None)


class BoardRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, board: Board) -> None:
        self._session.add(board)
        await self._session.flush()

    @staticmethod
    def visible_to(actor: Actor) -> Select[Board]:
        """Where every query about boards starts."""
        return visible(select(Board), actor, team=Board.team_id, project=Board.project_id)

    async def board(self, actor: Actor, board_id: str, *, hold: bool = False) -> Board | None:
        statement = self.visible_to(actor).where(Board.id == board_id)
        return (await self._session.scalars(statement.with_for_update() if hold else statement)).one_or_none()

    async def named(self, project_id: str, name: str) -> Board | None:
        statement = select(Board).where(Board.project_id == project_id, Board.live_name == name)
        return (await self._session.scalars(statement)).one_or_none()

    async def boards(self, actor: Actor, *, project_id: str | None, before: str | None, limit: int) -> Sequence[Board]:
        """A page of those that are not removed, newest first."""
        statement = self.visible_to(actor).where(Board.live_name.is_not(None))
        if project_id is not None:
            statement = statement.where(Board.project_id == project_id)
        if before is not None:
            statement = statement.where(Board.id < before)
        return (await self._session.scalars(statement.order_by(Board.id.desc()).limit(limit))).all()

    async def sums(self, actor: Actor, board_ids: Sequence[str]) -> dict[str, BoardSum]:
        """How many pictures each board shows the actor, and the first of them."""
        first = func.min(BoardAsset.position).label("first")
        lying = (
            select(BoardAsset.board_id, func.count().label("pictures"), first)
            .join(Asset, Asset.id == BoardAsset.asset_id)
            .where(BoardAsset.board_id.in_(board_ids), Asset.trashed_at.is_(None))
            .group_by(BoardAsset.board_id)
        )
        if actor.seen.also:
            # A board may hold pictures of other projects of its team.
            lying = visible(lying, actor, team=Asset.team_id, project=Asset.project_id)
        shown = lying.subquery()
        statement = select(BoardAsset.board_id, shown.c.pictures, BoardAsset.asset_id).join(
            shown, (shown.c.board_id == BoardAsset.board_id) & (shown.c.first == BoardAsset.position)
        )
        return {row[0]: BoardSum(int(row[1]), row[2]) for row in await self._session.execute(statement)}

    async def order(self, board_id: str) -> dict[str, int]:
        """Every picture of the board and its place, those in the trash too, in order."""
        statement = select(BoardAsset.asset_id, BoardAsset.position).where(BoardAsset.board_id == board_id)
        rows = await self._session.execute(statement.order_by(BoardAsset.position))
        return {row.asset_id: row.position for row in rows}

    async def of_team(self, actor: Actor, team_id: TeamId, asset_ids: Sequence[str]) -> set[str]:
        """Those of them that are the team's and not in the trash."""
        found: set[str] = set()
        for start in range(0, len(asset_ids), IDS_AT_ONCE):
            statement = LibraryRepository.visible_to(actor).with_only_columns(Asset.id)
            statement = statement.where(
                Asset.id.in_(asset_ids[start : start + IDS_AT_ONCE]),
                Asset.team_id == team_id,
                Asset.trashed_at.is_(None),
            )
            found.update(await self._session.scalars(statement))
        return found

    async def put(self, board_id: str, places: Mapping[str, int], *, at: datetime) -> None:
        rows = [
            {"board_id": board_id, "asset_id": one, "position": place, "added_at": at} for one, place in places.items()
        ]
        if rows:
            await self._session.execute(insert(BoardAsset), rows)

    async def move(self, board_id: str, places: Mapping[str, int]) -> None:
        rows = [{"b_board": board_id, "b_asset": one, "position": place} for one, place in places.items()]
        if rows:
            await (await self._session.connection()).execute(_MOVE, rows)

    async def take_off(self, board_id: str, asset_ids: Sequence[str]) -> None:
        for start in range(0, len(asset_ids), IDS_AT_ONCE):
            statement = delete(BoardAsset).where(
                BoardAsset.board_id == board_id, BoardAsset.asset_id.in_(asset_ids[start : start + IDS_AT_ONCE])
            )
            await self._session.execute(statement.execution_options(synchronize_session=False))


_PLACES = BoardAsset.__table__
_MOVE = (
    update(_PLACES)  # type: ignore[arg-type]
    .where(_PLACES.c.board_id == bindparam("b_board"), _PLACES.c.asset_id == bindparam("b_asset"))
    .values(position=bindparam("position"))
)
