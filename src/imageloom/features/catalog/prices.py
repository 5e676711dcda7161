"""The price book: dated, sourced lines from data files. A price that no line states is unknown, never zero."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

import yaml

from imageloom.contracts.provider import Operation, Usage
from imageloom.kit.money import Money

Unit = Literal["image", "free", "token_in_text", "token_in_image", "token_out_image"]
_PER_TOKENS = 1_000_000
_MATCHES = frozenset({"model", "quality", "size", "operation"})
_MEMBERS = frozenset({"unit", "match", "amount", "currency", "valid_from", "source", "checked_on"})


class PriceBookBroken(Exception):
    """A price file cannot be used. The message names the file and the line's number."""


_TOKENS: tuple[Unit, ...] = ("token_in_text", "token_in_image", "token_out_image")


@dataclass(frozen=True, kw_only=True)
class PriceLine:
    """``amount`` is per picture, or per million tokens. ``match`` narrows it; what it does not name, it covers."""

    unit: Unit
    match: Mapping[str, str]
    amount: Decimal
    currency: str
    valid_from: date
    source: str
    checked_on: date

    def covers(self, facts: Mapping[str, str | None], *, on: date) -> bool:
        return self.valid_from <= on and all(facts.get(name) == value for name, value in self.match.items())


@dataclass(frozen=True, kw_only=True)
class PriceBook:
    """Lines by provider."""

    lines: Mapping[str, tuple[PriceLine, ...]]
    _tokens: dict[tuple[str, Unit, str, date], PriceLine | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """The lines of tokens that were looked up: every answer asks for the same ones."""

    @classmethod
    def load(cls) -> PriceBook:
        """The book that ships with the program. Raises :class:`PriceBookBroken`."""
        return _load()

    def expected(
        self,
        provider: str,
        model: str,
        *,
        width: int | None,
        height: int | None,
        quality: str | None,
        operation: Operation,
        on: date,
    ) -> Money | None:
        """What one picture is expected to cost; ``None`` when no line says so."""
        facts = {
            "model": model,
            "quality": quality,
            "size": f"{width}x{height}" if width is not None and height is not None else None,
            "operation": operation.value,
        }
        line = self._best(provider, ("image", "free"), facts, on=on)
        return None if line is None else Money.of(line.amount, line.currency)

    def settle(self, provider: str, model: str, usage: Usage, *, on: date) -> Money | None:
        """What the used tokens come to; ``None`` when one of them has no price."""
        total: Money | None = None
        for unit in _TOKENS:
            count = usage.counts.get(unit)
            if not count:
                continue
            line = self._of_tokens(provider, unit, model, on)
            if line is None:
                return None
            part = Money.of(line.amount * count / _PER_TOKENS, line.currency)
            total = part if total is None else total + part
        return total

    def _of_tokens(self, provider: str, unit: Unit, model: str, on: date) -> PriceLine | None:
        asked = (provider, unit, model, on)
        if asked not in self._tokens:
            self._tokens[asked] = self._best(provider, (unit,), {"model": model}, on=on)
        return self._tokens[asked]

    def _best(
        self, provider: str, units: tuple[str, ...], facts: Mapping[str, str | None], *, on: date
    ) -> PriceLine | None:
        """The line that says most about these facts; of two equals, the later one."""
        covering = [line for line in self.lines.get(provider, ()) if line.unit in units and line.covers(facts, on=on)]
        return max(covering, key=lambda line: (len(line.match), line.valid_from), default=None)


@cache
def _load() -> PriceBook:
    lines: dict[str, tuple[PriceLine, ...]] = {}
    for file in files("imageloom.prices").iterdir():
        if file.name.endswith(".yaml"):
            lines[file.name.removesuffix(".yaml")] = parse_prices(file.read_text(encoding="utf-8"), name=file.name)
    return PriceBook(lines=lines)


def parse_prices(text: str, *, name: str) -> tuple[PriceLine, ...]:
    """The lines of one file. Raises :class:`PriceBookBroken`."""
    try:
        document = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise PriceBookBroken(f"{name} is no YAML: {error}") from error
    if not isinstance(document, list):
        raise PriceBookBroken(f"{name} is no list of price lines.")
    return tuple(_parse_line(entry, where=f"{name}, line {number}") for number, entry in enumerate(document, start=1))


def _parse_line(entry: Any, *, where: str) -> PriceLine:
    if not isinstance(entry, dict) or set(entry) != _MEMBERS:
        raise PriceBookBroken(f"{where}: a price line has exactly the members {', '.join(sorted(_MEMBERS))}.")
    if entry["unit"] not in get_args(Unit):
        raise PriceBookBroken(f"{where}: there is no unit {entry['unit']!r}.")
    match = entry["match"]
    if not isinstance(match, dict) or not set(match) <= _MATCHES:
        raise PriceBookBroken(f"{where}: match names only {', '.join(sorted(_MATCHES))}.")
    if not isinstance(entry["amount"], str):
        raise PriceBookBroken(f"{where}: write the amount as text, such as '0.053': a float would not be exact.")
    try:
        amount = Decimal(entry["amount"])
    except InvalidOperation:
        raise PriceBookBroken(f"{where}: {entry['amount']!r} is no amount.") from None
    if not amount.is_finite() or amount < 0 or (entry["unit"] == "free") != (amount == 0):
        raise PriceBookBroken(f"{where}: an amount is above zero, and zero only for the unit free.")
    for member in ("valid_from", "checked_on"):
        if not isinstance(entry[member], date):
            raise PriceBookBroken(f"{where}: {member} is no date such as 2026-11-22.")
    if not isinstance(entry["currency"], str) or len(entry["currency"]) != 3:
        raise PriceBookBroken(f"{where}: the currency is a code such as USD.")
    return PriceLine(
        unit=entry["unit"],
        match={str(key): str(value) for key, value in match.items()},
        amount=amount,
        currency=entry["currency"],
        valid_from=entry["valid_from"],
        source=str(entry["source"]),
        checked_on=entry["checked_on"],
    )
