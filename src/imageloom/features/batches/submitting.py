"""Submitting: read, plan, judge, and only then write.

Reading a large sheet and planning it take seconds. They happen between two short transactions: on SQLite, one that
writes keeps everybody else from writing, and the ledger too.
"""

from __future__ import annotations

import asyncio
from functools import partial

import orjson
from blake3 import blake3
from sqlalchemy.exc import IntegrityError

from imageloom.features.batches.drafts import Draft, Verdict, judge
from imageloom.features.batches.models import Batch
from imageloom.features.batches.plan import Plan, validate
from imageloom.features.batches.planning import make_planner
from imageloom.features.batches.schemas import BatchCreate, BatchSource
from imageloom.features.batches.service import BatchService, Idempotency
from imageloom.features.batches.sheet_files import SheetFiles
from imageloom.features.batches.sheets.reading import PROMPT, typed_sheet
from imageloom.features.generation.models import Run
from imageloom.features.library.service import LibraryService
from imageloom.features.teams.service import TeamService
from imageloom.kit.ids import TeamId
from imageloom.runtime.actor import Actor, Permission
from imageloom.runtime.scope import Scopes


async def read_draft(body: BatchSource, *, actor: Actor, scopes: Scopes, permission: Permission) -> Draft:
    """Raises the plan's errors, :class:`NotFound` and :class:`Forbidden`."""
    async with scopes.open(actor, write=False) as scope:
        project = await TeamService(scope).project(body.project)
        actor.require(permission, team_id=TeamId(project.team_id))
        sheet = None if body.sheet_id is None else await BatchService(scope).sheet(body.sheet_id)
        references = [await LibraryService(scope).reference(asset_id) for asset_id in body.references]
    columns = (PROMPT,) if sheet is None else sheet.columns
    plan = Plan.of(**body.plan.model_dump(exclude={"template"}), template=body.plan.template, columns=columns)
    validate(plan, columns)
    files, clock = SheetFiles(scopes.ports), scopes.ports.clock
    draft = Draft(
        project=project,
        sheet=sheet,
        rows=typed_sheet(body.prompts or []).rows if sheet is None else partial(files.rows, sheet),
        plan=plan,
        planner=make_planner(scopes.ports, on=clock.now().date(), references=references),
    )
    await asyncio.to_thread(draft.count, limit=scopes.ports.settings.plans.max_items)
    return draft


async def submit(
    body: BatchCreate, *, actor: Actor, scopes: Scopes, idempotency_key: str | None
) -> tuple[Batch, Run, bool]:
    """The batch, its run, and whether it is new. Accepted means durable. Raises what can be wrong with a submit."""
    idempotency = None if idempotency_key is None else Idempotency(key=idempotency_key, body_hash=_hash(body))
    known = await known_batch(idempotency, actor=actor, scopes=scopes)
    if known is not None:
        return (*known, False)
    draft = await read_draft(body, actor=actor, scopes=scopes, permission=Permission.batches_write)
    verdict = await asyncio.to_thread(judge, draft, at_once=scopes.ports.settings.plans.inline_items)
    return await write(body, draft, verdict, actor=actor, scopes=scopes, idempotency=idempotency)


async def write(
    body: BatchCreate,
    draft: Draft,
    verdict: Verdict,
    *,
    actor: Actor,
    scopes: Scopes,
    idempotency: Idempotency | None,
) -> tuple[Batch, Run, bool]:
    """Writes what was judged; see :func:`submit`."""
    typed = None
    if draft.sheet is None:
        typed = await SheetFiles(scopes.ports).keep_prompts(draft.project, body.prompts or [])
    try:
        async with scopes.open(actor) as scope:
            batch, run = await BatchService(scope).create(body, draft, verdict, typed=typed, idempotency=idempotency)
    except IntegrityError:
        # The same key came twice at once, and the other was first.
        known = await known_batch(idempotency, actor=actor, scopes=scopes)
        if known is None:
            raise
        return (*known, False)
    return batch, run, True


async def known_batch(idempotency: Idempotency | None, *, actor: Actor, scopes: Scopes) -> tuple[Batch, Run] | None:
    """The batch that the same submit made before. Raises :class:`KeyReused`."""
    if idempotency is None:
        return None
    async with scopes.open(actor, write=False) as scope:
        return await BatchService(scope).known(idempotency)


def _hash(body: BatchCreate) -> str:
    return blake3(orjson.dumps(body.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)).hexdigest()
