"""Price files: read strictly, refused by file and line, overridden by an installation, read again when they change."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from imageloom.doors.bootstrap import discover_providers
from imageloom.features.catalog.entries import find_model
from imageloom.features.catalog.price_files import PriceShelf, load, shipped_lines
from imageloom.features.catalog.price_lines import PriceBookBroken, parse_prices
from imageloom.features.catalog.prices import Rate, Wanted, beaten_by

TODAY = date(2026, 11, 25)
GOOD = "{unit: image, match: {}, amount: '1', currency: USD, valid_from: 2026-01-01, source: s, checked_on: 2026-01-01}"
TAKES = "['1', '2', '3']"
COUNTED = GOOD.replace("image", "second").replace("source", f"takes: {TAKES}, source")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("unit: image", "unit: pixel", "no unit 'pixel'"),
        ("unit: image", "unit: free", "zero only for the unit free"),
        ("amount: '1'", "amount: 0.1", "a float would not be exact"),
        ("amount: '1'", "amount: '-1'", "no amount"),
        ("amount: '1'", "amount: '0'", "above zero"),
        ("amount: '1'", "amount: 'NaN'", "no amount"),
        ("amount: '1'", "amount: 'x'", "no amount"),
        ("amount: '1'", "amount: '1_0'", "no amount"),
        ("amount: '1'", "amount: '\uff11'", "no amount"),
        ("source: s", "source: s, sauce: s", "Not known: 'sauce'"),
        ("unit: image, match: {}, amount: '1'", "unit: discount, match: {}, amount: '1.5'", "share"),
        ("match: {}", "match: {colour: red}", "match names only"),
        ("match: {}", "match: {quality: 1}", "is text"),
        ("match: {}", "match: []", "match names only"),
        ("match: {}", 'match: {model: "a\\tb"}', "is text"),
        ("valid_from: 2026-01-01", "valid_from: soon", "no date"),
        ("valid_from: 2026-01-01", "valid_from: 2026-01-01 10:00:00", "no date"),
        ("valid_from: 2026-01-01", "valid_from: 2026-13-40", "no YAML"),
        ("currency: USD", "currency: Dollars", "code such as USD"),
        ("source: s", "source: ''", "source says"),
        ("source: s, ", "", "exactly the members .* Missing: source"),
        ("source: s", "source: s, source: t", "twice"),
        ("source: s", "source: s, takes: ['1', '2', '3']", "takes is for"),
        ("source: s", "source: s, takes: 5", "takes is for"),
        ("}", "", "no YAML"),
    ],
)
def test_a_broken_line_is_named(old: str, new: str, words: str) -> None:
    first = GOOD.replace("{}", "{model: a}")
    text = f"# first a remark\n- {first}\n\n- {GOOD.replace(old, new, 1)}\n"
    with pytest.raises(PriceBookBroken, match=words) as broken:
        parse_prices(text, name="x.yaml")
    assert str(broken.value).startswith(("x.yaml, line 4", "x.yaml, line 5"))


@pytest.mark.parametrize("taken", ["5", "['1', '2']", "['3', '2', '1']", "[1, 2, 3]", "['1', 'x', '3']"])
def test_what_a_picture_takes_is_three_numbers_in_order(taken: str) -> None:
    assert parse_prices(f"- {COUNTED}", name="x.yaml")[0].takes is not None
    with pytest.raises(PriceBookBroken, match="three numbers"):
        parse_prices(f"- {COUNTED.replace(TAKES, taken)}", name="x.yaml")


@pytest.mark.parametrize("text", ["", "a: b", "'words'", "- 5", "- [1]", "\x00"])
def test_a_file_that_is_no_list_of_lines_is_refused(text: str) -> None:
    with pytest.raises(PriceBookBroken, match=r"x\.yaml, line 1"):
        parse_prices(text, name="x.yaml")


def test_two_lines_about_the_same_are_refused() -> None:
    with pytest.raises(PriceBookBroken, match="line 2 speaks of the same as x.yaml, line 1"):
        parse_prices(f"- {GOOD}\n- {GOOD}", name="x.yaml")


def test_what_ships_speaks_of_models_that_exist() -> None:
    providers, _broken = discover_providers()
    for provider, lines in shipped_lines().items():
        assert provider in providers
        for line in lines:
            assert line.source.startswith(("https://", "runs on this machine"))
            if "model" in line.match:
                assert find_model(providers, f"{provider}/{line.match['model']}")[0] is not None


def test_an_installation_overrides_and_its_files_are_read_again(tmp_path: Path) -> None:
    what = Wanted(provider="openai", model="gpt-image-2", sizes=("1024x1024",), quality="high")
    shelf = PriceShelf(tmp_path)

    def price() -> str:
        rate = shelf.book().rate(what, on=TODAY)
        assert isinstance(rate, Rate)
        return str(rate.expected)

    assert price() == "0.211"
    own = tmp_path / "openai.contract.yaml"
    own.write_text(f"- {GOOD}")
    assert price() == "1"
    own.write_text("- " + GOOD.replace("'1'", "'0.15'"))
    assert price() == "0.15"
    own.write_text("- {unit: image}")
    assert price() == "0.15"
    assert shelf.trouble is not None
    assert f"{own}, line 1" in shelf.trouble
    own.unlink()
    assert price() == "0.211"
    trouble: str | None = shelf.trouble
    assert trouble is None


def test_a_book_that_never_could_be_read_is_refused(tmp_path: Path) -> None:
    (tmp_path / "openai.yaml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PriceBookBroken, match="cannot be read"):
        PriceShelf(tmp_path).book()
    (tmp_path / "openai.yaml").write_text("\n- nonsense")
    with pytest.raises(PriceBookBroken, match=r"openai\.yaml, line 2"):
        load(tmp_path)


def test_a_file_with_a_name_that_says_no_provider_is_refused(tmp_path: Path) -> None:
    (tmp_path / "my prices.yaml").write_text(f"- {GOOD}")
    with pytest.raises(PriceBookBroken, match="the name is not PROVIDER.yaml"):
        load(tmp_path)


def test_both_endings_of_yaml_are_read(tmp_path: Path) -> None:
    (tmp_path / "openai.mine.yml").write_text(f"- {GOOD}")
    what = Wanted(provider="openai", model="gpt-image-2", sizes=("1024x1024",), quality="high")
    rate = load(tmp_path).rate(what, on=TODAY)
    assert isinstance(rate, Rate)
    assert str(rate.expected) == "1"
    (tmp_path / "openai.mine.yml").write_text("- {}")
    with pytest.raises(PriceBookBroken, match=r"openai\.mine\.yml, line 1"):
        load(tmp_path)


def test_a_line_whose_place_another_takes_is_said_to_be_beaten() -> None:
    old, new = parse_prices(f"- {GOOD}\n- {GOOD.replace('from: 2026-01', 'from: 2026-02')}", name="x.yaml")
    own = parse_prices(f"- {GOOD}", name="y.yaml", is_override=True)[0]
    exact = parse_prices(f"- {GOOD.replace('{}', '{model: m}')}", name="z.yaml")[0]
    lines = (old, new, exact)
    assert beaten_by(old, lines, on=TODAY) is new
    assert beaten_by(old, lines, on=date(2026, 1, 15)) is None
    assert beaten_by(new, lines, on=TODAY) is None
    assert beaten_by(exact, lines, on=TODAY) is None
    assert beaten_by(exact, (*lines, own), on=TODAY) is own


def test_a_price_grows_stale() -> None:
    line = parse_prices(f"- {GOOD}", name="x.yaml")[0]
    assert not line.is_stale(on=date(2026, 4, 1), after_days=90)
    assert line.is_stale(on=date(2026, 4, 2), after_days=90)


def test_a_price_that_was_checked_on_a_day_to_come_is_stale() -> None:
    line = parse_prices(f"- {GOOD}", name="x.yaml")[0]
    assert not line.is_stale(on=line.checked_on - timedelta(days=1), after_days=90)
    assert line.is_stale(on=line.checked_on - timedelta(days=2), after_days=90)
