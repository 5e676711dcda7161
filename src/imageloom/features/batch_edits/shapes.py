"""Edits as their wire shapes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from imageloom.features.batch_edits.capping import CapEffect
from imageloom.features.batch_edits.drafting import EditDraft, rewriter_of
from imageloom.features.batch_edits.models import BatchEdit, BatchEditItem
from imageloom.features.batch_edits.rewriting import shape_fitting, shape_row
from imageloom.features.batch_edits.schemas import (
    EditedCap,
    EditedRow,
    EditItemRead,
    EditPreview,
    EditRead,
    SumRead,
    UndoneRead,
)
from imageloom.features.batches.estimates import Sums
from imageloom.features.batches.schemas import ProblemRead
from imageloom.features.catalog.prices import CURRENCY
from imageloom.features.generation.shapes import amount

ROWS_SHOWN = 20
_JSON_COUNTS = (
    "matched",
    "changed",
    "removed",
    "moved",
    "appended",
    "unchanged",
    "begun",
    "before",
    "after",
    "warnings",
)


def shape_sums(sums: Sums) -> SumRead:
    return SumRead(
        items=sums.items,
        **sums.amounts(),
        unknown=sums.unknown.total(),
        reasons=sums.reasons(),
        currency=CURRENCY,
    )


def told_of(draft: EditDraft, effects: Sequence[CapEffect]) -> dict[str, Any]:
    """What an edit comes to, to be kept with it."""
    before, after = draft.sums(rewriter_of(draft))
    return {
        "before": shape_sums(before).model_dump(mode="json"),
        "after": shape_sums(after).model_dump(mode="json"),
        "begun": dict(draft.found.begun),
        "warnings": _warnings(draft, effects),
    }


def shape_preview(draft: EditDraft, effects: Sequence[CapEffect]) -> EditPreview:
    before, after = draft.sums(rewriter_of(draft))
    request, run, waiting = draft.request, draft.found.run, len(draft.waiting)
    appended = len(draft.appended.fittings) if draft.appended else 0
    touched = waiting if request.remove or request.move else len(draft.rewritten)
    shown = [problem for part in _problems(draft) for problem in part.shown]
    return EditPreview(
        batch_id=run.id,
        revision=draft.revision,
        matched=waiting,
        changed=len(draft.rewritten),
        removed=waiting if request.remove else 0,
        moved=waiting if request.move else 0,
        appended=appended,
        unchanged=waiting - touched,
        begun=dict(draft.found.begun),
        before=shape_sums(before),
        after=shape_sums(after),
        **_estimates(draft.found.expected, _expected(draft)),
        warnings=_warnings(draft, effects),
        rows=list(islice(_rows(draft), ROWS_SHOWN)),
        caps=[_shape_effect(effect) for effect in effects],
        problems=[ProblemRead.model_validate(problem.document()) for problem in shown],
        problem_cells=sum(part.cells for part in _problems(draft)),
    )


def _warnings(draft: EditDraft, effects: Sequence[CapEffect]) -> list[str]:
    """What becomes of the money comes first: it is for the whole batch."""
    return [told for effect in effects if (told := effect.told) is not None] + draft.warnings


def _shape_effect(effect: CapEffect) -> EditedCap:
    cap = effect.cap
    return EditedCap(
        cap_id=cap.id,
        kind=cap.kind,
        target=cap.target,
        is_hard=cap.is_hard,
        amount=amount(cap.amount_micros) or "0",
        left=amount(max(0, effect.purse.left)) or "0",
        waiting_before=amount(effect.before.micros) or "0",
        waiting_after=amount(effect.after.micros) or "0",
        unknown_before=effect.before.unknown,
        unknown_after=effect.after.unknown,
        covers_before=effect.covers(effect.before),
        covers_after=effect.covers(effect.after),
        currency=cap.currency,
    )


def _problems(draft: EditDraft) -> list[Any]:
    return [draft.problems, *([draft.appended.problems] if draft.appended else [])]


def _estimates(before: Sequence[int], after: Sequence[int]) -> dict[str, Any]:
    """Micros, how many are unknown, and of how many. Nothing is known of what is wholly unknown."""
    named: dict[str, Any] = {}
    for when, (micros, unknown, total) in (("before", before), ("after", after)):
        named[f"estimated_{when}"] = None if 0 < unknown == total else amount(micros)
        named[f"unknown_{when}"] = unknown
    return named


def _expected(draft: EditDraft) -> tuple[int, int, int]:
    """What the batch would be expected to cost, of how many items nobody knows, and how many they are."""
    micros, unknown, total = draft.found.expected
    if draft.request.remove:
        gone = [row["estimated_micros"] for row in draft.waiting]
        micros, unknown = micros - sum(each or 0 for each in gone), unknown - gone.count(None)
        total -= len(gone)
    pairs = [(rewriting.row["estimated_micros"], rewriting.after) for rewriting in draft.rewritten.values()]
    for old, after in pairs:
        new = after["estimated_micros"]
        micros += (new or 0) - (old or 0)
        unknown += (new is None) - (old is None)
    if draft.appended is not None:
        sums = Sums()
        for fitting in draft.appended.fittings:
            sums.add(fitting, is_reused=False)
        micros, unknown = micros + sums.expected, unknown + sums.unknown.total()
        total += len(draft.appended.fittings)
    return micros, unknown, total


def _rows(draft: EditDraft) -> Any:
    """What is touched, in the order in which its turn comes now."""
    request = draft.request
    for row in draft.waiting:
        rewriting = draft.rewritten.get(row["id"])
        if rewriting is None and not (request.remove or request.move):
            continue
        after = None if request.remove else shape_row(row)
        yield EditedRow(
            item_id=row["id"],
            position=row["position"],
            row_number=row["row_number"],
            before=shape_row(row),
            after=after if rewriting is None else shape_fitting(rewriting.fitting),
        )
    for fitting in draft.appended.fittings if draft.appended else ():
        yield EditedRow(
            item_id=None,
            position=fitting.cell.position,
            row_number=fitting.cell.row_number,
            before=None,
            after=shape_fitting(fitting),
        )


def shape_edit(edit: BatchEdit) -> EditRead:
    told: Mapping[str, Any] = edit.told
    before, after = told["expected"]
    return EditRead(
        id=edit.id,
        batch_id=edit.batch_id,
        user_id=edit.user_id,
        name=edit.name,
        state=edit.state,
        revision=edit.revision,
        request=edit.body,
        claimed_meanwhile=told["claimed_meanwhile"],
        claimed_ids=told["claimed_ids"],
        created_at=edit.created_at,
        undone_at=edit.undone_at,
        undone=None if edit.undone is None else UndoneRead.model_validate(edit.undone),
        **{name: told[name] for name in _JSON_COUNTS},
        **_estimates(before, after),
    )


def shape_edit_item(item: BatchEditItem) -> EditItemRead:
    return EditItemRead(
        item_id=item.item_id,
        position=item.position,
        kind=item.kind,
        before=item.before,
        after=item.after,
        undone=item.undone,
    )
