"""Batches: submitted once, written as items in pages, steered through their run."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, NamedTuple

from imageloom.contracts.provider import LocalProvider
from imageloom.features.batches.drafts import Draft, Verdict
from imageloom.features.batches.errors import KeyReused
from imageloom.features.batches.models import Batch, IdempotencyKey, Sheet
from imageloom.features.batches.plan import Cursor, plan_to_json
from imageloom.features.batches.planning import Fitting, draft_of
from imageloom.features.batches.repository import BatchRepository
from imageloom.features.batches.reusing import Reuser
from imageloom.features.batches.scheduling import kept_schedule, opening_of
from imageloom.features.batches.schemas import BatchCreate, ScheduleInput
from imageloom.features.budgets.service import BudgetService
from imageloom.features.credentials.service import CredentialService
from imageloom.features.generation.errors import NoCredential
from imageloom.features.generation.models import Run, RunState
from imageloom.features.generation.repository import GenerationRepository
from imageloom.features.generation.service import GenerationService, RunSpec
from imageloom.features.generation.spending import Spending
from imageloom.features.quotas.service import QuotaService
from imageloom.features.teams.models import Project
from imageloom.kit.errors import NotFound
from imageloom.runtime.actor import Permission
from imageloom.runtime.scope import Scope

EXPAND_JOB = "batch.expand"
NAME_CHARACTERS = 80
_LANES = "lanes"


@dataclass(frozen=True, kw_only=True)
class Idempotency:
    """The key that a caller sent with a submit, and the hash of what was submitted."""

    key: str
    body_hash: str


class Hours(NamedTuple):
    """When calls of a run may begin; ``None`` is no bound."""

    opens_at: datetime | None
    closes_at: datetime | None


class BatchService:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.repository = BatchRepository(scope.session)

    # --- submitting ------------------------------------------------------------------------------------------

    async def known(self, idempotency: Idempotency) -> tuple[Batch, Run] | None:
        """The batch that the same submit made before. Raises :class:`KeyReused`."""
        actor = self.scope.actor
        actor.require(Permission.batches_write)
        row = await self.repository.idempotency_key(str(actor.user_id), idempotency.key)
        if row is None:
            return None
        if row.body_hash != idempotency.body_hash:
            raise KeyReused(
                "This Idempotency-Key came before with another body.", field="Idempotency-Key", hint="Use a new key."
            )
        # Who may submit may repeat it, and reads no more than the answer was.
        return await self.batch(row.batch_id, permission=Permission.batches_write)

    async def create(
        self,
        body: BatchCreate,
        draft: Draft,
        verdict: Verdict,
        *,
        typed: Sheet | None,
        idempotency: Idempotency | None,
        origin: Mapping[str, Any] | None = None,
        keeps_request: bool = False,
    ) -> tuple[Batch, Run]:
        """Writes the batch and its items, or the job that will. ``typed`` is the new sheet of typed prompts.

        Raises :class:`NoCredential`, :class:`QuotaUsedUp`, and ``IntegrityError`` when the key was taken meanwhile.
        """
        project = draft.project
        sheet = draft.sheet or self._typed(typed, project)
        lanes = await self.lanes(verdict.providers, team_id=project.team_id)
        await QuotaService(self.scope).admit_batch(project.team_id, total=verdict.total, reuse=draft.plan.reuse)
        settings = self.scope.ports.settings
        schedule, opening = self._scheduled(body.schedule)
        spec = RunSpec(
            priority=body.priority,
            uncertain_policy=body.uncertain_policy,
            failure_budget_percent=body.failure_budget_percent or settings.generation.failure_budget_percent,
            pilot=body.pilot,
            opens_at=opening.opens_at,
            closes_at=opening.closes_at,
        )
        run = GenerationService(self.scope).create_run(project, total=verdict.total, spec=spec, run_id=draft.batch_id)
        batch = Batch(
            id=run.id,
            team_id=project.team_id,
            project_id=project.id,
            name=body.name or default_name(sheet, is_typed=typed is not None),
            plan=plan_to_json(draft.plan),
            request=kept_request(body, sheet_id=sheet.id) if keeps_request else None,
            origin=None if origin is None else dict(origin),
            schedule=schedule,
            sheet_id=sheet.id,
            references=list(draft.planner.references),
            cursor=None,
            written=0,
            revision=0,
            warnings=list(verdict.warnings),
            created_at=self.scope.ports.clock.now(),
        )
        if verdict.fittings is not None:
            # Before the batch, so that both are written once.
            await self._write(batch, run, verdict.fittings, lanes=lanes, following=None)
        else:
            await GenerationRepository(self.scope.session).keep(run)
            await self.scope.enqueue(EXPAND_JOB, f"expand:{batch.id}", {"batch_id": batch.id})
        self.repository.add_later(batch)
        await self._cap(batch, body)
        if idempotency is not None:
            self._remember(idempotency, batch)
        return batch, run

    def _typed(self, sheet: Sheet | None, project: Project) -> Sheet:
        assert sheet is not None
        self.scope.actor.require_for(project, Permission.batches_write)
        self.repository.add_later(sheet)
        return sheet

    async def _cap(self, batch: Batch, body: BatchCreate) -> None:
        if body.cap is not None:
            await BudgetService(self.scope, Spending()).cap_batch(
                batch.id,
                team_id=batch.team_id,
                project_id=batch.project_id,
                amount=body.cap,
                allows_unknown=body.cap_allows_unknown,
            )

    # --- expanding -------------------------------------------------------------------------------------------

    async def expanding(self, batch_id: str) -> tuple[Batch, Sheet] | None:
        """A batch whose items are not all written, and its sheet; ``None`` when there is nothing to write."""
        pair = await self.repository.batch(self.scope.actor, batch_id)
        if pair is None or not _is_expanding(pair[1]):
            return None
        return pair[0], await self.sheet(pair[0].sheet_id)

    async def write_page(self, batch_id: str, fittings: Sequence[Fitting], *, following: Cursor | None) -> bool:
        """Writes the next items. False when somebody else wrote them, or nobody wants them any more."""
        await GenerationRepository(self.scope.session).lock_writing(batch_id)
        pair = await self.repository.locked(batch_id)
        if pair is None or not _is_expanding(pair[1]) or pair[0].written != fittings[0].cell.position:
            return False
        batch, run = pair
        lanes = await self.lanes({fitting.entry.provider_id for fitting in fittings}, team_id=batch.team_id)
        await self._write(batch, run, fittings, lanes=lanes, following=following)
        return True

    async def tell_trouble(self, batch_id: str, reason: str) -> None:
        """What keeps a batch from being written, for people to read."""
        pair = await self.repository.batch(self.scope.actor, batch_id)
        if pair is not None and _is_expanding(pair[1]) and pair[1].state == RunState.running:
            pair[1].reason = reason[:500]

    # --- reading ---------------------------------------------------------------------------------------------

    async def batch(self, batch_id: str, *, permission: Permission = Permission.batches_read) -> tuple[Batch, Run]:
        """Raises :class:`NotFound`, also for a batch of another team."""
        pair = await self.repository.batch(self.scope.actor, batch_id)
        if pair is None:
            self.scope.actor.require(permission)
            raise NotFound("There is no such batch.")
        self.scope.actor.require_for(pair[0], permission)
        return pair

    async def batches(self, *, before: str | None, limit: int, project_id: str | None) -> Sequence[tuple[Batch, Run]]:
        self.scope.actor.require(Permission.batches_read)
        return await self.repository.batches(self.scope.actor, before=before, limit=limit, project_id=project_id)

    # --- sheets ----------------------------------------------------------------------------------------------

    async def add_sheet(self, project: Project, sheet: Sheet) -> Sheet:
        """Writes a sheet whose file is kept already."""
        self.scope.actor.require_for(project, Permission.batches_write)
        await self.repository.add(sheet)
        return sheet

    async def sheet(self, sheet_id: str) -> Sheet:
        sheet = await self.repository.sheet(self.scope.actor, sheet_id)
        if sheet is None:
            raise NotFound("There is no such sheet.", field="sheet_id", hint="Upload it first: POST /api/sheets.")
        return sheet

    # --- when it may buy -------------------------------------------------------------------------------------

    def _scheduled(self, wish: ScheduleInput | None) -> tuple[dict[str, Any] | None, Hours]:
        """What is kept, and the opening that it comes to. Raises :class:`InvalidInput`."""
        if wish is None:
            return None, Hours(None, None)
        now = self.scope.ports.clock.now()
        kept = kept_schedule(wish, now=now)
        return kept, Hours(*opening_of(kept, now=now))

    async def reschedule(self, batch_id: str, wish: ScheduleInput | None) -> tuple[Batch, Run]:
        """Another time for what has not begun; ``None`` is at once. Raises :class:`RunNotActive`."""
        batch, _run = await self.batch(batch_id, permission=Permission.batches_write)
        schedule, opening = self._scheduled(wish)
        run = await GenerationService(self.scope).set_hours(batch_id, opening.opens_at, opening.closes_at)
        batch.schedule = schedule
        return batch, run

    async def roll_windows(self) -> int:
        """Sets the next window of every batch whose last has closed. Returns how many."""
        now = self.scope.ports.clock.now()
        closed = await self.repository.closed(now)
        for batch, run in closed:
            assert batch.schedule is not None
            run.opens_at, run.closes_at = opening_of(batch.schedule, now=now)
        if closed:
            self.scope.hint("lanes.wake")
        return len(closed)

    # --- inside ----------------------------------------------------------------------------------------------

    def _remember(self, idempotency: Idempotency, batch: Batch) -> None:
        self.repository.add_later(
            IdempotencyKey(
                user_id=str(self.scope.actor.user_id),
                key=idempotency.key,
                body_hash=idempotency.body_hash,
                batch_id=batch.id,
                created_at=self.scope.ports.clock.now(),
            )
        )

    async def lanes(self, provider_ids: Collection[str], *, team_id: str) -> Mapping[str, str]:
        """The id of each provider's lane. Raises :class:`NoCredential`."""
        # Those who write together ask once.
        known = self.scope.session.info.setdefault(_LANES, {})
        return {provider_id: await self._lane(provider_id, team_id, known) for provider_id in sorted(provider_ids)}

    async def _lane(self, provider_id: str, team_id: str, known: dict[tuple[str, str], str]) -> str:
        lane_id = known.get((provider_id, team_id))
        if lane_id is not None:
            return lane_id
        unlocked = await CredentialService(self.scope).unlock_for_team(provider_id, team_id=team_id)
        if unlocked is None:
            provider = self.scope.ports.providers[provider_id]
            assert not isinstance(provider, LocalProvider)
            raise NoCredential(
                f"There is no key for {provider.title}.",
                field="plan.models",
                hint=f"Add one: imageloom keys add {provider_id}",
            )
        await GenerationService(self.scope).ensure_lane(unlocked)
        known[provider_id, team_id] = unlocked.lane_id
        return unlocked.lane_id

    async def _write(
        self,
        batch: Batch,
        run: Run,
        fittings: Sequence[Fitting],
        *,
        lanes: Mapping[str, str],
        following: Cursor | None,
    ) -> None:
        reused: Sequence[str | None] = [None] * len(fittings)
        if batch.plan["reuse"]:
            reused = await Reuser(scope=self.scope, project_id=batch.project_id, batch_id=batch.id).take(fittings)
        drafts = [
            draft_of(fitting, lane_id=lanes[fitting.entry.provider_id], reused=asset_id)
            for fitting, asset_id in zip(fittings, reused, strict=True)
        ]
        await GenerationService(self.scope).add_items(run, drafts, last=following is None)
        batch.written += len(drafts)
        batch.cursor = None if following is None else asdict(following)
        if run.state == RunState.running and run.reason is not None:
            run.reason = None


def default_name(sheet: Sheet, *, is_typed: bool) -> str:
    """What a batch is called by whom nobody named it: by the first words of its prompts where those were typed, else by
    the file that was given.
    """
    if not is_typed:
        return sheet.filename
    rows = (" ".join(text.split()) for row in sheet.sample for text in row.values())
    return next((words[:NAME_CHARACTERS].rstrip() for words in rows if words), sheet.filename)


def kept_request(body: BatchCreate, *, sheet_id: str) -> dict[str, Any]:
    """What is kept of a submit: only what it says, with the sheet that typed prompts became."""
    document = body.model_dump(mode="json", exclude_defaults=True, exclude={"project", "prompts"})
    return {**document, "sheet_id": sheet_id}


def _is_expanding(run: Run) -> bool:
    return run.expanding and run.state != RunState.cancelled
