"""Queries about recipes."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import undefer

from imageloom.features.recipes.models import Recipe, RecipeVersion
from imageloom.runtime.actor import Actor
from imageloom.runtime.db.visibility import visible


class RecipeRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, row: Recipe | RecipeVersion) -> None:
        self._session.add(row)
        await self._session.flush()

    @staticmethod
    def visible_to(actor: Actor) -> Select[Recipe]:
        """Where every query about recipes starts."""
        return visible(select(Recipe), actor, team=Recipe.team_id, project=Recipe.project_id)

    async def recipe(self, actor: Actor, recipe_id: str) -> Recipe | None:
        return (await self._session.scalars(self.visible_to(actor).where(Recipe.id == recipe_id))).one_or_none()

    async def locked(self, project_id: str, name: str) -> Recipe | None:
        """The project's recipe of this name, kept from others who save it."""
        statement = select(Recipe).where(Recipe.project_id == project_id, Recipe.live_name == name).with_for_update()
        return (await self._session.scalars(statement)).one_or_none()

    async def recipes(
        self, actor: Actor, *, project_id: str | None, name: str | None, before: str | None, limit: int
    ) -> Sequence[Recipe]:
        """A page of those that are not removed, newest first."""
        statement = self.visible_to(actor).where(Recipe.live_name.is_not(None))
        if project_id is not None:
            statement = statement.where(Recipe.project_id == project_id)
        if name is not None:
            statement = statement.where(Recipe.live_name == name)
        if before is not None:
            statement = statement.where(Recipe.id < before)
        return (await self._session.scalars(statement.order_by(Recipe.id.desc()).limit(limit))).all()

    async def version(self, recipe_id: str, number: int) -> RecipeVersion | None:
        """With its request."""
        whole = [undefer(RecipeVersion.request)]
        return await self._session.get(RecipeVersion, (recipe_id, number), options=whole)

    async def versions(self, recipe_id: str, *, before: int | None, limit: int) -> Sequence[RecipeVersion]:
        """A page, newest first, without their requests."""
        statement = select(RecipeVersion).where(RecipeVersion.recipe_id == recipe_id)
        if before is not None:
            statement = statement.where(RecipeVersion.number < before)
        return (await self._session.scalars(statement.order_by(RecipeVersion.number.desc()).limit(limit))).all()
