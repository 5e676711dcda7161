"""What a plan comes to before anything is paid."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from imageloom.features.batches.planning import Fitting
from imageloom.features.batches.schemas import EstimateRead, ModelEstimate
from imageloom.features.generation.shapes import amount

NOTES_MAX = 100


@dataclass
class _Line:
    items: int = 0
    known_micros: int = 0
    unknown: int = 0
    each: set[int] | None = None


def estimate(fittings: Iterable[Fitting]) -> EstimateRead:
    """Sums what is known and counts what is not; an unknown price is never zero."""
    lines: dict[tuple[str, str], _Line] = {}
    notes: dict[tuple[str, str], dict[str, object]] = {}
    warnings: dict[str, None] = {}
    for fitting in fittings:
        line = lines.setdefault((fitting.entry.provider_id, fitting.entry.model.id), _Line(each=set()))
        line.items += 1
        if fitting.expected is None:
            line.unknown += 1
        else:
            line.known_micros += fitting.expected.micros
            assert line.each is not None
            line.each.add(fitting.expected.micros)
        for note in fitting.not_sent:
            key = (fitting.entry.name, str(note["field"]))
            notes.setdefault(key, {"model": fitting.entry.name, "field": note["field"], "reason": note["reason"]})
        for warning in fitting.warnings:
            warnings.setdefault(warning)
    unknown = sum(line.unknown for line in lines.values())
    items = sum(line.items for line in lines.values())
    known = sum(line.known_micros for line in lines.values())
    return EstimateRead(
        items=items,
        total=None if unknown == items else amount(known),
        unknown=unknown,
        currency="USD",
        models=[_model_line(provider, model, line) for (provider, model), line in lines.items()],
        not_sent=list(notes.values())[:NOTES_MAX],
        warnings=list(warnings)[:NOTES_MAX],
    )


def _model_line(provider: str, model: str, line: _Line) -> ModelEstimate:
    each = line.each or set()
    return ModelEstimate(
        provider=provider,
        model=model,
        items=line.items,
        each=amount(next(iter(each))) if len(each) == 1 and not line.unknown else None,
        total=None if line.unknown == line.items else amount(line.known_micros),
        unknown=line.unknown,
    )
