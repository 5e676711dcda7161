"""Previewing and applying: drafted between two short transactions, as a submit is."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import NamedTuple

import orjson
from blake3 import blake3
from sqlalchemy.exc import IntegrityError

from imageloom.features.batch_edits.capping import CapEffect, cap_effects
from imageloom.features.batch_edits.drafting import EditDraft, draft_edit
from imageloom.features.batch_edits.errors import NothingToEdit, StalePreview
from imageloom.features.batch_edits.models import BatchEdit
from imageloom.features.batch_edits.schemas import EditPreview, EditRequest
from imageloom.features.batch_edits.service import EditService, MovedOn, stale
from imageloom.features.batch_edits.shapes import shape_preview, told_of
from imageloom.features.batches.service import Idempotency
from imageloom.features.batches.sheet_files import SheetFiles
from imageloom.features.batches.wildcard_files import keep
from imageloom.kit.errors import Conflict
from imageloom.runtime.actor import Actor, Permission
from imageloom.runtime.scope import Scopes

TRIES = 3
_TAG = re.compile(r'"e(\d{1,9})-(\d{1,9})-([0-9a-f]{16})"')


class Previewed(NamedTuple):
    """What a person was shown, as the entity tag of a preview says it."""

    revision: int
    matched: int
    body: str

    @property
    def tag(self) -> str:
        return f'"e{self.revision}-{self.matched}-{self.body}"'


def read_tag(header: str | None) -> Previewed | None:
    """``None`` for none, and for ``*``. Raises :class:`StalePreview` for one that is not ours."""
    if header is None or header.strip() == "*":
        return None
    match = _TAG.fullmatch(header.strip().removeprefix("W/"))
    if match is None:
        raise StalePreview("This is no ETag of a preview.", field="If-Match")
    return Previewed(int(match.group(1)), int(match.group(2)), match.group(3))


def hash_of(request: EditRequest) -> str:
    """Of the whole request: what was previewed is what is applied."""
    return blake3(orjson.dumps(request.model_dump(mode="json"), option=orjson.OPT_SORT_KEYS)).hexdigest()


async def preview_edit(
    batch_id: str, request: EditRequest, *, actor: Actor, scopes: Scopes
) -> tuple[EditPreview, Previewed]:
    """What an edit would do now, and what to apply exactly that with."""
    draft = await draft_edit(batch_id, request, actor=actor, scopes=scopes, permission=Permission.batches_read)
    shown = await asyncio.to_thread(shape_preview, draft, await _effects(draft, actor=actor, scopes=scopes))
    return shown, Previewed(draft.revision, len(draft.waiting), hash_of(request)[:16])


async def apply_edit(
    batch_id: str,
    request: EditRequest,
    *,
    actor: Actor,
    scopes: Scopes,
    if_match: str | None,
    idempotency_key: str | None,
) -> tuple[BatchEdit, bool]:
    """The edit, and whether it is new. Raises what can be wrong with an edit, and :class:`StalePreview`."""
    previewed = read_tag(if_match)
    idempotency = None
    if idempotency_key is not None:
        idempotency = Idempotency(key=idempotency_key, body_hash=hash_of(request))
        known = await _known(batch_id, idempotency, actor=actor, scopes=scopes)
        if known is not None:
            return known, False
    if previewed is not None and previewed.body != hash_of(request)[:16]:
        raise StalePreview("Another edit was previewed.", field="If-Match")
    for _try in range(TRIES):
        draft = await draft_edit(batch_id, request, actor=actor, scopes=scopes, permission=Permission.batches_write)
        if previewed is not None:
            if draft.revision != previewed.revision:
                raise StalePreview("The batch was edited since the preview.", field="If-Match")
            stale(draft, previewed.matched)
        draft.raise_problems()
        if draft.does_nothing:
            begun = sum(draft.found.begun.values())
            raise NothingToEdit(
                f"{len(draft.waiting)} items that wait are chosen, and it would leave them as they are; "
                f"{begun} others do not wait any more."
                if draft.waiting or begun
                else "No item is chosen.",
                field="where",
                hint="Preview it: POST /api/batches/ID/edits/preview, or --dry-run.",
            )
        try:
            return await _write(draft, previewed, idempotency, actor=actor, scopes=scopes), True
        except MovedOn:
            if previewed is not None:
                raise StalePreview("The batch was edited since the preview.", field="If-Match") from None
        except IntegrityError:
            # The same key came twice at once, and the other was first.
            known = None if idempotency is None else await _known(batch_id, idempotency, actor=actor, scopes=scopes)
            if known is None:
                raise
            return known, False
    raise Conflict("Others edit this batch all the time.", hint="Try again.")


async def _write(
    draft: EditDraft,
    previewed: Previewed | None,
    idempotency: Idempotency | None,
    *,
    actor: Actor,
    scopes: Scopes,
) -> BatchEdit:
    typed, appended = None, draft.appended
    if appended is not None:
        kept = await keep(scopes.ports, appended.draft.grammar.used)
        plan = replace(appended.draft.plan, prompts=replace(appended.draft.plan.prompts, wildcards=kept))
        draft = replace(draft, appended=replace(appended, draft=replace(appended.draft, plan=plan)))
        if appended.draft.sheet is None:
            assert draft.request.append is not None
            prompts = draft.request.append.prompts or []
            typed = await SheetFiles(scopes.ports).keep_prompts(draft.found.project, prompts)
    told = await asyncio.to_thread(told_of, draft, await _effects(draft, actor=actor, scopes=scopes))
    async with scopes.open(actor) as scope:
        return await EditService(scope).apply(
            draft,
            told=told,
            typed=typed,
            previewed=None if previewed is None else previewed.matched,
            idempotency=idempotency,
        )


async def _effects(draft: EditDraft, *, actor: Actor, scopes: Scopes) -> list[CapEffect]:
    async with scopes.open(actor, write=False) as scope:
        return await cap_effects(scope, draft)


async def _known(batch_id: str, idempotency: Idempotency, *, actor: Actor, scopes: Scopes) -> BatchEdit | None:
    async with scopes.open(actor, write=False) as scope:
        return await EditService(scope).known(batch_id, idempotency)
