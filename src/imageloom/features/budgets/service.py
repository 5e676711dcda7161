"""Setting, changing and removing caps."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from imageloom.features.budgets.books import Books
from imageloom.features.budgets.errors import CapChanged
from imageloom.features.budgets.models import Cap
from imageloom.features.budgets.repository import BudgetRepository
from imageloom.features.budgets.schemas import BudgetCreate, BudgetUpdate
from imageloom.features.identity.activity import NOWHERE, Device, record
from imageloom.kit.errors import InvalidInput, NotFound
from imageloom.kit.ids import ProjectId, TeamId
from imageloom.kit.money import Money
from imageloom.kit.periods import known_zone, start_of
from imageloom.runtime.actor import Permission
from imageloom.runtime.scope import Scope


class BudgetService:
    """``books`` are the ledger's: a cap that is set today counts what was spent since its period began."""

    def __init__(self, scope: Scope, books: Books) -> None:
        self.scope = scope
        self.books = books
        self.repository = BudgetRepository(scope.session)

    # --- reading ---------------------------------------------------------------------------------------------

    async def caps(self, *, kinds: Collection[str] | None, before: str | None, limit: int) -> Sequence[Cap]:
        self.scope.actor.require(Permission.batches_read)
        return await self.repository.caps(self.scope.actor, kinds=kinds, before=before, limit=limit)

    async def one(self, cap_id: str) -> Cap:
        """Raises :class:`NotFound`, also for a cap of another team."""
        self.scope.actor.require(Permission.batches_read)
        cap = await self.repository.cap(self.scope.actor, cap_id)
        if cap is None:
            raise NotFound("There is no such cap.")
        return cap

    # --- writing ---------------------------------------------------------------------------------------------

    async def put(self, body: BudgetCreate, *, device: Device = NOWHERE) -> tuple[Cap, bool]:
        """Sets a cap; the same thing in the same period has one of each kind. The cap, and whether it is new."""
        team_id = self._team(body.team_id)
        kind, target = body.kind, self._target(body, team_id)
        project_id = await self._project(kind, target)
        self._may_set(kind, team_id, project_id)
        await self._must_be_there(kind, target, team_id)
        await self.books.hold_still(self.scope, team_id=team_id)
        same = {
            "team_id": team_id,
            "kind": kind,
            "target": target,
            "period": body.period,
            "is_hard": body.is_hard,
        }
        known = await self.repository.same(same)
        if known is not None:
            change = BudgetUpdate(amount=body.amount, zone=body.zone, allows_unknown=body.allows_unknown)
            return await self._change(known, change, device), False
        zone = known_zone(body.zone or "UTC")
        named = {**same, "project_id": project_id}
        cap = self._new(named, zone=zone, amount=body.amount, allows_unknown=body.allows_unknown)
        await self.repository.add(cap)
        await self._recount(cap)
        self._record("cap_set", cap, device)
        self._changed()
        return cap, True

    async def cap_batch(
        self, batch_id: str, *, team_id: str, project_id: str, amount: Decimal, allows_unknown: bool
    ) -> Cap:
        """The cap that a batch is born with: nothing of it has been spent."""
        same = {"team_id": team_id, "kind": "batch", "target": batch_id, "period": "total", "is_hard": True}
        cap = self._new({**same, "project_id": project_id}, zone="UTC", amount=amount, allows_unknown=allows_unknown)
        await self.repository.add(cap)
        return cap

    async def update(self, cap_id: str, body: BudgetUpdate, *, device: Device = NOWHERE) -> Cap:
        """Raises :class:`CapChanged` when it is not the version that was read."""
        seen = await self.changeable(cap_id)
        await self.books.hold_still(self.scope, team_id=seen.team_id)
        return await self._change(await self._locked(cap_id), body, device)

    async def remove(self, cap_id: str, *, device: Device = NOWHERE) -> Cap:
        seen = await self.changeable(cap_id)
        await self.books.hold_still(self.scope, team_id=seen.team_id)
        cap = await self._locked(cap_id)
        await self.repository.remove(cap)
        self._record("cap_removed", cap, device)
        self._changed()
        return cap

    async def changeable(self, cap_id: str) -> Cap:
        """Raises :class:`NotFound` and :class:`Forbidden`."""
        cap = await self.repository.cap(self.scope.actor, cap_id)
        if cap is None:
            self.scope.actor.require(Permission.batches_write)
            raise NotFound("There is no such cap.")
        self._may_change(cap)
        return cap

    # --- inside ----------------------------------------------------------------------------------------------

    async def _change(self, cap: Cap, body: BudgetUpdate, device: Device) -> Cap:
        self._may_change(cap)
        if body.version is not None and body.version != cap.version:
            raise CapChanged(
                "Somebody changed the cap meanwhile.", field="version", hint=f"Read it again: version {cap.version}."
            )
        cap.amount_micros = _micros(body.amount)
        if body.allows_unknown is not None:
            cap.allows_unknown = body.allows_unknown
        if body.zone is not None and body.zone != cap.zone:
            # Its days begin at other moments now.
            cap.zone = known_zone(body.zone)
            cap.period_start = start_of(cap.period, self.scope.ports.clock.now(), cap.zone)
            await self._recount(cap)
        cap.version += 1
        cap.updated_at = self.scope.ports.clock.now()
        await self.scope.session.flush()
        self._record("cap_set", cap, device)
        self._changed()
        return cap

    def _record(self, kind: str, cap: Cap, device: Device) -> None:
        of_person = cap.target if cap.kind == "user" else None
        told = {"cap_id": cap.id, "of": cap.kind, "target": cap.target, "period": cap.period}
        told |= {"amount": str(Money(cap.amount_micros, cap.currency).amount), "currency": cap.currency}
        record(self.scope, kind, device=device, subject_id=of_person, team_id=cap.team_id, **told)

    async def _recount(self, cap: Cap) -> None:
        """Sets a cap's counters and holds by what the ledger says."""
        await self.repository.forget_holds(cap.id)
        spent = await self.books.spent(
            self.scope, team_id=cap.team_id, kind=cap.kind, target=cap.target, since=cap.period_start
        )
        cap.settled_micros, cap.failed_micros, cap.refused_micros = (
            spent.settled_micros,
            spent.failed_micros,
            spent.refused_micros,
        )
        cap.doubt_micros, cap.unknown = spent.doubt_micros, spent.unknown
        cap.held_micros = sum(micros or 0 for micros in spent.open.values())
        await self.scope.session.flush()
        await self.repository.add_holds(
            [
                {
                    "attempt_id": attempt_id,
                    "cap_id": cap.id,
                    "micros": micros,
                    "period_start": cap.period_start,
                    "in_doubt": in_doubt,
                }
                for in_doubt, attempts in ((False, spent.open), (True, spent.doubtful))
                for attempt_id, micros in attempts.items()
            ]
        )

    def _new(self, same: dict[str, Any], *, zone: str, amount: Decimal, allows_unknown: bool) -> Cap:
        now = self.scope.ports.clock.now()
        return Cap(
            **same,
            id=self.scope.ports.ids.new(),
            zone=zone,
            allows_unknown=allows_unknown,
            amount_micros=_micros(amount),
            currency="USD",
            period_start=start_of(same["period"], now, zone),
            settled_micros=0,
            failed_micros=0,
            refused_micros=0,
            held_micros=0,
            doubt_micros=0,
            unknown=0,
            version=1,
            created_by=self.scope.actor.user_id,
            created_at=now,
            updated_at=now,
        )

    def _changed(self) -> None:
        """Whoever waits for a cap looks at once."""
        self.scope.hint("lanes.wake")
        self.scope.hint("lanes.changed")

    async def _locked(self, cap_id: str) -> Cap:
        """As it is now, and stays until we commit: claims may have counted since it was seen."""
        self.scope.session.expire_all()
        cap = await self.repository.cap(self.scope.actor, cap_id, lock=True)
        if cap is None:
            raise NotFound("There is no such cap.")
        return cap

    def _may_set(self, kind: str, team_id: TeamId, project_id: str | None) -> None:
        """Whoever submits batches may cap them; the other caps are for those who keep the keys."""
        needed = Permission.batches_write if kind == "batch" else Permission.keys_write
        self.scope.actor.require(
            needed, team_id=team_id, project_id=None if project_id is None else ProjectId(project_id)
        )

    def _may_change(self, cap: Cap) -> None:
        """A cap that somebody set on another's batch is not lifted by the one whom it binds."""
        team_id, actor = TeamId(cap.team_id), self.scope.actor
        self._may_set(cap.kind, team_id, cap.project_id)
        if cap.created_by != actor.user_id:
            actor.require(Permission.keys_write, team_id=team_id)

    def _team(self, team_id: str | None) -> TeamId:
        if team_id is not None:
            return TeamId(team_id)
        teams = self.scope.actor.team_ids or self.scope.actor.working_in
        if not teams:
            self.scope.actor.require(Permission.batches_write)
        if len(teams) != 1:
            raise InvalidInput("You are in several teams; say which one.", field="team_id")
        return teams[0]

    def _target(self, body: BudgetCreate, team_id: TeamId) -> str:
        if body.kind == "team":
            if body.target not in (None, team_id):
                raise InvalidInput(
                    "A team's cap is about the team itself.", field="target", hint="Say team_id, and no target."
                )
            return team_id
        if body.target is not None:
            return body.target
        if body.kind == "user":
            return str(self.scope.actor.user_id)
        raise InvalidInput(
            f"Which {body.kind} is capped?", field="target", hint=f"Say the id of the {body.kind} as target."
        )

    async def _project(self, kind: str, target: str) -> str | None:
        """The project that a cap is about, as far as the actor sees it."""
        if kind == "batch":
            owner = await self.books.owner_of(self.scope, kind=kind, target=target)
            return None if owner is None else owner.project_id
        return target if kind == "project" else None

    async def _must_be_there(self, kind: str, target: str, team_id: TeamId) -> None:
        match kind:
            case "team":
                return
            case "provider":
                is_there = target in self.scope.ports.providers
            case "user":
                is_there = await self.repository.is_member(team_id, target)
            case "project":
                is_there = await self.repository.is_project(team_id, target)
            case _:
                owner = await self.books.owner_of(self.scope, kind=kind, target=target)
                is_there = owner is not None and owner.team_id in (team_id, "*")
        if not is_there:
            raise InvalidInput(
                f"The team has no such {'key' if kind == 'credential' else kind}.",
                field="target",
                hint="A target is the id of something of the team, as the lists show it.",
            )


def _micros(amount: Decimal) -> int:
    return Money.of(amount).micros
