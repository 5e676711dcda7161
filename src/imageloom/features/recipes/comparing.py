"""Two batches beside each other: their requests, their items by row and axes, their money."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any, Literal, NamedTuple

from imageloom.features.batches.models import Batch
from imageloom.features.batches.service import BatchService
from imageloom.features.generation.models import Run
from imageloom.features.generation.repository import GenerationRepository
from imageloom.features.generation.shapes import amount
from imageloom.features.recipes.changing import differences
from imageloom.features.recipes.schemas import BatchesDiff, FieldChange, ItemDiff, ItemSide, MoneyDiff
from imageloom.kit.errors import InvalidInput
from imageloom.kit.numbers import whole_number
from imageloom.kit.pagination import decode_cursor, encode_cursor
from imageloom.runtime.scope import Scope

Verdict = Literal["same", "changed", "new", "missing"]
VERDICTS: tuple[Verdict, ...] = ("same", "changed", "new", "missing")
AXES = ("model", "size", "quality", "seed")
ROWS_AT_ONCE = 200
ITEMS_AT_ONCE = 20_000
NUMBER_MAX = 2**31 - 1


class Pair(NamedTuple):
    """The same cell of two plans; a side is ``None`` where a batch lacks it."""

    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None

    @property
    def verdict(self) -> Verdict:
        if self.before is None:
            return "new"
        if self.after is None:
            return "missing"
        return "changed" if changed_fields(self.before, self.after) else "same"


def changed_fields(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[str]:
    """What two requests differ in, by the fields' names."""
    names = [name for name in ("model", "prompt") if _said(before, name) != _said(after, name)]
    sent = sorted({*before["fields"], *after["fields"]} - {"prompt"})
    return names + [name for name in sent if before["fields"].get(name) != after["fields"].get(name)]


def _said(row: Mapping[str, Any], name: str) -> str:
    return f"{row['provider']}/{row['model']}" if name == "model" else str(row["prompt"])


def distinguishing(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[str, ...]:
    """Axes of several values in either plan. One value in each is a change of that value, not another cell."""
    lengths: Counter[str] = Counter()
    for plan in (before, after):
        for axis in plan["axes"]:
            lengths[axis["name"]] = max(lengths[axis["name"]], len(axis["values"]))
    return tuple(name for name in AXES if lengths[name] > 1)


def pair_up(before: Sequence[Mapping[str, Any]], after: Sequence[Mapping[str, Any]], axes: Sequence[str]) -> list[Pair]:
    """Pairs the items of one row: by their values on the axes, and among those that share them by their order."""
    sides: tuple[dict[tuple[str, ...], list[Any]], ...] = (defaultdict(list), defaultdict(list))
    for side, rows in zip(sides, (before, after), strict=True):
        for row in rows:
            side[tuple(row["wishes"].get(name, "") for name in axes)].append(row)
    keys = dict.fromkeys([*sides[0], *sides[1]])
    return [Pair(*pair) for key in keys for pair in zip_longest(sides[0].get(key, ()), sides[1].get(key, ()))]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Reads two batches row by row."""

    scope: Scope
    before: tuple[Batch, Run]
    after: tuple[Batch, Run]

    @classmethod
    async def of(cls, scope: Scope, before_id: str, after_id: str) -> Comparison:
        """Raises :class:`NotFound`."""
        service = BatchService(scope)
        return cls(scope=scope, before=await service.batch(before_id), after=await service.batch(after_id))

    @property
    def axes(self) -> tuple[str, ...]:
        return distinguishing(self.before[0].plan, self.after[0].plan)

    async def summary(self) -> BatchesDiff:
        """Counts over every item of both."""
        counts: Counter[str] = Counter()
        row = -1
        while numbers := await self._rows_after(row):
            for pairs in (await self._pairs(numbers)).values():
                counts.update(pair.verdict for pair in pairs)
            row = numbers[-1]
        (before, run), (after, run_after) = self.before, self.after
        return BatchesDiff(
            before=before.id,
            after=after.id,
            matched_on=["row", *self.axes],
            plan=await self._plans(),
            counts={verdict: counts[verdict] for verdict in VERDICTS},
            estimated=_money(
                run.estimated_micros, run.estimated_unknown, run_after.estimated_micros, run_after.estimated_unknown
            ),
            settled=_money(
                run.settled_micros, run.settled_unknown, run_after.settled_micros, run_after.settled_unknown
            ),
            currency=run.currency,
        )

    async def _plans(self) -> list[FieldChange]:
        batches = BatchService(self.scope).repository
        before, after = [_shown(pair[0], await batches.request(pair[0].id)) for pair in (self.before, self.after)]
        return list(differences(before, after))

    async def page(
        self, *, cursor: str | None, limit: int, verdicts: Sequence[Verdict]
    ) -> tuple[list[ItemDiff], str | None]:
        """Pairs in order of rows. A cursor is a row and how many of its pairs were seen."""
        row, seen = _place(cursor)
        found: list[ItemDiff] = []
        while numbers := await self._rows_after(row - 1):
            for number, pairs in (await self._pairs(numbers)).items():
                skip = seen if number == row else 0
                for index, pair in enumerate(pairs[skip:], start=skip):
                    if pair.verdict not in verdicts:
                        continue
                    if len(found) == limit:
                        return found, encode_cursor(f"{number}:{index}")
                    found.append(_item(number, pair))
            row, seen = numbers[-1] + 1, 0
        return found, None

    async def _rows_after(self, row: int) -> list[int]:
        """The next rows of either batch, no more than fit into memory. Raises :class:`InvalidInput`."""
        ledger = GenerationRepository(self.scope.session)
        items: Counter[int] = Counter()
        ends = []
        for batch, _run in (self.before, self.after):
            counts = await ledger.row_counts(batch.id, after=row, limit=ROWS_AT_ONCE)
            items.update(dict(counts))
            if len(counts) == ROWS_AT_ONCE:
                ends.append(counts[-1][0])
        numbers: list[int] = []
        left = ITEMS_AT_ONCE
        # What lies behind the end of a full page is not known of that batch yet.
        for number in sorted(number for number in items if not ends or number <= min(ends)):
            left -= items[number]
            if numbers and left < 0:
                break
            numbers.append(number)
        if numbers and items[numbers[0]] > ITEMS_AT_ONCE:
            raise InvalidInput(
                f"Row {numbers[0]} has {items[numbers[0]]} items; {ITEMS_AT_ONCE} of a row can be compared.",
                field="batch_id",
                hint="Compare their manifests: GET /api/batches/ID/manifest.csv.",
            )
        return numbers

    async def _pairs(self, numbers: Sequence[int]) -> dict[int, list[Pair]]:
        ledger = GenerationRepository(self.scope.session)
        sides: list[dict[int, list[Any]]] = []
        for batch, _run in (self.before, self.after):
            side: dict[int, list[Any]] = defaultdict(list)
            for row in await ledger.of_rows(batch.id, numbers[0], numbers[-1]):
                side[row["row_number"]].append(row)
            sides.append(side)
        return {number: pair_up(sides[0][number], sides[1][number], self.axes) for number in numbers}


def _place(cursor: str | None) -> tuple[int, int]:
    if cursor is None:
        return 0, 0
    row, _, seen = decode_cursor(cursor).partition(":")
    place = whole_number(row, most=NUMBER_MAX), whole_number(seen, most=NUMBER_MAX)
    if place[0] is None or place[1] is None:
        raise InvalidInput("This is no cursor of this list.", field="cursor")
    return place[0], place[1]


def _shown(batch: Batch, request: Mapping[str, Any] | None) -> Mapping[str, Any]:
    """What a person asked for: by its request where there is one."""
    shown = {"sheet_id": batch.sheet_id, "references": [reference["blake3"] for reference in batch.references]}
    if request is None:
        return {**shown, "plan": batch.plan}
    return {**shown, **{name: request[name] for name in request if name not in ("name", *shown)}}


def _money(before: int, before_unknown: int, after: int, after_unknown: int) -> MoneyDiff:
    """The difference is known where every price is."""
    is_known = not (before_unknown or after_unknown)
    return MoneyDiff(
        before=amount(before) or "0",
        before_unknown=before_unknown,
        after=amount(after) or "0",
        after_unknown=after_unknown,
        difference=amount(after - before) if is_known else None,
    )


def _item(number: int, pair: Pair) -> ItemDiff:
    both = pair.before is not None and pair.after is not None
    return ItemDiff(
        row_number=number,
        verdict=pair.verdict,
        fields=changed_fields(pair.before, pair.after) if both else [],  # type: ignore[arg-type]
        before=_side(pair.before),
        after=_side(pair.after),
    )


def _side(row: Mapping[str, Any] | None) -> ItemSide | None:
    if row is None:
        return None
    return ItemSide(
        item_id=row["id"],
        position=row["position"],
        state=row["state"],
        model=f"{row['provider']}/{row['model']}",
        prompt=row["prompt"],
        fields=row["fields"],
        asset_id=row["asset_id"],
        estimated=amount(row["estimated_micros"]),
    )
