"""From a request in OpenAI's words to cells of a plan: what each picture is to be, written as it was sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256

from imageloom.contracts.provider import Model, WholeNumbers
from imageloom.features.batches.plan import Axis, Cell, Plan, normal_size
from imageloom.features.batches.prompting import PromptRule
from imageloom.features.catalog.entries import CatalogEntry
from imageloom.features.gateway.schemas import NotSentField, Wished, text_of

_UNLESS_KNOWN = frozenset({"auto", ""})
_LEGACY_QUALITIES = {"standard": None, "hd": "high"}
"""Qualities of models that are gone: the model's own one, and its high one."""


@dataclass(frozen=True, kw_only=True)
class Wish:
    """One request. ``fields`` go to the model; ``notes`` are what no model is ever sent."""

    prompt: str
    entry: CatalogEntry
    count: int
    fields: Mapping[str, str]
    seed: int | None
    partial_pictures: int
    notes: tuple[NotSentField, ...]

    def plan(self) -> Plan:
        """What the batch says it was made from."""
        return Plan(
            template="{{prompt}}",
            axes=(Axis(name="model", values=({"model": self.entry.name},)),),
            count=self.count,
            constants=self.fields if self.seed is None else {**self.fields, "seed": str(self.seed)},
            reads_flags=False,
            prompts=PromptRule(mode="as_written"),
        )

    def cells(self, *, chance: str) -> Iterator[Cell]:
        """A cell for each picture. Where no seed is wished, ``chance`` gives one: nobody asks twice for the same."""
        for copy in range(self.count):
            seed = self.seed + copy if self.seed is not None else _seed(chance, copy, self.entry.model)
            seeds = {} if seed is None else {"seed": str(seed)}
            yield Cell(
                position=copy,
                row_index=0,
                inner_index=copy,
                row_number=1,
                template="{{prompt}}",
                prompt=self.prompt,
                fields={"model": self.entry.name, **self.fields, **seeds},
                row={"prompt": self.prompt},
                copy=copy + 1,
            )


def _seed(chance: str, copy: int, model: Model) -> int | None:
    if model.seed == "none":
        return None
    digest = sha256(f"{chance}\0{copy}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % min(2**31, model.seed_max + 1)


def wish_of(body: Wished, entry: CatalogEntry) -> Wish:
    """Raises :class:`InvalidInput` for a size that is none."""
    fields: dict[str, str] = {}
    notes = list(_notes(body))
    if body.size is not None:
        fields["size"] = normal_size(body.size, field="size")
    quality = _quality(body.quality, entry.model, notes)
    known = {"quality": quality, "background": body.background, "format": body.format}
    known |= {name: text_of(value) for name, value in (body.model_extra or {}).items() if value is not None}
    fields |= {
        name: value
        for name, value in known.items()
        if value is not None and (value not in _UNLESS_KNOWN or _knows(entry.model, name, value))
    }
    if body.negative_prompt:
        fields["negative_prompt"] = body.negative_prompt
    return Wish(
        prompt=body.prompt,
        entry=entry,
        count=body.n or 1,
        fields=fields,
        seed=body.seed,
        partial_pictures=_partials(body, entry.model, notes),
        notes=tuple(notes),
    )


def _knows(model: Model, name: str, value: str) -> bool:
    """Whether the model itself has a choice of this name; ``auto`` is otherwise what it does anyway."""
    choices = {"quality": model.qualities, "background": model.backgrounds, **model.options}.get(name, ())
    return not isinstance(choices, WholeNumbers) and value in choices


def _quality(wished: str | None, model: Model, notes: list[NotSentField]) -> str | None:
    if wished not in _LEGACY_QUALITIES or wished in model.qualities or not model.qualities:
        return wished
    assert wished is not None
    instead = _LEGACY_QUALITIES[wished]
    taken = instead if instead in model.qualities else None
    used = taken or model.default_quality or "the model's own"
    notes.append(NotSentField(field="quality", value=wished, reason=f"the model has no such quality; used: {used}"))
    return taken


def _partials(body: Wished, model: Model, notes: list[NotSentField]) -> int:
    """How many unfinished pictures are wished, and can be shown."""
    wished = body.partial_images or 0
    if body.stream and wished <= model.partial_pictures:
        return wished
    if wished:
        reason = "they are shown in a stream alone: send stream, too"
        if body.stream:
            reason = f"the model shows {model.partial_pictures or 'no'} unfinished pictures"
        notes.append(NotSentField(field="partial_images", value=str(wished), reason=reason))
    return model.partial_pictures if body.stream else 0


def _notes(body: Wished) -> Iterator[NotSentField]:
    for name, value in (("user", body.user), ("safety_identifier", body.safety_identifier)):
        if value:
            yield NotSentField(field=name, value=value, reason="providers are not told who asks")
    if body.stream and body.response_format == "url":
        reason = "a stream brings its pictures in base64"
        yield NotSentField(field="response_format", value="url", reason=reason)
