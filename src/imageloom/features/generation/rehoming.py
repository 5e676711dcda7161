"""Work that waits for a key that is gone moves on to a key that is there; without one it waits and says why."""

from __future__ import annotations

from collections import Counter

from imageloom.contracts.provider import LocalProvider
from imageloom.features.credentials.service import CredentialService
from imageloom.features.generation.models import Lane
from imageloom.features.generation.repository import GenerationRepository
from imageloom.kit.errors import NotFound
from imageloom.kit.ids import TeamId
from imageloom.runtime.cipher import SecretUnreadable
from imageloom.runtime.scope import Scope


async def rehome(scope: Scope, *, team_id: str, provider: str) -> None:
    """Parks a team's lanes at a provider whose key is gone, and moves what waits there to the team's key, if any."""
    repository, credentials = GenerationRepository(scope.session), CredentialService(scope)
    left = [
        lane for lane in await repository.lanes_at(TeamId(team_id), provider) if await _is_keyless(lane, credentials)
    ]
    if not left:
        return
    for lane in left:
        if lane.team_id is not None:
            lane.parked_reason = "The key of this lane was removed."
    scope.hint("lanes.changed")
    home = await credentials.unlock_for_team(provider, team_id=team_id)
    if home is None:
        return
    await repository.ensure_lane(
        home.lane_id, provider=provider, credential_id=home.credential_id, team_id=home.team_id
    )
    for lane in left:
        for run_id, count in (await repository.move_pending(TeamId(team_id), lane.id, home.lane_id)).items():
            await repository.add_waiting(run_id, Counter({home.lane_id: count, lane.id: -count}))
    scope.hint("lanes.wake")


async def rehome_lane(scope: Scope, lane_id: str) -> None:
    """The same for one lane, if it is a team's own."""
    lane = await GenerationRepository(scope.session).lane(scope.actor, lane_id)
    if lane is not None and lane.team_id is not None:
        await rehome(scope, team_id=lane.team_id, provider=lane.provider)


async def _is_keyless(lane: Lane, credentials: CredentialService) -> bool:
    if isinstance(credentials.scope.ports.providers.get(lane.provider), LocalProvider):
        return False
    try:
        await credentials.unlock_lane(provider_id=lane.provider, credential_id=lane.credential_id)
    except NotFound:
        return True
    except SecretUnreadable:
        # The key is there, and may be readable again with the right master key.
        return False
    return False
