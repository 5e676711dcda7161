"""What people do with runs, items and lanes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, Literal, NamedTuple

from imageloom.contracts.provider import Outcome
from imageloom.features.budgets.holding import brought_nothing
from imageloom.features.credentials.service import Unlocked
from imageloom.features.generation.apply import judge_runs, pilot_question
from imageloom.features.generation.counting import count_damaged
from imageloom.features.generation.errors import NothingToRetry, NotUncertain, RunNotActive
from imageloom.features.generation.models import ItemState, Lane, Run, RunState
from imageloom.features.generation.paying import payer_of
from imageloom.features.generation.rehoming import rehome
from imageloom.features.generation.repository import GenerationRepository
from imageloom.features.generation.schemas import CauseInput
from imageloom.features.teams.models import Project
from imageloom.features.teams.service import TeamService
from imageloom.kit.errors import Forbidden, NotFound
from imageloom.kit.ids import TeamId
from imageloom.runtime.actor import Permission
from imageloom.runtime.db.rows import is_new
from imageloom.runtime.scope import Scope

Resolution = Literal["resend", "give_up"]
PAUSED_BY_PERSON = "Paused by a person."


class ItemDraft(NamedTuple):
    """An item that is about to be written: planned, fitted to its model, and assigned to a lane."""

    position: int
    lane_id: str
    provider: str
    model: str
    template: str
    prompt: str
    fields: Mapping[str, Any]
    not_sent: Sequence[Mapping[str, Any]]
    choices: Sequence[Mapping[str, Any]]
    row: Mapping[str, str]
    row_number: int
    estimated_micros: int | None
    estimated_high_micros: int | None
    asset_id: str | None
    """A picture that was made before, which this item reuses."""
    wishes: Mapping[str, str]
    rank: int


@dataclass(frozen=True, kw_only=True)
class RunSpec:
    """How a new run behaves."""

    priority: int = 5
    uncertain_policy: str = "ask"
    failure_budget_percent: int = 50
    currency: str = "USD"
    pilot: int | None = None
    opens_at: datetime | None = None
    closes_at: datetime | None = None


class GenerationService:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.repository = GenerationRepository(scope.session)

    # --- making ----------------------------------------------------------------------------------------------

    def create_run(self, project: Project, *, total: int, spec: RunSpec, run_id: str | None = None) -> Run:
        """An empty run that promises ``total`` items, all pending from now on. It is written with the first of them."""
        self.scope.actor.require_for(project, Permission.batches_write)
        return Run(
            id=run_id or self.scope.ports.ids.new(),
            team_id=project.team_id,
            project_id=project.id,
            user_id=self.scope.actor.user_id,
            state=RunState.running.value,
            priority=spec.priority,
            uncertain_policy=spec.uncertain_policy,
            failure_budget_percent=spec.failure_budget_percent,
            expanding=True,
            total=total,
            pending=total,
            running=0,
            done=0,
            failed=0,
            refused=0,
            cancelled=0,
            uncertain=0,
            estimated_micros=0,
            estimated_unknown=0,
            settled_micros=0,
            settled_unknown=0,
            currency=spec.currency,
            pilot=spec.pilot,
            held_from=spec.pilot if spec.pilot is not None and spec.pilot < total else None,
            opens_at=spec.opens_at,
            closes_at=spec.closes_at,
            created_at=self.scope.ports.clock.now(),
        )

    async def ensure_lane(self, unlocked: Unlocked) -> None:
        await self.repository.ensure_lane(
            unlocked.lane_id,
            provider=unlocked.provider,
            credential_id=unlocked.credential_id,
            team_id=unlocked.team_id,
        )

    async def add_items(self, run: Run, drafts: Sequence[ItemDraft], *, last: bool) -> list[str]:
        """Writes a page of a run's items; ``last`` says that the promise is kept. Returns their ids."""
        now = self.scope.ports.clock.now()
        rows = [_item_row(self.scope.ports.ids.new(), run.id, draft, now) for draft in drafts]
        run.estimated_micros += sum(draft.estimated_micros or 0 for draft in drafts)
        run.estimated_unknown += sum(1 for draft in drafts if draft.estimated_micros is None)
        if last:
            run.expanding = False
        waiting = Counter(draft.lane_id for draft in drafts if draft.asset_id is None)
        reused = len(drafts) - waiting.total()
        for lane_id in waiting:
            # Of a lane that is driven here nobody else need hear.
            driver = f"lane:{lane_id}"
            self.scope.hint(driver if self.scope.ports.signals.is_heard(driver) else "lanes.wake")
        if is_new(run) and not reused:
            self.repository.add_later(run, rows, waiting)
            return [row["id"] for row in rows]
        # The run before its lanes' counters, as claims do: the other way round they could wait for each other.
        await self.repository.keep(run)
        await self.repository.insert_items(rows)
        await self.repository.add_counts(run.id, {"pending": -reused, "done": reused})
        await self.repository.add_waiting(run.id, waiting)
        if reused:
            await self._judge(run, now)
        return [row["id"] for row in rows]

    async def _judge(self, run: Run, now: datetime) -> None:
        """Where the last items are done as they are written, no lane ever comes to finish the run."""
        connection = await self.scope.session.connection()
        events = await connection.run_sync(lambda sync: judge_runs(sync, [run.id], now))
        for event in events:
            await self.scope.publish(event["kind"], topic=event["topic"], payload=event["payload"])
        await self.scope.session.refresh(run)

    # --- steering --------------------------------------------------------------------------------------------

    async def run(self, run_id: str, *, permission: Permission = Permission.batches_read) -> Run:
        """Raises :class:`NotFound`, also for a run of another team."""
        run = await self.repository.run(self.scope.actor, run_id)
        if run is None:
            self.scope.actor.require(permission)
            raise NotFound("There is no such batch.")
        self.scope.actor.require_for(run, permission)
        return run

    async def pause(self, run_id: str) -> Run:
        """No new call starts after this; what is in flight finishes and is kept."""
        run = await self._steerable(run_id)
        if run.state == RunState.running:
            await self._set_state(run, RunState.paused, reason=PAUSED_BY_PERSON)
        return run

    async def resume(self, run_id: str) -> Run:
        """Goes on. After its pilot this is the yes to everything that is left."""
        run = await self._steerable(run_id)
        if run.state == RunState.paused:
            if run.held_from is not None and run.reason == pilot_question(run.held_from):
                run.held_from = None
            over_budget = run.failed > 0 and run.reason is not None and "failure budget" in run.reason
            if over_budget:
                # The person has seen the failures; the budget has done its work.
                run.failure_budget_percent = 0
            await self._set_state(run, RunState.running, reason=None)
            if run.held_from is not None:
                # The pilot may have ended while the run was paused: then it is asked about now.
                await self._judge(run, self.scope.ports.clock.now())
            self.scope.hint("lanes.wake")
        return run

    async def set_hours(self, run_id: str, opens_at: datetime | None, closes_at: datetime | None) -> Run:
        """When calls of the run may begin from now on. What is in flight finishes and is kept."""
        run = await self._steerable(run_id)
        run.opens_at, run.closes_at = opens_at, closes_at
        await self.scope.session.flush()
        await self._announce(run)
        self.scope.hint("lanes.wake")
        return run

    async def cancel(self, run_id: str, *, reason: str = "Cancelled by a person.") -> Run:
        """Cancels what has not started. Calls in flight finish; jobs at a provider are asked to stop."""
        await self.repository.lock_writing(run_id)
        run = await self._steerable(run_id)
        unwritten = run.total - await self.repository.count_items(run.id) if run.expanding else 0
        cancelled = await self.repository.cancel_pending(run.id, self.scope.ports.clock.now())
        await self.repository.add_counts(
            run.id, {"pending": -cancelled - unwritten, "cancelled": cancelled + unwritten}
        )
        await self.scope.session.refresh(run)
        run.expanding = False
        await self._set_state(run, RunState.cancelled, reason=reason)
        if run.running == 0:
            run.finished_at = self.scope.ports.clock.now()
        return run

    async def retry(
        self,
        run_id: str,
        *,
        states: Sequence[ItemState] = (ItemState.failed,),
        item_ids: Sequence[str] | None = None,
        cause: CauseInput | None = None,
    ) -> int:
        """Puts items back, those of one cause alone where it is named; each gets a new attempt, which may cost money
        again. Returns how many.
        """
        run = await self._held(run_id)
        wished = [state for state in states if state in (ItemState.failed, ItemState.refused, ItemState.cancelled)]
        moved = await self._put_back(run, wished, item_ids, resends=0, cause=cause)
        if sum(moved.values()) == 0:
            raise NothingToRetry("No item of this batch is failed, refused or cancelled as asked.", field="states")
        return sum(moved.values())

    async def resolve(self, run_id: str, *, resolution: Resolution, item_ids: Sequence[str] | None = None) -> int:
        """Decides about uncertain items: send again, knowing that it may be paid twice, or give up."""
        run = await self._held(run_id)
        if resolution == "resend":
            moved = await self._put_back(run, [ItemState.uncertain], item_ids, resends=1)
            count = sum(moved.values())
        else:
            count = await self.repository.give_up(run.id, item_ids, self.scope.ports.clock.now())
            await self.repository.add_counts(run.id, {"uncertain": -count, "failed": count})
            await self._announce(run)
        if count == 0:
            raise NotUncertain("No item of this batch is uncertain as asked.", field="item_ids")
        return count

    async def reopen_damaged(self, item_id: str, *, reason: str) -> None:
        """The full decode failed although the structure looked whole: the item is failed, and it was paid."""
        item = await self.repository.item(item_id)
        if item is None or item.state != ItemState.done:
            return
        item.state = ItemState.failed.value
        item.outcome, item.message = "failed", reason
        item.updated_at = self.scope.ports.clock.now()
        await self.scope.session.flush()
        disowned = await self.repository.disown(item.id, code="damaged", reason=reason)
        await self._count_as_failures(disowned)
        await self.repository.add_counts(item.run_id, {"done": -1, "failed": 1})
        await self.scope.publish(
            "items.changed",
            topic=f"run:{item.run_id}",
            payload={
                "items": [
                    {
                        "id": item.id,
                        "position": item.position,
                        "state": item.state,
                        "outcome": "failed",
                        "asset_id": item.asset_id,
                    }
                ]
            },
        )

    async def _count_as_failures(self, attempts: Sequence[Any]) -> None:
        connection = await self.scope.session.connection()
        for attempt in attempts:
            run = await self.scope.session.get_one(Run, attempt.run_id)
            count = partial(
                brought_nothing,
                payer=payer_of(run, run.id, attempt.lane_id),
                micros=attempt.settled_micros or 0,
                began_at=attempt.started_at,
            )
            await connection.run_sync(count)
            gone = partial(count_damaged, team_id=run.team_id, user_id=run.user_id, began_at=attempt.started_at)
            await connection.run_sync(gone)

    # --- lanes -----------------------------------------------------------------------------------------------

    async def lanes(self) -> Sequence[Lane]:
        self.scope.actor.require(Permission.lanes_read)
        return await self.repository.lanes(self.scope.actor)

    async def pause_lane(self, lane_id: str) -> Lane:
        lane = await self._lane(lane_id)
        lane.is_paused = True
        self.scope.hint("lanes.changed")
        return lane

    async def resume_lane(self, lane_id: str) -> Lane:
        """Ends a person's pause, a parking and a wait alike."""
        lane = await self._lane(lane_id)
        lane.is_paused, lane.wait_reason, lane.resume_at = False, None, None
        lane.parked_reason, lane.parked_outcome = None, None
        for team_id in [lane.team_id] if lane.team_id is not None else self.scope.actor.team_ids:
            await rehome(self.scope, team_id=team_id, provider=lane.provider)
        self.scope.hint("lanes.wake")
        self.scope.hint("lanes.changed")
        return lane

    # --- inside ----------------------------------------------------------------------------------------------

    async def _held(self, run_id: str) -> Run:
        """The run as it is, and stays until we commit."""
        self.scope.actor.require(Permission.batches_write)
        await self.repository.lock_lanes(run_id)
        return await self.run(run_id, permission=Permission.batches_write)

    async def _steerable(self, run_id: str) -> Run:
        run = await self._held(run_id)
        if run.state in (RunState.finished, RunState.cancelled):
            raise RunNotActive(f"The batch is {run.state}.", state=run.state)
        return run

    async def _set_state(self, run: Run, state: RunState, *, reason: str | None) -> None:
        run.state, run.reason = state.value, reason
        await self.scope.session.flush()
        await self._announce(run)

    async def _announce(self, run: Run) -> None:
        payload = {"state": run.state, "reason": run.reason}
        await self.scope.publish("run.changed", topic=f"run:{run.id}", payload=payload)

    async def _put_back(
        self,
        run: Run,
        states: Sequence[ItemState],
        item_ids: Sequence[str] | None,
        *,
        resends: int,
        cause: CauseInput | None = None,
    ) -> Counter[str]:
        moved = await self.repository.put_back(
            run.id, states, item_ids, resends=resends, now=self.scope.ports.clock.now(), cause=cause
        )
        total = sum(moved.values())
        if total == 0:
            return moved
        await self.repository.add_counts(run.id, {"pending": total, **{state: -n for state, n in moved.items()}})
        await self.repository.recount_waiting(run.id)
        for lane, _waiting in await self.repository.lanes_of_run(run.id):
            await rehome(self.scope, team_id=run.team_id, provider=lane.provider)
        await self.scope.session.refresh(run)
        run.finished_at = None
        asks = run.held_from is not None and run.reason == pilot_question(run.held_from)
        if run.state in (RunState.finished, RunState.cancelled) or asks:
            run.state, run.reason = RunState.running.value, None
        await self.scope.session.flush()
        await self._announce(run)
        if asks:
            # What was put back may be of the pilot; then it asks again when that has ended.
            await self._judge(run, self.scope.ports.clock.now())
        self.scope.hint("lanes.wake")
        return moved

    async def _lane(self, lane_id: str) -> Lane:
        lane = await self.repository.lane(self.scope.actor, lane_id)
        if lane is None:
            self.scope.actor.require(Permission.lanes_write)
            raise NotFound("There is no such lane.")
        if lane.team_id is None:
            # Shared by everybody on this machine: for those who own something of an operator's here.
            self.scope.actor.require(Permission.lanes_write)
            may = [
                team for team in self.scope.actor.team_ids if self.scope.actor.may(Permission.lanes_write, team_id=team)
            ]
            if not self.scope.actor.is_system and not await TeamService(self.scope).is_operated(*may):
                raise Forbidden("This lane is shared by all teams.", hint="Ask the operator of this installation.")
        else:
            self.scope.actor.require(Permission.lanes_write, team_id=TeamId(lane.team_id))
        return lane


def _item_row(item_id: str, run_id: str, draft: ItemDraft, now: datetime) -> dict[str, Any]:
    return {
        "id": item_id,
        "run_id": run_id,
        "position": draft.position,
        "rank": draft.rank,
        "lane_id": draft.lane_id,
        "provider": draft.provider,
        "model": draft.model,
        "state": (ItemState.pending if draft.asset_id is None else ItemState.done).value,
        "template": draft.template,
        "prompt": draft.prompt,
        "wishes": dict(draft.wishes),
        "fields": dict(draft.fields),
        "not_sent": [dict(entry) for entry in draft.not_sent],
        "choices": [dict(choice) for choice in draft.choices],
        "row": dict(draft.row),
        "row_number": draft.row_number,
        "attempts": 0,
        "tries": 0,
        "resends": 0,
        "estimated_micros": draft.estimated_micros,
        "estimated_high_micros": draft.estimated_high_micros,
        "outcome": None if draft.asset_id is None else Outcome.succeeded.value,
        "asset_id": draft.asset_id,
        "is_reused": draft.asset_id is not None,
        "updated_at": now,
    }
