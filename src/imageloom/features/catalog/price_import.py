"""Price lines from tables that others keep: LiteLLM's JSON and plain CSV. What is left out is counted with its reason.

Nothing is guessed. LiteLLM's table has no dates: its lines hold from the day on which they are taken.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from io import StringIO
from json import JSONDecodeError, loads
from typing import Any

import yaml

from imageloom.features.catalog.price_lines import PER_TOKENS, PriceBookBroken, PriceLine, Unit, parse_line

LITELLM = "LiteLLM's model_prices"
_MODES = {"image_generation": None, "image_edit": "edit"}
_QUALITIES = frozenset({"low", "medium", "high", "xhigh", "max", "standard", "hd"})
_SIZE = re.compile(r"(\d+)-x-(\d+)")
_TOKENS: Mapping[str, Unit] = {
    "input_cost_per_token": "token_in_text",
    "input_cost_per_image_token": "token_in_image",
    "output_cost_per_token": "token_out_text",
    "output_cost_per_image_token": "token_out_image",
}
# Compared with the vendor's own page: the rows of edits state a tenth of what is billed.
_WRONG = frozenset({("stability", "image_edit")})
COLUMNS = ("provider", "unit", "amount", "model", "quality", "size", "operation", "service", "currency")
MORE_COLUMNS = ("valid_from", "source", "checked_on", "takes_low", "takes_expected", "takes_high")
_MUST = ("provider", "unit", "amount")
_MATCHED = ("model", "quality", "size", "operation", "service")
_TAKES = ("takes_low", "takes_expected", "takes_high")

Known = Callable[[str, str], bool]
"""Whether a provider that is installed serves a model."""


class CannotImport(Exception):
    """The table cannot be read at all, or one of its rows is broken; the message names it."""


@dataclass
class Imported:
    """Members of price lines by provider, and how many rows were left out for which reason."""

    entries: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    _seen: dict[tuple[object, ...], PriceLine] = field(default_factory=dict)

    def add(self, provider: str, entry: dict[str, Any], *, place: str) -> None:
        """Raises :class:`PriceBookBroken` for what no price file may say."""
        line = parse_line(entry, place=place, is_override=True)
        key = (provider, line.unit, line.valid_from, *sorted(line.match.items()))
        known = self._seen.setdefault(key, line)
        if known is line:
            self.entries.setdefault(provider, []).append(entry)
        elif known.amount != line.amount:
            self.left_out["another row states another amount for the same"] += 1


def read_litellm(text: str, *, known: Known, today: date) -> Imported:
    """The rows about pictures of providers that are installed. Raises :class:`CannotImport`."""
    try:
        table = loads(text, parse_float=Decimal)
    except (JSONDecodeError, RecursionError) as error:
        raise CannotImport(f"This is no JSON: {error}") from error
    if not isinstance(table, dict):
        raise CannotImport("This is not the table of model_prices: it is no object of models.")
    imported = Imported()
    rows = [_Row(key, row) for key, row in table.items() if isinstance(row, dict) and row.get("mode") in _MODES]
    with_quality = {(row.provider, row.model) for row in rows if row.quality is not None}
    for row in rows:
        reason = _reason_against(row, known=known, today=today, with_quality=with_quality)
        if reason is None and not _take(row, imported, today=today):
            reason = row.unread or "it states no price that is above zero"
        if reason is not None:
            imported.left_out[reason] += 1
    return imported


class _Row:
    """A row of LiteLLM's table. The key holds what it is about: ``[provider/][quality/][size/]model``."""

    def __init__(self, key: str, members: Mapping[str, Any]) -> None:
        self.key, self.members = key, members
        self.provider = str(members.get("litellm_provider"))
        self.quality: str | None = None
        self.size: str | None = None
        model: list[str] = []
        for part in key.removeprefix(f"{self.provider}/").split("/"):
            size = _SIZE.fullmatch(part)
            if size is not None:
                self.size = f"{size.group(1)}x{size.group(2)}"
            elif part in _QUALITIES and not model:
                self.quality = part
            else:
                model.append(part)
        self.model = "/".join(model)

    def amount(self, name: str) -> Decimal:
        value = self.members.get(name)
        return Decimal(value) if isinstance(value, Decimal | int) and not isinstance(value, bool) else Decimal(0)

    @property
    def unread(self) -> str | None:
        """Which of its prices is none that a price book has a unit for, if any is."""
        stated = next((name for name in sorted(self.members) if "_cost_per_" in name and self.amount(name) > 0), None)
        return None if stated is None else f"it states its price by {stated[:60]}, which is no unit here"


def _reason_against(row: _Row, *, known: Known, today: date, with_quality: set[tuple[str, str]]) -> str | None:
    ends = str(row.members.get("deprecation_date") or "")
    if not known(row.provider, row.model):
        return "no provider here serves the model"
    if (row.provider, row.members["mode"]) in _WRONG:
        return "the table's prices of edits by this provider are known to be a tenth of what is billed"
    if ends and ends <= today.isoformat():
        return "the model has ended"
    if row.quality == "standard" or (
        row.size is not None and row.quality is None and (row.provider, row.model) in with_quality
    ):
        return "it repeats the lowest quality under another name"
    return None


def _take(row: _Row, imported: Imported, *, today: date) -> bool:
    """Whether the row stated anything."""
    found = False
    for unit, amount in _amounts(row):
        found = True
        match = {"model": row.model, "quality": row.quality, "size": row.size, "operation": _MODES[row.members["mode"]]}
        # A quality and a size are of the picture that comes out; tokens are counted whatever it is like.
        names = _MATCHED if unit in ("image", "megapixel") else ("model",)
        entry = {
            "unit": unit,
            "match": {name: match[name] for name in names if match.get(name) is not None},
            "amount": format(amount.normalize(), "f"),
            "currency": "USD",
            "valid_from": today,
            "source": f"{LITELLM}, {row.members.get('source') or row.key}",
            "checked_on": today,
        }
        imported.add(row.provider, entry, place=row.key)
    return found


def _amounts(row: _Row) -> Iterator[tuple[Unit, Decimal]]:
    # Some rows of generation state the picture's price where its input belongs.
    picture = row.amount("output_cost_per_image") or row.amount("input_cost_per_image")
    pixel = row.amount("output_cost_per_pixel")
    if picture > 0:
        yield "image", picture
    elif pixel > 0:
        yield "megapixel", pixel * 1_000_000
    for name, unit in _TOKENS.items():
        if row.amount(name) > 0:
            yield unit, row.amount(name) * PER_TOKENS


def read_table(text: str, *, name: str, today: date) -> Imported:
    """A CSV with a row a price. Raises :class:`CannotImport` for a table or a row that cannot be read."""
    reader = csv.DictReader(StringIO(text, newline=""), strict=True)
    imported = Imported()
    try:
        columns = [column.strip().lower() for column in reader.fieldnames or ()]
        unknown = [column for column in columns if column not in COLUMNS + MORE_COLUMNS]
        missing = [column for column in _MUST if column not in columns]
        if unknown or missing:
            fault = f"has no column {missing[0]}" if missing else f"has a column {unknown[0][:60]!r} that is not known"
            raise CannotImport(f"{name} {fault}; there are {', '.join(COLUMNS + MORE_COLUMNS)}.")
        reader.fieldnames = columns
        for row in reader:
            cells = {column: (row[column] or "").strip() for column in columns}
            place = f"{name}, line {reader.line_num}"
            if not cells["provider"]:
                raise CannotImport(f"{place}: provider says whose price it is.")
            imported.add(cells["provider"], _entry(cells, source=name, today=today), place=place)
    except csv.Error as error:
        raise CannotImport(f"{name}, line {reader.line_num} is no CSV: {error}.") from error
    except PriceBookBroken as error:
        raise CannotImport(str(error)) from error
    return imported


def _entry(cells: Mapping[str, str], *, source: str, today: date) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "unit": cells["unit"],
        "match": {name: cells[name] for name in _MATCHED if cells.get(name)},
        "amount": cells["amount"],
        "currency": cells.get("currency") or "USD",
        "valid_from": _day(cells.get("valid_from"), today),
        "source": cells.get("source") or source,
        "checked_on": _day(cells.get("checked_on"), today),
    }
    takes = [cells.get(name, "") for name in _TAKES]
    return entry | {"takes": takes} if any(takes) else entry


def _day(text: str | None, today: date) -> date | str:
    """What is no date is kept as it stands, and refused with its line."""
    if not text:
        return today
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


class _Plain(yaml.SafeDumper):
    """Says everything where it stands: people read these files line by line."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def as_file(entries: list[dict[str, Any]], *, head: str) -> str:
    """The text of a price file."""
    how: dict[str, Any] = {"Dumper": _Plain, "default_flow_style": True, "sort_keys": False, "allow_unicode": True}
    lines = [f"- {yaml.dump(entry, width=float('inf'), **how).strip()}" for entry in entries]
    return "\n".join((f"# {head}", *lines)) + "\n"
