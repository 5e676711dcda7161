"""Wire shapes of wildcard files."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, Field

from imageloom.runtime.http.inputs import Input, Name

TEXT_MAX = 1_000_000
Kind = Literal["txt", "yaml", "json"]
Text = Field(max_length=TEXT_MAX, description="As it stands in the file: one value a line, or lists under names.")


class WildcardFileCreate(Input):
    name: Name = Field(min_length=1, description="Without its ending; / parts folders. A list alone is named by it.")
    kind: Kind = Field(default="txt", description="txt is a value a line; yaml and json are lists under names.")
    text: str = Text
    project: Name | None = Field(default=None, description="Id or name; the first project when absent.")


class WildcardFileUpdate(Input):
    name: Name | None = Field(default=None, min_length=1)
    kind: Kind | None = None
    text: str | None = Field(default=None, max_length=TEXT_MAX)
    version: int | None = Field(default=None, ge=1, le=2**31 - 1, description="Changes it only if it still is this.")


class WildcardLine(BaseModel):
    """A wildcard of a file: ``__name__`` in a prompt, and how many values it has."""

    name: str
    values: int


class WildcardFileRead(BaseModel):
    id: str
    project_id: str
    name: str
    kind: str
    size_bytes: int
    wildcards: list[WildcardLine]
    version: int
    created_at: datetime
    updated_at: datetime


class WildcardFileDetail(WildcardFileRead):
    text: str
