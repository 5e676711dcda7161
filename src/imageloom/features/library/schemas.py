"""Wire shapes of assets."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel


class FileProblem(BaseModel):
    """``rule`` is ``file_missing`` or ``file_changed``."""

    asset_id: str
    batch_id: str | None
    item_id: str | None
    rule: str
    detail: str


class FilesVerified(BaseModel):
    """What one step of reading every picture again has found. ``next`` goes on from there. Of the ``pictures`` that
    were read, ``in_trash`` lie there; ``removed`` were deleted from there, and have no file to be read.
    """

    pictures: int
    bytes_checked: int
    in_trash: int
    removed: int
    problems: list[FileProblem]
    next: str | None


class AssetRead(BaseModel):
    """``revision`` is raised by each judgement. A picture with ``trashed_at`` lies in the trash; one with
    ``removed_at`` was deleted from there, and its file is gone.
    """

    id: str
    project_id: str
    batch_id: str | None
    item_id: str | None
    blake3: str
    format: str
    width: int
    height: int
    previews: str
    preview: str | None
    colour: str | None
    trouble: str | None
    pick: Literal["pick", "reject", "none"]
    rating: int
    labels: list[str]
    revision: int
    trashed_at: datetime | None
    removed_at: datetime | None
    provenance: dict[str, Any]
    created_at: datetime


class ColumnsRead(BaseModel):
    """A page of pictures, turned: the n-th of every list is of the n-th picture. ``next`` may stand beside few, or
    none, while words or a model are sought: a look reads only so many rows.
    """

    ids: list[str]
    widths: list[int]
    heights: list[int]
    colours: list[str | None]
    previews: list[str]
    created: list[int]
    """Seconds since 1970."""
    frames: list[int | None]
    """The place in the batch, from 1. Imported pictures have none."""
    made_with: list[int | None]
    """A place in ``models``, from 0."""
    models: list[str]
    picks: list[int]
    """1 is a pick, -1 a reject, 0 neither."""
    ratings: list[int]
    """0 to 5; 0 is unrated."""
    next: str | None
