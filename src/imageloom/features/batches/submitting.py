"""Submitting: read, plan, judge, and only then write.

Reading a large sheet and planning it take seconds. They happen between two short transactions: on SQLite, one that
writes keeps everybody else from writing, and the ledger too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from typing import Any

import orjson
from blake3 import blake3
from sqlalchemy.exc import IntegrityError

from imageloom.features.batches.drafts import Draft, Verdict, judge
from imageloom.features.batches.models import Batch
from imageloom.features.batches.plan import Plan, validate
from imageloom.features.batches.planning import make_planner
from imageloom.features.batches.problems import PlanProblems
from imageloom.features.batches.prompting import PromptRule
from imageloom.features.batches.schemas import BatchCreate, BatchSource
from imageloom.features.batches.service import BatchService, Idempotency
from imageloom.features.batches.sheet_files import SheetFiles
from imageloom.features.batches.sheets.reading import PROMPT, typed_sheet
from imageloom.features.batches.wildcard_files import PlanWildcards, given_values, keep
from imageloom.features.generation.models import Run
from imageloom.features.library.service import LibraryService
from imageloom.features.prompts.resolving import Grammar
from imageloom.features.teams.service import TeamService
from imageloom.features.wildcards.service import WildcardService
from imageloom.runtime.actor import Actor, Permission
from imageloom.runtime.scope import Scope, Scopes


async def read_draft(body: BatchSource, *, actor: Actor, scopes: Scopes, permission: Permission) -> Draft:
    """What was wished, not yet counted. Raises the plan's errors, :class:`NotFound` and :class:`Forbidden`."""
    async with scopes.open(actor, write=False) as scope:
        project = await TeamService(scope).project(body.project)
        actor.require_for(project, permission)
        sheet = None if body.sheet_id is None else await BatchService(scope).sheet(body.sheet_id)
        references = [await LibraryService(scope).reference(asset_id) for asset_id in body.references]
        has_grammar = body.plan.prompts.mode != "as_written"
        texts = await WildcardService(scope).texts(project.id) if has_grammar else []
    columns = (PROMPT,) if sheet is None else sheet.columns
    prompts = body.plan.prompts
    plan = Plan.of(
        **body.plan.model_dump(exclude={"template", "prompts"}),
        template=body.plan.template,
        columns=columns,
        prompts=PromptRule(mode=prompts.mode, draws=prompts.draws, wildcard_seed=prompts.wildcard_seed),
    )
    validate(plan, columns)
    files, clock, settings = SheetFiles(scopes.ports), scopes.ports.clock, scopes.ports.settings
    given = await asyncio.to_thread(given_values, prompts.wildcards, texts)
    wildcards = PlanWildcards(settings.wildcard_folder, given)
    return Draft(
        project=project,
        sheet=sheet,
        rows=typed_sheet(body.prompts or []).rows if sheet is None else partial(files.rows, sheet),
        plan=plan,
        planner=make_planner(scopes.ports, on=clock.now().date(), references=references),
        grammar=Grammar(wildcards),
    )


async def read_counted(body: BatchSource, *, actor: Actor, scopes: Scopes, permission: Permission) -> Draft:
    """The same, found to make at least one picture and no more than one batch may."""
    draft = await read_draft(body, actor=actor, scopes=scopes, permission=permission)
    await asyncio.to_thread(draft.count, PlanProblems(), limit=scopes.ports.settings.plans.max_items)
    return draft


async def submit(
    body: BatchCreate,
    *,
    actor: Actor,
    scopes: Scopes,
    idempotency_key: str | None,
    origin: Mapping[str, Any] | None = None,
) -> tuple[Batch, Run, bool]:
    """The batch, its run, and whether it is new. Accepted means durable. Raises what can be wrong with a submit.

    ``origin`` says what it was made by.
    """
    idempotency = None if idempotency_key is None else Idempotency(key=idempotency_key, body_hash=_hash(body))
    known = await known_batch(idempotency, actor=actor, scopes=scopes)
    if known is not None:
        return (*known, False)
    draft = await read_counted(body, actor=actor, scopes=scopes, permission=Permission.batches_write)
    verdict = await asyncio.to_thread(judge, draft, at_once=scopes.ports.settings.plans.inline_items)
    return await write(
        body, draft, verdict, actor=actor, scopes=scopes, idempotency=idempotency, origin=origin, keeps_request=True
    )


async def write(
    body: BatchCreate,
    draft: Draft,
    verdict: Verdict,
    *,
    actor: Actor,
    scopes: Scopes,
    idempotency: Idempotency | None,
    origin: Mapping[str, Any] | None = None,
    keeps_request: bool = False,
) -> tuple[Batch, Run, bool]:
    """Writes what was judged; see :func:`submit`. ``keeps_request``: the body is what was judged."""
    kept = await keep(scopes.ports, draft.grammar.used)
    draft = replace(draft, plan=replace(draft.plan, prompts=replace(draft.plan.prompts, wildcards=kept)))
    typed = None
    if draft.sheet is None:
        typed = await SheetFiles(scopes.ports).keep_prompts(draft.project, body.prompts or [])

    async def create(scope: Scope) -> tuple[Batch, Run]:
        return await BatchService(scope).create(
            body,
            draft,
            verdict,
            typed=typed,
            idempotency=idempotency,
            origin=origin,
            keeps_request=keeps_request,
        )

    try:
        batch, run = await scopes.transact(actor, create)
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
