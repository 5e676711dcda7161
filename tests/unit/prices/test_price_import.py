"""Tables of others: what is taken is exact, what is not is counted with its reason."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from imageloom.features.catalog.price_import import CannotImport, Imported, as_file, read_litellm, read_table
from imageloom.features.catalog.price_lines import parse_prices

TODAY = date(2026, 11, 25)
NEW = {"litellm_provider": "openai", "mode": "image_generation", "source": "https://openai.example/pricing"}


def litellm(*, served: bool = True, **rows: Any) -> Imported:
    text = json.dumps({key.replace("__", "/"): row for key, row in rows.items()})
    return read_litellm(text, known=lambda _provider, _model: served, today=TODAY)


def told(imported: Imported, provider: str = "openai") -> list[tuple[str, dict[str, str], str]]:
    return [(entry["unit"], entry["match"], entry["amount"]) for entry in imported.entries.get(provider, [])]


def test_tokens_and_pictures_of_litellm_become_exact_lines() -> None:
    imported = litellm(
        m={
            **NEW,
            "input_cost_per_token": 5e-06,
            "output_cost_per_image_token": 3.2e-05,
            "input_cost_per_token_batches": 2.5e-06,
        },
        **{"high/1024-x-1536/m": {**NEW, "input_cost_per_image": 0.2}},
        **{"openai/e": {**NEW, "mode": "image_edit", "output_cost_per_image": 0.04}},
        pixels={**NEW, "output_cost_per_pixel": 1.9e-08},
    )
    assert told(imported) == [
        ("token_in_text", {"model": "m"}, "5"),
        ("token_out_image", {"model": "m"}, "32"),
        ("image", {"model": "m", "quality": "high", "size": "1024x1536"}, "0.2"),
        ("image", {"model": "e", "operation": "edit"}, "0.04"),
        ("megapixel", {"model": "pixels"}, "0.019"),
    ]
    assert imported.entries["openai"][0]["source"] == "LiteLLM's model_prices, https://openai.example/pricing"
    assert not imported.left_out


def test_what_litellm_says_that_would_mislead_is_left_out_with_its_reason() -> None:
    imported = litellm(
        chat={"litellm_provider": "openai", "mode": "chat", "input_cost_per_token": 1},
        free={**NEW, "output_cost_per_image": 0.0},
        gone={**NEW, "output_cost_per_image": 1, "deprecation_date": "2026-10-23"},
        **{
            "low/1024-x-1024/m": {**NEW, "output_cost_per_image": 0.01},
            "1024-x-1024/m": {**NEW, "output_cost_per_image": 0.01},
            "standard/1024-x-1024/m": {**NEW, "output_cost_per_image": 0.01},
            "stability/inpaint": {
                "litellm_provider": "stability",
                "mode": "image_edit",
                "output_cost_per_image": 0.005,
            },
            "openai/low/1024-x-1024/m": {**NEW, "output_cost_per_image": 0.02},
            "high/1024-x-1024/m": {**NEW, "input_cost_per_pixel": 0.00000004},
        },
    )
    assert told(imported) == [("image", {"model": "m", "quality": "low", "size": "1024x1024"}, "0.01")]
    assert dict(imported.left_out) == {
        "it states no price that is above zero": 1,
        "it states its price by input_cost_per_pixel, which is no unit here": 1,
        "the model has ended": 1,
        "it repeats the lowest quality under another name": 2,
        "the table's prices of edits by this provider are known to be a tenth of what is billed": 1,
        "another row states another amount for the same": 1,
    }
    assert litellm(served=False, m={**NEW, "output_cost_per_image": 1}).left_out == {
        "no provider here serves the model": 1
    }


@pytest.mark.parametrize("text", ["", "{", "[1]", "[" * 100_000])
def test_what_is_not_the_table_is_refused(text: str) -> None:
    with pytest.raises(CannotImport):
        read_litellm(text, known=lambda _provider, _model: True, today=TODAY)


def test_a_csv_is_read_row_by_row() -> None:
    text = (
        "Provider,unit,amount,model,quality,takes_low,takes_expected,takes_high,valid_from\n"
        "openai,image,0.19,gpt-image-2,high,,,,2026-12-01\n"
        "replicate,second,0.000975,stability-ai/sdxl,,2,5,12,\n"
    )
    imported = read_table(text, name="own.csv", today=TODAY)
    assert told(imported) == [("image", {"model": "gpt-image-2", "quality": "high"}, "0.19")]
    assert imported.entries["openai"][0]["valid_from"] == date(2026, 12, 1)
    (line,) = parse_prices(as_file(imported.entries["replicate"], head="h"), name="x.yaml")
    assert line.takes is not None
    assert (line.takes.high, line.source, line.checked_on, line.currency) == (Decimal(12), "own.csv", TODAY, "USD")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no column provider"),
        ("provider,unit\n", "no column amount"),
        ("provider,unit,amount,colour\n", "'colour' that is not known"),
        ("provider,unit,amount\nopenai,image,x\n", r"own\.csv, line 2.*no amount"),
        ("provider,unit,amount\nopenai,image,1\n,image,1\n", r"own\.csv, line 3.*provider"),
        ("provider,unit,amount,valid_from\nopenai,image,1,soon\n", r"own\.csv, line 2.*no date"),
        ("provider,unit,amount\nopenai,image,0\n", "above zero"),
        ('provider,unit,amount\n"openai,image,1', "no CSV"),
    ],
)
def test_a_broken_csv_is_named_by_its_line(text: str, words: str) -> None:
    with pytest.raises(CannotImport, match=words):
        read_table(text, name="own.csv", today=TODAY)


NAMES = st.text(min_size=1, max_size=20).filter(lambda name: bool(name.strip()) and name.isprintable())
ROWS = st.lists(st.tuples(NAMES, st.decimals("0.000001", 1000, places=6)), min_size=1, max_size=5)


@settings(deadline=None, max_examples=50)
@given(ROWS.filter(lambda rows: len({name for name, _amount in rows}) == len(rows)))
def test_what_is_written_reads_back_the_same(rows: list[tuple[str, Decimal]]) -> None:
    """Names that YAML would read as numbers, dates or truths included."""
    entries = [
        {
            "unit": "image",
            "match": {"model": model},
            "amount": format(amount, "f"),
            "currency": "USD",
            "valid_from": TODAY,
            "source": model,
            "checked_on": TODAY,
        }
        for model, amount in rows
    ]
    lines = parse_prices(as_file(entries, head="h"), name="x.yaml")
    assert [(line.match["model"], line.amount) for line in lines] == rows
