"""Batches: submitted once, written as items in pages, steered through their run."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import orjson
from blake3 import blake3

from imageloom.contracts.provider import LocalProvider
from imageloom.features.batches.errors import KeyReused, NothingToMake, PlanTooLarge
from imageloom.features.batches.models import Batch, IdempotencyKey, Sheet
from imageloom.features.batches.plan import (
    Cell,
    Cursor,
    Plan,
    cells,
    count_cells,
    plan_from_json,
    plan_to_json,
    validate,
)
from imageloom.features.batches.planning import Fitting, Planner, draft_of
from imageloom.features.batches.repository import BatchRepository
from imageloom.features.batches.schemas import BatchCreate, BatchSource
from imageloom.features.batches.sheet_files import SheetFiles
from imageloom.features.catalog.prices import PriceBook
from imageloom.features.credentials.service import CredentialService, Unlocked
from imageloom.features.generation.errors import NoCredential
from imageloom.features.generation.models import Run, RunState
from imageloom.features.generation.repository import GenerationRepository
from imageloom.features.generation.service import GenerationService, RunSpec
from imageloom.features.library.repository import LibraryRepository
from imageloom.features.teams.models import Project
from imageloom.features.teams.service import TeamService
from imageloom.kit.errors import NotFound
from imageloom.kit.ids import TeamId
from imageloom.runtime.actor import Permission
from imageloom.runtime.scope import Scope

EXPAND_JOB = "batch.expand"


class BatchService:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.repository = BatchRepository(scope.session)

    # --- submitting ------------------------------------------------------------------------------------------

    async def create(self, body: BatchCreate, *, idempotency_key: str | None) -> tuple[Batch, Run, bool]:
        """The batch, its run, and whether it is new. Accepted means durable: the caller's commit is the promise."""
        body_hash = blake3(orjson.dumps(body.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)).hexdigest()
        if idempotency_key is not None:
            known = await self._known(idempotency_key, body_hash)
            if known is not None:
                return (*known, False)
        project = await TeamService(self.scope).project(body.project)
        self.scope.actor.require(Permission.batches_write, team_id=TeamId(project.team_id))
        sheet = await self._sheet_of(body, project)
        plan = plan_of(body, sheet)
        validate(plan, sheet.columns)
        planner = await self._planner(body)
        # Planning is pure and may take a second for a large sheet: not in the event loop.
        total = await asyncio.to_thread(self._count, plan, sheet)
        warnings, providers = await asyncio.to_thread(self._judge, plan, sheet, planner)
        await self._lanes(providers, project)
        settings = self.scope.ports.settings
        spec = RunSpec(
            priority=body.priority,
            uncertain_policy=body.uncertain_policy,
            failure_budget_percent=body.failure_budget_percent or settings.generation.failure_budget_percent,
        )
        run = await GenerationService(self.scope).create_run(project, total=total, spec=spec)
        batch = Batch(
            id=run.id,
            team_id=project.team_id,
            project_id=project.id,
            name=body.name or sheet.filename,
            plan=plan_to_json(plan),
            sheet_id=sheet.id,
            references=list(planner.references),
            cursor=None,
            written=0,
            warnings=warnings,
            created_at=self.scope.ports.clock.now(),
        )
        await self.repository.add(batch)
        if idempotency_key is not None:
            await self._remember(idempotency_key, body_hash, batch)
        if total <= settings.plans.inline_items:
            await self._write_page(batch, run, limit=total)
        else:
            await self.scope.enqueue(EXPAND_JOB, f"expand:{batch.id}", {"batch_id": batch.id})
        return batch, run, True

    async def write_next_page(self, batch_id: str) -> bool:
        """For the expand job: writes one more page of items; false when there is nothing more to write."""
        await GenerationRepository(self.scope.session).lock_writing(batch_id)
        pair = await self.repository.locked(batch_id)
        if pair is None:
            return False
        batch, run = pair
        if not run.expanding or run.state == RunState.cancelled:
            return False
        await self._write_page(batch, run, limit=self.scope.ports.settings.plans.page_items)
        return run.expanding

    async def fittings(self, body: BatchSource) -> tuple[Project, list[Fitting] | Any]:
        """Every cell of a plan, fitted, lazily; for estimates. Writes nothing but the sheet of typed prompts."""
        project = await TeamService(self.scope).project(body.project)
        self.scope.actor.require(Permission.batches_read, team_id=TeamId(project.team_id))
        sheet = await self._sheet_of(body, project)
        plan = plan_of(body, sheet)
        validate(plan, sheet.columns)
        await asyncio.to_thread(self._count, plan, sheet)
        planner = await self._planner(body)
        return project, planner.fit_all(self._cells(plan, sheet, None))

    # --- reading ---------------------------------------------------------------------------------------------

    async def batch(self, batch_id: str, *, permission: Permission = Permission.batches_read) -> tuple[Batch, Run]:
        """Raises :class:`NotFound`, also for a batch of another team."""
        pair = await self.repository.batch(self.scope.actor, batch_id)
        if pair is None:
            self.scope.actor.require(permission)
            raise NotFound("There is no such batch.")
        self.scope.actor.require(permission, team_id=TeamId(pair[0].team_id))
        return pair

    async def batches(self, *, before: str | None, limit: int, project_id: str | None) -> Sequence[tuple[Batch, Run]]:
        self.scope.actor.require(Permission.batches_read)
        return await self.repository.batches(self.scope.actor, before=before, limit=limit, project_id=project_id)

    # --- sheets ----------------------------------------------------------------------------------------------

    async def add_sheet(self, project: Project, path: Path, *, filename: str) -> Sheet:
        """Reads a sheet wholly once, so that every fault is found before it is used, and keeps the file."""
        self.scope.actor.require(Permission.batches_write, team_id=TeamId(project.team_id))
        sheet = await SheetFiles(self.scope).add(project, path, filename=filename)
        await self.repository.add(sheet)
        return sheet

    async def sheet(self, sheet_id: str) -> Sheet:
        sheet = await self.repository.sheet(self.scope.actor, sheet_id)
        if sheet is None:
            raise NotFound("There is no such sheet.", field="sheet_id", hint="Upload it first: POST /api/sheets.")
        return sheet

    # --- inside ----------------------------------------------------------------------------------------------

    async def _known(self, key: str, body_hash: str) -> tuple[Batch, Run] | None:
        actor = self.scope.actor
        actor.require(Permission.batches_write)
        row = await self.repository.idempotency_key(str(actor.user_id), key)
        if row is None:
            return None
        if row.body_hash != body_hash:
            raise KeyReused(
                "This Idempotency-Key came before with another body.", field="Idempotency-Key", hint="Use a new key."
            )
        return await self.batch(row.batch_id)

    async def _remember(self, key: str, body_hash: str, batch: Batch) -> None:
        await self.repository.add(
            IdempotencyKey(
                user_id=str(self.scope.actor.user_id),
                key=key,
                body_hash=body_hash,
                batch_id=batch.id,
                created_at=self.scope.ports.clock.now(),
            )
        )

    async def _sheet_of(self, body: BatchSource, project: Project) -> Sheet:
        if body.sheet_id is not None:
            return await self.sheet(body.sheet_id)
        assert body.prompts is not None
        sheet = await SheetFiles(self.scope).add_prompts(project, body.prompts)
        await self.repository.add(sheet)
        return sheet

    async def _planner(self, body: BatchSource) -> Planner:
        references = []
        for asset_id in body.references:
            asset = await LibraryRepository(self.scope.session).asset(self.scope.actor, asset_id)
            if asset is None:
                raise NotFound(f"There is no picture {asset_id} to edit.", field="references")
            references.append(
                {
                    "asset_id": asset.id,
                    "blake3": asset.blake3,
                    "format": asset.format,
                    "media_type": f"image/{asset.format}",
                }
            )
        return self._planner_with(references)

    def _planner_with(self, references: Sequence[dict[str, Any]]) -> Planner:
        return Planner(
            providers=self.scope.ports.providers,
            prices=PriceBook.load(),
            today=self.scope.ports.clock.now().date(),
            references=references,
        )

    def _count(self, plan: Plan, sheet: Sheet) -> int:
        total = count_cells(plan, SheetFiles(self.scope).rows(sheet))
        limit = self.scope.ports.settings.plans.max_items
        if total == 0:
            raise NothingToMake("The sheet has no row with a prompt.", field="sheet_id")
        if total > limit:
            raise PlanTooLarge(
                f"The plan makes {total} pictures; one batch may make {limit}.",
                field="plan",
                hint="Split the sheet, or drop an axis.",
                total=total,
                limit=limit,
            )
        return total

    def _cells(self, plan: Plan, sheet: Sheet, start: Cursor | None) -> Any:
        return cells(plan, SheetFiles(self.scope).rows(sheet), start=start)

    def _judge(self, plan: Plan, sheet: Sheet, planner: Planner) -> tuple[list[str], set[str]]:
        """Fits every cell once before anything is accepted: what cannot be made is refused now, not halfway."""
        warnings: dict[str, None] = {}
        providers: set[str] = set()
        for fitting in planner.fit_all(self._cells(plan, sheet, None)):
            providers.add(fitting.entry.provider_id)
            for warning in fitting.warnings:
                warnings.setdefault(warning)
            for note in fitting.not_sent:
                warnings.setdefault(f"{fitting.entry.name} is not sent {note['field']}: {note['reason']}")
        return list(warnings)[:100], providers

    async def _lanes(self, provider_ids: set[str], project: Project) -> dict[str, Unlocked]:
        """The lane of each provider. Raises :class:`NoCredential`."""
        service = CredentialService(self.scope)
        lanes = {}
        for provider_id in sorted(provider_ids):
            unlocked = await service.unlock_for_team(provider_id, team_id=project.team_id)
            if unlocked is None:
                provider = self.scope.ports.providers[provider_id]
                assert not isinstance(provider, LocalProvider)
                raise NoCredential(
                    f"There is no key for {provider.title}.",
                    field="plan.models",
                    hint=f"Add one: imageloom keys add {provider_id}",
                )
            await GenerationService(self.scope).ensure_lane(unlocked)
            lanes[provider_id] = unlocked
        return lanes

    async def _write_page(self, batch: Batch, run: Run, *, limit: int) -> None:
        plan = plan_from_json(batch.plan)
        sheet = await self.repository.sheet(self.scope.actor, batch.sheet_id)
        assert sheet is not None
        start = None if batch.cursor is None else Cursor(**batch.cursor)
        page: list[Cell] = await asyncio.to_thread(lambda: list(islice(self._cells(plan, sheet, start), limit + 1)))
        last = len(page) <= limit
        if not last:
            following = page.pop()
            batch.cursor = {
                "row_index": following.row_index,
                "inner_index": following.inner_index,
                "position": following.position,
            }
        planner = self._planner_with(batch.references)
        fittings = await asyncio.to_thread(lambda: list(planner.fit_all(page)))
        providers = {fitting.entry.provider_id for fitting in fittings}
        project = await self.scope.session.get_one(Project, batch.project_id)
        lanes = await self._lanes(providers, project)
        drafts = [draft_of(fitting, lane_id=lanes[fitting.entry.provider_id].lane_id) for fitting in fittings]
        await GenerationService(self.scope).add_items(run, drafts, last=last)
        batch.written += len(drafts)


def plan_of(body: BatchSource, sheet: Sheet) -> Plan:
    """The plan that a person submitted, over their sheet's columns."""
    return Plan.of(**body.plan.model_dump(exclude={"template"}), template=body.plan.template, columns=sheet.columns)
