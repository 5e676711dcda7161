"""What a plan comes to before anything is paid: counted, priced, and everything that is wrong with it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import islice

from imageloom.features.batches.drafts import Draft
from imageloom.features.batches.planning import NOTHING, Fitting
from imageloom.features.batches.problems import PlanProblems
from imageloom.features.batches.reusing import Reuser
from imageloom.features.batches.schemas import EstimateRead, ModelEstimate, ProblemRead, UnknownRead
from imageloom.features.catalog.price_lines import PriceLine
from imageloom.features.catalog.prices import CURRENCY, PriceRange, UnknownPrice
from imageloom.features.generation.shapes import amount
from imageloom.runtime.actor import Actor
from imageloom.runtime.scope import Scopes

NOTES_MAX = 100
REASONS_MAX = 20
ROWS_MAX = 1_000
"""Of so many rows is told what each comes to."""
PAGE = 2_000


async def estimate_with_reuse(
    draft: Draft, *, actor: Actor, scopes: Scopes, today: date, stale_days: int
) -> EstimateRead:
    """As :func:`estimate`; pictures that the project has already are taken for nothing."""
    problems, estimating = PlanProblems(), Estimating()
    fittings = draft.fittings(problems)
    async with scopes.open(actor, write=False) as scope:
        reuser = Reuser(scope=scope, project_id=draft.project.id)
        while page := await asyncio.to_thread(lambda: list(islice(fittings, PAGE))):
            for fitting, reused in zip(page, await reuser.take(page), strict=True):
                estimating.add(fitting, is_reused=reused is not None)
    return estimating.told(draft, problems, today=today, stale_days=stale_days)


def estimate(draft: Draft, *, today: date, stale_days: int) -> EstimateRead:
    """Sums over every picture that can be made, and lists what is wrong with the others."""
    problems, estimating = PlanProblems(), Estimating()
    for fitting in draft.fittings(problems):
        estimating.add(fitting)
    return estimating.told(draft, problems, today=today, stale_days=stale_days)


@dataclass
class Sums:
    """What is known is added; what is not is counted with its reasons, and is never zero."""

    items: int = 0
    reused: int = 0
    low: int = 0
    expected: int = 0
    high: int = 0
    unknown: Counter[str] = field(default_factory=Counter)

    def add(self, fitting: Fitting, *, is_reused: bool) -> None:
        self.items += 1
        self.reused += is_reused
        self._sum(NOTHING if is_reused else fitting.price)

    def add_price(self, price: PriceRange | UnknownPrice) -> None:
        """An item of which nothing but the price is told."""
        self.items += 1
        self._sum(price)

    def _sum(self, price: PriceRange | UnknownPrice) -> None:
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


@dataclass
class Estimating:
    """Sums in all and by model, and what is to be said beside them."""

    total: Sums = field(default_factory=Sums)
    models: dict[tuple[str, str], Sums] = field(default_factory=dict)
    rows: Counter[int] = field(default_factory=Counter)
    notes: dict[tuple[str, str], dict[str, object]] = field(default_factory=dict)
    warnings: dict[str, None] = field(default_factory=dict)

    def add(self, fitting: Fitting, *, is_reused: bool = False) -> None:
        entry = fitting.entry
        self.total.add(fitting, is_reused=is_reused)
        if fitting.cell.row_number <= ROWS_MAX:
            self.rows[fitting.cell.row_number] += 1
        self.models.setdefault((entry.provider_id, entry.model.id), Sums()).add(fitting, is_reused=is_reused)
        for note in fitting.not_sent:
            key = (entry.name, str(note["field"]))
            self.notes.setdefault(key, {"model": entry.name, "field": note["field"], "reason": note["reason"]})
        for warning in fitting.warnings:
            self.warnings.setdefault(warning)

    def told(self, draft: Draft, problems: PlanProblems, *, today: date, stale_days: int) -> EstimateRead:
        used = draft.planner.used_prices()
        warnings = self.warnings | dict.fromkeys(_stale(used, today=today, after_days=stale_days))
        return EstimateRead(
            items=self.total.items,
            row_items=[self.rows[row] for row in range(1, max(self.rows, default=0) + 1)],
            reused=self.total.reused,
            **self.total.amounts(),
            unknown=self.total.unknown.total(),
            reasons=self.total.reasons(),
            currency=CURRENCY,
            prices_checked_on=min((line.checked_on for lines in used.values() for line in lines), default=None),
            models=[_model_line(*name, sums) for name, sums in self.models.items()],
            problems=[ProblemRead.model_validate(problem.document()) for problem in problems.shown],
            problem_cells=problems.cells,
            not_sent=list(self.notes.values())[:NOTES_MAX],
            warnings=list(warnings)[:NOTES_MAX],
        )


def _model_line(provider: str, model: str, sums: Sums) -> ModelEstimate:
    return ModelEstimate(
        provider=provider,
        model=model,
        items=sums.items,
        reused=sums.reused,
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
