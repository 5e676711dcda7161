"""Every router of the product."""

from __future__ import annotations

from imageloom.features.batch_edits import routes as batch_edits
from imageloom.features.batches import routes as batches
from imageloom.features.budgets import routes as budgets
from imageloom.features.catalog import routes as catalog
from imageloom.features.credentials import routes as credentials
from imageloom.features.curation import routes as curation
from imageloom.features.gateway import routes as gateway
from imageloom.features.generation import routes as generation
from imageloom.features.identity import routes as identity
from imageloom.features.library import routes as library
from imageloom.features.operations import routes as operations
from imageloom.features.quotas import routes as quotas
from imageloom.features.recipes import routes as recipes
from imageloom.features.schedules import routes as schedules
from imageloom.features.teams import routes as teams
from imageloom.features.wildcards import routes as wildcards

ROUTERS = (
    operations.router,
    gateway.router,
    batches.router,
    batches.assets_router,
    batch_edits.router,
    recipes.router,
    schedules.router,
    wildcards.router,
    generation.router,
    generation.bills_router,
    curation.router,
    library.router,
    budgets.router,
    quotas.router,
    catalog.router,
    credentials.router,
    teams.router,
    teams.teams_router,
    identity.router,
)
