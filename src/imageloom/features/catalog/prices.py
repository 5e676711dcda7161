"""The price book: what a picture costs before it is made, and what it came to after. What no line states is unknown,
never zero.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

from imageloom.contracts.provider import Operation, Usage
from imageloom.features.catalog.price_lines import ONE, PER_TOKENS, PriceLine, Takes, Unit
from imageloom.kit.money import MICROS, Money

CURRENCY = "USD"
"""Of every sum. A price in another one cannot be added without a rate, so it is unknown here."""
COUNT_MAX = 10**12
"""No picture takes more of anything: whoever says so is not believed."""
FRAME_TOKENS = 32
"""What a provider may put around a prompt."""

_OF_PICTURES: tuple[Unit, ...] = ("image", "megapixel", "second", "credit", "token_out_image", "free")
_COUNTED: Mapping[Unit, tuple[str, int]] = {
    "token_in_text": ("token_in_text", PER_TOKENS),
    "token_in_image": ("token_in_image", PER_TOKENS),
    "token_out_text": ("token_out_text", PER_TOKENS),
    "token_out_image": ("token_out_image", PER_TOKENS),
    "megapixel": ("pixel", 1_000_000),
    "second": ("millisecond", 1_000),
    "credit": ("microcredit", 1_000_000),
}
"""Under which name a reply's usage counts a unit, and how many of that make what the amount is for."""
_AFTERWARDS = {"second": "seconds", "credit": "credits", "token_out_image": "tokens"}


class PriceRange(NamedTuple):
    """What one picture costs, in micros: at least, as expected, and at most."""

    low: int
    expected: int
    high: int


@dataclass(frozen=True)
class UnknownPrice:
    """Nobody states the price; ``why`` is a sentence for people."""

    why: str


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """The facts of a picture that its price may depend on. With several ``sizes`` the provider chooses one of them, and
    the first is the likely one; without any, it chooses freely.
    """

    provider: str
    model: str
    sizes: Sequence[str] = ()
    quality: str | None = None
    operation: Operation = Operation.text_to_image
    references: int = 0
    extra_tokens: int = 0
    """Tokens of output beside the picture's own, at most: what unfinished pictures that are shown take."""
    service: str | None = None
    """How it is ordered: ``batch`` where the provider takes its time for less money."""


@dataclass(frozen=True, kw_only=True)
class Rate:
    """What a picture costs whatever its prompt, and what a token of its prompt adds; of a currency unit."""

    low: Decimal
    expected: Decimal
    high: Decimal
    per_text_token: Decimal
    lines: tuple[PriceLine, ...]

    def of(self, prompt: str) -> PriceRange:
        """With a prompt. Never more than a token a byte is billed: no tokenizer of bytes makes more."""
        low, expected, high = self.low, self.expected, self.high
        if self.per_text_token:
            size, characters = len(prompt.encode(errors="surrogatepass")), len(prompt)
            # Chinese takes some three bytes and one token a character; English four characters a token.
            wide = min(characters, (size - characters + 1) // 2)
            low += self.per_text_token * (size // 8)
            expected += self.per_text_token * (wide + (characters - wide + 3) // 4)
            high += self.per_text_token * (size + FRAME_TOKENS)
        return PriceRange(
            int((low * MICROS).to_integral_value(rounding=ROUND_FLOOR)),
            int((expected * MICROS).to_integral_value(rounding=ROUND_HALF_EVEN)),
            int((high * MICROS).to_integral_value(rounding=ROUND_CEILING)),
        )


@dataclass(frozen=True, kw_only=True)
class PriceBook:
    """Lines by provider. Of several that fit, an operator's own beats one that ships; then the one that names more;
    then the later one.
    """

    lines: Mapping[str, tuple[PriceLine, ...]]
    _counted: dict[tuple[str, Unit, str, str | None, date], PriceLine | None] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )
    """The lines that usage was settled by: every answer asks for the same ones."""

    def rate(self, wanted: Wanted, *, on: date) -> Rate | UnknownPrice:
        """What one picture costs on a day."""
        rates: list[Rate] = []
        for size in wanted.sizes or (None,):
            rate = self._rate(wanted, size, on=on)
            if isinstance(rate, UnknownPrice):
                return rate
            rates.append(rate)
        return Rate(
            low=min(rate.low for rate in rates),
            expected=rates[0].expected,
            high=max(rate.high for rate in rates),
            per_text_token=rates[0].per_text_token,
            lines=tuple(dict.fromkeys(line for rate in rates for line in rate.lines)),
        )

    def settle(self, provider: str, model: str, usage: Usage, *, on: date, service: str | None = None) -> Money | None:
        """What the used units come to; ``None`` when nothing was counted, or one of them has no price."""
        total: Decimal | None = None
        for unit, (name, makes_one) in _COUNTED.items():
            count = usage.counts.get(name)
            if not count:
                continue
            if count > COUNT_MAX:
                return None
            line = self._of_usage(provider, unit, model, service, on)
            if line is None or line.currency != CURRENCY:
                return None
            total = (total or Decimal(0)) + line.amount * count / makes_one
        if total is None:
            return None
        discount = self._of_usage(provider, "discount", model, service, on)
        return Money.of(total if discount is None else total * discount.amount, CURRENCY)

    def _rate(self, wanted: Wanted, size: str | None, *, on: date) -> Rate | UnknownPrice:
        facts = _facts(wanted, size)
        covering = [line for line in self.lines.get(wanted.provider, ()) if line.covers(facts, on=on)]
        picture = _best(line for line in covering if line.unit in _OF_PICTURES and _is_countable(line, size))
        if picture is None:
            return UnknownPrice(self._why(wanted, facts, covering, on=on))
        if picture.unit == "free":
            nothing = Decimal(0)
            return Rate(low=nothing, expected=nothing, high=nothing, per_text_token=nothing, lines=(picture,))
        text = _best(line for line in covering if line.unit == "token_in_text")
        reference = _best(line for line in covering if line.unit == "token_in_image") if wanted.references else None
        if reference is not None and reference.takes is None:
            return UnknownPrice("the tokens of reference pictures are priced, but not how many one has")
        extra = _best(line for line in covering if line.unit == "token_out_image") if wanted.extra_tokens else None
        if wanted.extra_tokens and extra is None:
            return UnknownPrice("unfinished pictures cost tokens, and no line says what one costs")
        discount = _best(line for line in covering if line.unit == "discount")
        lines = tuple(dict.fromkeys(line for line in (picture, text, reference, extra) if line is not None))
        foreign = next((line for line in lines if line.currency != CURRENCY), None)
        if foreign is not None:
            return UnknownPrice(f"it is priced in {foreign.currency}, and sums are in {CURRENCY}")
        share = Decimal(1) if discount is None else discount.amount
        parts = [_cost(picture, _taken(picture, size), share)]
        if reference is not None and reference.takes is not None:
            parts += [_cost(reference, reference.takes, share * wanted.references)]
        if extra is not None:
            tokens = Decimal(wanted.extra_tokens)
            # The provider may show fewer.
            parts += [_cost(extra, Takes(low=Decimal(0), expected=tokens, high=tokens), share)]
        return Rate(
            low=sum((part.low for part in parts), Decimal(0)),
            expected=sum((part.expected for part in parts), Decimal(0)),
            high=sum((part.high for part in parts), Decimal(0)),
            per_text_token=Decimal(0) if text is None else text.amount * share / PER_TOKENS,
            lines=lines if discount is None else (*lines, discount),
        )

    def _why(self, wanted: Wanted, facts: Mapping[str, str | None], covering: list[PriceLine], *, on: date) -> str:
        """Why no line states the price of a picture."""
        what = f"{wanted.model} {' '.join(part for part in (facts['quality'], facts['size']) if part)}".strip()
        counted = next((_AFTERWARDS[line.unit] for line in covering if line.unit in _AFTERWARDS), None)
        if counted is not None:
            return f"its {counted} are priced, but no line says how many {what} takes"
        if any(line.unit == "megapixel" for line in covering):
            return f"it is priced by the megapixel, and the provider chooses the size of {what}"
        lines = self.lines.get(wanted.provider, ())
        if not lines:
            return f"the price book has no line about {wanted.provider}"
        later = [line.valid_from for line in lines if line.unit in _OF_PICTURES and line.matches(facts)]
        if later:
            return f"no price of {what} holds on {on}; the first begins on {min(later)}"
        return f"no line states the price of {what}"

    def _of_usage(self, provider: str, unit: Unit, model: str, service: str | None, on: date) -> PriceLine | None:
        asked = (provider, unit, model, service, on)
        if asked not in self._counted:
            facts = {"model": model, "service": service}
            lines = self.lines.get(provider, ())
            self._counted[asked] = _best(line for line in lines if line.unit == unit and line.covers(facts, on=on))
        return self._counted[asked]


def _facts(wanted: Wanted, size: str | None) -> dict[str, str | None]:
    return {
        "model": wanted.model,
        "quality": wanted.quality,
        "size": size,
        "operation": wanted.operation.value,
        "service": wanted.service,
    }


def _best(lines: Iterable[PriceLine]) -> PriceLine | None:
    return max(lines, key=_rank, default=None)


def beaten_by(line: PriceLine, lines: Iterable[PriceLine], *, on: date) -> PriceLine | None:
    """Another line that takes this one's place wherever it holds; ``None`` while it is used for anything."""
    others = (
        other
        for other in lines
        if other is not line
        and other.unit == line.unit
        and other.valid_from <= on
        and all(line.match.get(name) == value for name, value in other.match.items())
    )
    return next((other for other in others if _rank(other) > _rank(line)), None)


def _rank(line: PriceLine) -> tuple[bool, int, date]:
    return (line.is_override, len(line.match), line.valid_from)


def _is_countable(line: PriceLine, size: str | None) -> bool:
    """Whether it can be said before how many units a picture takes."""
    if line.unit == "megapixel":
        return size is not None
    return line.unit not in _AFTERWARDS or line.takes is not None


def _taken(line: PriceLine, size: str | None) -> Takes:
    if line.unit == "megapixel" and size is not None:
        width, _, height = size.partition("x")
        pixels = Decimal(int(width) * int(height)) / 1_000_000
        return Takes(low=pixels, expected=pixels, high=pixels)
    return line.takes or ONE


def _cost(line: PriceLine, takes: Takes, share: Decimal) -> Takes:
    """What that many units come to."""
    each = line.amount * share / (PER_TOKENS if line.unit.startswith("token") else 1)
    return Takes(low=takes.low * each, expected=takes.expected * each, high=takes.high * each)
