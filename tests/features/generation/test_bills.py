"""A provider's bill beside the books: what agrees, what drifts, what only one side knows, and what cannot be read."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from imageloom.features.generation.bills import Bill, BillLine, read_bill
from imageloom.features.generation.errors import BillUnreadable
from imageloom.features.generation.reconciling import Spent, compare
from tests.studio import OPENAI, Studio

TODAY = datetime.now(UTC).date()


async def compared(studio: Studio, bill: str, *, status: int = 200, provider: str = "openai") -> Any:
    files = {"file": ("bill.csv", bill.encode(), "text/csv")}
    path = f"/api/bills/reconcile?provider={provider}"
    return await studio.call("POST", path, status=status, files=files)


async def test_a_bill_by_day_and_model_is_put_beside_the_books(studio: Studio) -> None:
    await studio.add_key("openai")
    batch = await studio.made(["a cat", "a dog"])
    assert batch["settled"] == "0.02654"
    day = TODAY.isoformat()
    good = (
        f"start_time_iso,amount_value,amount_currency,line_item\n{day}T00:00:00Z,0.02654,usd,gpt-image-2-2026-04-21\n"
    )
    report = await compared(studio, good)
    assert (report["agrees"], report["difference"], report["by"]) == (True, "0", "day and model")
    (row,) = report["rows"]
    assert (row["model"], row["pictures"], row["settled"], row["billed"]) == ("gpt-image-2", 2, "0.02654", "0.02654")
    drifted = await compared(
        studio, f"Date;Model;Cost;Images\n{day};gpt-image-2;$0.03;2\n{day};a-text-model;1,000.5;\n"
    )
    assert (drifted["agrees"], drifted["difference"]) == (False, "1000.50346")
    assert [(row["model"], row["billed_pictures"], row["difference"]) for row in drifted["rows"]] == [
        ("a-text-model", None, "1000.5"),
        ("gpt-image-2", 2, "0.00346"),
    ]
    assert drifted["drift_percent"].startswith("3769794.")
    without_models = await compared(studio, f"day,total\n{day},0.02654\n")
    assert without_models["agrees"]
    elsewhere = await compared(studio, "day,total\n2026-01-01,5\n")
    assert (elsewhere["pictures"], elsewhere["drift_percent"], elsewhere["difference"]) == (0, None, "5")


async def test_a_bill_by_request_lists_only_what_differs(studio: Studio) -> None:
    await studio.add_key("replicate")
    folder = studio.settings.prices_folder
    folder.mkdir()
    (folder / "replicate.yaml").write_text(
        "- {unit: second, match: {}, amount: '0.001', currency: USD, valid_from: 2026-01-01, source: s,"
        " checked_on: 2026-11-22}\n"
    )
    batch = await studio.made(["a cat", "a dog", "a hen"], model="replicate/stability-ai/sdxl")
    assert (batch["estimated"], batch["settled"]) == (None, "0.0045")
    requests = []
    for item in await studio.items(batch["id"]):
        (attempt,) = await studio.get(f"/api/batches/{batch['id']}/items/{item['id']}/attempts")
        requests.append(attempt["provider_ref"])
    rows = "".join(f"{name},0.0015\n" for name in requests)
    report = await compared(studio, f"prediction_id,amount\n{rows}", provider="replicate")
    assert (report["agrees"], report["pictures"], report["rows"]) == (True, 3, [])
    rows = f"{requests[0]},0.0015,{TODAY}\n{requests[1]},0.002,{TODAY}\nsomebody-elses,0.5,{TODAY}\n"
    report = await compared(studio, f"id,amount,date\n{rows}", provider="replicate")
    told = {row["request"]: (row["settled"], row["billed"], row["difference"]) for row in report["rows"]}
    assert told == {
        requests[1]: ("0.0015", "0.002", "0.0005"),
        requests[2]: ("0.0015", None, "-0.0015"),
        "somebody-elses": (None, "0.5", "0.5"),
    }


async def test_numbers_of_the_bills_own_lines_are_no_requests(studio: Studio) -> None:
    await studio.add_key("openai")
    await studio.made(["a cat", "a dog"])
    report = await compared(studio, f"id,date,model,amount\nline-1,{TODAY},gpt-image-2,0.02654\n")
    assert (report["by"], report["agrees"]) == ("day and model", True)
    without_days = await compared(studio, "id,amount\nline-1,0.02654\n")
    assert (without_days["by"], without_days["pictures"]) == ("request", 0)


async def test_what_nobody_priced_is_counted_in_the_report(studio: Studio) -> None:
    await studio.add_key("replicate")
    await studio.made(["a cat"], model="replicate/stability-ai/sdxl")
    report = await compared(studio, f"day,amount\n{TODAY},0.004\n", provider="replicate")
    assert (report["unknown"], report["agrees"], report["difference"]) == (1, False, "0.004")
    assert report["rows"][0]["settled"] is None


async def test_the_bill_of_nobody_is_refused(studio: Studio) -> None:
    assert (await compared(studio, "day,amount\n", status=400, provider="nobody"))["field"] == "provider"
    assert (await compared(studio, "a cat", status=400))["code"] == "bill_unreadable"
    assert OPENAI.startswith("openai/")


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is an amount"),
        (b"\xff\xfe", "not in UTF-8"),
        (b"day,money\n", "is an amount"),
        (b"day,amount\n", "no line"),
        (b"amount\n5\n", "neither their requests nor their days"),
        (b"day,amount\n2026-11-22,five\n", "Row 2: 'five' is no amount"),
        (b"day,amount\n2026-11-22,1\n\n2026-11-22,NaN\n", "Row 4: 'NaN' is no amount"),
        (b"day,amount\n2026-11-22,1e99\n", "no amount"),
        (b"day;amount\n2026-11-22;0,03\n", "'0,03' is no amount"),
        (b"day;amount\n2026-11-22;1,500\n", "'1,500' is no amount"),
        (b"day,amount\nyesterday,1\n", "Row 2: 'yesterday' is no day"),
        (b"day,amount\n2026-11-22,1_500\n", "'1_500' is no amount"),
        ("day,amount\n2026-11-22,\uff11\n".encode(), "no amount"),
        (b"day,amount\n2026-11-22 or so,1\n", "'2026-11-22 or so' is no day"),
        (b"day,amount\n0001-01-01T00:00:00+10:00,1\n", "is no day"),
        (b"day,amount,currency\n2026-11-22,1,EUR\n", "another currency"),
        (b'day,amount\n"2026-11-22,1\n', "Row"),
    ],
)
def test_a_bill_that_cannot_be_read_names_its_row(content: bytes, words: str) -> None:
    with pytest.raises(BillUnreadable, match=words):
        read_bill(content, currency="USD")


@pytest.mark.parametrize(
    "moment",
    ["2026-11-21", "2026-11-20T20:00:00-08:00", "2026-11-21 23:59:59 UTC", "2026-11-20 23:00:00 -0200", "20261121"],
)
def test_days_are_those_of_utc(moment: str) -> None:
    (line,) = read_bill(f"day,amount\n{moment},1e-3\n".encode(), currency="USD").lines
    assert (line.day, line.amount) == (date(2026, 11, 21), Decimal("0.001"))


@pytest.mark.parametrize(
    ("words", "is_ours"),
    [
        ("gpt-image-2", True),
        ("Image generation, GPT-image-2 (high)", True),
        ("openai/gpt-image-2-2026-04-21", True),
        ("gpt-image-2:39ed52", True),
        ("gpt-image-2_output_tokens", True),
        ("gpt-image-2.6-sunburst", False),
        ("gpt-image-2-mini", False),
        ("chatgpt-image-2", False),
        ("gpt-image-25", False),
    ],
)
def test_another_models_line_is_not_taken_for_ours(words: str, is_ours: bool) -> None:
    day = date(2026, 11, 22)
    line = BillLine(row=2, amount=Decimal(1), day=day, model=words, request=None, pictures=None)
    rows = compare(Bill(lines=[line], by_request=False), [Spent(day, "gpt-image-2", None, 10)])
    assert (rows[day, "gpt-image-2", None].billed == Decimal(1)) is is_ours
    assert len(rows) == (1 if is_ours else 2)


def test_the_longest_of_our_models_is_meant() -> None:
    day = date(2026, 11, 22)
    ours = [Spent(day, "gpt-image-2", None, 10), Spent(day, "gpt-image-2.5-flare", None, None)]
    line = BillLine(
        row=2, amount=Decimal("0.00001"), day=day, model="GPT-image-2.5-flare output", request=None, pictures=1
    )
    rows = compare(Bill(lines=[line], by_request=False), ours)
    assert rows[day, "gpt-image-2.5-flare", None].billed == Decimal("0.00001")
    assert rows[day, "gpt-image-2.5-flare", None].unknown == 1
    assert rows[day, "gpt-image-2", None].difference == -10


micros = st.integers(0, 10**9)
spent = st.builds(
    Spent,
    st.dates(date(2026, 1, 1), date(2026, 1, 3)),
    st.sampled_from(["a", "ab"]),
    st.none(),
    st.none() | micros,
)
lines = st.builds(
    BillLine,
    row=st.just(2),
    amount=micros.map(lambda value: Decimal(value) / 1_000_000),
    day=st.dates(date(2026, 1, 1), date(2026, 1, 3)),
    model=st.sampled_from(["a", "ab", "xabx", "c"]),
    request=st.none(),
    pictures=st.none(),
)


@given(st.lists(lines, min_size=1), st.lists(spent))
def test_nothing_of_either_side_is_lost(billed: list[BillLine], ours: list[Spent]) -> None:
    rows = compare(Bill(lines=billed, by_request=False), ours).values()
    assert sum(row.pictures for row in rows) == len(ours)
    assert sum(row.settled for row in rows) == sum(one.micros or 0 for one in ours)
    assert sum(row.unknown for row in rows) == sum(one.micros is None for one in ours)
    assert sum((row.billed or 0 for row in rows), Decimal(0)) == sum(line.amount for line in billed)
    both = sum(line.amount for line in billed) * 1_000_000 - sum(one.micros or 0 for one in ours)
    assert sum(row.difference for row in rows) == both
