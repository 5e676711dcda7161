"""Taking an edit back, item by item: what still waits as the edit left it is as it was before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from imageloom.features.batch_edits.models import BatchEdit, BatchEditItem
from imageloom.features.generation.editing import ItemEditor
from imageloom.features.generation.models import ItemState, Run

RESTORED = "restored"
EDITED_AGAIN = "It was edited again since."
KEPT_SHOWN = 100
_NOT_COMPARED = frozenset({"lane_id"})
"""A lane is moved when a key goes; the item is the same."""


@dataclass
class Undoing:
    """``words`` says of each item what became of it."""

    editor: ItemEditor
    run: Run
    edit: BatchEdit
    words: dict[str, str] = field(default_factory=dict)
    priority: str | None = None
    _kept: list[dict[str, Any]] = field(default_factory=list)

    @staticmethod
    def providers(items: Iterable[BatchEditItem]) -> set[str]:
        """Providers that items go back to."""
        return {item.before["provider"] for item in items if item.before and "provider" in item.before}

    @property
    def has_restored(self) -> bool:
        return RESTORED in self.words.values() or self.priority == RESTORED

    @property
    def first_reason(self) -> str:
        """Why nothing could be restored."""
        if self._kept:
            return str(self._kept[0]["why"])
        return self.priority or "It changed nothing that is left."

    async def restore(self, items: Sequence[BatchEditItem], *, lanes: Mapping[str, str]) -> None:
        waiting = await self.editor.rows(self.run.id, [item.item_id for item in items], ItemState.pending)
        removed = [item.item_id for item in items if item.kind == "removed"]
        cancelled = await self.editor.rows(self.run.id, removed, ItemState.cancelled)
        await self._change_back([item for item in items if item.kind == "changed"], waiting, lanes)
        await self._bring_back([item for item in items if item.kind == "removed"], cancelled)
        await self._take_away([item for item in items if item.kind == "appended"], waiting)
        self._reset_priority()

    async def _change_back(
        self, items: Sequence[BatchEditItem], waiting: Mapping[str, Mapping[str, Any]], lanes: Mapping[str, str]
    ) -> None:
        changes = {}
        for item in items:
            row, before, after = waiting.get(item.item_id), item.before or {}, item.after or {}
            if row is None:
                self._keep(item, "It has begun.")
            elif any(row[name] != after[name] for name in after if name not in _NOT_COMPARED):
                self._keep(item, EDITED_AGAIN)
            else:
                now = {**row, **before, "lane_id": row["lane_id"]}
                if "provider" in before:
                    now["lane_id"] = lanes[before["provider"]]
                changes[item.item_id] = (row, now)
                self.words[item.item_id] = RESTORED
        await self.editor.rewrite(changes)

    async def _bring_back(self, items: Sequence[BatchEditItem], cancelled: Mapping[str, Mapping[str, Any]]) -> None:
        mine = f"Removed by the edit {self.edit.id}."
        back = []
        for item in items:
            row = cancelled.get(item.item_id)
            if row is None or row["message"] != mine:
                self._keep(item, "It is no longer as the edit left it.")
            else:
                back.append(item.item_id)
                self.words[item.item_id] = RESTORED
        await self.editor.reopen(back)

    async def _take_away(self, items: Sequence[BatchEditItem], waiting: Mapping[str, Mapping[str, Any]]) -> None:
        away = []
        for item in items:
            if item.item_id in waiting:
                away.append(item.item_id)
                self.words[item.item_id] = RESTORED
            else:
                self._keep(item, "It has begun.")
        await self.editor.end(away, reason=f"The edit {self.edit.id}, which appended it, was undone.")

    def _reset_priority(self) -> None:
        if self.edit.priority_before is None:
            return
        if self.run.priority != self.edit.body["priority"]:
            self.priority = EDITED_AGAIN
            return
        self.run.priority = self.edit.priority_before
        self.priority = RESTORED

    def _keep(self, item: BatchEditItem, why: str) -> None:
        self.words[item.item_id] = why
        self._kept.append({"item_id": item.item_id, "position": item.position, "why": why})

    def told(self) -> dict[str, Any]:
        return {
            "restored": sum(1 for words in self.words.values() if words == RESTORED),
            "kept_items": len(self._kept),
            "kept": self._kept[:KEPT_SHOWN],
            "priority": self.priority,
        }
