"""Whether the server works, for anybody; what each team takes, for its members."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response

from imageloom.features.operations.health import HealthReader
from imageloom.features.operations.repository import OperationsRepository
from imageloom.features.operations.schemas import HealthRead, LiveRead, TeamUsageRead
from imageloom.kit.errors import Forbidden
from imageloom.runtime.http.problems import errors
from imageloom.runtime.http.routing import Router
from imageloom.runtime.http.scopes import ReadScope

router = Router(tags=["operations"])

PUBLIC: dict[str, Any] = {"security": []}


def _reader(request: Request) -> HealthReader:
    reader = request.app.state.health
    assert isinstance(reader, HealthReader)
    return reader


@router.get(
    "/health",
    openapi_extra=PUBLIC,
    responses={503: {"model": LiveRead, "description": "It is starting, or down."}},
)
async def read_liveness(request: Request, response: Response) -> LiveRead:
    """One word. Public."""
    health = await _reader(request).read()
    response.status_code = 503 if health.status in ("starting", "down") else 200
    return LiveRead(status=health.status)


@router.get(
    "/api/health",
    openapi_extra=PUBLIC,
    responses={503: {"model": HealthRead, "description": "It is starting, or down."}},
)
async def read_health(request: Request, response: Response) -> HealthRead:
    """Every part: database, engine, ledger, storage, watches, lanes, budgets. Public; names no person and no key."""
    health = await _reader(request).read()
    response.status_code = 503 if health.status in ("starting", "down") else 200
    return health


@router.get("/api/usage", responses=errors(Forbidden))
async def read_usage(scope: ReadScope) -> list[TeamUsageRead]:
    """Members, pictures and room of your teams; of every team for operators."""
    return [
        TeamUsageRead(team_id=team.id, team=team.name, members=members, pictures=pictures, file_bytes=size)
        for team, members, pictures, size in await OperationsRepository(scope.session).usage(scope.actor)
    ]
