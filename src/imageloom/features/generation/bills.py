"""Reading a provider's bill: a CSV as providers export it, each line exactly as it stands or refused by its row."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation
from io import StringIO

from imageloom.features.generation.errors import BillUnreadable

LINES_MAX = 500_000
SHOWN = 60
DAY_CHARACTERS = 10
LARGEST = Decimal(10**9)
_AMOUNT = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_THOUSANDS = re.compile(r"-?[0-9]{1,3}(?:,[0-9]{3})+\.[0-9]+")

# The names that providers give to the same thing; the first that is there counts.
_COLUMNS: Mapping[str, Sequence[str]] = {
    "amount": ("amount", "cost", "amount_value", "cost_usd", "amount_usd", "total_cost", "total"),
    "currency": ("currency", "amount_currency"),
    "day": ("date", "day", "usage_date", "start_time_iso", "start_date", "created_at", "timestamp"),
    "model": ("model", "line_item", "sku", "product", "description"),
    "request": ("request_id", "prediction_id", "provider_ref", "id"),
    "pictures": ("images", "pictures", "num_images", "quantity", "count", "num_requests", "num_model_requests"),
}


@dataclass(frozen=True, kw_only=True)
class BillLine:
    """``amount`` may be below zero: a credit note."""

    row: int
    amount: Decimal
    day: date | None
    model: str | None
    request: str | None
    pictures: int | None


@dataclass(frozen=True, kw_only=True)
class Bill:
    """``by_request`` when every line has a name that may be that of its request."""

    lines: Sequence[BillLine]
    by_request: bool

    @property
    def days(self) -> tuple[date, date] | None:
        days = [line.day for line in self.lines if line.day is not None]
        return (min(days), max(days)) if days else None


def read_bill(content: bytes, *, currency: str) -> Bill:
    """Raises :class:`BillUnreadable` for a line that cannot be read, or is of another currency."""
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise BillUnreadable("The bill is not in UTF-8.", field="file") from error
    head = text.partition("\n")[0]
    delimiter = max((",", ";", "\t"), key=head.count)
    reader = csv.reader(StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        columns = _columns(next(reader, []))
        lines = [line for line in _lines(reader, columns, currency=currency) if line is not None]
    except csv.Error as error:
        raise _row_error(reader.line_num, f"{error}.") from error
    if not lines:
        raise BillUnreadable("The bill has no line.", field="file")
    by_request = all(line.request for line in lines)
    if not by_request and any(line.day is None for line in lines):
        raise BillUnreadable(
            "The lines of the bill name neither their requests nor their days.",
            field="file",
            hint=f"One column is named {' or '.join(_COLUMNS['day'])}, or {' or '.join(_COLUMNS['request'])}.",
        )
    return Bill(lines=lines, by_request=by_request)


def _columns(header: Sequence[str]) -> dict[str, int]:
    names = [name.strip().casefold().replace(" ", "_") for name in header]
    found = {}
    for meaning, wished in _COLUMNS.items():
        known = next((name for name in wished if name in names), None)
        if known is not None:
            found[meaning] = names.index(known)
    if "amount" not in found:
        raise BillUnreadable(
            f"None of the columns {', '.join(names)[:SHOWN]} is an amount.",
            field="file",
            hint=f"One column is named {' or '.join(_COLUMNS['amount'])}.",
        )
    return found


def _lines(reader: Iterator[list[str]], columns: Mapping[str, int], *, currency: str) -> Iterator[BillLine | None]:
    for row, cells in enumerate(reader, start=2):
        if row > LINES_MAX:
            raise BillUnreadable(f"The bill has more than {LINES_MAX} lines.", field="file")
        if not any(cell.strip() for cell in cells):
            continue
        said = {name: cells[place].strip() for name, place in columns.items() if place < len(cells)}
        theirs = said.get("currency") or currency
        if theirs.upper() != currency:
            raise _row_error(row, f"{theirs[:SHOWN]!r} is another currency than that of the books, {currency}.")
        yield BillLine(
            row=row,
            amount=_amount(said.get("amount", ""), row=row),
            day=_day(said.get("day", ""), row=row),
            model=said.get("model") or None,
            request=said.get("request") or None,
            pictures=_number(said.get("pictures", "")),
        )


def _amount(text: str, *, row: int) -> Decimal:
    plain = text.replace("$", "").strip()
    # A comma between thousands; without a point behind it, it could as well be a decimal comma.
    if _THOUSANDS.fullmatch(plain):
        plain = plain.replace(",", "")
    amount = Decimal(plain) if _AMOUNT.fullmatch(plain) else None
    if amount is None or abs(amount) > LARGEST:
        raise _row_error(
            row, f"{text[:SHOWN]!r} is no amount.", hint="Such as 1500.25: a point, and nothing between thousands."
        )
    return amount


def _day(text: str, *, row: int) -> date | None:
    """The day in UTC. A moment that names no zone is taken as one of UTC."""
    if not text:
        return None
    try:
        if len(text) <= DAY_CHARACTERS:
            return date.fromisoformat(text)
        moment = datetime.fromisoformat(text.removesuffix(" UTC").replace(" +", "+").replace(" -", "-"))
        return (moment if moment.tzinfo is None else moment.astimezone(UTC)).date()
    except (ValueError, OverflowError):
        hint = "A day is written 2026-11-22, or with its time 2026-11-22T20:00:00-08:00. Take lines of totals out."
        raise _row_error(row, f"{text[:SHOWN]!r} is no day such as 2026-11-22.", hint=hint) from None


def _number(text: str) -> int | None:
    """Counts are told beside ours; one that is no whole number is left out."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    is_count = number.is_finite() and 0 <= number <= LARGEST and number == number.to_integral_value()
    return int(number) if is_count else None


def _row_error(row: int, what: str, *, hint: str | None = None) -> BillUnreadable:
    return BillUnreadable(f"Row {row}: {what}", field="file", row=row, hint=hint)
