"""Writing an edit, and taking it back: one transaction each, that nothing of the batch is claimed in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from imageloom.features.batch_edits.drafting import EditDraft
from imageloom.features.batch_edits.errors import NothingToEdit, NothingToUndo, StalePreview
from imageloom.features.batch_edits.models import BatchEdit
from imageloom.features.batch_edits.repository import EditRepository
from imageloom.features.batch_edits.undoing import Undoing
from imageloom.features.batches.errors import KeyReused
from imageloom.features.batches.models import Batch, Sheet
from imageloom.features.batches.planning import draft_of
from imageloom.features.batches.repository import BatchRepository
from imageloom.features.batches.reusing import Reuser
from imageloom.features.batches.service import BatchService, Idempotency
from imageloom.features.generation.editing import EDITABLE, ItemEditor
from imageloom.features.generation.models import ItemState, Run
from imageloom.features.generation.service import GenerationService
from imageloom.kit.errors import NotFound
from imageloom.runtime.actor import Permission
from imageloom.runtime.scope import Scope

CLAIMED_SHOWN = 100


class MovedOn(Exception):
    """Somebody else has edited the batch since this edit was drafted: it is to be drafted anew."""


@dataclass
class Writing:
    """An edit that is being written: what it has touched so far."""

    edit_id: str
    items: list[dict[str, Any]] = field(default_factory=list)
    claimed: list[str] = field(default_factory=list)

    def touch(
        self,
        item_id: str,
        position: int,
        kind: Literal["changed", "removed", "appended"],
        *,
        before: Mapping[str, Any] | None = None,
        after: Mapping[str, Any] | None = None,
    ) -> None:
        self.items.append(
            {
                "edit_id": self.edit_id,
                "item_id": item_id,
                "position": position,
                "kind": kind,
                "before": None if before is None else dict(before),
                "after": None if after is None else dict(after),
                "undone": None,
            }
        )


class EditService:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.repository = EditRepository(scope.session)
        self.editor = ItemEditor(scope)

    # --- reading ---------------------------------------------------------------------------------------------

    async def known(self, batch_id: str, idempotency: Idempotency) -> BatchEdit | None:
        """The edit that the same request made before. Raises :class:`KeyReused`."""
        await BatchService(self.scope).batch(batch_id, permission=Permission.batches_write)
        edit = await self.repository.known(str(self.scope.actor.user_id), idempotency.key)
        if edit is not None and (edit.body_hash != idempotency.body_hash or edit.batch_id != batch_id):
            raise KeyReused(
                "This Idempotency-Key came before with another body.", field="Idempotency-Key", hint="Use a new key."
            )
        return edit

    async def edit(self, batch_id: str, edit_id: str) -> BatchEdit:
        """Raises :class:`NotFound`."""
        await BatchService(self.scope).batch(batch_id)
        edit = await self.repository.edit(batch_id, edit_id)
        if edit is None:
            raise NotFound("The batch has no such edit.")
        return edit

    async def any_edit(self, edit_id: str) -> BatchEdit:
        """Of whichever batch. Raises :class:`NotFound`."""
        edit = await self.repository.visible(self.scope.actor, edit_id)
        self.scope.actor.require(Permission.batches_read)
        if edit is None:
            raise NotFound("There is no such edit.")
        return edit

    async def edits(self, batch_id: str, *, before: str | None, limit: int) -> Sequence[BatchEdit]:
        await BatchService(self.scope).batch(batch_id)
        return await self.repository.edits(batch_id, before=before, limit=limit)

    # --- writing ---------------------------------------------------------------------------------------------

    async def apply(
        self,
        draft: EditDraft,
        *,
        told: Mapping[str, Any],
        typed: Sheet | None,
        previewed: int | None,
        idempotency: Idempotency | None,
    ) -> BatchEdit:
        """Writes what was drafted, for every item that still waits. ``previewed`` is how many a person was shown.

        Raises :class:`MovedOn`, :class:`NothingToEdit`, and ``IntegrityError`` when the key was taken meanwhile.
        """
        batch, run = await self._held(draft.found.batch.id)
        if batch.revision != draft.revision:
            raise MovedOn
        expected = await self.editor.repository.expected(run)
        writing = Writing(self.scope.ports.ids.new())
        lanes = await BatchService(self.scope).lanes(self._providers(draft), team_id=batch.team_id)
        sheet = await self._append(draft, batch, run, writing, lanes=lanes, typed=typed)
        waiting = [row["id"] for row in draft.waiting]
        rows = await self.editor.rows(batch.id, waiting, ItemState.pending)
        writing.claimed = [item_id for item_id in waiting if item_id not in rows]
        counts = await self._change(draft, rows, writing, lanes=lanes)
        priority_before = self._set_priority(draft, run)
        if not writing.items and priority_before is None:
            raise NothingToEdit("Everything that was chosen has begun meanwhile.", field="where")
        await self.editor.close(run, lanes=lanes.values())
        batch.revision += 1
        edit = BatchEdit(
            id=writing.edit_id,
            batch_id=batch.id,
            team_id=batch.team_id,
            user_id=str(self.scope.actor.user_id),
            name=draft.request.name or "Edit",
            state="applied",
            revision=batch.revision,
            body=_kept(draft, sheet),
            told={
                **told,
                **counts,
                "matched": len(rows),
                "claimed_meanwhile": len(writing.claimed) + max(0, (previewed or 0) - len(waiting)),
                "claimed_ids": writing.claimed[:CLAIMED_SHOWN],
                "expected": [expected, await self.editor.repository.expected(run)],
            },
            undone=None,
            priority_before=priority_before,
            sheet_id=None if sheet is None else sheet.id,
            key=None if idempotency is None else idempotency.key,
            body_hash=None if idempotency is None else idempotency.body_hash,
            created_at=self.scope.ports.clock.now(),
            undone_at=None,
        )
        await self.repository.add(edit, writing.items)
        await self.scope.publish("batch.edited", topic=f"run:{batch.id}", payload={"edit_id": edit.id})
        return edit

    async def undo(self, batch_id: str, edit_id: str) -> BatchEdit:
        """Brings back what still waits, and says what could not be. Raises :class:`NothingToUndo`."""
        batch, run = await self._held(batch_id, may_be_finished=True)
        edit = await self.edit(batch_id, edit_id)
        if edit.state == "undone":
            raise NothingToUndo("It was undone already.", at=edit.undone_at)
        undoing = Undoing(editor=self.editor, run=run, edit=edit)
        items = await self.repository.items(edit.id)
        lanes = await BatchService(self.scope).lanes(undoing.providers(items), team_id=batch.team_id)
        await undoing.restore(items, lanes=lanes)
        if not undoing.has_restored:
            raise NothingToUndo(
                undoing.first_reason, hint=f"GET /api/batches/{batch_id}/edits/{edit_id}/items lists what it changed."
            )
        await self.editor.close(run, lanes=lanes.values())
        batch.revision += 1
        edit.state, edit.undone_at = "undone", self.scope.ports.clock.now()
        edit.undone = undoing.told()
        await self.repository.tell(edit.id, undoing.words)
        await self.scope.publish("batch.edited", topic=f"run:{batch.id}", payload={"edit_id": edit.id})
        return edit

    # --- inside ----------------------------------------------------------------------------------------------

    async def _held(self, batch_id: str, *, may_be_finished: bool = False) -> tuple[Batch, Run]:
        """Both as they are, and stay until we commit."""
        await BatchService(self.scope).batch(batch_id, permission=Permission.batches_write)
        run = await self.editor.hold(batch_id, may_be_finished=may_be_finished)
        pair = await BatchRepository(self.scope.session).locked(batch_id)
        assert pair is not None
        await self.scope.session.refresh(run)
        await self.scope.session.refresh(pair[0])
        return pair[0], run

    def _providers(self, draft: EditDraft) -> set[str]:
        """Whose lanes are needed: of items that stay with their provider, the lane is known."""
        found = {
            rewriting.fitting.entry.provider_id
            for rewriting in draft.rewritten.values()
            if rewriting.fitting.entry.provider_id != rewriting.row["provider"]
        }
        appended = draft.appended.fittings if draft.appended else ()
        return found | {fitting.entry.provider_id for fitting in appended}

    async def _append(
        self,
        draft: EditDraft,
        batch: Batch,
        run: Run,
        writing: Writing,
        *,
        lanes: Mapping[str, str],
        typed: Sheet | None,
    ) -> Sheet | None:
        appended = draft.appended
        if appended is None:
            return None
        sheet = appended.draft.sheet
        if sheet is None:
            assert typed is not None
            sheet = await BatchService(self.scope).add_sheet(draft.found.project, typed)
        fittings = appended.fittings
        reused: Sequence[str | None] = [None] * len(fittings)
        if appended.draft.plan.reuse:
            reused = await Reuser(scope=self.scope, project_id=batch.project_id, batch_id=batch.id).take(fittings)
        _lowest, highest = await self.editor.repository.ranks(batch.id)
        drafts = [
            draft_of(fitting, lane_id=lanes[fitting.entry.provider_id], reused=asset_id, rank=rank)
            for rank, (fitting, asset_id) in enumerate(zip(fittings, reused, strict=True), start=highest + 1)
        ]
        await self.editor.promise(run, len(drafts))
        await self.scope.session.refresh(run)
        item_ids = await GenerationService(self.scope).add_items(run, drafts, last=True)
        batch.written += len(drafts)
        for item_id, one in zip(item_ids, drafts, strict=True):
            writing.touch(item_id, one.position, "appended")
        return sheet

    async def _change(
        self,
        draft: EditDraft,
        rows: Mapping[str, Mapping[str, Any]],
        writing: Writing,
        *,
        lanes: Mapping[str, str],
    ) -> dict[str, int]:
        request = draft.request
        if request.remove:
            await self.editor.end(list(rows), reason=f"Removed by the edit {writing.edit_id}.")
            for item_id, row in rows.items():
                writing.touch(item_id, row["position"], "removed")
        ranks = await self._ranks(draft, rows)
        changes: dict[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {}
        for item_id in [row["id"] for row in draft.waiting if row["id"] in rows and not request.remove]:
            row, rewriting = rows[item_id], draft.rewritten.get(item_id)
            after = {**row, **(rewriting.after if rewriting else {}), "rank": ranks.get(item_id, row["rank"])}
            if after["provider"] != row["provider"]:
                after["lane_id"] = lanes[after["provider"]]
            names = [name for name in EDITABLE if after[name] != row[name]]
            if names:
                changes[item_id] = (row, after)
                before_and_after = ({name: values[name] for name in names} for values in (row, after))
                before, now = before_and_after
                writing.touch(item_id, row["position"], "changed", before=before, after=now)
        await self.editor.rewrite(changes)
        changed = sum(1 for item_id in changes if item_id in draft.rewritten)
        return {
            "changed": changed,
            "removed": len(rows) if request.remove else 0,
            "moved": sum(1 for item_id in changes if item_id in ranks),
            "appended": len(draft.appended.fittings) if draft.appended else 0,
            "unchanged": 0 if request.remove else len(rows) - len(changes),
        }

    async def _ranks(self, draft: EditDraft, rows: Mapping[str, Any]) -> dict[str, int]:
        """New ranks of what is moved, which stays in its own order."""
        if draft.request.move is None:
            return {}
        moved = [row["id"] for row in draft.waiting if row["id"] in rows]
        lowest, highest = await self.editor.repository.ranks(draft.found.batch.id)
        start = lowest - len(moved) if draft.request.move == "front" else highest + 1
        return {item_id: rank for rank, item_id in enumerate(moved, start=start)}

    @staticmethod
    def _set_priority(draft: EditDraft, run: Run) -> int | None:
        """What it was, where it becomes another one."""
        wished = draft.request.priority
        if wished is None or wished == run.priority:
            return None
        before, run.priority = run.priority, wished
        return before


def _kept(draft: EditDraft, sheet: Sheet | None) -> dict[str, Any]:
    """What is kept of the request. Prompts are in their sheet, values of wildcards with what they became."""
    document = draft.request.model_dump(mode="json", exclude_defaults=True)
    if sheet is not None:
        append = document["append"]
        append.pop("prompts", None)
        append["sheet_id"] = sheet.id
        prompts = append.get("plan", {}).get("prompts", {})
        if "wildcards" in prompts:
            prompts["wildcards"] = {name: f"{len(values)} values" for name, values in prompts["wildcards"].items()}
    return document


def stale(draft: EditDraft, previewed: int) -> None:
    """Raises :class:`StalePreview` where more would be changed than a person was shown."""
    if len(draft.waiting) > previewed:
        raise StalePreview(
            f"{previewed} items were shown; now {len(draft.waiting)} would be changed.", field="If-Match"
        )
