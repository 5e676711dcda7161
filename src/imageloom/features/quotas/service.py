"""Setting and removing quotas, and what they refuse at once."""

from __future__ import annotations

from collections.abc import Sequence

from imageloom.features.identity.activity import NOWHERE, Device, record
from imageloom.features.quotas.books import QuotaBooks
from imageloom.features.quotas.errors import QuotaUsedUp
from imageloom.features.quotas.models import Quota
from imageloom.features.quotas.repository import QuotaRepository
from imageloom.features.quotas.schemas import QuotaCreate
from imageloom.features.quotas.tallies import COUNTED, Moved, Tally, locked_quotas, move
from imageloom.features.teams.service import TeamService
from imageloom.kit.errors import InvalidInput, NotFound
from imageloom.kit.ids import TeamId
from imageloom.kit.periods import known_zone, start_of
from imageloom.runtime.actor import Permission
from imageloom.runtime.scope import Scope

_BINDING = "quotas"


class QuotaService:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.repository = QuotaRepository(scope.session)

    # --- for people ------------------------------------------------------------------------------------------

    async def all(self) -> Sequence[Quota]:
        self.scope.actor.require(Permission.members_read)
        return await self.repository.all(self.scope.actor)

    async def put(self, body: QuotaCreate, books: QuotaBooks, *, device: Device = NOWHERE) -> tuple[Quota, bool]:
        """Sets a quota; the same target, kind and period has one. The quota, and whether it is new.

        What there was since its period began counts.
        """
        team_id = TeamService(self.scope).team_of(body.team_id)
        await self._may_set(team_id, body.user_id)
        if body.user_id is not None and not await self.repository.is_member(team_id, body.user_id):
            raise InvalidInput(
                "The team has no such member.", field="user_id", hint="Such as GET /api/teams/ID/members lists them."
            )
        zone = known_zone(body.zone or "UTC")
        await books.hold_still(self.scope, team_id=team_id)
        now = self.scope.ports.clock.now()
        same = {"team_id": team_id, "target": body.user_id or team_id, "kind": body.kind, "period": body.period}
        known = await self.repository.same(same)
        quota = known or Quota(
            **same, id=self.scope.ports.ids.new(), created_by=self.scope.actor.user_id, created_at=now
        )
        quota.amount, quota.zone, quota.updated_at = body.amount, zone, now
        quota.period_start = start_of(body.period, now, zone)
        quota.used = await books.counted(
            self.scope, team_id=team_id, target=quota.target, kind=body.kind, since=quota.period_start
        )
        await self.repository.add(quota)
        self._record("quota_set", quota, device)
        self._changed()
        return quota, known is None

    async def remove(self, quota_id: str, books: QuotaBooks, *, device: Device = NOWHERE) -> Quota:
        quota = await self.repository.one(self.scope.actor, quota_id)
        if quota is None:
            self.scope.actor.require(Permission.members_write)
            raise NotFound("There is no such quota.")
        await self._may_set(TeamId(quota.team_id), None if quota.target == quota.team_id else quota.target)
        await books.hold_still(self.scope, team_id=quota.team_id)
        await self.repository.remove(quota)
        self._record("quota_removed", quota, device)
        self._changed()
        return quota

    # --- what they refuse ------------------------------------------------------------------------------------

    async def admit_batch(self, team_id: str, *, total: int, reuse: bool) -> None:
        """Raises :class:`QuotaUsedUp` for a batch that could not be made however long it waits.

        One that fits a later period is accepted, and waits there: what may start is decided when it is claimed.
        """
        for tally in await self._tallies(team_id):
            quota = tally.row
            if quota.kind == "bytes":
                is_too_much = tally.left == 0
            else:
                needed = 1 if reuse else total
                is_too_much = quota.amount == 0 or (quota.period == "total" and needed > tally.left)
            if is_too_much:
                wanted = "" if quota.kind == "bytes" else f" This batch wants {total}."
                raise QuotaUsedUp(f"{tally.told}{wanted}", kind=quota.kind, quota_id=quota.id, left=tally.left)

    async def take_room(self, team_id: str, *, size_bytes: int) -> None:
        """Room for an upload. Raises :class:`QuotaUsedUp`."""
        connection = await self.scope.session.connection()
        quotas = await connection.run_sync(locked_quotas, [team_id])
        now = self.scope.ports.clock.now()
        for quota in quotas:
            tally = Tally.of(quota, now=now)
            if quota.target == team_id and quota.kind == "bytes" and size_bytes > tally.left:
                raise QuotaUsedUp(
                    f"{tally.told} This upload has {size_bytes} {COUNTED['bytes']}.",
                    kind="bytes",
                    quota_id=quota.id,
                    left=tally.left,
                )
        await connection.run_sync(move, quotas, [Moved(team_id=team_id, user_id=None, size_bytes=size_bytes)])

    async def give_room_back(self, rooms: Sequence[tuple[str, str | None, int]]) -> None:
        """What pictures took that are deleted for good: bytes by team, and by the person whose batch made them."""
        connection = await self.scope.session.connection()
        quotas = await connection.run_sync(locked_quotas, [team_id for team_id, _user_id, _size in rooms])
        moved = [Moved(team_id=team_id, user_id=user_id, size_bytes=-size) for team_id, user_id, size in rooms]
        await connection.run_sync(move, quotas, moved)

    # --- inside ----------------------------------------------------------------------------------------------

    async def _tallies(self, team_id: str) -> list[Tally]:
        user_id = str(self.scope.actor.user_id)
        # Those who write together ask once.
        known = self.scope.session.info.setdefault(_BINDING, {})
        if (team_id, user_id) not in known:
            known[team_id, user_id] = await self.repository.binding(team_id, user_id)
        quotas = known[team_id, user_id]
        now = self.scope.ports.clock.now()
        return [Tally.of(quota, now=now) for quota in quotas]

    async def _may_set(self, team_id: TeamId, user_id: str | None) -> None:
        """What a person may have is decided by the team's owners, what a team may by the operators."""
        actor = self.scope.actor
        if user_id is not None and not actor.may(Permission.users_write):
            actor.require(Permission.members_write, team_id=team_id)
        elif user_id is None:
            if team_id not in actor.roles and not actor.may(Permission.users_write):
                actor.require(Permission.members_write, team_id=team_id)
            actor.require(Permission.users_write)
        if not await self.repository.is_team(team_id):
            raise NotFound("There is no such team.", field="team_id")

    def _record(self, kind: str, quota: Quota, device: Device) -> None:
        of_person = None if quota.target == quota.team_id else quota.target
        told = {"counted": quota.kind, "period": quota.period}
        record(
            self.scope, kind, device=device, subject_id=of_person, team_id=quota.team_id, amount=quota.amount, **told
        )

    def _changed(self) -> None:
        """Whoever waits for a quota looks at once."""
        self.scope.hint("lanes.wake")
        self.scope.hint("lanes.changed")
