"""An item that waits, planned again with other wishes: the same catalogue, the same prices, today."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from imageloom.contracts.provider import Operation
from imageloom.features.batch_edits.errors import PatternBad
from imageloom.features.batch_edits.schemas import EditedItem
from imageloom.features.batches.errors import UnknownModel
from imageloom.features.batches.plan import SEED_MAX, Cell, normal_size
from imageloom.features.batches.planning import Fitting, Planner
from imageloom.features.catalog.prices import PriceRange, UnknownPrice
from imageloom.kit.errors import InvalidInput
from imageloom.kit.numbers import whole_number

REMARK = "remark"
PROMPT = "prompt"


class Rewriting(NamedTuple):
    """An item's row, and what it comes to now."""

    row: Mapping[str, Any]
    fitting: Fitting

    @property
    def is_changed(self) -> bool:
        after = self.after
        return any(after[name] != self.row[name] for name in _TOLD)

    @property
    def after(self) -> dict[str, Any]:
        """The row's values, without its lane."""
        fitting, price = self.fitting, self.fitting.price
        return {
            "provider": fitting.entry.provider_id,
            "model": fitting.entry.model.id,
            "prompt": fitting.prompt,
            "wishes": dict(fitting.cell.fields),
            "fields": dict(fitting.fields),
            "not_sent": [dict(note) for note in fitting.not_sent],
            "estimated_micros": price.expected if isinstance(price, PriceRange) else None,
            "estimated_high_micros": price.high if isinstance(price, PriceRange) else None,
        }


_TOLD = ("provider", "model", "prompt", "wishes", "fields", "not_sent")
"""What makes an item another one. That the price book has changed meanwhile does not."""


@dataclass(frozen=True, kw_only=True)
class Rewriter:
    """Plans items again. ``has_grammar`` says whether weights in prompts are written as each model takes them."""

    planner: Planner
    has_grammar: bool

    def rewritten(self, row: Mapping[str, Any], wishes: Mapping[str, str | None], prompt: str | None) -> Rewriting:
        """With other wishes, of which ``None`` takes one back. Raises :class:`InvalidInput` where it does not fit."""
        if prompt is not None and not prompt.strip():
            raise PatternBad("the prompt comes to nothing.", field="prompt", hint="Remove the item instead.")
        wished = {**row["wishes"], **wishes}
        cell = Cell(
            position=row["position"],
            row_index=0,
            inner_index=0,
            row_number=row["row_number"],
            template=row["template"],
            prompt=row["prompt"] if prompt is None else prompt.strip(),
            fields={name: value for name, value in wished.items() if value is not None},
            row=row["row"],
            # Whose seed is made up has one of its own, whatever else is the same.
            copy=row["position"] + 1,
            has_grammar=self.has_grammar,
        )
        fitting = self.planner.fit(cell)
        fields = dict(fitting.fields)
        limit = fitting.entry.model.seed_max
        if "seed" in fields and "seed" not in cell.fields and row["fields"].get("seed", limit + 1) <= limit:
            fields["seed"] = row["fields"]["seed"]
        remarks = [note for note in row["not_sent"] if note["field"] == REMARK]
        return Rewriting(row, fitting._replace(fields=fields, not_sent=(*remarks, *fitting.not_sent)))

    def price(self, row: Mapping[str, Any]) -> PriceRange | UnknownPrice:
        """What the item costs as it is, with today's prices."""
        try:
            entry = self.planner.find(f"{row['provider']}/{row['model']}")
        except UnknownModel:
            return UnknownPrice("Nobody serves its model any more.")
        operation = Operation(row["fields"].get("operation", Operation.text_to_image.value))
        return self.planner.price(entry, row["fields"], operation, row["fields"].get(PROMPT, row["prompt"]))


def read_wishes(fields: Mapping[str, str | int | None]) -> tuple[dict[str, str | None], str | None]:
    """What is set, in the plan's words, and the prompt. Raises :class:`InvalidInput`, which names the field."""
    wishes = {name.strip(): None if value is None else str(value).strip() for name, value in fields.items()}
    prompt = wishes.pop(PROMPT, None)
    if PROMPT in fields and not prompt:
        raise InvalidInput("A prompt cannot be taken back.", field="fields.prompt", hint="Remove the item instead.")
    for name, value in wishes.items():
        if not name or value == "":
            raise InvalidInput("A field has a name and a value.", field="fields", hint="null takes a value back.")
    if (size := wishes.get("size")) is not None:
        wishes["size"] = normal_size(size, field="fields.size")
    seed = wishes.get("seed")
    if seed is not None and whole_number(seed, most=SEED_MAX) is None:
        raise InvalidInput(f"The seed {seed[:40]!r} is no whole number.", field="fields.seed", hint="Such as 7.")
    if seed is not None:
        wishes["seed"] = str(int(seed))
    for name in ("width", "height", "count"):
        if name in wishes:
            hint = "Append rows for more pictures." if name == "count" else "Set size, such as 1024x1024."
            raise InvalidInput(f"{name} is nothing that an item has.", field=f"fields.{name}", hint=hint)
    return wishes, prompt


def shape_row(row: Mapping[str, Any]) -> EditedItem:
    """An item's row as people read it."""
    return EditedItem(
        model=f"{row['provider']}/{row['model']}",
        prompt=row["prompt"],
        sent=row["fields"].get(PROMPT, row["prompt"]),
        fields=row["fields"],
        not_sent=list(row["not_sent"]),
    )


def shape_fitting(fitting: Fitting) -> EditedItem:
    return EditedItem(
        model=fitting.entry.name,
        prompt=fitting.prompt,
        sent=fitting.fields.get(PROMPT, fitting.prompt),
        fields=dict(fitting.fields),
        not_sent=[dict(note) for note in fitting.not_sent],
    )


def warnings_of(fittings: Sequence[Fitting], *, most: int) -> list[str]:
    """What is to be said of them, once each."""
    said: dict[str, None] = {}
    for fitting in fittings:
        for warning in fitting.warnings:
            said.setdefault(warning)
        for note in fitting.not_sent:
            said.setdefault(f"{fitting.entry.name} is not sent {note['field']}: {note['reason']}")
    return list(said)[:most]
