"""Queries about assets."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar, Literal, NamedTuple

import orjson
from sqlalchemy import (
    ColumnElement,
    Connection,
    Executable,
    Row,
    Select,
    SQLColumnExpression,
    Text,
    bindparam,
    cast,
    func,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncSession

from imageloom.features.library.models import Asset, AssetLabel, Blob, Board, BoardAsset
from imageloom.features.library.searching import Pick, Sought
from imageloom.runtime.actor import Actor, Reach
from imageloom.runtime.db.upserts import upsert
from imageloom.runtime.db.visibility import visible

# Rows, not objects, and the provenance as the text that it is: a page is looked at, not changed.
SHOWN = (
    Asset.id,
    Asset.project_id,
    Asset.run_id.label("batch_id"),
    Asset.item_id,
    Asset.blake3,
    Asset.format,
    Asset.width,
    Asset.height,
    Asset.previews,
    Asset.preview,
    Asset.colour,
    Asset.trouble,
    func.coalesce(Asset.pick, "none").label("pick"),
    func.coalesce(Asset.rating, 0).label("rating"),
    Asset.labels,
    Asset.revision,
    Asset.trashed_at,
    Asset.removed_at,
    cast(Asset.provenance, Text).label("provenance"),
    Asset.created_at,
)

_NAMES = tuple(column.key for column in SHOWN)
PAGES_KEPT = 1000


class _Asked(NamedTuple):
    """What decides how a page's statement is made. It is kept: making it costs more than what it asks for."""

    is_system: bool
    seen: Reach
    goes_on: bool
    of_run: bool
    of_project: bool


HASHES_AT_ONCE = 500
"""A statement takes only so many values."""


class LibraryRepository:
    _pages: ClassVar[dict[_Asked, Executable]] = {}

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    @staticmethod
    def visible_to(actor: Actor) -> Select[Asset]:
        """Where every query about assets starts."""
        return visible(select(Asset), actor, team=Asset.team_id, project=Asset.project_id)

    async def asset(self, actor: Actor, asset_id: str) -> Asset | None:
        return (await self._session.scalars(self.visible_to(actor).where(Asset.id == asset_id))).one_or_none()

    async def of_project(self, actor: Actor, project_id: str, blake3: str) -> Asset | None:
        """The oldest asset of a project with this file that is not in the trash."""
        statement = self.visible_to(actor).where(
            Asset.blake3 == blake3, Asset.project_id == project_id, Asset.trashed_at.is_(None)
        )
        return (await self._session.scalars(statement.order_by(Asset.id).limit(1))).one_or_none()

    @classmethod
    def page(
        cls,
        connection: Connection,
        actor: Actor,
        *,
        before: str | None,
        limit: int,
        run_id: str | None,
        project_id: str | None,
    ) -> list[dict[str, Any]]:
        """A page, newest first, older than the given id: what is shown of each, by the names of its wire shape."""
        asked = _Asked(actor.is_system, actor.seen, before is not None, run_id is not None, project_id is not None)
        statement = cls._pages.get(asked)
        if statement is None:
            if len(cls._pages) >= PAGES_KEPT:
                cls._pages.clear()
            statement = cls._pages[asked] = cls._page_for(actor, asked)
        values = {"before": before, "run": run_id, "project": project_id, "limit": limit}
        rows = connection.execute(statement, values).all()
        return [cls.shown(row) for row in rows]

    @staticmethod
    def shown(row: Row[Any]) -> dict[str, Any]:
        """A row of ``SHOWN`` by the names of its wire shape."""
        shown = dict(zip(_NAMES, row, strict=True))
        shown["labels"] = shown["labels"] or []
        shown["provenance"] = orjson.Fragment(shown["provenance"])
        return shown

    @classmethod
    def _page_for(cls, actor: Actor, asked: _Asked) -> Executable:
        statement = cls.visible_to(actor).with_only_columns(*SHOWN).where(Asset.trashed_at.is_(None))
        if asked.of_run:
            statement = statement.where(Asset.run_id == bindparam("run"))
        if asked.of_project:
            statement = statement.where(Asset.project_id == bindparam("project"))
        if asked.goes_on:
            statement = statement.where(Asset.id < bindparam("before"))
        return statement.order_by(Asset.id.desc()).limit(bindparam("limit"))

    async def newest(self, actor: Actor, *, before: str | None, limit: int) -> Sequence[Asset]:
        """A page of whole rows, newest first, older than the given id."""
        statement = self.visible_to(actor).order_by(Asset.id.desc()).limit(limit)
        if before is not None:
            statement = statement.where(Asset.id < before)
        return (await self._session.scalars(statement)).all()

    async def made_before(
        self, project_id: str, hashes: Collection[str], *, not_by: str | None
    ) -> dict[str, list[str]]:
        """Sound pictures of a project by the hashes of their requests, oldest first; none that ``not_by`` has made."""
        made: dict[str, list[str]] = {}
        wanted = sorted(hashes)
        for start in range(0, len(wanted), HASHES_AT_ONCE):
            statement = select(Asset.request_hash, Asset.id).where(
                Asset.project_id == project_id,
                Asset.request_hash.in_(wanted[start : start + HASHES_AT_ONCE]),
                Asset.trouble.is_(None),
                Asset.previews != "damaged",
                Asset.trashed_at.is_(None),
                Asset.run_id.is_distinct_from(not_by),
            )
            for request_hash, asset_id in await self._session.execute(statement.order_by(Asset.id)):
                made.setdefault(str(request_hash), []).append(asset_id)
        return made

    async def by_ids(self, asset_ids: Sequence[str]) -> dict[str, Asset]:
        rows = await self._session.scalars(select(Asset).where(Asset.id.in_(asset_ids)))
        return {asset.id: asset for asset in rows}

    async def chosen(self, actor: Actor, asset_ids: Sequence[str]) -> dict[str, Asset]:
        """Those of them that the actor may see."""
        rows = await self._session.scalars(self.visible_to(actor).where(Asset.id.in_(asset_ids)))
        return {asset.id: asset for asset in rows}

    async def ensure_blob(self, row: Mapping[str, Any]) -> None:
        """Writes the blob's row unless it is there: the same picture may come twice at once."""
        dialect = self._session.get_bind().dialect.name
        await self._session.execute(upsert(Blob, dialect=dialect).on_conflict_do_nothing(), [dict(row)])

    async def sizes(self, hashes: Sequence[str]) -> dict[str, int]:
        rows = await self._session.execute(select(Blob.blake3, Blob.size_bytes).where(Blob.blake3.in_(hashes)))
        return {row.blake3: row.size_bytes for row in rows}

    async def claim_previews(self, *, limit: int, owner: str) -> Sequence[Asset]:
        """Assets without previews, claimed for an executor."""
        statement = (
            select(Asset)
            .where(Asset.previews == "pending", Asset.previews_claimed_by.is_(None))
            .order_by(Asset.id)
            .limit(limit)
            .with_for_update(skip_locked=True)
        )
        assets = (await self._session.scalars(statement)).all()
        for asset in assets:
            asset.previews_claimed_by = owner
        return assets

    async def preview_claimants(self) -> Sequence[str]:
        """Executors that claim to be making previews."""
        statement = select(Asset.previews_claimed_by).where(
            Asset.previews == "pending", Asset.previews_claimed_by.is_not(None)
        )
        return [owner for owner in await self._session.scalars(statement.distinct()) if owner is not None]

    async def release_previews(self, *, owner: str, asset_id: str | None = None) -> None:
        """Gives back what an executor has claimed and not made; of one asset, or of all."""
        statement = update(Asset).where(Asset.previews == "pending", Asset.previews_claimed_by == owner)
        if asset_id is not None:
            statement = statement.where(Asset.id == asset_id)
        await self._session.execute(
            statement.values(previews_claimed_by=None).execution_options(synchronize_session=False)
        )

    async def set_trouble(self, blake3: str, sentence: str) -> None:
        """Says on every asset with this file what is wrong with it."""
        statement = update(Asset).where(Asset.blake3 == blake3, Asset.previews.not_in(["damaged", "removed"]))
        await self._session.execute(statement.values(trouble=sentence).execution_options(synchronize_session=False))

    async def clear_trouble(self, blake3: str, *, sentences: Sequence[str]) -> None:
        """The file is right again: takes back the sentences, and lets previews be made that were not."""
        said = (Asset.blake3 == blake3, Asset.trouble.in_(sentences))
        again = (
            update(Asset).where(*said, Asset.previews == "held").values(previews="pending", previews_claimed_by=None)
        )
        for statement in (again, update(Asset).where(*said).values(trouble=None)):
            await self._session.execute(statement.execution_options(synchronize_session=False))

    async def remake_previews(self, asset_id: str) -> None:
        """Their files are gone: they are made once more."""
        await self._session.execute(
            update(Asset)
            .where(Asset.id == asset_id, Asset.previews == "done")
            .values(previews="pending", previews_claimed_by=None)
            .execution_options(synchronize_session=False)
        )

    async def add(self, *rows: Asset | Blob) -> None:
        self._session.add_all(rows)
        await self._session.flush()


PROVIDER: ColumnElement[str | None] = Asset.provenance["provider"].as_string().label("made_by")
MODEL: ColumnElement[str | None] = Asset.provenance["model"].as_string().label("made_with")
_WORDED = ("prompt", "revised_prompt", "imported_from")
LOOKED_AT = 20_000
"""Rows that one look reads at most while it seeks, some tens of milliseconds: a library has no index of its words. In
Chinese there are none between spaces, and the two databases agree on none. A look that has read its share says where
the next one goes on.
"""


@dataclass(frozen=True, kw_only=True)
class Found:
    """``following`` is the id after which to go on, or ``None`` at the end: there may be more though rows are few."""

    rows: Sequence[Row[Any]]
    following: str | None


def find(
    connection: Connection,
    actor: Actor,
    sought: Sought,
    *,
    shown: Sequence[SQLColumnExpression[Any]],
    after: str | None,
    limit: int,
    is_oldest_first: bool = False,
) -> Found:
    """Pictures in the order of their making. ``shown`` must begin with the id."""
    order = Asset.id.asc() if is_oldest_first else Asset.id.desc()
    base = in_reach(actor, sought)
    if after is not None:
        base = base.where(Asset.id > after if is_oldest_first else Asset.id < after)
    base = base.order_by(order)
    if not sought.reads_rows:
        rows = connection.execute(base.with_only_columns(*shown).limit(limit)).all()
        return Found(rows=rows, following=rows[-1][0] if len(rows) == limit else None)
    order_of_rows: Literal["oldest", "newest"] = "oldest" if is_oldest_first else "newest"
    rows = connection.execute(_matching(base, sought, shown, limit, order=order_of_rows)).all()
    if len(rows) == limit:
        return Found(rows=rows, following=rows[-1][0])
    edge = base.with_only_columns(Asset.id).offset(LOOKED_AT - 1).limit(1)
    return Found(rows=rows, following=connection.execute(edge).scalar())


def find_on_board(
    connection: Connection,
    actor: Actor,
    sought: Sought,
    *,
    shown: Sequence[SQLColumnExpression[Any]],
    after: int | None,
    limit: int,
) -> tuple[Sequence[Row[Any]], int | None]:
    """The same in a board's own order, and the place after which to go on. A board is small: it is read as it is."""
    assert sought.board_id is not None
    base = in_reach(actor, replace(sought, board_id=None)).join(BoardAsset, BoardAsset.asset_id == Asset.id)
    base = base.where(BoardAsset.board_id == sought.board_id).order_by(BoardAsset.position)
    base = _if_seen(base, actor, sought.board_id)
    if after is not None:
        base = base.where(BoardAsset.position > after)
    place = BoardAsset.position.label("place")
    statement = _matching(base, sought, (*shown, place), limit, order="place") if sought.reads_rows else None
    if statement is None:
        statement = base.with_only_columns(*shown, place).limit(limit)
    rows = connection.execute(statement).all()
    return rows, rows[-1].place if len(rows) == limit else None


def in_reach(actor: Actor, sought: Sought) -> Select[Any]:
    """What an index finds."""
    statement: Select[Any] = LibraryRepository.visible_to(actor)
    if sought.in_trash:
        statement = statement.where(Asset.trashed_at.is_not(None), Asset.removed_at.is_(None))
    elif sought.ids is None:
        statement = statement.where(Asset.trashed_at.is_(None))
    judged = sought.judged
    if judged.pick is not None:
        statement = statement.where(Asset.pick.is_(None) if judged.pick == Pick.none else Asset.pick == judged.pick)
    if judged.rating_least:
        statement = statement.where(Asset.rating >= judged.rating_least)
    if judged.label is not None:
        statement = statement.where(
            Asset.id.in_(
                select(AssetLabel.asset_id).where(AssetLabel.team_id == Asset.team_id, AssetLabel.label == judged.label)
            )
        )
    if sought.board_id is not None:
        statement = statement.where(
            Asset.id.in_(select(BoardAsset.asset_id).where(BoardAsset.board_id == sought.board_id))
        )
        statement = _if_seen(statement, actor, sought.board_id)
    if sought.run_id is not None:
        statement = statement.where(Asset.run_id == sought.run_id)
    if sought.project_id is not None:
        statement = statement.where(Asset.project_id == sought.project_id)
    if sought.ids is not None:
        statement = statement.where(Asset.id.in_(sought.ids))
    return statement


def _if_seen(statement: Select[Any], actor: Actor, board_id: str) -> Select[Any]:
    """Nothing, where a guest does not see the board: it may hold pictures that they do see."""
    if not actor.seen.also:
        return statement
    board = visible(select(Board.id), actor, team=Board.team_id, project=Board.project_id)
    return statement.where(board.where(Board.id == board_id).exists())


def _matching(
    base: Select[Any],
    sought: Sought,
    shown: Sequence[SQLColumnExpression[Any]],
    limit: int,
    *,
    order: Literal["newest", "oldest", "place"],
) -> Select[Any]:
    spoken = [func.coalesce(Asset.provenance[name].as_string(), "") for name in _WORDED]
    text = (spoken[0] + "\n" + spoken[1] + "\n" + spoken[2]).label("sought_text")
    made = [column for column in (PROVIDER, MODEL) if column not in set(shown)]
    window = base.with_only_columns(*shown, *made, text).limit(LOOKED_AT).subquery()
    statement = select(*list(window.c)[: len(shown)])
    for word in sought.words:
        statement = statement.where(window.c.sought_text.icontains(word, autoescape=True))
    if sought.model is not None:
        provider, slash, name = sought.model.partition("/")
        statement = statement.where(window.c.made_with == (name if slash else sought.model))
        if slash:
            statement = statement.where(window.c.made_by == provider)
    orders = {"newest": window.c.id.desc(), "oldest": window.c.id.asc(), "place": window.c.get("place")}
    return statement.order_by(orders[order]).limit(limit)
