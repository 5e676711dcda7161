"""The trash: pictures go there, come back, and are deleted from there for good, by hand or when their time is over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from imageloom.features.curation.errors import NotInTrash
from imageloom.features.curation.repository import Held, TrashSum
from imageloom.features.curation.schemas import AT_ONCE_MAX, TrashEmptied, TrashMoved, TrashRead
from imageloom.features.curation.service import CurationService
from imageloom.features.identity.activity import NOWHERE, Device, record
from imageloom.features.quotas.service import QuotaService
from imageloom.kit.ids import TeamId
from imageloom.runtime.actor import SYSTEM, Permission
from imageloom.runtime.scope import Scope, Scopes


class TrashService:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.curation = CurationService(scope)
        self.repository = self.curation.repository

    async def throw(self, ids: Sequence[str]) -> TrashMoved:
        """Raises :class:`NotFound`."""
        held = await self.curation.held(ids)
        moved = [one for one in ids if held[one].trashed_at is None]
        await self.repository.set_trashed(moved, at=self.scope.ports.clock.now(), by=self.scope.actor.user_id)
        return await self._moved("assets.trashed", held, moved)

    async def restore(self, ids: Sequence[str]) -> TrashMoved:
        """Back to where they were, boards and all. Raises :class:`NotFound`, also for what is deleted for good."""
        held = await self.curation.held(ids)
        moved = [one for one in ids if held[one].trashed_at is not None]
        await self.repository.set_trashed(moved, at=None, by=None)
        return await self._moved("assets.restored", held, moved)

    async def empty(self, ids: Sequence[str] | None, *, device: Device = NOWHERE) -> TrashEmptied:
        """Deletes for good: some of it, or as much of it as one transaction may. Raises :class:`NotInTrash`."""
        actor = self.scope.actor
        actor.require(Permission.assets_delete)
        chosen = ids if ids is not None else await self._deletable()
        held = await self.curation.held(chosen, permission=Permission.assets_delete)
        outside = [one for one in chosen if held[one].trashed_at is None]
        if outside and ids is not None:
            raise NotInTrash(f"Picture {outside[0]} does not lie there.", field="ids")
        # Somebody may have restored one between the look and the hold: that one stays.
        gone = [one for one in chosen if held[one].trashed_at is not None]
        await self._remove(held, gone)
        for team_id, count in _by_team(held, gone).items():
            record(self.scope, "trash_emptied", device=device, team_id=team_id, pictures=len(count))
        return TrashEmptied(removed=len(gone), left=len(await self._deletable()))

    async def _deletable(self) -> Sequence[str]:
        """Some of what lies there, of what the actor may delete for good."""
        return await self.repository.in_trash(
            self.scope.actor, permission=Permission.assets_delete, before=None, limit=AT_ONCE_MAX
        )

    async def let_go(self, *, before: datetime) -> int:
        """Deletes what has lain there since ``before``, as much as one transaction may; returns how many."""
        ids = await self.repository.in_trash(self.scope.actor, before=before, limit=AT_ONCE_MAX)
        held = await self.repository.hold(self.scope.actor, ids)
        gone = [one for one, picture in held.items() if picture.trashed_at is not None and picture.trashed_at < before]
        await self._remove(held, gone)
        return len(gone)

    async def look(self) -> TrashRead:
        self.scope.actor.require(Permission.assets_read)
        told: TrashSum = await self.repository.trash(self.scope.actor)
        days = self.scope.ports.settings.trash.retention_days
        ends = None if told.oldest_at is None or not days else told.oldest_at + timedelta(days=days)
        return TrashRead(
            pictures=told.pictures,
            size_bytes=told.size_bytes,
            retention_days=days,
            oldest_at=told.oldest_at,
            empties_at=ends,
        )

    async def _remove(self, held: Mapping[str, Held], gone: Sequence[str]) -> None:
        if gone:
            rooms = await self.repository.rooms(gone)
            await QuotaService(self.scope).give_room_back(rooms)
            await self.repository.remove(gone, at=self.scope.ports.clock.now())
            await self._tell("assets.removed", held, gone)

    async def _moved(self, kind: str, held: Mapping[str, Held], moved: Sequence[str]) -> TrashMoved:
        await self._tell(kind, held, moved)
        return TrashMoved(changed=len(moved), unchanged=len(held) - len(moved), ids=list(moved))

    async def _tell(self, kind: str, held: Mapping[str, Held], ids: Sequence[str]) -> None:
        for team_id, of_team in _by_team(held, ids).items():
            payload = {"asset_ids": of_team, "user_id": self.scope.actor.user_id}
            await self.scope.publish(kind, topic=f"team:{team_id}", payload=payload)


def _by_team(held: Mapping[str, Held], ids: Sequence[str]) -> dict[TeamId, list[str]]:
    teams: dict[TeamId, list[str]] = {}
    for one in ids:
        teams.setdefault(held[one].team_id, []).append(one)
    return dict(sorted(teams.items()))


async def let_go(scopes: Scopes, *, days: int) -> int:
    """Deletes for good what has lain in the trash for so many days; returns how many pictures. 0 days is never."""
    if not days:
        return 0
    before = scopes.ports.clock.now() - timedelta(days=days)
    count = 0
    while True:
        async with scopes.open(SYSTEM) as scope:
            gone = await TrashService(scope).let_go(before=before)
        count += gone
        if gone < AT_ONCE_MAX:
            return count
