"""Rows of batches as their wire shapes."""

from __future__ import annotations

from imageloom.features.batches.models import Batch, Sheet
from imageloom.features.batches.schemas import BatchRead, CountsRead, FileRead, PilotRead, ScheduleRead, SheetRead
from imageloom.features.generation.apply import pilot_question
from imageloom.features.generation.models import Run, RunState
from imageloom.features.generation.shapes import amount
from imageloom.features.library.models import Asset
from imageloom.features.library.soundness import Whereabouts


def shape_counts(run: Run) -> CountsRead:
    return CountsRead(
        total=run.total,
        pending=run.pending,
        running=run.running,
        done=run.done,
        failed=run.failed,
        refused=run.refused,
        cancelled=run.cancelled,
        uncertain=run.uncertain,
    )


def _pilot(run: Run) -> PilotRead | None:
    if run.pilot is None:
        return None
    if run.held_from is None or run.finished_at is not None:
        return PilotRead(items=run.pilot, state="over")
    asks = run.state == RunState.paused and run.reason == pilot_question(run.held_from)
    return PilotRead(items=run.pilot, state="asking" if asks else "running")


def shape_batch(batch: Batch, run: Run, *, cap_reason: str | None = None) -> BatchRead:
    """``cap_reason`` says which cap it waits for; a pause has reasons of its own."""
    reason = cap_reason if run.state == RunState.running and run.reason is None else run.reason
    return BatchRead(
        id=batch.id,
        project_id=batch.project_id,
        name=batch.name,
        state=run.state,
        reason=reason,
        priority=run.priority,
        uncertain_policy=run.uncertain_policy,
        failure_budget_percent=run.failure_budget_percent,
        pilot=_pilot(run),
        schedule=None if batch.schedule is None else ScheduleRead.model_validate(batch.schedule),
        opens_at=run.opens_at,
        closes_at=run.closes_at,
        expanding=run.expanding,
        counts=shape_counts(run),
        estimated=None if run.estimated_unknown == run.total else amount(run.estimated_micros, run.currency),
        estimated_unknown=run.estimated_unknown,
        settled=amount(run.settled_micros, run.currency) or "0",
        settled_unknown=run.settled_unknown,
        currency=run.currency,
        warnings=batch.warnings,
        plan=batch.plan,
        origin=batch.origin,
        sheet_id=batch.sheet_id,
        created_at=batch.created_at,
        finished_at=run.finished_at,
    )


def shape_sheet(sheet: Sheet) -> SheetRead:
    return SheetRead(
        id=sheet.id,
        filename=sheet.filename,
        format=sheet.format,
        encoding=sheet.encoding,
        columns=sheet.columns,
        row_count=sheet.row_count,
        blank_rows=sheet.blank_rows,
        sample=sheet.sample,
        created_at=sheet.created_at,
    )


def shape_file(asset: Asset, path: str, *, item_id: str | None, position: int, size_bytes: int) -> FileRead:
    """A picture that is taken away, at its place among the others."""
    return FileRead(
        asset_id=asset.id,
        item_id=item_id,
        position=position,
        path=path,
        size_bytes=size_bytes,
        width=asset.width,
        height=asset.height,
        whereabouts=Whereabouts.of(asset).value,
    )
