"""What an edit would do to the caps that bind its batch.

Nothing is held here: whatever an item has become, its claim holds the most that it may cost, or it waits.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from imageloom.features.batch_edits.drafting import EditDraft
from imageloom.features.batches.planning import Fitting
from imageloom.features.budgets.models import Cap
from imageloom.features.budgets.purses import Purse
from imageloom.features.budgets.repository import BudgetRepository
from imageloom.features.catalog.prices import PriceRange
from imageloom.features.credentials.service import CredentialService
from imageloom.features.generation.paying import payer_of
from imageloom.features.generation.repository import GenerationRepository
from imageloom.kit.money import Money
from imageloom.runtime.scope import Scope


@dataclass
class Waiting:
    """What waits on one lane: the most that it may cost, and of how many nobody knows."""

    micros: int = 0
    unknown: int = 0

    def move(self, high: int | None, sign: int) -> None:
        if high is None:
            self.unknown += sign
        else:
            self.micros += sign * high


@dataclass(frozen=True, kw_only=True)
class CapEffect:
    """One cap, what is left of it, and what of the batch waits for it before the edit and after."""

    cap: Cap
    purse: Purse
    before: Waiting
    after: Waiting

    def covers(self, waiting: Waiting) -> bool:
        """Whether all that waits can be made without passing the cap."""
        is_priced = not waiting.unknown or self.cap.allows_unknown or not self.cap.is_hard
        return is_priced and waiting.micros <= max(0, self.purse.left)

    @property
    def told(self) -> str | None:
        """What the edit brings about, in words; ``None`` where it leaves the cap alone or within its money."""
        if self.before == self.after or self.covers(self.after):
            return None
        cap, after = self.cap, self.after
        what = f"{self.purse.named[0].upper()}{self.purse.named[1:]}"
        if after.micros > max(0, self.purse.left):
            left, need = (_money(micros, cap.currency) for micros in (max(0, self.purse.left), after.micros))
            end = "the rest would wait" if cap.is_hard else "it would be passed"
            return f"{what} has {left} left, and what waits may cost {need} then: {end}."
        such = f"{after.unknown} of what waits would be such"
        return f"{what} allows no picture of unknown price, and {such}: they would wait."


async def cap_effects(scope: Scope, draft: EditDraft) -> list[CapEffect]:
    """Of every cap on the batch that the actor may see."""
    batch, run = draft.found.batch, draft.found.run
    before = {
        lane_id: Waiting(micros, unknown)
        for lane_id, micros, unknown in await GenerationRepository(scope.session).waiting_costs(batch.id)
    }
    after = _after(before, draft, await _lanes(scope, draft))
    payers = {lane_id: set(payer_of(run, run.id, lane_id).named()) for lane_id in {*before, *after}}
    targets = {target for keys in payers.values() for _team, _kind, target in keys}
    caps = await BudgetRepository(scope.session).caps_on(scope.actor, batch.team_id, targets)
    now = scope.ports.clock.now()
    effects = []
    for cap in caps:
        lanes = [lane_id for lane_id, keys in payers.items() if (cap.team_id, cap.kind, cap.target) in keys]
        if lanes:
            sums = [_sum(side, lanes) for side in (before, after)]
            effects.append(CapEffect(cap=cap, purse=Purse.of(cap, now=now), before=sums[0], after=sums[1]))
    return effects


async def _lanes(scope: Scope, draft: EditDraft) -> dict[str, str]:
    """On which lane what becomes another provider's would wait. Without a key the edit says that it needs one."""
    providers = {fitting.entry.provider_id for fitting in _new(draft)}
    service, lanes = CredentialService(scope), {}
    for provider_id in sorted(providers):
        unlocked = await service.unlock_for_team(provider_id, team_id=draft.found.batch.team_id)
        lanes[provider_id] = f"{provider_id}:" if unlocked is None else unlocked.lane_id
    return lanes


def _new(draft: EditDraft) -> Iterable[Fitting]:
    yield from (rewriting.fitting for rewriting in draft.rewritten.values())
    yield from draft.appended.fittings if draft.appended is not None else ()


def _after(before: Mapping[str, Waiting], draft: EditDraft, lanes: Mapping[str, str]) -> dict[str, Waiting]:
    after = {lane_id: Waiting(waiting.micros, waiting.unknown) for lane_id, waiting in before.items()}
    for row in draft.waiting:
        if draft.request.remove or row["id"] in draft.rewritten:
            after.setdefault(row["lane_id"], Waiting()).move(row["estimated_high_micros"], -1)
    for fitting in _new(draft):
        high = fitting.price.high if isinstance(fitting.price, PriceRange) else None
        after.setdefault(lanes[fitting.entry.provider_id], Waiting()).move(high, 1)
    return after


def _sum(side: Mapping[str, Waiting], lanes: Sequence[str]) -> Waiting:
    found = [side[lane_id] for lane_id in lanes if lane_id in side]
    # What began since the edit was drafted waits no more.
    return Waiting(max(0, sum(one.micros for one in found)), max(0, sum(one.unknown for one in found)))


def _money(micros: int, currency: str) -> str:
    return f"{currency} {format(Money(micros, currency).amount.normalize(), 'f')}"
