"""Some of what a plan would make, before anything is paid."""

from __future__ import annotations

from itertools import islice

from imageloom.features.batches.drafts import Draft
from imageloom.features.batches.planning import Fitting, choice_to_json
from imageloom.features.batches.problems import PlanProblems
from imageloom.features.batches.schemas import PreviewItem, PreviewRead


def preview(draft: Draft, *, offset: int, limit: int) -> PreviewRead:
    """A page of the plan. Raises :class:`InvalidInput` with all that is wrong with the rows, or with the page."""
    problems = PlanProblems()
    total = draft.count(problems, limit=None)
    problems.raise_any()
    items = [_item(fitting) for fitting in islice(draft.fittings(problems, position=offset), limit)]
    problems.raise_any()
    following = offset + len(items)
    return PreviewRead(count=str(total), items=items, next=following if items and following < total else None)


def _item(fitting: Fitting) -> PreviewItem:
    cell = fitting.cell
    return PreviewItem(
        position=cell.position,
        row_number=cell.row_number,
        template=cell.template,
        prompt=fitting.prompt,
        sent=fitting.fields.get("prompt", fitting.prompt),
        choices=[choice_to_json(choice) for choice in cell.choices],
        provider=fitting.entry.provider_id,
        model=fitting.entry.model.id,
        fields=dict(fitting.fields),
        not_sent=[dict(entry) for entry in fitting.not_sent],
    )
