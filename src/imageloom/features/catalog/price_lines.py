"""Lines of the price book: what a file may say, read strictly. Whatever else it says is refused, by its line."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Literal, TypeAlias, get_args

import yaml

Unit: TypeAlias = Literal[
    "image",
    "megapixel",
    "second",
    "credit",
    "token_in_text",
    "token_in_image",
    "token_out_text",
    "token_out_image",
    "discount",
    "free",
]
PER_TOKENS = 1_000_000
"""Tokens are priced by the million, as vendors do."""
MATCHES = ("model", "quality", "size", "operation", "service")
_PLAIN = re.compile(r"\+?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_MUST = frozenset({"unit", "match", "amount", "currency", "valid_from", "source", "checked_on"})
_MAY = frozenset({"takes"})
_TAKEN = frozenset({"second", "credit", "token_in_image", "token_out_image"})
CURRENCY_LETTERS = 3
LARGEST = Decimal(1_000_000)
SHOWN = 100


class PriceBookBroken(Exception):
    """A price file cannot be used. The message names the file and the line."""


@dataclass(frozen=True, kw_only=True)
class Takes:
    """How many units one picture takes."""

    low: Decimal
    expected: Decimal
    high: Decimal


ONE = Takes(low=Decimal(1), expected=Decimal(1), high=Decimal(1))


@dataclass(frozen=True, kw_only=True, eq=False)
class PriceLine:
    """``amount`` is per unit: a picture, a megapixel, a second, a credit, or a million tokens; of a discount it is the
    share that is still paid. ``match`` narrows the line; what it does not name, it covers.

    ``takes`` says of a unit that is counted only afterwards how many of it one picture takes (of ``token_in_image``:
    one reference picture), so that it can be priced before.
    """

    unit: Unit
    match: Mapping[str, str]
    amount: Decimal
    currency: str
    valid_from: date
    source: str
    checked_on: date
    takes: Takes | None = None
    place: str
    is_override: bool

    def covers(self, facts: Mapping[str, str | None], *, on: date) -> bool:
        return self.valid_from <= on and self.matches(facts)

    def matches(self, facts: Mapping[str, str | None]) -> bool:
        return all(facts.get(name) == value for name, value in self.match.items())

    def is_stale(self, *, on: date, after_days: int) -> bool:
        """Whether nobody has looked at the source for longer than that; on a day that has not come nobody has looked.

        Somewhere it may be tomorrow already.
        """
        age = (on - self.checked_on).days
        return age > after_days or age < -1


def parse_prices(text: str, *, name: str, is_override: bool = False) -> tuple[PriceLine, ...]:
    """The lines of one file. Raises :class:`PriceBookBroken`."""
    lines: dict[tuple[object, ...], PriceLine] = {}
    for number, entry in _entries(text, name=name):
        line = parse_line(entry, place=f"{name}, line {number}", is_override=is_override)
        key = (line.unit, line.valid_from, *sorted(line.match.items()))
        if key in lines:
            raise PriceBookBroken(f"{line.place} speaks of the same as {lines[key].place}: only one can hold.")
        lines[key] = line
    return tuple(lines.values())


def _entries(text: str, *, name: str) -> Iterator[tuple[int, Any]]:
    """Each entry and the number of the line on which it begins."""
    number = 1
    try:
        loader = yaml.SafeLoader(text)
        node = loader.get_single_node()
        if not isinstance(node, yaml.SequenceNode):
            raise PriceBookBroken(f"{name}, line 1: the file is no list of price lines.")
        for child in node.value:
            number = child.start_mark.line + 1
            _check_twice(child, place=f"{name}, line {number}")
            yield number, loader.construct_object(child, deep=True)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        number = number if mark is None else mark.line + 1
        raise PriceBookBroken(f"{name}, line {number} is no YAML: {error.problem}.") from error
    except yaml.reader.ReaderError as error:
        number = text.count("\n", 0, error.position) + 1
        raise PriceBookBroken(f"{name}, line {number} holds a character that YAML does not allow.") from error
    except ValueError as error:
        # A date such as 2026-13-40.
        raise PriceBookBroken(f"{name}, line {number} is no YAML: {error}.") from error


def _check_twice(node: Any, *, place: str) -> None:
    """YAML keeps the last of two members with one name, and drops the other silently."""
    if not isinstance(node, yaml.MappingNode):
        return
    seen: set[str] = set()
    for key, value in node.value:
        if key.value in seen:
            raise PriceBookBroken(f"{place}: {key.value} stands there twice.")
        seen.add(key.value)
        _check_twice(value, place=place)


def parse_line(entry: Any, *, place: str, is_override: bool) -> PriceLine:
    """One line from its members. Raises :class:`PriceBookBroken`."""
    if not isinstance(entry, dict) or not _MUST <= set(entry) <= _MUST | _MAY:
        rule = f"{place}: a price line has exactly the members {', '.join(sorted(_MUST))}, and takes where it counts."
        raise PriceBookBroken(f"{rule}{_differs(entry)}")
    unit = entry["unit"]
    if unit not in get_args(Unit):
        raise PriceBookBroken(f"{place}: there is no unit {_shown(unit)}; there are {', '.join(get_args(Unit))}.")
    for member in ("valid_from", "checked_on"):
        # A time of day is a date too, to Python, but cannot be compared with one.
        if type(entry[member]) is not date:
            raise PriceBookBroken(f"{place}: {member} is no date such as 2026-11-22.")
    currency = entry["currency"]
    if not isinstance(currency, str) or len(currency) != CURRENCY_LETTERS or not currency.isupper():
        raise PriceBookBroken(f"{place}: the currency is a code such as USD.")
    if not _is_text(entry["source"]):
        raise PriceBookBroken(f"{place}: source says where the price stands.")
    return PriceLine(
        unit=unit,
        match=_match(entry["match"], place=place),
        amount=_amount(entry["amount"], unit=unit, place=place),
        currency=currency,
        valid_from=entry["valid_from"],
        source=entry["source"],
        checked_on=entry["checked_on"],
        takes=_takes(entry["takes"], unit=unit, place=place) if "takes" in entry else None,
        place=place,
        is_override=is_override,
    )


def _differs(entry: Any) -> str:
    """Which members lack, and which nobody knows."""
    if not isinstance(entry, dict):
        return ""
    lacking = ", ".join(sorted(_MUST - set(entry)))
    strange = ", ".join(sorted(_shown(name) for name in set(entry) - _MUST - _MAY))
    return (f" Missing: {lacking}." if lacking else "") + (f" Not known: {strange}." if strange else "")


def _match(match: Any, *, place: str) -> Mapping[str, str]:
    if not isinstance(match, dict) or not set(match) <= set(MATCHES):
        raise PriceBookBroken(f"{place}: match names only {', '.join(MATCHES)}.")
    if not all(_is_text(value) for value in match.values()):
        raise PriceBookBroken(f"{place}: what match names is text, such as quality: high.")
    return dict(match)


def _amount(value: Any, *, unit: str, place: str) -> Decimal:
    if not isinstance(value, str):
        raise PriceBookBroken(f"{place}: write the amount as text, such as '0.053': a float would not be exact.")
    amount = _number(value)
    if amount is None:
        raise PriceBookBroken(f"{place}: {_shown(value)} is no amount.")
    if (unit == "free") != (amount == 0):
        raise PriceBookBroken(f"{place}: an amount is above zero, and zero only for the unit free.")
    if unit == "discount" and amount > 1:
        raise PriceBookBroken(f"{place}: a discount is the share that is still paid, such as '0.5'.")
    return amount


def _takes(value: Any, *, unit: str, place: str) -> Takes:
    if unit not in _TAKEN:
        raise PriceBookBroken(f"{place}: takes is for {', '.join(sorted(_TAKEN))}.")
    rule = f"{place}: takes is three numbers as text, low, expected and high, such as ['2', '5', '12']."
    if not isinstance(value, list) or not all(isinstance(part, str) for part in value):
        raise PriceBookBroken(rule)
    numbers = [_number(part) for part in value]
    match numbers:
        case [Decimal() as low, Decimal() as expected, Decimal() as high] if low <= expected <= high:
            return Takes(low=low, expected=expected, high=high)
        case _:
            raise PriceBookBroken(rule)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and value.isprintable()


def _number(text: str) -> Decimal | None:
    """A plain decimal from zero on; ``None`` for anything else, such as Python's ``1_000``."""
    number = Decimal(text) if _PLAIN.fullmatch(text) else None
    return number if number is not None and number <= LARGEST else None


def _shown(value: Any) -> str:
    return repr(value)[:SHOWN]
