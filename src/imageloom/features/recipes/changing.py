"""A kept request with changes, and what differs between two requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError

from imageloom.features.batches.schemas import BatchCreate, PlanInput
from imageloom.features.recipes.errors import ChangeBad
from imageloom.features.recipes.schemas import FieldChange, RecipeRun
from imageloom.kit.errors import rule_of

_BESIDE = frozenset({"version", "plan", "sheet_id", "prompts", "without"})


def changed_request(kept: Mapping[str, Any], changes: RecipeRun, *, project: str, name: str) -> BatchCreate:
    """What is submitted. Raises :class:`ChangeBad`, which names the member."""
    document: dict[str, Any] = {**kept, "project": project}
    for member in changes.without:
        document.pop(member, None)
    document.setdefault("name", name)
    document |= {
        member: value
        for member, value in changes.model_dump(mode="json", exclude=set(_BESIDE)).items()
        if value is not None
    }
    if changes.sheet_id is not None or changes.prompts is not None:
        document |= {"sheet_id": changes.sheet_id, "prompts": changes.prompts}
    document["plan"] = _merged(kept.get("plan", {}), changes.plan)
    try:
        return BatchCreate.model_validate(document)
    except ValidationError as error:
        fault = error.errors()[0]
        place = ".".join(str(part) for part in fault["loc"]) or "plan"
        raise ChangeBad(
            f"{place}: {rule_of(fault['msg'])}.",
            field=place,
            hint="A run changes members of the plan as POST /api/batches names them.",
        ) from None


def _merged(kept: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """``null`` takes a member back to its default; ``prompts``, an object, is changed member by member."""
    plan = dict(kept)
    for member, value in changes.items():
        if member not in PlanInput.model_fields:
            raise ChangeBad(
                f"A plan has no {member[:60]!r}.",
                field="plan",
                hint=f"It has {', '.join(PlanInput.model_fields)}.",
            )
        if value is None:
            plan.pop(member, None)
        elif isinstance(value, Mapping) and isinstance(plan.get(member), Mapping):
            plan[member] = {**plan[member], **value}
        else:
            plan[member] = value
    return plan


def differences(before: Mapping[str, Any], after: Mapping[str, Any], path: str = "") -> Iterator[FieldChange]:
    """Members that differ, by path, in order of their names."""
    for name in sorted({*before, *after}):
        old, new, place = before.get(name), after.get(name), f"{path}{name}"
        if isinstance(old, Mapping) and isinstance(new, Mapping):
            yield from differences(old, new, f"{place}.")
        elif old != new:
            yield FieldChange(field=place, before=old, after=new)
