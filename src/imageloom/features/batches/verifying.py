"""Verifying a batch: its counters against its rows, its rows against its files."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import func, select

from imageloom.contracts.provider import Outcome
from imageloom.features.batches.schemas import VerifyProblem, VerifyRead
from imageloom.features.generation.models import OPEN_ATTEMPTS, Attempt, Item, ItemState, Run
from imageloom.features.generation.repository import GenerationRepository
from imageloom.features.generation.shapes import amount
from imageloom.features.library.models import Asset
from imageloom.features.library.repository import LibraryRepository
from imageloom.features.library.soundness import FileChecker, FileTrouble
from imageloom.runtime.scope import Scope

PAGE = 200
PROBLEMS_MAX = 1000


class Verifier:
    """Reads everything again. Problems are counted to the end and listed up to a thousand.

    What is found of the files is in ``checker``, to be noted on the assets afterwards. Without ``files`` they are not
    read.
    """

    def __init__(self, scope: Scope, *, files: bool = True) -> None:
        self.scope = scope
        self.files = files
        self.checker = FileChecker(scope.ports.blobs)
        self.generation = GenerationRepository(scope.session)
        self.library = LibraryRepository(scope.session)
        self.problems: list[VerifyProblem] = []
        self.count = 0

    async def verify(self, run: Run) -> VerifyRead:
        counts = await self.generation.count_by_state(run.id)
        self._check_counts(run, counts)
        await self._check_items(run)
        paid, open_attempts, resent = await self._attempts(run)
        stray = await self.generation.stray_holds(run.id)
        if stray:
            self._problem(None, "hold", f"Money is still held for {stray} attempts that have ended.")
        wasted = Counter(await self.generation.wasted(run.id))
        return VerifyRead(
            batch_id=run.id,
            balanced=self.count == 0,
            requested=run.total,
            counts=self._shown(run, counts),
            pictures=self.checker.pictures,
            in_trash=self.checker.in_trash,
            removed=self.checker.removed,
            bytes_checked=self.checker.bytes_read,
            estimated=None if run.estimated_unknown == run.total else amount(run.estimated_micros),
            estimated_unknown=run.estimated_unknown,
            settled=amount(run.settled_micros) or "0",
            settled_unknown=run.settled_unknown,
            settled_failed=amount(wasted.total() - wasted[Outcome.refused.value]) or "0",
            settled_refused=amount(wasted[Outcome.refused.value]) or "0",
            paid_attempts=paid,
            open_attempts=open_attempts,
            resent_items=resent,
            problems=self.problems,
        )

    def _shown(self, run: Run, counts: dict[str, int]) -> dict[str, int]:
        """Items that a cancelled batch never wrote are cancelled; those still to be written are pending."""
        unwritten = run.total - sum(counts.values())
        shown = {state.value: counts.get(state.value, 0) for state in ItemState}
        shown["pending" if run.expanding else "cancelled"] += unwritten
        return shown

    def _check_counts(self, run: Run, counts: dict[str, int]) -> None:
        shown = self._shown(run, counts)
        for state, counted in shown.items():
            said = getattr(run, state)
            if said != counted:
                self._problem(None, "counter", f"The batch says {said} {state}; its items say {counted}.")
        if sum(shown.values()) != run.total:
            self._problem(None, "total", f"{run.total} were requested; {sum(shown.values())} are accounted for.")

    async def _check_items(self, run: Run) -> None:
        after = -1
        while True:
            items = await self.generation.items(run.id, after=after, limit=PAGE, states=[ItemState.done.value])
            if not items:
                return
            await self._check_page(items)
            after = items[-1].position

    async def _check_page(self, items: Sequence[Item]) -> None:
        assets = await self.library.by_ids([item.asset_id for item in items if item.asset_id is not None])
        for item in items:
            asset = None if item.asset_id is None else assets.get(item.asset_id)
            if asset is None:
                self._problem(item, "asset", "The item is done and has no picture.")
                continue
            if self.files:
                await self._check_file(item, asset)
            else:
                self.checker.pass_over(asset)

    async def _check_file(self, item: Item, asset: Asset) -> None:
        trouble: FileTrouble | None = await self.checker.check(asset)
        if trouble is not None:
            self._problem(item, trouble.value, trouble.sentence)

    async def _attempts(self, run: Run) -> tuple[int, int, int]:
        open_states = [state.value for state in OPEN_ATTEMPTS]
        row = (
            await self.scope.session.execute(
                select(
                    func.count().filter(Attempt.billed.is_(True)),
                    func.count().filter(Attempt.state.in_(open_states)),
                ).where(Attempt.run_id == run.id)
            )
        ).one()
        resent = await self.scope.session.scalar(
            select(func.count()).select_from(Item).where(Item.run_id == run.id, Item.resends > 0)
        )
        twice = await self.scope.session.execute(
            select(Item.id, Item.position, func.count())
            .join(Attempt, Attempt.item_id == Item.id)
            .where(Item.run_id == run.id, Attempt.outcome == "succeeded")
            .group_by(Item.id, Item.position)
            .having(func.count() > 1)
            .limit(PROBLEMS_MAX)
        )
        for item_id, position, number in twice:
            self.count += 1
            detail = f"{number} attempts succeeded for one item."
            self.problems.append(VerifyProblem(item_id=item_id, position=position, rule="made_twice", detail=detail))
        return int(row[0]), int(row[1]), int(resent or 0)

    def _problem(self, item: Item | None, rule: str, detail: str) -> None:
        self.count += 1
        if len(self.problems) < PROBLEMS_MAX:
            self.problems.append(
                VerifyProblem(
                    item_id=None if item is None else item.id,
                    position=None if item is None else item.position,
                    rule=rule,
                    detail=detail,
                )
            )
