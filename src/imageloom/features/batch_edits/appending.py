"""Rows that are added to a batch: read and planned like its own, and numbered on."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import islice

from imageloom.features.batch_edits.errors import EditTooLarge
from imageloom.features.batch_edits.schemas import AppendInput
from imageloom.features.batches.drafts import Draft
from imageloom.features.batches.errors import NothingToMake
from imageloom.features.batches.models import Batch, Sheet
from imageloom.features.batches.plan import Plan, plan_from_json, validate
from imageloom.features.batches.planning import Fitting, Planner
from imageloom.features.batches.problems import PlanProblems
from imageloom.features.batches.schemas import BatchSource
from imageloom.features.batches.sheet_files import SheetFiles
from imageloom.features.batches.sheets.reading import PROMPT, SheetRow, typed_sheet
from imageloom.features.batches.submitting import read_draft
from imageloom.features.batches.wildcard_files import KeptWildcards, PlanWildcards, given_values
from imageloom.features.prompts.resolving import Grammar
from imageloom.features.prompts.wildcards import Values
from imageloom.features.teams.models import Project
from imageloom.features.wildcards.service import WildcardService
from imageloom.runtime.actor import Actor, Permission
from imageloom.runtime.scope import Scopes


@dataclass(frozen=True, kw_only=True)
class BothWildcards:
    """Those that the batch kept, and then those of the project and of the installation's folder."""

    kept: KeptWildcards
    folder: PlanWildcards

    def find(self, pattern: str) -> Sequence[tuple[str, Values]]:
        return self.kept.find(pattern) or self.folder.find(pattern)

    def names(self) -> Sequence[str]:
        return sorted({*self.kept.names(), *self.folder.names()})


@dataclass(frozen=True, kw_only=True)
class Appended:
    """Cells whose positions follow the batch's own. ``problems`` name the rows of the sheet that was given."""

    draft: Draft
    fittings: Sequence[Fitting]
    problems: PlanProblems


async def plan_append(
    wish: AppendInput,
    batch: Batch,
    *,
    project: Project,
    planner: Planner,
    sheet: Sheet | None,
    after_row: int,
    total: int,
    limit: int,
    actor: Actor,
    scopes: Scopes,
) -> Appended:
    """Raises the plan's errors, :class:`NothingToMake` among them, and :class:`EditTooLarge`."""
    if wish.plan is not None:
        body = BatchSource(project=project.id, sheet_id=wish.sheet_id, prompts=wish.prompts, plan=wish.plan)
        draft = await read_draft(body, actor=actor, scopes=scopes, permission=Permission.batches_read)
    else:
        async with scopes.open(actor, write=False) as scope:
            texts = await WildcardService(scope).texts(project.id)
        draft = _by_its_plan(wish, batch, project=project, planner=planner, sheet=sheet, scopes=scopes, texts=texts)
    numbered = Draft(
        project=draft.project,
        sheet=draft.sheet,
        rows=lambda: _numbered_on(draft.rows(), after_row),
        plan=draft.plan,
        planner=planner,
        grammar=draft.grammar,
    )
    return await asyncio.to_thread(_fitted, numbered, after_row=after_row, total=total, limit=limit)


def _by_its_plan(
    wish: AppendInput,
    batch: Batch,
    *,
    project: Project,
    planner: Planner,
    sheet: Sheet | None,
    scopes: Scopes,
    texts: Sequence[tuple[str, str, str]],
) -> Draft:
    plan: Plan = plan_from_json(batch.plan)
    columns = (PROMPT,) if sheet is None else sheet.columns
    validate(plan, columns)
    folder = PlanWildcards(scopes.ports.settings.wildcard_folder, given_values({}, texts))
    kept = KeptWildcards(scopes.ports, plan.prompts.wildcards)
    return Draft(
        project=project,
        sheet=sheet,
        rows=typed_sheet(wish.prompts or []).rows if sheet is None else partial(SheetFiles(scopes.ports).rows, sheet),
        plan=plan,
        planner=planner,
        grammar=Grammar(BothWildcards(kept=kept, folder=folder)),
    )


def _numbered_on(rows: Iterator[SheetRow], after: int) -> Iterator[SheetRow]:
    """A row that comes twice, once before and once now, is another row: its made-up seed is another one, too."""
    return (SheetRow(number=row.number + after, values=row.values) for row in rows)


def _fitted(draft: Draft, *, after_row: int, total: int, limit: int) -> Appended:
    problems = PlanProblems()
    made = list(islice(draft.fittings(problems), limit + 1))
    if len(made) > limit:
        raise EditTooLarge(
            f"The rows make more than {limit} pictures; one edit may append {limit}.",
            field="append",
            hint="Append in pieces, or submit another batch.",
        )
    if not made and not problems.shown:
        raise NothingToMake("The sheet has no row with a prompt.", field="append")
    for problem in problems.shown:
        problem.row -= after_row
    fittings = [one._replace(cell=one.cell._replace(position=total + number)) for number, one in enumerate(made)]
    return Appended(draft=draft, fittings=fittings, problems=problems)
