"""Lists on the wire: keyset pages and entity tags."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

import orjson
from blake3 import blake3
from fastapi import Query, Request
from pydantic import BaseModel
from starlette.responses import Response

from imageloom.kit.pagination import PAGE_DEFAULT, PAGE_MAX

T = TypeVar("T")

Limit = Annotated[int, Query(ge=1, le=PAGE_MAX, description="Rows per page.")]
Cursor = Annotated[str | None, Query(max_length=200, description="`next` of the page before.")]
LIMIT_DEFAULT = PAGE_DEFAULT


class Page(BaseModel, Generic[T]):
    """One page. ``next`` is the cursor of the following one, or null at the end."""

    items: list[T]
    next: str | None


NOT_MODIFIED: dict[int | str, dict[str, Any]] = {304: {"description": "The client has the same already."}}


def has_already(request: Request, tag: str) -> bool:
    """Whether the client names this entity tag in ``If-None-Match``, alone, in a list, or weakly."""
    known = request.headers.get("if-none-match", "")
    return known.strip() == "*" or tag in [part.strip().removeprefix("W/") for part in known.split(",")]


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value).__name__} is nothing that JSON has")


@dataclass(frozen=True)
class TaggedJson:
    """JSON with an entity tag, made where the rows were read."""

    body: bytes
    tag: str

    @classmethod
    def of(cls, value: Any) -> TaggedJson:
        body = orjson.dumps(value, default=_plain, option=orjson.OPT_UTC_Z)
        return cls(body, f'"{blake3(body).hexdigest()[:32]}"')

    def answer(self, request: Request) -> Response:
        """304 without a body when the client has the same already."""
        headers = {"ETag": self.tag, "Cache-Control": "private, no-cache"}
        if has_already(request, self.tag):
            return Response(status_code=304, headers=headers)
        return Response(self.body, media_type="application/json", headers=headers)


def tagged_json(request: Request, value: Any) -> Response:
    """See :class:`TaggedJson`."""
    return TaggedJson.of(value).answer(request)


def tagged_page(request: Request, items: Sequence[BaseModel], following: str | None) -> Response:
    """A :class:`Page` with an entity tag."""
    return tagged_json(request, {"items": items, "next": following})
