"""Pictures that are there already: of a request that the same project has made before, word for word.

Each of them stands in for one cell at most: who asks for four copies and has two gets two new ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from imageloom.features.batches.planning import Fitting
from imageloom.features.generation.repository import GenerationRepository
from imageloom.features.generation.requests import request_hash
from imageloom.features.library.repository import LibraryRepository
from imageloom.runtime.scope import Scope


@dataclass(kw_only=True)
class Reuser:
    """For the cells of one plan, page after page. ``batch_id`` is set while they are written."""

    scope: Scope
    project_id: str
    batch_id: str | None = None
    _taken: set[str] = field(default_factory=set)

    async def take(self, fittings: Sequence[Fitting]) -> list[str | None]:
        """For each cell the asset that it reuses, or ``None`` where a picture is to be made."""
        hashes = [
            request_hash(
                provider=fitting.entry.provider_id,
                model=fitting.entry.model.id,
                prompt=fitting.prompt,
                fields=fitting.fields,
            )
            for fitting in fittings
        ]
        library = LibraryRepository(self.scope.session)
        made = await library.made_before(self.project_id, set(hashes), not_by=self.batch_id)
        if self.batch_id is not None and made:
            self._taken |= await GenerationRepository(self.scope.session).reused_assets(self.batch_id)
        return [self._next(made.get(one, ())) for one in hashes]

    def _next(self, assets: Sequence[str]) -> str | None:
        free = next((asset for asset in assets if asset not in self._taken), None)
        if free is not None:
            self._taken.add(free)
        return free
