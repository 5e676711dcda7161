"""The price book: the vendors' own numbers, ranges that hold, and everything that is unknown said."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imageloom.contracts.provider import Operation, Usage
from imageloom.features.catalog.price_files import load
from imageloom.features.catalog.price_lines import PriceLine, Takes, Unit
from imageloom.features.catalog.prices import COUNT_MAX, PriceBook, PriceRange, Rate, UnknownPrice, Wanted

TODAY = date(2026, 11, 25)
SHIPPED = load(Path("/there/is/nothing"))
SQUARE = ("1024x1024",)


def line(unit: Unit, amount: str, *, own: bool = False, begins: date = date(2026, 1, 1), **more: object) -> PriceLine:
    takes = more.pop("takes", None)
    return PriceLine(
        unit=unit,
        match={name: str(value) for name, value in more.items() if name != "currency"},
        amount=Decimal(amount),
        currency=str(more.get("currency", "USD")),
        valid_from=begins,
        source="a test",
        checked_on=begins,
        takes=takes if isinstance(takes, Takes) else None,
        place="test.yaml, line 1",
        is_override=own,
    )


def book(*lines: PriceLine) -> PriceBook:
    return PriceBook(lines={"p": lines})


def wanted(model: str = "m", **more: object) -> Wanted:
    return Wanted(**{"provider": "p", "model": model, "sizes": SQUARE, **more})


def expected(prices: PriceBook, what: Wanted, *, on: date = TODAY) -> str | None:
    rate = prices.rate(what, on=on)
    return format(rate.expected.normalize(), "f") if isinstance(rate, Rate) else None


def why(prices: PriceBook, what: Wanted, *, on: date = TODAY) -> str:
    rate = prices.rate(what, on=on)
    assert isinstance(rate, UnknownPrice)
    return rate.why


VECTORS = [
    ("gpt-image-2", "low", "1024x1024", "0.006"),
    ("gpt-image-2", "medium", "1024x1024", "0.053"),
    ("gpt-image-2", "high", "1024x1024", "0.211"),
    ("gpt-image-2.5-sunburst", "low", "1024x1024", "0.00588"),
    ("gpt-image-2.5-flare", "medium", "1024x1024", "0.01317"),
    ("gpt-image-2.5-flare", "high", "1024x1024", "0.05268"),
    ("gpt-image-2.5-flare", "xhigh", "1024x1024", "0.09366"),
    ("gpt-image-2.5-flare", "max", "1024x1024", "0.21072"),
    ("gpt-image-2.5-sunburst", "max", "3840x2160", "0.40026"),
    ("gpt-image-1.5", "low", "1024x1024", "0.009"),
    ("gpt-image-1.5", "medium", "1024x1024", "0.034"),
    ("gpt-image-1.5", "high", "1024x1024", "0.133"),
    ("gpt-image-1.5", "high", "1536x1024", "0.2"),
    ("gpt-image-1-mini", "low", "1024x1024", "0.005"),
    ("gpt-image-1-mini", "medium", "1024x1536", "0.015"),
    ("gpt-image-1-mini", "high", "1024x1024", "0.036"),
    ("gpt-image-2.6-flare", "low", "1024x1024", None),
    ("gpt-image-2", "medium", "512x512", None),
]


@pytest.mark.parametrize(("model", "quality", "size", "amount"), VECTORS)
def test_prices_are_the_vendors(model: str, quality: str, size: str, amount: str | None) -> None:
    what = Wanted(provider="openai", model=model, sizes=(size,), quality=quality)
    assert expected(SHIPPED, what) == amount


@pytest.mark.parametrize(
    ("quality", "tokens"), [("low", 196), ("medium", 439), ("high", 1_756), ("xhigh", 3_122), ("max", 7_024)]
)
def test_the_price_of_a_picture_is_that_of_its_tokens(quality: str, tokens: int) -> None:
    what = Wanted(provider="openai", model="gpt-image-2.5-flare", sizes=SQUARE, quality=quality)
    settled = SHIPPED.settle("openai", "gpt-image-2.5-flare", Usage(counts={"token_out_image": tokens}), on=TODAY)
    assert settled is not None
    assert expected(SHIPPED, what) == format(settled.amount.normalize(), "f")


def test_a_batch_costs_half_and_the_prompt_is_added() -> None:
    usual = SHIPPED.rate(Wanted(provider="openai", model="gpt-image-2", sizes=SQUARE, quality="high"), on=TODAY)
    batch = SHIPPED.rate(
        Wanted(provider="openai", model="gpt-image-2", sizes=SQUARE, quality="high", service="batch"), on=TODAY
    )
    assert isinstance(usual, Rate)
    assert isinstance(batch, Rate)
    assert (batch.expected, batch.per_text_token) == (usual.expected / 2, usual.per_text_token / 2)
    assert usual.of("a cat in a hat") == PriceRange(211_005, 211_020, 211_230)
    counts = {"token_in_text": 20, "token_out_image": 439}
    for service, micros in ((None, 13_270), ("batch", 6_635)):
        settled = SHIPPED.settle("openai", "gpt-image-2", Usage(counts=counts), on=TODAY, service=service)
        assert settled is not None
        assert settled.micros == micros


def test_every_unit_is_priced_and_settled() -> None:
    takes = Takes(low=Decimal(2), expected=Decimal(5), high=Decimal(12))
    cases: list[tuple[PriceLine, str, dict[str, int], int]] = [
        (line("megapixel", "0.03", model="m"), "0.03145728", {"pixel": 1_000_000}, 30_000),
        (line("second", "0.000975", model="m", takes=takes), "0.004875", {"millisecond": 1_500}, 1_462),
        (line("credit", "0.01", model="m", takes=takes), "0.05", {"microcredit": 14_700}, 147),
        (line("token_out_image", "30", model="m", takes=takes), "0.00015", {"token_out_image": 439}, 13_170),
    ]
    for one, price, counts, micros in cases:
        assert expected(book(one), wanted()) == price
        settled = book(one).settle("p", "m", Usage(counts=counts), on=TODAY)
        assert settled is not None
        assert settled.micros == micros
    ranged = book(cases[1][0]).rate(wanted(), on=TODAY)
    assert isinstance(ranged, Rate)
    assert ranged.of("x") == PriceRange(1_950, 4_875, 11_700)
    assert expected(book(line("free", "0"), line("token_in_text", "5")), wanted()) == "0"


def test_what_is_unknown_says_why() -> None:
    tokens = book(line("token_out_image", "30", model="m"), line("token_in_image", "8"))
    assert (
        why(tokens, wanted(quality="high")) == "its tokens are priced, but no line says how many m high 1024x1024 takes"
    )
    assert "seconds" in why(book(line("second", "1")), wanted())
    assert why(book(), wanted()) == "the price book has no line about p"
    assert why(book(line("image", "1", model="other")), wanted()) == "no line states the price of m 1024x1024"
    assert "chooses the size" in why(book(line("megapixel", "1")), wanted(sizes=()))
    assert "begins on 2027-01-01" in why(book(line("image", "1", begins=date(2027, 1, 1))), wanted())
    assert "EUR" in why(book(line("image", "1", currency="EUR")), wanted())
    edit = {"operation": Operation.edit, "references": 2}
    priced = book(line("image", "1"), line("token_in_image", "8"))
    assert "reference pictures" in why(priced, wanted(**edit))
    each = Takes(low=Decimal(100), expected=Decimal(200), high=Decimal(300))
    counted = book(line("image", "1"), line("token_in_image", "8", takes=each))
    assert expected(counted, wanted(**edit)) == "1.0032"
    assert expected(priced, wanted()) == "1"


def test_money_is_settled_from_usage_or_stays_unknown() -> None:
    def settle(prices: PriceBook, **counts: int) -> int | None:
        money = prices.settle("p", "m", Usage(counts=counts), on=TODAY)
        return None if money is None else money.micros

    prices = book(line("token_in_text", "5"), line("token_out_image", "30", model="m"))
    assert settle(prices, token_in_text=20, token_out_image=439) == 13_270
    assert settle(prices, token_in_text=20, token_out_text=1) is None
    assert settle(prices) is None
    assert settle(prices, token_in_text=COUNT_MAX + 1) is None
    assert settle(prices, unheard_of=5) is None
    assert settle(book(line("token_in_text", "5", currency="EUR")), token_in_text=20) is None


def test_the_line_that_says_most_holds_and_an_own_one_beats_all() -> None:
    general, exact = line("image", "1", model="m"), line("image", "2", model="m", size="1024x1024")
    assert expected(book(exact, general), wanted()) == "2"
    later = line("image", "3", begins=date(2026, 6, 1), model="m", size="1024x1024")
    assert expected(book(exact, later, general), wanted()) == "3"
    assert expected(book(exact, later, general), wanted(), on=date(2026, 5, 31)) == "2"
    assert expected(book(exact, later, line("image", "4", own=True)), wanted()) == "4"
    assert expected(book(exact, line("discount", "0.9", own=True)), wanted()) == "1.8"


def test_a_size_that_the_provider_chooses_gives_a_range() -> None:
    sizes = ("1024x1024", "1536x1024", "1024x1536")
    rate = SHIPPED.rate(Wanted(provider="openai", model="gpt-image-1.5", sizes=sizes, quality="high"), on=TODAY)
    assert isinstance(rate, Rate)
    assert (rate.low, rate.expected, rate.high) == (Decimal("0.133"), Decimal("0.133"), Decimal("0.2"))


amounts = st.decimals(min_value="0.000001", max_value="100", places=6)
counts = st.decimals(min_value=0, max_value=10_000, places=3)


@given(st.text(), amounts, amounts, st.tuples(counts, counts, counts).map(sorted))
def test_low_expected_and_high_are_in_order_whatever_the_prompt(
    prompt: str, picture: Decimal, token: Decimal, taken: list[Decimal]
) -> None:
    low, middle, high = taken
    takes = Takes(low=low, expected=middle, high=high)
    prices = book(line("second", str(picture), takes=takes), line("token_in_text", str(token)))
    rate = prices.rate(wanted(), on=TODAY)
    assert isinstance(rate, Rate)
    price = rate.of(prompt)
    assert 0 <= price.low <= price.expected <= price.high


@given(st.text(min_size=1), st.integers(0, 5_000))
def test_what_is_settled_is_never_above_the_high_price(prompt: str, output: int) -> None:
    """A tokenizer of bytes makes at most a token a byte."""
    takes = Takes(low=Decimal(output), expected=Decimal(output), high=Decimal(output))
    prices = book(line("token_out_image", "30", takes=takes), line("token_in_text", "5"))
    rate = prices.rate(wanted(), on=TODAY)
    assert isinstance(rate, Rate)
    most = Usage(counts={"token_in_text": len(prompt.encode(errors="surrogatepass")), "token_out_image": output})
    settled = prices.settle("p", "m", most, on=TODAY)
    assert settled is not None
    assert settled.micros <= rate.of(prompt).high
