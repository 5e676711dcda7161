"""Tables of assets and blobs."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from imageloom.runtime.db.model import Model
from imageloom.runtime.db.types import JsonColumn, UtcDateTime


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
    """

    __tablename__ = "assets"
    __table_args__ = (
        Index("ix_assets_team_id_id", "team_id", "id"),
        Index("ix_assets_run_id_id", "run_id", "id"),
        Index("ix_assets_previews_id", "previews", "id"),
        Index("ix_assets_project_id_request_hash", "project_id", "request_hash"),
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
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
