"""From what a person submitted to items: models found, cells fitted to them, lanes and prices assigned.

The same code counts, prices and writes, so that an estimate cannot differ from what is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from typing import Any, NamedTuple

from imageloom.contracts.provider import LocalProvider, Operation, Provider
from imageloom.features.batches.errors import UnknownModel
from imageloom.features.batches.plan import NAME_SHOWN, Cell, unfilled
from imageloom.features.batches.problems import PlanProblems
from imageloom.features.catalog.entries import CatalogEntry, find_model
from imageloom.features.catalog.fitting import Fitted, check_mask, check_prompt, fit
from imageloom.features.catalog.price_files import price_shelf
from imageloom.features.catalog.price_lines import PriceLine
from imageloom.features.catalog.prices import PriceBook, PriceRange, Rate, UnknownPrice
from imageloom.features.catalog.pricing import wanted_picture
from imageloom.features.generation.requests import PARTIALS
from imageloom.features.generation.service import ItemDraft
from imageloom.features.prompts.spaces import Chosen
from imageloom.features.prompts.weights import weigh
from imageloom.kit.errors import InvalidInput
from imageloom.runtime.scope import Ports

DEFAULT_MODEL = "illustrator/scene-1"
SEED_SPACE = 2**31
NOTHING = PriceRange(0, 0, 0)
"""What a picture costs that is there already."""
FITTED_MAX = 1_000
VALUE_SHOWN = 500
AGAIN = "Rows have fewer prompts than are drawn for each: theirs come again."


def _doubts(cell: Cell) -> Iterator[str]:
    """What may not be as it was meant."""
    if cell.is_again:
        yield AGAIN
    left = unfilled(cell.prompt)
    if left is not None:
        yield f"{left[:NAME_SHOWN]} in a prompt is sent as it stands: columns are filled into the template alone."


class Fitting(NamedTuple):
    """One cell, fitted to its model: what will be sent, what will not, and what it is expected to cost."""

    cell: Cell
    entry: CatalogEntry
    prompt: str
    fields: Mapping[str, Any]
    not_sent: tuple[Mapping[str, Any], ...]
    warnings: tuple[str, ...]
    price: PriceRange | UnknownPrice


@dataclass(frozen=True, kw_only=True)
class Planner:
    """Fits cells. Pure but for the registry and the price book it holds, and what it remembers of them."""

    providers: Mapping[str, Provider | LocalProvider]
    prices: PriceBook
    today: date
    references: Sequence[Mapping[str, Any]] = ()
    mask: Mapping[str, Any] | None = None
    partial_pictures: int = 0
    """How many unfinished pictures somebody wants to see of each."""
    # A plan of a million cells has few models and few sizes.
    _found: dict[str, CatalogEntry] = field(default_factory=dict, init=False)
    _unknown: dict[str, tuple[None, list[str]]] = field(default_factory=dict, init=False)
    _fitted: dict[tuple[object, ...], Fitted] = field(default_factory=dict, init=False)
    _rates: dict[tuple[object, ...], Rate | UnknownPrice] = field(default_factory=dict, init=False)

    @property
    def is_full(self) -> bool:
        """Whether it has seen so much that another one is to begin."""
        return max(len(self._found), len(self._unknown), len(self._fitted), len(self._rates)) >= FITTED_MAX

    def fit_all(self, cells: Iterable[Cell], problems: PlanProblems) -> Iterator[Fitting]:
        """What can be made; what cannot is added to ``problems``."""
        for cell in cells:
            try:
                fitting = self.fit(cell)
            except InvalidInput as error:
                problems.add(cell.row_number, error)
            else:
                yield fitting

    def fit(self, cell: Cell) -> Fitting:
        entry = self.find(cell.fields.get("model") or DEFAULT_MODEL)
        wishes = {name: value for name, value in cell.fields.items() if name != "model" and value}
        operation = Operation.edit if self.references else Operation.text_to_image
        sent, lost = cell.prompt, list(_remarks(cell))
        if cell.has_grammar:
            sent, weights = weigh(cell.prompt, entry.model.prompt_weights)
            lost += [_not_sent("weight", weight, "the model takes no weights in a prompt") for weight in weights]
        check_prompt(entry.model, sent)
        if self.mask is not None:
            check_mask(entry.model)
        fitted = self._fit(entry, wishes, operation)
        fields = dict(fitted.request_fields)
        if sent != cell.prompt:
            fields["prompt"] = sent
        if entry.model.seed != "none" and "seed" not in fields:
            fields["seed"] = derived_seed(cell, limit=entry.model.seed_max)
        if self.references:
            fields["operation"] = operation.value
            fields["references"] = [dict(reference) for reference in self.references]
        if self.mask is not None:
            fields["mask"] = dict(self.mask)
        if partials := min(self.partial_pictures, entry.model.partial_pictures):
            fields[PARTIALS] = partials
        return Fitting(
            cell=cell,
            entry=entry,
            prompt=cell.prompt,
            fields=fields,
            not_sent=(*lost, *(_not_sent(n.field, n.value, n.reason) for n in fitted.not_sent)),
            warnings=(*fitted.warnings, *_doubts(cell)),
            price=self.price(entry, fields, operation, sent),
        )

    def _fit(self, entry: CatalogEntry, wishes: Mapping[str, str], operation: Operation) -> Fitted:
        """Cells differ in their prompts more than in their wishes."""
        key = (entry.name, operation, *wishes.items())
        fitted = self._fitted.get(key)
        if fitted is None:
            if len(self._fitted) >= FITTED_MAX:
                self._fitted.clear()
            fitted = self._fitted[key] = fit(
                entry.model, wishes, operation=operation, references=len(self.references), today=self.today
            )
        return fitted

    def price(
        self, entry: CatalogEntry, fields: Mapping[str, Any], operation: Operation, prompt: str
    ) -> PriceRange | UnknownPrice:
        """Looked up once for all pictures that differ in nothing but their prompts."""
        size = (fields.get("width"), fields.get("height"))
        key = (entry.name, *size, fields.get("quality"), fields.get(PARTIALS), operation)
        if key not in self._rates:
            wanted = wanted_picture(entry, fields, operation=operation, references=len(self.references))
            self._rates[key] = self.prices.rate(wanted, on=self.today)
        rate = self._rates[key]
        return rate if isinstance(rate, UnknownPrice) else rate.of(prompt)

    def used_prices(self) -> dict[str, list[PriceLine]]:
        """The lines of the price book that priced anything so far, by the model's name."""
        used: dict[str, list[PriceLine]] = {}
        for key, rate in self._rates.items():
            if isinstance(rate, Rate):
                used.setdefault(str(key[0]), []).extend(rate.lines)
        return used

    def find(self, name: str) -> CatalogEntry:
        """Raises :class:`UnknownModel` with the nearest names."""
        if name in self._found:
            return self._found[name]
        entry, nearest = self._unknown.get(name) or find_model(self.providers, name)
        if entry is None:
            self._unknown[name] = (entry, nearest)
            hint = f"Did you mean {' or '.join(nearest)}?" if nearest else "imageloom models lists them."
            raise UnknownModel(f"There is no model {name!r}.", field="model", hint=hint)
        self._found[name] = entry
        return entry


def make_planner(
    ports: Ports,
    *,
    on: date,
    references: Sequence[Mapping[str, Any]],
    mask: Mapping[str, Any] | None = None,
    partial_pictures: int = 0,
) -> Planner:
    """A planner with the models and prices of a day."""
    prices = price_shelf(ports.settings.prices_folder).book()
    return Planner(
        providers=ports.providers,
        prices=prices,
        today=on,
        references=references,
        mask=mask,
        partial_pictures=partial_pictures,
    )


def choice_to_json(choice: Chosen) -> dict[str, str | None]:
    return {"token": choice.token, "value": choice.value[:VALUE_SHOWN], "wildcard": choice.wildcard}


def derived_seed(cell: Cell, *, limit: int) -> int:
    """A seed for a cell that states none: the same plan gives the same seeds, and no two copies share one."""
    text = f"{cell.row_number}\0{cell.prompt}\0{cell.copy}" + (f"\0{cell.draw}" if cell.draw else "")
    return int.from_bytes(sha256(text.encode()).digest()[:8], "big") % min(SEED_SPACE, limit + 1)


def _remarks(cell: Cell) -> Iterator[Mapping[str, Any]]:
    return (_not_sent("remark", remark, "it stands behind a #") for remark in cell.remarks)


def _not_sent(field: str, value: str, reason: str) -> Mapping[str, Any]:
    return {"field": field, "value": value[:VALUE_SHOWN], "reason": reason}


def draft_of(fitting: Fitting, *, lane_id: str, reused: str | None = None, rank: int | None = None) -> ItemDraft:
    """``reused`` is the picture that it needs no new one for; such an item costs nothing. Without a ``rank`` its turn
    comes by its position.
    """
    cell = fitting.cell
    price = fitting.price if reused is None else NOTHING
    return ItemDraft(
        position=cell.position,
        lane_id=lane_id,
        provider=fitting.entry.provider_id,
        model=fitting.entry.model.id,
        template=cell.template,
        prompt=fitting.prompt,
        fields=fitting.fields,
        not_sent=fitting.not_sent,
        choices=[choice_to_json(choice) for choice in cell.choices],
        row=cell.row,
        row_number=cell.row_number,
        estimated_micros=price.expected if isinstance(price, PriceRange) else None,
        estimated_high_micros=price.high if isinstance(price, PriceRange) else None,
        asset_id=reused,
        wishes=cell.fields,
        rank=cell.position if rank is None else rank,
    )
