"""What the ledger tells budgets: what was spent, by whom and on what, and what is on its way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import and_, case, func, or_, select

from imageloom.contracts.provider import Outcome
from imageloom.features.budgets.books import Owner, Spent
from imageloom.features.credentials.service import ENVIRONMENT_ID, CredentialService
from imageloom.features.generation.models import (
    OPEN_ATTEMPTS,
    Attempt,
    AttemptState,
    Lane,
    Run,
    RunLane,
    RunState,
)
from imageloom.features.generation.repository import GenerationRepository, is_at
from imageloom.features.library.models import Asset, Blob
from imageloom.kit.errors import NotFound
from imageloom.runtime.scope import Scope

_OPEN = [state.value for state in OPEN_ATTEMPTS]


class Spending:
    """See :class:`imageloom.features.budgets.books.Books`, and what quotas ask."""

    async def hold_still(self, scope: Scope, *, team_id: str) -> None:
        """Lanes first, like everybody: so a claim comes wholly before a cap is set, or sees it."""
        lanes = select(Lane.id).where(or_(Lane.team_id.is_(None), Lane.team_id == team_id)).order_by(Lane.id)
        await scope.session.execute(lanes.with_for_update(key_share=True))

    async def spent(self, scope: Scope, *, team_id: str, kind: str, target: str, since: datetime) -> Spent:
        """What is open is locked first: what ends after that finds its hold, and what ended before is in the sums."""
        ours = (Run.team_id == team_id, Attempt.started_at >= since, _about(kind, target))
        most = select(Attempt.id, Attempt.estimated_high_micros).join(Run, Run.id == Attempt.run_id).where(*ours)
        going = most.where(Attempt.state.in_(_OPEN)).order_by(Attempt.id).with_for_update(of=Attempt)
        still_open = {row.id: row.estimated_high_micros for row in await scope.session.execute(going)}
        sums = (await scope.session.execute(_sums().where(*ours))).one()
        may_be_told = (Attempt.outcome == Outcome.uncertain.value, Attempt.billed.is_(None))
        doubtful = await scope.session.execute(most.where(_is_unknown(), *may_be_told))
        return Spent(
            settled_micros=int(sums.settled or 0),
            failed_micros=int(sums.failed or 0),
            refused_micros=int(sums.refused or 0),
            doubt_micros=int(sums.doubt or 0),
            unknown=int(sums.unknown or 0),
            open=still_open,
            doubtful={row.id: row.estimated_high_micros for row in doubtful},
        )

    async def counted(self, scope: Scope, *, team_id: str, target: str, kind: str, since: datetime) -> int:
        """See :class:`imageloom.features.quotas.books.QuotaBooks`. What is open is locked, as for caps."""
        whose = (Run.team_id == team_id,) if target == team_id else (Run.team_id == team_id, Run.user_id == target)
        if kind == "bytes":
            return await self._room(scope, team_id, target)
        began = select(Attempt.id).join(Run, Run.id == Attempt.run_id).where(*whose, Attempt.started_at >= since)
        going = began.where(Attempt.state.in_(_OPEN)).order_by(Attempt.id).with_for_update(of=Attempt)
        still_open = len((await scope.session.execute(going)).all())
        if kind == "images":
            began = began.where(Attempt.outcome == Outcome.succeeded.value)
        ended = began.where(Attempt.state == AttemptState.settled.value)
        count = await scope.session.scalar(select(func.count()).select_from(ended.subquery()))
        return still_open + int(count or 0)

    @staticmethod
    async def _room(scope: Scope, team_id: str, target: str) -> int:
        """The bytes of all pictures, also in the trash; of a person's those that their batches made."""
        size = (
            select(func.sum(Blob.size_bytes))
            .join(Asset, Asset.blake3 == Blob.blake3)
            .where(Asset.team_id == team_id, Asset.removed_at.is_(None))
        )
        if target != team_id:
            size = size.join(Run, Run.id == Asset.run_id).where(Run.user_id == target)
        return int(await scope.session.scalar(size) or 0)

    async def owner_of(self, scope: Scope, *, kind: str, target: str) -> Owner | None:
        if kind == "batch":
            run = await GenerationRepository(scope.session).run(scope.actor, target)
            return None if run is None else Owner(run.team_id, run.project_id)
        service = CredentialService(scope)
        if any(target == f"{ENVIRONMENT_ID}:{provider.id}" for provider in await service.lent()):
            return Owner("*")
        try:
            return Owner((await service.one(target)).team_id)
        except NotFound:
            return None

    async def waiting(self, scope: Scope, cap_ids: Sequence[str]) -> Mapping[str, int]:
        statement = (
            select(RunLane.cap_id, func.sum(RunLane.pending))
            .join(Run, Run.id == RunLane.run_id)
            .where(RunLane.cap_id.is_not(None), RunLane.pending > 0, Run.state == RunState.running.value)
            .group_by(RunLane.cap_id)
        )
        if len(cap_ids) == 1:
            statement = statement.where(RunLane.cap_id == cap_ids[0])
        wished = set(cap_ids)
        rows = await scope.session.execute(statement)
        return {str(cap_id): int(count) for cap_id, count in rows if cap_id in wished}


def _about(kind: str, target: str) -> Any:
    match kind:
        case "batch":
            return Attempt.run_id == target
        case "user":
            return Run.user_id == target
        case "project":
            return Run.project_id == target
        case "provider":
            return is_at(target)
        case "credential":
            name, _, provider = target.partition(":")
            # A lane is named by the provider and the key.
            return Attempt.lane_id == f"{provider}:{name}" if provider else Attempt.lane_id.endswith(f":{target}")
        case _:
            return Run.team_id == target


def _is_unknown() -> Any:
    """Ended, paid or maybe paid, and nobody said how much."""
    is_free = and_(Attempt.billed.is_not(None), Attempt.billed.is_(False))
    return and_(Attempt.state == AttemptState.settled.value, Attempt.settled_micros.is_(None), ~is_free)


def _sums() -> Any:
    paid = Attempt.settled_micros
    is_refusal = Attempt.outcome == Outcome.refused.value
    brought_none = Attempt.outcome.not_in([Outcome.succeeded.value, Outcome.refused.value])
    # What is free needs no budget, whatever became of it.
    doubt, costs = func.coalesce(Attempt.estimated_high_micros, 0), func.coalesce(Attempt.estimated_high_micros, 1) != 0
    return (
        select(
            func.sum(paid).label("settled"),
            func.sum(case((brought_none, paid), else_=0)).label("failed"),
            func.sum(case((is_refusal, paid), else_=0)).label("refused"),
            func.sum(case((_is_unknown(), doubt), else_=0)).label("doubt"),
            func.sum(case((and_(_is_unknown(), costs), 1), else_=0)).label("unknown"),
        )
        .select_from(Attempt)
        .join(Run, Run.id == Attempt.run_id)
    )
