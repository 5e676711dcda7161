"""An edit between being read and being written: what it would do to what waits now. Nothing of it is written yet."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from imageloom.features.batch_edits.appending import Appended, plan_append
from imageloom.features.batch_edits.errors import EditTooLarge, NotWritten
from imageloom.features.batch_edits.replacing import replaced
from imageloom.features.batch_edits.rewriting import Rewriter, Rewriting, read_wishes, warnings_of
from imageloom.features.batch_edits.schemas import EditRequest
from imageloom.features.batch_edits.selecting import condition
from imageloom.features.batches.estimates import Sums
from imageloom.features.batches.models import Batch, Sheet
from imageloom.features.batches.plan import plan_from_json
from imageloom.features.batches.planning import Planner, make_planner
from imageloom.features.batches.problems import PlanProblems
from imageloom.features.batches.service import BatchService
from imageloom.features.generation.errors import RunNotActive
from imageloom.features.generation.models import ItemState, Run, RunState
from imageloom.features.generation.repository import GenerationRepository
from imageloom.features.teams.models import Project
from imageloom.features.teams.service import TeamService
from imageloom.kit.errors import InvalidInput
from imageloom.runtime.actor import Actor, Permission
from imageloom.runtime.scope import Scope, Scopes

EDITED_MAX = 10_000
"""Most items that one edit touches: it is one transaction, and on SQLite everybody else waits for it."""
WARNINGS_MAX = 100


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was read of the batch, at one moment."""

    batch: Batch
    run: Run
    project: Project
    begun: Mapping[str, int]
    waiting: Sequence[Mapping[str, Any]]
    sheet: Sheet | None
    last_row: int
    expected: tuple[int, int, int]
    """What the batch is expected to cost: micros, of how many items nobody knows, and how many they are."""


@dataclass(frozen=True, kw_only=True)
class EditDraft:
    """``waiting`` are the chosen items; ``rewritten`` those of them that become others."""

    found: Found
    request: EditRequest
    planner: Planner
    rewritten: Mapping[str, Rewriting]
    appended: Appended | None
    problems: PlanProblems

    @property
    def revision(self) -> int:
        return self.found.batch.revision

    @property
    def waiting(self) -> Sequence[Mapping[str, Any]]:
        return self.found.waiting

    @property
    def does_nothing(self) -> bool:
        request = self.request
        acts = request.remove or request.move is not None
        touches = self.rewritten or (acts and self.waiting) or self.appended
        return not touches and request.priority in (None, self.found.run.priority)

    def raise_problems(self) -> None:
        """Raises the first thing that is wrong, with all others; of the appended rows before those that wait."""
        if self.appended is not None:
            self.appended.problems.raise_any()
        self.problems.raise_any()

    def sums(self, rewriter: Rewriter) -> tuple[Sums, Sums]:
        """What the touched items cost before and after, with today's prices."""
        before, after = Sums(), Sums()
        for row in self.waiting:
            rewriting = self.rewritten.get(row["id"])
            if not self.request.remove and rewriting is None:
                continue
            before.add_price(rewriter.price(row))
            if rewriting is not None:
                after.add(rewriting.fitting, is_reused=False)
        for fitting in self.appended.fittings if self.appended else ():
            after.add(fitting, is_reused=False)
        return before, after

    @property
    def warnings(self) -> list[str]:
        fittings = [rewriting.fitting for rewriting in self.rewritten.values()]
        return warnings_of([*fittings, *(self.appended.fittings if self.appended else ())], most=WARNINGS_MAX)


def rewriter_of(draft: EditDraft) -> Rewriter:
    plan = plan_from_json(draft.found.batch.plan)
    return Rewriter(planner=draft.planner, has_grammar=plan.prompts.has_grammar)


async def draft_edit(
    batch_id: str, request: EditRequest, *, actor: Actor, scopes: Scopes, permission: Permission
) -> EditDraft:
    """Raises what can be wrong with an edit, but not what is wrong with single items: that is in ``problems``."""
    async with scopes.open(actor, write=False) as scope:
        found = await _find(scope, batch_id, request, permission=permission)
    planner = make_planner(
        scopes.ports,
        on=scopes.ports.clock.now().date(),
        references=found.batch.references,
        mask=next((row["fields"]["mask"] for row in found.waiting if "mask" in row["fields"]), None),
    )
    wishes, prompt = read_wishes(request.fields)
    prompts: list[str | None] = [prompt] * len(found.waiting)
    if request.replace is not None:
        texts = [prompt if prompt is not None else row["prompt"] for row in found.waiting]
        prompts = list(await replaced(scopes.ports, texts, request.replace))
    problems = PlanProblems()
    rewriter = Rewriter(planner=planner, has_grammar=plan_from_json(found.batch.plan).prompts.has_grammar)
    rewritten: dict[str, Rewriting] = {}
    if request.fields or request.replace is not None:
        rewritten = await asyncio.to_thread(_rewritten, rewriter, found.waiting, wishes, prompts, problems)
    return EditDraft(
        found=found,
        request=request,
        planner=planner,
        rewritten=rewritten,
        appended=await _appended(found, request, planner, actor=actor, scopes=scopes),
        problems=problems,
    )


async def _find(scope: Scope, batch_id: str, request: EditRequest, *, permission: Permission) -> Found:
    batches = BatchService(scope)
    batch, run = await batches.batch(batch_id, permission=permission)
    if run.state in (RunState.finished, RunState.cancelled):
        raise RunNotActive(f"The batch is {run.state}.", state=run.state, hint="Submit a new one.")
    if run.expanding:
        raise NotWritten(f"Of {run.total} items {batch.written} are written.")
    ledger = GenerationRepository(scope.session)
    conditions = condition(scope, batch_id, request.where)
    counts = await ledger.count_chosen(conditions) if request.chooses else {}
    matched = counts.pop(ItemState.pending.value, 0)
    if matched > EDITED_MAX:
        raise EditTooLarge(
            f"{matched} items that wait are chosen; one edit changes {EDITED_MAX}.",
            field="where",
            hint="Choose fewer, such as by rows or items.",
        )
    append = request.append
    return Found(
        batch=batch,
        run=run,
        project=await TeamService(scope).project(batch.project_id),
        begun=counts,
        waiting=await ledger.waiting_chosen(conditions, limit=EDITED_MAX) if matched else [],
        sheet=None if append is None or append.sheet_id is None else await batches.sheet(append.sheet_id),
        last_row=await ledger.last_row(batch_id),
        expected=await ledger.expected(run),
    )


def _rewritten(
    rewriter: Rewriter,
    rows: Sequence[Mapping[str, Any]],
    wishes: Mapping[str, str | None],
    prompts: Sequence[str | None],
    problems: PlanProblems,
) -> dict[str, Rewriting]:
    made = {}
    for row, prompt in zip(rows, prompts, strict=True):
        try:
            rewriting = rewriter.rewritten(row, wishes, prompt)
        except InvalidInput as error:
            problems.add(row["row_number"], error)
        else:
            if rewriting.is_changed:
                made[row["id"]] = rewriting
    return made


async def _appended(
    found: Found, request: EditRequest, planner: Planner, *, actor: Actor, scopes: Scopes
) -> Appended | None:
    if request.append is None:
        return None
    room = scopes.ports.settings.plans.max_items - found.run.total
    return await plan_append(
        request.append,
        found.batch,
        project=found.project,
        planner=planner,
        sheet=found.sheet,
        after_row=found.last_row,
        total=found.run.total,
        limit=min(EDITED_MAX, room),
        actor=actor,
        scopes=scopes,
    )
