"""Routes of recipes, and of what differs between two batches."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, Query, Request, Response

from imageloom.features.batches.errors import KeyReused, NothingToMake, PlanTooLarge, UnknownModel
from imageloom.features.batches.schemas import BatchRead
from imageloom.features.batches.shapes import shape_batch
from imageloom.features.generation.errors import NoCredential
from imageloom.features.recipes.changing import differences
from imageloom.features.recipes.comparing import VERDICTS, Comparison, Verdict
from imageloom.features.recipes.errors import ChangeBad, NoRequest
from imageloom.features.recipes.running import run_recipe, save_recipe
from imageloom.features.recipes.schemas import (
    BatchesDiff,
    ItemDiff,
    RecipeCreate,
    RecipeDetail,
    RecipeRead,
    RecipeRun,
    RecipeVersionLine,
    VersionsDiff,
)
from imageloom.features.recipes.service import RecipeService
from imageloom.features.recipes.shapes import shape_detail, shape_line, shape_recipe
from imageloom.kit.errors import Forbidden, InvalidInput, NotFound, TooLarge
from imageloom.kit.pagination import cursor_after, decode_cursor, decode_number_cursor
from imageloom.runtime.http.pages import LIMIT_DEFAULT, NOT_MODIFIED, Cursor, Limit, Page, tagged_json, tagged_page
from imageloom.runtime.http.problems import errors
from imageloom.runtime.http.routing import Router
from imageloom.runtime.http.scopes import KnownActor, ReadScope, WriteScope, http_ports

router = Router(prefix="/api", tags=["recipes"])
VERSION_MAX = 10**9
IdempotencyKey = Annotated[
    str | None,
    Header(
        alias="Idempotency-Key", min_length=1, max_length=255, description="The same key and body give the same batch."
    ),
]
Version = Annotated[int | None, Query(ge=1, le=VERSION_MAX, description="The latest when absent.")]


@router.post(
    "/recipes",
    status_code=201,
    responses={
        **errors(InvalidInput, NoRequest, Forbidden, NotFound, TooLarge),
        200: {"model": RecipeDetail, "description": "The newest version, which is the same."},
    },
)
async def save(body: RecipeCreate, request: Request, actor: KnownActor, response: Response) -> RecipeDetail:
    """Keeps a request under a name. Saved again it is the next version; the versions before stay as they were."""
    recipe, version, is_new = await save_recipe(body, actor=actor, scopes=http_ports(request).scopes)
    response.status_code = 201 if is_new else 200
    response.headers["Location"] = f"/api/recipes/{recipe.id}"
    return shape_detail(recipe, version)


@router.get(
    "/recipes", response_model=Page[RecipeRead], responses=errors(Forbidden, NotFound, InvalidInput) | NOT_MODIFIED
)
async def list_recipes(
    request: Request,
    scope: ReadScope,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
    project: Annotated[str | None, Query(max_length=200)] = None,
    name: Annotated[str | None, Query(max_length=200)] = None,
) -> Response:
    """Recipes, newest first."""
    before = None if cursor is None else decode_cursor(cursor)
    rows = await RecipeService(scope).recipes(project=project, name=name, before=before, limit=limit)
    return tagged_page(request, [shape_recipe(recipe) for recipe in rows], cursor_after(rows, limit))


@router.get("/recipes/{recipe_id}", response_model=RecipeDetail, responses=errors(Forbidden, NotFound) | NOT_MODIFIED)
async def read_recipe(recipe_id: str, request: Request, scope: ReadScope, version: Version = None) -> Response:
    service = RecipeService(scope)
    recipe = await service.recipe(recipe_id)
    shown = shape_detail(recipe, await service.version(recipe, version))
    return tagged_json(request, shown)


@router.get(
    "/recipes/{recipe_id}/versions",
    response_model=Page[RecipeVersionLine],
    responses=errors(Forbidden, NotFound, InvalidInput) | NOT_MODIFIED,
)
async def list_versions(
    recipe_id: str, request: Request, scope: ReadScope, limit: Limit = LIMIT_DEFAULT, cursor: Cursor = None
) -> Response:
    """Versions, newest first; what each submits is told with the recipe, by its number."""
    service = RecipeService(scope)
    recipe = await service.recipe(recipe_id)
    before = decode_number_cursor(cursor, start=VERSION_MAX + 1)
    rows = await service.repository.versions(recipe.id, before=before, limit=limit)
    return tagged_page(
        request, [shape_line(version) for version in rows], cursor_after(rows, limit, key=lambda row: row.number)
    )


@router.get("/recipes/{recipe_id}/diff", responses=errors(Forbidden, NotFound))
async def diff_versions(
    recipe_id: str,
    scope: ReadScope,
    before: Annotated[
        int | None, Query(ge=1, le=VERSION_MAX, description="The one before `after` when absent.")
    ] = None,
    after: Version = None,
) -> VersionsDiff:
    """What differs between two versions of a recipe."""
    service = RecipeService(scope)
    recipe = await service.recipe(recipe_id)
    new = await service.version(recipe, after)
    old = await service.version(recipe, max(1, new.number - 1) if before is None else before)
    return VersionsDiff(before=old.number, after=new.number, changes=list(differences(old.request, new.request)))


@router.delete("/recipes/{recipe_id}", responses=errors(Forbidden, NotFound))
async def remove_recipe(recipe_id: str, scope: WriteScope) -> RecipeRead:
    """Takes a recipe out of the lists and frees its name. Batches keep what they were made by."""
    return shape_recipe(await RecipeService(scope).remove(recipe_id))


@router.post(
    "/recipes/{recipe_id}/run",
    status_code=201,
    responses={
        **errors(
            InvalidInput,
            ChangeBad,
            UnknownModel,
            NothingToMake,
            PlanTooLarge,
            NoCredential,
            KeyReused,
            Forbidden,
            NotFound,
            TooLarge,
        ),
        200: {"model": BatchRead, "description": "The batch that the same key and body made before."},
    },
)
async def run(
    recipe_id: str,
    body: RecipeRun,
    request: Request,
    actor: KnownActor,
    response: Response,
    idempotency_key: IdempotencyKey = None,
) -> BatchRead:
    """Submits a version of the recipe again, with changes."""
    scopes = http_ports(request).scopes
    batch, made, is_new = await run_recipe(recipe_id, body, actor=actor, scopes=scopes, idempotency_key=idempotency_key)
    response.status_code = 201 if is_new else 200
    response.headers["Location"] = f"/api/batches/{batch.id}"
    return shape_batch(batch, made)


@router.get(
    "/batches/{batch_id}/diff/{other_id}", responses=errors(InvalidInput, Forbidden, NotFound), tags=["batches"]
)
async def diff_batches(batch_id: str, other_id: str, scope: ReadScope) -> BatchesDiff:
    """What differs from a batch to another: their requests, how many items are the same, and their money."""
    return await (await Comparison.of(scope, batch_id, other_id)).summary()


@router.get(
    "/batches/{batch_id}/diff/{other_id}/items",
    response_model=Page[ItemDiff],
    responses=errors(Forbidden, NotFound, InvalidInput) | NOT_MODIFIED,
    tags=["batches"],
)
async def diff_items(
    batch_id: str,
    other_id: str,
    request: Request,
    scope: ReadScope,
    limit: Limit = LIMIT_DEFAULT,
    cursor: Cursor = None,
    verdict: Annotated[list[Verdict] | None, Query(description="Which of them; all when absent.")] = None,
) -> Response:
    """Item by item, in order of rows."""
    comparison = await Comparison.of(scope, batch_id, other_id)
    items, following = await comparison.page(cursor=cursor, limit=limit, verdicts=verdict or VERDICTS)
    return tagged_page(request, items, following)
