"""A submit between being read and being written: the plan over its rows, and what all its cells come to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from imageloom.features.batches.errors import NothingToMake, PlanTooLarge
from imageloom.features.batches.models import Sheet
from imageloom.features.batches.plan import Plan, cells, count_cells
from imageloom.features.batches.planning import Fitting, Planner
from imageloom.features.batches.problems import PlanProblems
from imageloom.features.batches.sheets.reading import SheetRow
from imageloom.features.teams.models import Project

WARNINGS_MAX = 100


@dataclass(frozen=True, kw_only=True)
class Draft:
    """What a person wishes, found possible to plan. Nothing of it is in the database yet.

    ``sheet`` is ``None`` for prompts that were typed. ``rows`` starts from the first row each time.
    """

    project: Project
    sheet: Sheet | None
    rows: Callable[[], Iterator[SheetRow]]
    plan: Plan
    planner: Planner

    def fittings(self, problems: PlanProblems) -> Iterator[Fitting]:
        """Every picture that can be made, fitted to its model, lazily. What cannot is added to ``problems``."""
        return self.planner.fit_all(cells(self.plan, self.rows(), problems), problems)

    def count(self, *, limit: int) -> int:
        """How many pictures. Raises :class:`NothingToMake` and :class:`PlanTooLarge`, and what is wrong with the rows
        when none of them can be used.
        """
        problems = PlanProblems()
        total = count_cells(self.plan, self.rows(), problems)
        if total == 0:
            problems.raise_any()
            raise NothingToMake("The sheet has no row with a prompt.", field="sheet_id")
        if total > limit:
            raise PlanTooLarge(
                f"The plan makes {total} pictures; one batch may make {limit}.",
                field="plan",
                hint="Split the sheet, or drop an axis.",
                total=total,
                limit=limit,
            )
        return total


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What all cells together come to. ``fittings`` are all of them, if they are few enough to be written at once."""

    total: int
    warnings: Sequence[str]
    providers: frozenset[str]
    fittings: Sequence[Fitting] | None


def judge(draft: Draft, *, at_once: int) -> Verdict:
    """Fits every cell once before anything is accepted. Raises :class:`InvalidInput` with all that cannot be made: that
    is refused now, not halfway.
    """
    warnings: dict[str, None] = {}
    if draft.sheet is not None and draft.sheet.blank_rows:
        passed_over = "hold no text, or a remark behind #, and were passed over."
        warnings[f"{draft.sheet.blank_rows} rows of the sheet {passed_over}"] = None
    problems = PlanProblems()
    verdict = weigh(draft.fittings(problems), at_once=at_once, warnings=warnings)
    problems.raise_any()
    return verdict


def weigh(fittings: Iterable[Fitting], *, at_once: int, warnings: dict[str, None] | None = None) -> Verdict:
    """What cells that have been fitted come to."""
    warnings = {} if warnings is None else warnings
    providers: set[str] = set()
    kept: list[Fitting] = []
    total = 0
    for fitting in fittings:
        total += 1
        if total <= at_once:
            kept.append(fitting)
        providers.add(fitting.entry.provider_id)
        for warning in fitting.warnings:
            warnings.setdefault(warning)
        for note in fitting.not_sent:
            warnings.setdefault(f"{fitting.entry.name} is not sent {note['field']}: {note['reason']}")
    return Verdict(
        total=total,
        warnings=list(warnings)[:WARNINGS_MAX],
        providers=frozenset(providers),
        fittings=kept if total == len(kept) else None,
    )
