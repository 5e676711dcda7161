"""Recipes as their wire shapes."""

from __future__ import annotations

from imageloom.features.recipes.models import Recipe, RecipeVersion
from imageloom.features.recipes.schemas import RecipeDetail, RecipeRead, RecipeVersionLine, RecipeVersionRead


def shape_recipe(recipe: Recipe) -> RecipeRead:
    return RecipeRead(
        id=recipe.id,
        project_id=recipe.project_id,
        name=recipe.name,
        latest=recipe.latest,
        created_at=recipe.created_at,
        updated_at=recipe.updated_at,
        removed_at=recipe.removed_at,
    )


def shape_line(version: RecipeVersion) -> RecipeVersionLine:
    return RecipeVersionLine(
        number=version.number, user_id=version.user_id, note=version.note, created_at=version.created_at
    )


def shape_detail(recipe: Recipe, version: RecipeVersion) -> RecipeDetail:
    return RecipeDetail(
        **shape_recipe(recipe).model_dump(),
        version=RecipeVersionRead(**shape_line(version).model_dump(), request=version.request),
    )
