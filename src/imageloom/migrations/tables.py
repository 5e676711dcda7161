"""Every table of the product, gathered for migrations."""

from __future__ import annotations

import imageloom.features.batch_edits.models
import imageloom.features.batches.models
import imageloom.features.budgets.models
import imageloom.features.credentials.models
import imageloom.features.curation.models
import imageloom.features.generation.models
import imageloom.features.identity.models
import imageloom.features.library.models
import imageloom.features.quotas.models
import imageloom.features.recipes.models
import imageloom.features.schedules.models
import imageloom.features.teams.models
import imageloom.features.wildcards.models
import imageloom.runtime.db.outbox  # noqa: F401  imported for the tables they declare
from imageloom.runtime.db.model import Model

METADATA = Model.metadata
