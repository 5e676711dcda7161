"""What is wrong with a plan, all of it: gathered over every row before anything is paid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from imageloom.kit.errors import InvalidInput

SHOWN_MAX = 100


@dataclass(kw_only=True)
class PlanProblem:
    """One rule that is broken in one way: first in ``row``, and by ``cells`` pictures or rows in all."""

    row: int
    rule: str
    field: str | None
    detail: str
    hint: str | None
    cells: int = 1

    def document(self) -> dict[str, object]:
        return dict(self.__dict__)


@dataclass
class PlanProblems:
    """The same thing wrong in ten thousand rows is one problem. ``cells`` counts everything that was added."""

    cells: int = 0
    _first: InvalidInput | None = None
    _found: dict[tuple[str, str | None, str], PlanProblem] = field(default_factory=dict)

    def add(self, row: int, error: InvalidInput) -> None:
        self.cells += 1
        if self._first is None:
            self._first = error
        detail = error.detail.removeprefix(f"Row {row}: ")
        key = (error.code, error.field, detail)
        if key in self._found:
            self._found[key].cells += 1
        elif len(self._found) < SHOWN_MAX:
            self._found[key] = PlanProblem(row=row, rule=error.code, field=error.field, detail=detail, hint=error.hint)

    @property
    def shown(self) -> Sequence[PlanProblem]:
        """The first hundred, in order of their rows."""
        return list(self._found.values())

    def raise_any(self) -> None:
        """Raises the first, which then names its row and carries all the others."""
        if self._first is None:
            return
        first = self.shown[0]
        error = self._first
        error.detail = f"Row {first.row}: {first.detail}"
        error.extra = {
            **error.extra,
            "row": first.row,
            "problems": [problem.document() for problem in self.shown],
            "problem_cells": self.cells,
        }
        raise error
