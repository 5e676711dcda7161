"""A submit between being read and being written: the plan over its rows, and what all its cells come to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from imageloom.features.batches.errors import NothingToMake, PlanTooLarge
from imageloom.features.batches.models import Sheet
from imageloom.features.batches.plan import START, Plan, cells, count_cells, cursor_at
from imageloom.features.batches.planning import Fitting, Planner
from imageloom.features.batches.problems import PlanProblems
from imageloom.features.batches.sheets.reading import SheetRow
from imageloom.features.prompts.resolving import Grammar
from imageloom.features.teams.models import Project

WARNINGS_MAX = 100
EXACT = 2**53
"""Up to here every reader of JSON keeps a number as it is."""


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
    grammar: Grammar = field(default_factory=Grammar)
    batch_id: str | None = None
    """Where somebody must know it before there is a batch."""

    def fittings(self, problems: PlanProblems, *, position: int = 0) -> Iterator[Fitting]:
        """Every picture from a position on that can be made, fitted to its model, lazily. What cannot is added to
        ``problems``.
        """
        start = cursor_at(self.plan, self.rows(), position, grammar=self.grammar) if position else START
        if start is None:
            return iter(())
        made = cells(self.plan, self.rows(), problems, start=start, grammar=self.grammar)
        return self.planner.fit_all(made, problems)

    def count(self, problems: PlanProblems, *, limit: int | None) -> int:
        """How many pictures. Rows that cannot be used are added to ``problems``, and raised when none of them can.

        Raises :class:`NothingToMake`, and :class:`PlanTooLarge` above the limit.
        """
        total = count_cells(self.plan, self.rows(), problems, grammar=self.grammar)
        if total == 0:
            problems.raise_any()
            raise NothingToMake("The sheet has no row with a prompt.", field="sheet_id")
        if limit is not None and total > limit:
            raise PlanTooLarge(
                f"The plan makes {total} pictures; one batch may make {limit}.",
                field="plan",
                hint="Split the sheet, drop an axis, or draw from the combinations instead of making all.",
                total=total if total <= EXACT else str(total),
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
        blank = draft.sheet.blank_rows
        warnings[f"{blank} rows of the sheet hold no text, or a remark behind #, and were passed over."] = None
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
