"""Tables of assets, of what people think of them, of boards and of blobs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from imageloom.runtime.db.model import Model
from imageloom.runtime.db.types import JsonColumn, UtcDateTime


def _some(name: str, *columns: str, where: str) -> Index:
    """An index of those few rows of very many."""
    return Index(name, *columns, sqlite_where=text(where), postgresql_where=text(where))


class Blob(Model):
    """Bytes at rest, named by their BLAKE3 hash. Two assets may share one."""

    __tablename__ = "blobs"

    blake3: Mapped[str] = mapped_column(String(64), primary_key=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    media_type: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Asset(Model):
    """A stored picture and where it came from. ``provenance`` is what delivery writes into the file.

    ``previews`` is ``pending``, ``done``, ``damaged`` or, while the picture's file is missing or changed, ``held``;
    ``previews_claimed_by`` is the executor that makes them, ``preview_hashes`` what each size's file must be.
    ``trouble`` says what is wrong with its file, when known. ``request_hash`` is of the request that it
    answers; a second picture that came along has none.

    ``pick`` is ``pick``, ``reject`` or nothing, ``rating`` 1 to 5 or nothing, ``labels`` the words of its
    :class:`AssetLabel` rows as they are shown; each judgement raises ``revision``. ``trashed_at`` says since when it
    lies in the trash. ``removed_at`` is set for good: the row stays, for the books and for whoever asks what became
    of the picture, and the file goes once nothing else needs it, which ``swept_at`` says was looked after.
    """

    __tablename__ = "assets"
    __table_args__ = (
        Index("ix_assets_team_id_id", "team_id", "id"),
        Index("ix_assets_run_id_id", "run_id", "id"),
        Index("ix_assets_previews_id", "previews", "id"),
        Index("ix_assets_project_id_request_hash", "project_id", "request_hash"),
        _some("ix_assets_picked", "team_id", "pick", "id", where="pick IS NOT NULL"),
        _some("ix_assets_rated", "team_id", "id", where="rating IS NOT NULL"),
        _some("ix_assets_trashed", "team_id", "id", where="trashed_at IS NOT NULL"),
        _some("ix_assets_trashed_at", "trashed_at", where="trashed_at IS NOT NULL"),
        _some("ix_assets_unswept", "id", where="removed_at IS NOT NULL AND swept_at IS NULL"),
    )

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id"))
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id"), index=True)
    run_id: Mapped[str | None] = mapped_column(String(26))
    item_id: Mapped[str | None] = mapped_column(String(26), index=True)
    blake3: Mapped[str] = mapped_column(ForeignKey("blobs.blake3"), index=True)
    format: Mapped[str] = mapped_column(String(8))
    width: Mapped[int]
    height: Mapped[int]
    request_hash: Mapped[str | None] = mapped_column(String(64))
    provenance: Mapped[dict[str, Any]] = mapped_column(JsonColumn)
    previews: Mapped[str] = mapped_column(String(8))
    previews_claimed_by: Mapped[str | None] = mapped_column(String(64))
    preview_hashes: Mapped[dict[str, str] | None] = mapped_column(JsonColumn)
    preview: Mapped[str | None] = mapped_column(Text)
    phash: Mapped[str | None] = mapped_column(String(16))
    colour: Mapped[str | None] = mapped_column(String(7))
    trouble: Mapped[str | None] = mapped_column(String(500))
    pick: Mapped[str | None] = mapped_column(String(6))
    rating: Mapped[int | None]
    labels: Mapped[list[str] | None] = mapped_column(JsonColumn)
    revision: Mapped[int] = mapped_column(default=0, server_default="0")
    trashed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    trashed_by: Mapped[str | None] = mapped_column(String(26))
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    swept_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class AssetLabel(Model):
    """One word that somebody put on a picture, to be found by."""

    __tablename__ = "asset_labels"
    __table_args__ = (Index("ix_asset_labels_team_id_label_asset_id", "team_id", "label", "asset_id"),)

    asset_id: Mapped[str] = mapped_column(ForeignKey("assets.id"), primary_key=True)
    label: Mapped[str] = mapped_column(String(40), primary_key=True)
    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id"))


class Board(Model):
    """Pictures in an order that somebody gave them. ``live_name`` is the name until the board is removed.

    Whatever changes in it raises ``revision``.
    """

    __tablename__ = "boards"
    __table_args__ = (UniqueConstraint("project_id", "live_name"), Index("ix_boards_team_id_id", "team_id", "id"))

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    team_id: Mapped[str] = mapped_column(ForeignKey("teams.id"))
    project_id: Mapped[str] = mapped_column(ForeignKey("projects.id"))
    name: Mapped[str] = mapped_column(String(200))
    live_name: Mapped[str | None] = mapped_column(String(200))
    revision: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    updated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    removed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class BoardAsset(Model):
    """A picture on a board. Between two ``position`` there is room for others, so that moving one writes one row."""

    __tablename__ = "board_assets"
    __table_args__ = (Index("ix_board_assets_board_id_position", "board_id", "position"),)

    board_id: Mapped[str] = mapped_column(ForeignKey("boards.id"), primary_key=True)
    asset_id: Mapped[str] = mapped_column(ForeignKey("assets.id"), primary_key=True, index=True)
    position: Mapped[int] = mapped_column(BigInteger)
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)
