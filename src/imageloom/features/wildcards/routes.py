"""Routes of wildcard files."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from imageloom.features.prompts.errors import WildcardBad
from imageloom.features.wildcards.errors import FileChanged, FileTaken, TooManyFiles
from imageloom.features.wildcards.models import WildcardFile
from imageloom.features.wildcards.schemas import (
    WildcardFileCreate,
    WildcardFileDetail,
    WildcardFileRead,
    WildcardFileUpdate,
    WildcardLine,
)
from imageloom.features.wildcards.service import WildcardService
from imageloom.kit.errors import Forbidden, NotFound, TooLarge
from imageloom.runtime.http.pages import NOT_MODIFIED, tagged_json
from imageloom.runtime.http.problems import errors
from imageloom.runtime.http.routing import Router
from imageloom.runtime.http.scopes import ReadScope, WriteScope

router = Router(prefix="/api/wildcards", tags=["wildcards"])
_ERRORS = (WildcardBad, FileTaken, TooManyFiles, Forbidden, NotFound, TooLarge)


def shape(file: WildcardFile) -> WildcardFileRead:
    return WildcardFileRead(
        id=file.id,
        project_id=file.project_id,
        name=file.name,
        kind=file.kind,
        size_bytes=file.size_bytes,
        wildcards=[WildcardLine.model_validate(line) for line in file.wildcards],
        version=file.version,
        created_at=file.created_at,
        updated_at=file.updated_at,
    )


def shape_detail(file: WildcardFile) -> WildcardFileDetail:
    return WildcardFileDetail(**shape(file).model_dump(), text=file.text)


@router.post("", status_code=201, responses=errors(*_ERRORS))
async def create_wildcard(body: WildcardFileCreate, scope: WriteScope, response: Response) -> WildcardFileDetail:
    """Keeps a file of values for the prompts of a project."""
    file = await WildcardService(scope).create(body)
    response.headers["Location"] = f"/api/wildcards/{file.id}"
    return shape_detail(file)


@router.get("", response_model=list[WildcardFileRead], responses=errors(Forbidden, NotFound) | NOT_MODIFIED)
async def list_wildcards(
    request: Request, scope: ReadScope, project: Annotated[str | None, Query(max_length=200)] = None
) -> Response:
    """All files of a project by name, with the wildcards in each; a project has 500 at most."""
    files = await WildcardService(scope).files(project)
    return tagged_json(request, [shape(file) for file in files])


@router.get("/{file_id}", response_model=WildcardFileDetail, responses=errors(Forbidden, NotFound) | NOT_MODIFIED)
async def read_wildcard(file_id: str, request: Request, scope: ReadScope) -> Response:
    return tagged_json(request, shape_detail(await WildcardService(scope).file(file_id)))


@router.patch("/{file_id}", responses=errors(*_ERRORS, FileChanged))
async def change_wildcard(file_id: str, body: WildcardFileUpdate, scope: WriteScope) -> WildcardFileDetail:
    """What is submitted from now on uses it. Batches keep the values that they began with."""
    return shape_detail(await WildcardService(scope).change(file_id, body))


@router.delete("/{file_id}", responses=errors(Forbidden, NotFound))
async def remove_wildcard(file_id: str, scope: WriteScope) -> WildcardFileRead:
    """Prompts that name it are refused from now on; batches keep what they began with."""
    return shape(await WildcardService(scope).remove(file_id))
