"""Routes of projects."""

from __future__ import annotations

from fastapi import APIRouter

from imageloom.features.teams.models import Project
from imageloom.features.teams.schemas import ProjectCreate, ProjectRead
from imageloom.features.teams.service import TeamService
from imageloom.kit.errors import Conflict, Forbidden, InvalidInput, NotFound
from imageloom.runtime.http.problems import errors
from imageloom.runtime.http.scopes import ReadScope, WriteScope

router = APIRouter(prefix="/api/projects", tags=["projects"])


def shape(project: Project) -> ProjectRead:
    return ProjectRead(id=project.id, team_id=project.team_id, name=project.name, created_at=project.created_at)


@router.get("", responses=errors(Forbidden))
async def list_projects(scope: ReadScope) -> list[ProjectRead]:
    return [shape(project) for project in await TeamService(scope).projects()]


@router.post("", status_code=201, responses=errors(Forbidden, NotFound, Conflict, InvalidInput))
async def create_project(body: ProjectCreate, scope: WriteScope) -> ProjectRead:
    return shape(await TeamService(scope).create_project(body))
