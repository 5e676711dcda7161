"""How the prompts of a plan are resolved: as they are written, drawn, or in every combination."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from imageloom.features.prompts.errors import PromptBad, WildcardBad
from imageloom.features.prompts.parsing import is_plain
from imageloom.features.prompts.resolving import Grammar, Prompt, Resolved

Mode = Literal["random", "all", "as_written"]


@dataclass(frozen=True, kw_only=True)
class PromptRule:
    """``wildcards`` are the hashes of the values that the batch keeps, by name."""

    mode: Mode = "random"
    draws: int = 1
    wildcard_seed: int = 0
    wildcards: Mapping[str, str] = field(default_factory=dict)

    @property
    def has_grammar(self) -> bool:
        return self.mode != "as_written"

    def read(self, text: str, grammar: Grammar, *, row: int) -> RowPrompts:
        """Raises :class:`PromptBad` and :class:`WildcardBad`, which name the row."""
        if not self.has_grammar or (self.draws == 1 and is_plain(text)):
            return RowPrompts(count=1, remarks=(), rule=self, row=row, written=text)
        try:
            prompt = grammar.read(text)
        except (PromptBad, WildcardBad) as error:
            error.detail = f"Row {row}: {error.detail}"
            error.extra = {**error.extra, "row": row}
            raise
        count = prompt.count if self.mode == "all" else self.draws
        return RowPrompts(count=count, remarks=prompt.remarks, rule=self, row=row, prompt=prompt)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)


@dataclass(frozen=True, kw_only=True)
class RowPrompts:
    """The prompts that one row comes to: counted at once, each made when it is asked for."""

    count: int
    remarks: tuple[str, ...]
    rule: PromptRule
    row: int
    prompt: Prompt | None = None
    written: str = ""

    def since(self, number: int) -> Iterator[tuple[int, Resolved]]:
        """From a number on, each with its number."""
        if self.prompt is None:
            return iter([(0, Resolved(self.written, ()))][number:])
        numbers = range(number, self.count)
        if self.rule.mode == "all":
            prompt = self.prompt
            return ((each, prompt.at(each)) for each in numbers)
        return zip(numbers, self.prompt.draws(self.rule.wildcard_seed, self.row, start=number), strict=False)
