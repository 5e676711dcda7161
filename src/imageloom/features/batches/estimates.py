"""What a plan comes to before anything is paid: counted, priced, and everything that is wrong with it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from imageloom.features.batches.drafts import Draft
from imageloom.features.batches.planning import Fitting
from imageloom.features.batches.problems import PlanProblems
from imageloom.features.batches.schemas import EstimateRead, ModelEstimate, ProblemRead, UnknownRead
from imageloom.features.catalog.price_lines import PriceLine
from imageloom.features.catalog.prices import CURRENCY, PriceRange
from imageloom.features.generation.shapes import amount

NOTES_MAX = 100
REASONS_MAX = 20


@dataclass
class Sums:
    """What is known is added; what is not is counted with its reasons, and is never zero."""

    items: int = 0
    low: int = 0
    expected: int = 0
    high: int = 0
    unknown: Counter[str] = field(default_factory=Counter)

    def add(self, fitting: Fitting) -> None:
        self.items += 1
        price = fitting.price
        if isinstance(price, PriceRange):
            self.low += price.low
            self.expected += price.expected
            self.high += price.high
        else:
            self.unknown[price.why] += 1

    def amounts(self) -> dict[str, str | None]:
        """Nothing is known of what is wholly unknown."""
        is_known = self.unknown.total() < self.items
        sums = {"low": self.low, "expected": self.expected, "high": self.high}
        return {name: amount(micros) if is_known else None for name, micros in sums.items()}

    def reasons(self) -> list[UnknownRead]:
        return [UnknownRead(why=why, items=items) for why, items in self.unknown.most_common(REASONS_MAX)]


def estimate(draft: Draft, *, today: date, stale_days: int) -> EstimateRead:
    """Sums over every picture that can be made, and lists what is wrong with the others."""
    problems = PlanProblems()
    total, models = Sums(), dict[tuple[str, str], Sums]()
    notes: dict[tuple[str, str], dict[str, object]] = {}
    warnings: dict[str, None] = {}
    for fitting in draft.fittings(problems):
        total.add(fitting)
        models.setdefault((fitting.entry.provider_id, fitting.entry.model.id), Sums()).add(fitting)
        for note in fitting.not_sent:
            key = (fitting.entry.name, str(note["field"]))
            notes.setdefault(key, {"model": fitting.entry.name, "field": note["field"], "reason": note["reason"]})
        for warning in fitting.warnings:
            warnings.setdefault(warning)
    used = draft.planner.used_prices()
    warnings |= dict.fromkeys(_stale(used, today=today, after_days=stale_days))
    return EstimateRead(
        items=total.items,
        **total.amounts(),
        unknown=total.unknown.total(),
        reasons=total.reasons(),
        currency=CURRENCY,
        prices_checked_on=min((line.checked_on for lines in used.values() for line in lines), default=None),
        models=[_model_line(*name, sums) for name, sums in models.items()],
        problems=[ProblemRead.model_validate(problem.document()) for problem in problems.shown],
        problem_cells=problems.cells,
        not_sent=list(notes.values())[:NOTES_MAX],
        warnings=list(warnings)[:NOTES_MAX],
    )


def _model_line(provider: str, model: str, sums: Sums) -> ModelEstimate:
    return ModelEstimate(
        provider=provider,
        model=model,
        items=sums.items,
        **sums.amounts(),
        unknown=sums.unknown.total(),
        reasons=sums.reasons(),
    )


def _stale(used: Mapping[str, list[PriceLine]], *, today: date, after_days: int) -> list[str]:
    """A price is never shown without saying that nobody has looked at it for long."""
    said = []
    for name, lines in used.items():
        stale = [line.checked_on for line in lines if line.is_stale(on=today, after_days=after_days)]
        if stale:
            said.append(f"The price of {name} was last checked on {min(stale)}, {(today - min(stale)).days} days ago.")
    return said
