"""Saving and running: what takes long happens between two short transactions, as in a submit."""

from __future__ import annotations

from sqlalchemy.exc import IntegrityError

from imageloom.features.batches.models import Batch, Sheet
from imageloom.features.batches.sheet_files import SheetFiles
from imageloom.features.batches.submitting import submit
from imageloom.features.generation.models import Run
from imageloom.features.recipes.changing import changed_request
from imageloom.features.recipes.models import Recipe, RecipeVersion
from imageloom.features.recipes.schemas import RecipeCreate, RecipeRun
from imageloom.features.recipes.service import RecipeService, origin_of
from imageloom.features.teams.service import TeamService
from imageloom.kit.errors import NotFound
from imageloom.runtime.actor import Actor, Permission
from imageloom.runtime.scope import Scopes


async def save_recipe(body: RecipeCreate, *, actor: Actor, scopes: Scopes) -> tuple[Recipe, RecipeVersion, bool]:
    """See :meth:`RecipeService.save`. Typed prompts are kept as a sheet."""
    typed: Sheet | None = None
    if body.request is not None and body.request.prompts is not None:
        async with scopes.open(actor, write=False) as scope:
            project = await TeamService(scope).project(body.project)
            actor.require_for(project, Permission.batches_write)
        typed = await SheetFiles(scopes.ports).keep_prompts(project, body.request.prompts)
    for is_last in (False, True):
        try:
            async with scopes.open(actor) as scope:
                return await RecipeService(scope).save(body, typed=typed)
        except IntegrityError:
            # Somebody saved another of that name in the same moment; now it is there, and this is its next version.
            if is_last:
                raise
    raise AssertionError


async def run_recipe(
    recipe_id: str, changes: RecipeRun, *, actor: Actor, scopes: Scopes, idempotency_key: str | None
) -> tuple[Batch, Run, bool]:
    """Submits a version of a recipe with changes. Raises what a submit may, and :class:`ChangeBad`."""
    async with scopes.open(actor, write=False) as scope:
        service = RecipeService(scope)
        recipe = await service.recipe(recipe_id, permission=Permission.batches_write)
        if recipe.removed_at is not None:
            raise NotFound("The recipe was removed.", hint="Save it again under its name.")
        version = await service.version(recipe, changes.version)
    body = changed_request(version.request, changes, project=recipe.project_id, name=recipe.name)
    return await submit(
        body, actor=actor, scopes=scopes, idempotency_key=idempotency_key, origin=origin_of(recipe, version)
    )
