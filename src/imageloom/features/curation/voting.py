"""Blind votes: keeping them, and counting what each model has won."""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO
from typing import Any

from imageloom.features.curation.models import Vote, VotedPicture
from imageloom.features.curation.repository import CurationRepository
from imageloom.features.curation.schemas import VoteCreate, VoteRead, VotesRead, WinsRead
from imageloom.kit.digests import digest_stream
from imageloom.kit.errors import InvalidInput, NotFound
from imageloom.runtime.actor import Permission
from imageloom.runtime.scope import Scope


class VoteService:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.repository = CurationRepository(scope.session)

    async def vote(self, body: VoteCreate) -> tuple[VoteRead, bool]:
        """Keeps a choice; of the same pictures a person has one. The vote, and whether it is new.

        Raises :class:`NotFound` and :class:`InvalidInput`.
        """
        actor, session = self.scope.actor, self.scope.session
        actor.require(Permission.assets_write)
        pictures = await self._pictures(body.ids)
        for picture in pictures:
            actor.require_for(picture, Permission.assets_write)
        if len({picture.team_id for picture in pictures}) > 1:
            raise InvalidInput("The pictures are of several teams.", field="ids", hint="Vote on those of one.")
        made_by = {picture.id: _model_of(picture.provenance) for picture in pictures}
        now, shown = self.scope.ports.clock.now(), _shown(body.ids)
        vote = await self.repository.vote(str(actor.user_id), shown)
        is_new = vote is None
        if vote is None:
            vote = Vote(
                id=self.scope.ports.ids.new(),
                team_id=pictures[0].team_id,
                project_id=_one({picture.project_id for picture in pictures}),
                run_id=_one({picture.run_id for picture in pictures}),
                user_id=str(actor.user_id),
                shown=shown,
                models=len(set(made_by.values())),
                created_at=now,
            )
            session.add(vote)
            await session.flush()
            session.add_all(
                VotedPicture(vote_id=vote.id, asset_id=one, model=made_by[one], is_chosen=one == body.chosen)
                for one in body.ids
            )
        else:
            vote.created_at = now
            for entry in await self.repository.voted(vote.id):
                entry.is_chosen = entry.asset_id == body.chosen
        await session.flush()
        return VoteRead(id=vote.id, ids=body.ids, chosen=body.chosen, created_at=now), is_new

    async def wins(self, *, batch: str | None, project: str | None) -> VotesRead:
        """Votes between models, of one batch or project, or of all that the actor may see."""
        actor = self.scope.actor
        actor.require(Permission.assets_read)
        votes, rows = await self.repository.wins(actor, batch=batch, project=project)
        return VotesRead(votes=votes, models=[WinsRead(model=row.model, won=row.won, held=row.held) for row in rows])

    async def _pictures(self, ids: Sequence[str]) -> Sequence[Any]:
        pictures = await self.repository.shown(self.scope.actor, ids)
        missing = next((one for one in ids if one not in {picture.id for picture in pictures}), None)
        if missing is not None:
            raise NotFound(f"There is no picture {missing}.", field="ids", hint="Leave it out.")
        return pictures


def _shown(ids: Sequence[str]) -> str:
    return digest_stream(BytesIO(" ".join(sorted(ids)).encode()))


def _model_of(made: Any) -> str | None:
    provider, model = made.get("provider"), made.get("model")
    return f"{provider}/{model}" if provider and model else None


def _one(values: set[Any]) -> Any:
    """The one that all share."""
    return next(iter(values)) if len(values) == 1 else None
