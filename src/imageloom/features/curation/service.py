"""Judging pictures, many at once, and taking it back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from imageloom.features.curation.repository import CurationRepository, Held
from imageloom.features.curation.schemas import (
    LABELS_MAX,
    Judgement,
    JudgementCreate,
    JudgementsRead,
    JudgementsUndo,
)
from imageloom.features.library.searching import Pick
from imageloom.kit.errors import InvalidInput, NotFound
from imageloom.runtime.actor import Permission
from imageloom.runtime.scope import Scope


class CurationService:
    def __init__(self, scope: Scope) -> None:
        self.scope = scope
        self.repository = CurationRepository(scope.session)

    async def judge(self, body: JudgementCreate) -> JudgementsRead:
        """All of them or none. Raises :class:`NotFound` and :class:`InvalidInput`."""
        held = await self.held(body.ids)
        return await self._write(
            [held[asset_id] for asset_id in body.ids], lambda picture: _judged(picture, body), body.revisions
        )

    async def undo(self, body: JudgementsUndo) -> JudgementsRead:
        """Puts back what was thought before. What that changes is told the same way: an undo can be undone."""
        before = {entry.asset_id: entry for entry in body.before}
        held = await self.held(list(before))
        return await self._write(
            [held[asset_id] for asset_id in before],
            lambda picture: before[picture.id],
            {entry.asset_id: entry.revision for entry in body.before},
        )

    async def labels(self) -> Sequence[tuple[str, int]]:
        self.scope.actor.require(Permission.assets_read)
        return await self.repository.labels(self.scope.actor)

    async def held(
        self, asset_ids: Sequence[str], *, permission: Permission = Permission.assets_write, field: str = "ids"
    ) -> Mapping[str, Held]:
        """The pictures, kept from others. Raises :class:`NotFound`: also for those of another team."""
        actor = self.scope.actor
        actor.require(permission)
        held = await self.repository.hold(actor, asset_ids)
        missing = next((asset_id for asset_id in asset_ids if asset_id not in held), None)
        if missing is not None:
            raise NotFound(f"There is no picture {missing}.", field=field, hint="Leave it out.")
        for picture in held.values():
            actor.require_for(picture, permission)
        return held

    async def _write(
        self, pictures: Sequence[Held], judged: Callable[[Held], Judgement], revisions: Mapping[str, int]
    ) -> JudgementsRead:
        conflicts = [one.id for one in pictures if revisions.get(one.id, one.revision) != one.revision]
        free = [one for one in pictures if one.id not in set(conflicts)]
        changes = [(one, after) for one in free if _differs(_now(one), after := judged(one))]
        await self.repository.judge([_row(one, after) for one, after in changes])
        await self.repository.label(
            {
                one.id: (one.team_id, after.labels)
                for one, after in changes
                if set(after.labels) != set(one.labels or ())
            }
        )
        await self._tell([one for one, _after in changes])
        return JudgementsRead(
            changed=len(changes),
            unchanged=len(free) - len(changes),
            conflicts=conflicts,
            before=[_now(one).model_copy(update={"revision": one.revision + 1}) for one, _after in changes],
        )

    async def _tell(self, pictures: Sequence[Held]) -> None:
        for team_id in sorted({one.team_id for one in pictures}):
            ids = [one.id for one in pictures if one.team_id == team_id]
            payload = {"asset_ids": ids, "user_id": self.scope.actor.user_id}
            await self.scope.publish("assets.judged", topic=f"team:{team_id}", payload=payload)


def _now(picture: Held) -> Judgement:
    return Judgement.model_construct(
        asset_id=picture.id,
        revision=picture.revision,
        pick=Pick(picture.pick or Pick.none).value,
        rating=picture.rating or 0,
        labels=list(picture.labels or ()),
    )


def _differs(before: Judgement, after: Judgement) -> bool:
    return (before.pick, before.rating, before.labels) != (after.pick, after.rating, after.labels)


def _judged(picture: Held, body: JudgementCreate) -> Judgement:
    now = _now(picture)
    labels = now.labels if body.labels is None else body.labels
    labels = [label for label in labels if label not in body.remove_labels]
    labels += [label for label in body.add_labels if label not in labels]
    if len(labels) > LABELS_MAX:
        raise InvalidInput(
            f"Picture {picture.id} would have {len(labels)} labels; {LABELS_MAX} are the most.",
            field="add_labels",
            hint="Take some away first.",
        )
    return now.model_copy(
        update={
            "pick": now.pick if body.pick is None else body.pick,
            "rating": now.rating if body.rating is None else body.rating,
            "labels": labels,
        }
    )


def _row(picture: Held, after: Judgement) -> dict[str, Any]:
    return {
        "b_id": picture.id,
        "pick": None if after.pick == "none" else after.pick,
        "rating": after.rating or None,
        "labels": after.labels or None,
        "revision": picture.revision + 1,
    }
