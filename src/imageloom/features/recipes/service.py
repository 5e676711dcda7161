"""Saving, reading and removing recipes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from imageloom.features.batches.models import Sheet
from imageloom.features.batches.service import BatchService, kept_request
from imageloom.features.recipes.errors import NoRequest
from imageloom.features.recipes.models import Recipe, RecipeVersion
from imageloom.features.recipes.repository import RecipeRepository
from imageloom.features.recipes.schemas import RecipeCreate
from imageloom.features.teams.models import Project
from imageloom.features.teams.service import TeamService
from imageloom.kit.errors import NotFound
from imageloom.runtime.actor import Permission
from imageloom.runtime.scope import Scope


class RecipeService:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.repository = RecipeRepository(scope.session)

    async def save(self, body: RecipeCreate, *, typed: Sheet | None) -> tuple[Recipe, RecipeVersion, bool]:
        """The recipe, its newest version, and whether that is new: the same request twice is one version.

        ``typed`` is the new sheet that typed prompts are kept as. Raises :class:`NotFound` and :class:`NoRequest`.
        """
        project = await TeamService(self.scope).project(body.project)
        actor = self.scope.actor
        actor.require_for(project, Permission.batches_write)
        request = await self._request(body, project, typed=typed)
        now = self.scope.ports.clock.now()
        recipe = await self.repository.locked(project.id, body.name)
        if recipe is None:
            recipe = Recipe(
                id=self.scope.ports.ids.new(),
                team_id=project.team_id,
                project_id=project.id,
                name=body.name,
                live_name=body.name,
                latest=0,
                created_at=now,
                updated_at=now,
                removed_at=None,
            )
            await self.repository.add(recipe)
        newest = await self.repository.version(recipe.id, recipe.latest)
        if newest is not None and newest.request == request:
            return recipe, newest, False
        recipe.latest, recipe.updated_at = recipe.latest + 1, now
        version = RecipeVersion(
            recipe_id=recipe.id,
            number=recipe.latest,
            user_id=str(actor.user_id),
            note=body.note,
            request=request,
            created_at=now,
        )
        await self.repository.add(version)
        return recipe, version, True

    async def _request(self, body: RecipeCreate, project: Project, *, typed: Sheet | None) -> dict[str, Any]:
        if body.request is not None:
            batches = BatchService(self.scope)
            # The same rows again are the same sheet, and so the same version.
            if body.request.sheet_id is not None:
                given = await batches.sheet(body.request.sheet_id)
                return kept_request(body.request, sheet_id=(await batches.repository.same_sheet(given) or given).id)
            assert typed is not None
            sheet = await batches.repository.same_sheet(typed) or await batches.add_sheet(project, typed)
            return kept_request(body.request, sheet_id=sheet.id)
        batch, _run = await BatchService(self.scope).batch(str(body.from_batch))
        request = await BatchService(self.scope).repository.request(batch.id)
        if request is None:
            raise NoRequest("It came through the gateway.", field="from_batch")
        return {name: value for name, value in request.items() if name != "name"}

    async def recipe(self, recipe_id: str, *, permission: Permission = Permission.batches_read) -> Recipe:
        """Raises :class:`NotFound`."""
        recipe = await self.repository.recipe(self.scope.actor, recipe_id)
        self.scope.actor.require_for(recipe, permission)
        if recipe is None:
            raise NotFound("There is no such recipe.")
        return recipe

    async def version(self, recipe: Recipe, number: int | None) -> RecipeVersion:
        """The latest, for ``None``. Raises :class:`NotFound`."""
        version = await self.repository.version(recipe.id, recipe.latest if number is None else number)
        if version is None:
            raise NotFound(f"The recipe has the versions 1 to {recipe.latest}.", field="version")
        return version

    async def recipes(
        self, *, project: str | None, name: str | None, before: str | None, limit: int
    ) -> Sequence[Recipe]:
        self.scope.actor.require(Permission.batches_read)
        project_id = None if project is None else (await TeamService(self.scope).project(project)).id
        return await self.repository.recipes(
            self.scope.actor, project_id=project_id, name=name, before=before, limit=limit
        )

    async def remove(self, recipe_id: str) -> Recipe:
        """Its versions stay, for the batches that were made by them; its name is free."""
        recipe = await self.recipe(recipe_id, permission=Permission.batches_write)
        if recipe.removed_at is None:
            recipe.live_name, recipe.removed_at = None, self.scope.ports.clock.now()
        return recipe


def origin_of(recipe: Recipe, version: RecipeVersion) -> Mapping[str, Any]:
    """What a batch says of the recipe that it was made by."""
    return {"recipe_id": recipe.id, "recipe": recipe.name, "version": version.number}
