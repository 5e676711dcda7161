"""Everything that can happen to the ledger: the rules of the machine."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import (
    initialize,
    precondition,
    rule,
)
from sqlalchemy import func, select

from imageloom.features.batches.expanding import _pages
from imageloom.features.batches.schemas import BatchCreate
from imageloom.features.batches.service import BatchService
from imageloom.features.batches.submitting import submit
from imageloom.features.generation.changes import Heartbeat, LaneLost
from imageloom.features.generation.errors import NothingToRetry, NotUncertain, RunNotActive
from imageloom.features.generation.models import Attempt, Item, ItemState, Run
from imageloom.features.generation.service import GenerationService
from imageloom.features.quotas.errors import QuotaUsedUp
from imageloom.features.teams.service import TeamService
from imageloom.runtime.actor import SYSTEM
from tests.model.books import ItemBook, RunBook
from tests.model.capping import AMOUNTS, CHOICE, CappedLedger
from tests.model.checking import OPEN
from tests.model.provider import DONE, JOB, POLL_ANSWERS, SUBMIT_ANSWERS, Answer, Waiting
from tests.model.workers import Worker, killed_at, quiet

RUNS_MAX = 4
POINTS = (
    "attempt.after_accept",
    "attempt.after_bytes",
    "attempt.after_store",
    "ledger.before_commit",
    "ledger.after_commit",
)
SUBMITTED = st.sampled_from((DONE, JOB, JOB, *SUBMIT_ANSWERS))
POLLED = st.sampled_from((DONE, *POLL_ANSWERS))
POLICIES = st.sampled_from(("ask", "resend_once", "give_up"))


class Ledger(CappedLedger):
    """Rules are what people, providers, crashes and the clock do. ``expected`` is what a rule allows to change."""

    @initialize(count=st.integers(1, 8), policy=POLICIES)
    def open(self, count: int, policy: str) -> None:
        for name in ("a", "b"):
            self.workers.append(self.start_worker(name))

        async def owner() -> Any:
            async with self.scopes.open(SYSTEM) as scope:
                return await TeamService(scope).ensure_owner()

        self.actor = self.run(owner())
        self.submit_new(count=count, lanes=("openai",), priority=5, policy=policy, budget=50)

    # --- people ----------------------------------------------------------------------------------------------

    async def steer(self, act: Callable[[GenerationService], Any]) -> Any:
        async with self.scopes.open(self.actor) as scope:
            return await act(GenerationService(scope))

    @precondition(lambda self: len(self.books.runs) < RUNS_MAX)
    @rule(
        count=st.integers(1, 8),
        lanes=st.sampled_from((("openai",), ("other",), ("openai", "other"))),
        priority=st.sampled_from((5, 5, 9)),
        policy=POLICIES,
        budget=st.sampled_from((50, 100)),
        cap=st.none() | AMOUNTS,
    )
    def submit(
        self, count: int, lanes: tuple[str, ...], priority: int, policy: str, budget: int, cap: str | None
    ) -> None:
        self.submit_new(count=count, lanes=lanes, priority=priority, policy=policy, budget=budget, cap=cap)

    def submit_new(
        self,
        *,
        count: int,
        lanes: tuple[str, ...],
        priority: int,
        policy: str,
        budget: int,
        cap: str | None = None,
    ) -> None:
        name = len(self.books.runs)
        body = BatchCreate(
            prompts=[f"picture {name} {'.' * number}" for number in range(count)],
            plan={"models": [f"{lane}/gpt-image-2" for lane in lanes]},
            priority=priority,
            uncertain_policy=policy,
            failure_budget_percent=budget,
            cap=cap,
        )
        worker = self.workers[0]
        try:
            _batch, run, _new = self.run(submit(body, actor=self.actor, scopes=worker.scopes, idempotency_key=None))
        except QuotaUsedUp:
            return
        total = count * len(lanes)
        book = RunBook(
            run.id, priority, policy, budget, total, expanding=total > worker.ports.settings.plans.inline_items
        )
        self.books.runs[run.id] = book
        self.written(book)

    def written(self, run: RunBook) -> None:
        """Takes the items that were just written into the books."""
        for row in self.rows(select(Item.__table__).where(Item.run_id == run.id)):
            if row["id"] not in run.items:
                run.items[row["id"]] = ItemBook(row["id"], row["prompt"], row["position"], row["lane_id"])

    @precondition(lambda self: self.expandable() or self.pages)
    @rule(number=CHOICE, way=st.sampled_from(("whole", "whole", "read", "write")))
    def write_page(self, number: int, way: str) -> None:
        """The next page of a batch. A process may be slow between reading and writing it, or die."""
        runs = [run for run in self.runs() if run.id in self.pages] if way == "write" else self.expandable()
        if not runs:
            return
        run = self.pick(runs, number)
        page = self.pages.pop(run.id) if way == "write" else next(self.run(_pages(run.id, scopes=self.scopes)))
        if way == "read":
            self.pages[run.id] = page
            return
        self.write_read(run, page)

    def write_next(self, run: RunBook) -> None:
        self.write_read(run, next(self.run(_pages(run.id, scopes=self.scopes))))

    def write_read(self, run: RunBook, page: Any) -> None:
        is_next = run.expanding and page.fittings[0].cell.position == len(run.items)
        assert self.run(self.write(run, page)) == is_next
        if is_next:
            run.expanding = page.following is not None
            self.written(run)
            assert run.expanding == (len(run.items) < run.total)

    async def write(self, run: RunBook, page: Any) -> bool:
        async with self.scopes.open(SYSTEM) as scope:
            return await BatchService(scope).write_page(run.id, page.fittings, following=page.following)

    @precondition(lambda self: self.books.runs)
    @rule(number=CHOICE, act=st.sampled_from(("pause", "resume", "resume", "cancel")))
    def steer_run(self, number: int, act: str) -> None:
        self.steer_to(self.pick(self.runs(), number), act)

    def steer_to(self, run: RunBook, act: str) -> None:
        try:
            self.run(self.steer(lambda service: getattr(service, act)(run.id)))
        except RunNotActive:
            assert run.state in ("finished", "cancelled")
            return
        assert run.state in ("running", "paused")
        if act == "pause":
            run.state = "paused"
        elif act == "resume":
            (row,) = self.rows(select(Run.failure_budget_percent).where(Run.id == run.id))
            run.state, run.budget = "running", row["failure_budget_percent"]
        else:
            run.state, run.expanding = "cancelled", False
            for item in run.items.values():
                item.state = "cancelled" if item.state == "pending" else item.state

    @precondition(lambda self: self.books.runs)
    @rule(
        number=CHOICE,
        states=st.sets(st.sampled_from(("failed", "refused", "cancelled")), min_size=1),
        chosen=st.none() | st.sets(CHOICE, min_size=1, max_size=3),
    )
    def retry(self, number: int, states: set[str], chosen: set[int] | None) -> None:
        run = self.pick(self.runs(), number)
        ids = self.chosen(run, chosen)
        wished = [ItemState(state) for state in sorted(states)]
        items = [i for i in run.items.values() if i.state in states and (ids is None or i.id in ids)]
        try:
            count = self.run(self.steer(lambda service: service.retry(run.id, states=wished, item_ids=ids)))
        except NothingToRetry:
            assert not items
            return
        assert count == len(items) > 0
        self.put_back(run, items, resends=0)

    @precondition(lambda self: any(item.state == "uncertain" for item in self.books.items().values()))
    @rule(
        number=CHOICE,
        resolution=st.sampled_from(("resend", "give_up")),
        chosen=st.none() | st.sets(CHOICE, min_size=1, max_size=3),
    )
    def resolve(self, number: int, resolution: Any, chosen: set[int] | None) -> None:
        runs = [run for run in self.runs() if run.counts()["uncertain"]]
        run = self.pick(runs, number)
        ids = self.chosen(run, chosen)
        items = [i for i in run.items.values() if i.state == "uncertain" and (ids is None or i.id in ids)]
        try:
            count = self.run(self.steer(lambda s: s.resolve(run.id, resolution=resolution, item_ids=ids)))
        except NotUncertain:
            assert not items
            return
        assert count == len(items) > 0
        if resolution == "resend":
            self.put_back(run, items, resends=1)
            return
        for item in items:
            item.state = "failed"

    def chosen(self, run: RunBook, chosen: set[int] | None) -> list[str] | None:
        ids = sorted(run.items)
        return None if chosen is None or not ids else sorted({self.pick(ids, number) for number in chosen})

    def put_back(self, run: RunBook, items: list[ItemBook], *, resends: int) -> None:
        for item in items:
            item.state = "pending"
            item.resends += resends
            item.allowed += 1
        if run.state in ("finished", "cancelled"):
            run.state = "running"

    @precondition(lambda self: any(item.state == "done" for item in self.books.items().values()))
    @rule(number=CHOICE, again=st.booleans())
    def find_damaged(self, number: int, again: bool) -> None:
        """The full decode of a stored picture fails; a person may have it made again."""
        item = self.pick([item for item in self.books.items().values() if item.state == "done"], number)
        self.run(self.steer(lambda service: service.reopen_damaged(item.id, reason="It is damaged.")))
        item.state = "failed"
        if again:
            run = self.books.run_of(item.id)
            assert self.run(self.steer(lambda service: service.retry(run.id, item_ids=[item.id]))) == 1
            self.put_back(run, [item], resends=0)
            self.go_on(steps=6, number=number, submitted=DONE, polled=DONE)

    @precondition(lambda self: self.known_lanes())
    @rule(number=CHOICE, act=st.sampled_from(("pause_lane", "resume_lane", "resume_lane", "resume_lane")))
    def steer_lane(self, number: int, act: str) -> None:
        lane_id = self.pick(self.known_lanes(), number)
        self.run(self.steer(lambda service: getattr(service, act)(lane_id)))
        lane = self.books.lane(lane_id)
        if act == "pause_lane":
            lane.is_paused = True
        else:
            lane.is_paused, lane.is_parked, lane.resume_at = False, False, None

    # --- lanes -----------------------------------------------------------------------------------------------

    @precondition(lambda self: any(len(worker.drivers) < len(self.known_lanes()) for worker in self.workers))
    @rule(number=CHOICE)
    def take_lane(self, number: int) -> None:
        """Whoever drives it now is fenced, alive or not."""
        free = [(w, lane) for w in self.workers for lane in self.known_lanes() if lane not in w.drivers]
        self.take(*self.pick(free, number))

    def take(self, worker: Worker, lane_id: str) -> None:
        lane = self.books.lane(lane_id)
        self.expect_adoption(worker, lane_id)
        driver = self.run(worker.take(lane_id, seen_epoch=lane.epoch))
        lane.epoch += 1
        assert driver.epoch == lane.epoch
        self.run(quiet(self.workers, self.place.world))

    def expect_adoption(self, worker: Worker, lane_id: str) -> None:
        for row in self.rows(select(Attempt.__table__).where(Attempt.lane_id == lane_id, Attempt.state.in_(OPEN))):
            item = self.books.items()[row["item_id"]]
            if self.run(worker.spool.find(row["id"])) is not None:
                self.expect(item, ("done", "failed"))
            elif row["state"] == "sending":
                self.expect_uncertain(item)

    @precondition(lambda self: self.driven())
    @rule(number=CHOICE)
    def look(self, number: int) -> None:
        self.claim(*self.pick(self.driven(), number))

    def claim(self, worker: Worker, lane_id: str) -> list[str]:
        driver, lane, now = worker.drivers[lane_id], self.books.lane(lane_id), self.place.clock.now()
        is_open = lane.is_open(now)
        startable = self.startable(lane_id)
        try:
            if driver._lost is not None:
                raise driver._lost
            result = self.run(driver._claim())
        except LaneLost:
            assert driver.epoch != lane.epoch
            self.run(worker.drop(lane_id))
            return []
        self.run(quiet(self.workers, self.place.world))
        claimed = [claimed.item_id for claimed in result.items]
        if claimed:
            assert driver.epoch == lane.epoch
            assert is_open, "nothing is claimed from a lane that is paused, parked or waiting"
            lane.resume_at = None
        assert set(claimed) <= {item.id for item in startable}, "only items that wait in running batches are claimed"
        if driver.epoch == lane.epoch and not result.blocked and not claimed:
            assert not startable, "what may start is started"
        self.check_order(startable, claimed, capped=self.capped(lane_id))
        for item in startable:
            if item.id in claimed:
                self.expect(item, ("running",))
        return claimed

    def startable(self, lane_id: str) -> list[ItemBook]:
        """Items that may start now, in order of position."""
        now = self.place.clock.now()
        later = {row["id"] for row in self.rows(select(Item.id).where(Item.not_before_at > now))}
        return [
            item
            for run in self.runs("running")
            for item in sorted(run.items.values(), key=lambda item: item.position)
            if item.lane == lane_id and item.state == "pending" and item.id not in later
        ]

    def check_order(self, startable: list[ItemBook], claimed: list[str], *, capped: set[str]) -> None:
        """By priority; within one, each batch in turn; within a batch by position. Others pass what a cap keeps waiting."""
        taken: dict[str, list[bool]] = defaultdict(list)
        for item in startable:
            taken[self.books.run_of(item.id).id].append(item.id in claimed)
        left = {run_id for run_id, marks in taken.items() if not all(marks)} - capped
        for run_id, marks in taken.items():
            assert marks == sorted(marks, reverse=True), "a batch's items start in their order"
            run = self.books.runs[run_id]
            for other_id in left:
                other = self.books.runs[other_id]
                if any(marks):
                    assert other.priority <= run.priority, "the more urgent batch goes first"
                if run.priority == other.priority and run_id in left:
                    assert abs(sum(marks) - sum(taken[other_id])) <= 1, "slots go round"

    @precondition(lambda self: self.driven())
    @rule(number=CHOICE)
    def beat(self, number: int) -> None:
        worker, lane_id = self.pick(self.driven(), number)
        driver, lane = worker.drivers[lane_id], self.books.lane(lane_id)
        beat = Heartbeat(lane_id=lane_id, epoch=driver.epoch, at=self.place.clock.now())
        try:
            self.run(worker.writer.put(beat))
        except LaneLost:
            assert driver.epoch != lane.epoch
            self.run(worker.drop(lane_id))
        else:
            assert driver.epoch == lane.epoch

    @precondition(lambda self: any(not w.drivers[lane]._tasks for w, lane in self.driven()))
    @rule(number=CHOICE, even_with_work=st.booleans())
    def leave_lane(self, number: int, even_with_work: bool) -> None:
        idle = [(w, lane) for w, lane in self.driven() if not w.drivers[lane]._tasks]
        worker, lane_id = self.pick(idle, number)
        driver = worker.drivers[lane_id]
        left = self.run(driver._leave(even_with_work=even_with_work))
        waiting = any(run.waiting(lane_id) for run in self.runs("running"))
        assert left == (driver.epoch == self.books.lane(lane_id).epoch and (even_with_work or not waiting))
        if left:
            del worker.drivers[lane_id]

    @rule(steps=st.integers(2, 12), number=CHOICE, submitted=SUBMITTED, polled=POLLED)
    def go_on(self, steps: int, number: int, submitted: Answer, polled: Answer) -> None:
        """What a studio does by itself, with a provider that always answers the same."""
        for step in range(steps):
            if self.place.world.waiting and step % 3:
                call = self.pick(self.calls(), number)
                self.give((call, submitted if call.kind == "submit" else polled))
            else:
                self.drive_on(number + step)
            self.the_books_are_right()
            self.the_caps_are_right()
            self.the_quotas_are_right()

    def drive_on(self, number: int) -> None:
        now = self.place.clock.now()
        lanes = [lane for lane in self.known_lanes() if self.startable(lane) and self.books.lane(lane).is_open(now)]
        if not lanes:
            self.place.clock.advance(61)
            if self.expandable():
                self.write_next(self.pick(self.expandable(), number))
            return
        lane_id = self.pick(lanes, number)
        epoch = self.books.lane(lane_id).epoch
        drivers = [w for w, lane in self.driven() if lane == lane_id and w.drivers[lane].epoch == epoch]
        free = [worker for worker in self.workers if lane_id not in worker.drivers]
        if drivers:
            if not self.claim(drivers[0], lane_id):
                self.place.clock.advance(61)
        elif free:
            self.take(self.pick(free, number), lane_id)
        else:
            # Its driver was fenced and finds out.
            self.claim(self.workers[0], lane_id)

    # --- the provider ----------------------------------------------------------------------------------------

    @precondition(lambda self: self.place.world.waiting)
    @rule(
        count=st.integers(1, 5),
        submitted=st.lists(SUBMITTED, min_size=1, max_size=3),
        polled=st.lists(POLLED, min_size=1, max_size=3),
    )
    def answer(self, count: int, submitted: list[Answer], polled: list[Answer]) -> None:
        """Answers come alone, or several at once."""
        calls = self.calls()[:count]
        answers = {"submit": submitted, "poll": polled}
        self.give(*((call, self.pick(answers[call.kind], number)) for number, call in enumerate(calls)))

    @precondition(lambda self: self.place.world.waiting)
    @rule(number=CHOICE, submitted=SUBMITTED, polled=POLLED)
    def cancel_in_flight(self, number: int, submitted: Answer, polled: Answer) -> None:
        call = self.pick(self.calls(), number)
        self.steer_to(self.books.run_of(self.item_of(call.attempt_id).id), "cancel")
        self.give((call, submitted if call.kind == "submit" else polled))

    @precondition(lambda self: self.place.world.waiting)
    @rule(number=CHOICE, point=st.sampled_from(POINTS), answer=st.sampled_from((DONE, JOB)))
    def answer_and_die(self, number: int, point: str, answer: Answer) -> None:
        """The process is killed on the way from an answer to its place in the books."""
        call = self.pick(self.calls(), number)
        worker, driver = self.worker_of(call)
        item = self.item_of(call.attempt_id)
        with killed_at(point):
            self.give((call, answer))
        if not self.has_ended(call.attempt_id):
            self.expected.clear()
        elif driver.epoch != self.books.lane(call.lane).epoch and item.id in self.expected:
            # A picture that came late: it was handed in before the death, or is not.
            self.expect(item, ("uncertain", "done"))
        self.restart(worker)

    def has_ended(self, attempt_id: str) -> bool:
        (row,) = self.rows(select(Attempt.state).where(Attempt.id == attempt_id))
        return bool(row["state"] == "settled")

    def is_last(self, attempt_id: str) -> bool:
        """Whether the item was not sent again after this attempt."""
        mine = select(Attempt.item_id).where(Attempt.id == attempt_id).scalar_subquery()
        (row,) = self.rows(select(func.max(Attempt.id).label("last")).where(Attempt.item_id == mine))
        return bool(row["last"] == attempt_id)

    def pay(self, call: Waiting, answer: Answer) -> None:
        if call.kind == "submit" or answer.charges < 0:
            item = self.item_of(call.attempt_id)
            assert item.prompt == call.prompt, "what is sent is what is in the books"
            self.books.paid[item.id] += answer.charges

    def give(self, *answers: tuple[Waiting, Answer]) -> None:
        for call, answer in answers:
            self.pay(call, answer)
            self.expect_after(call, answer)
        for call, answer in answers:
            result = answer.make(call)
            if isinstance(result, Exception):
                call.answer.set_exception(result)
            else:
                call.answer.set_result(result)
        self.run(quiet(self.workers, self.place.world))

    def expect_after(self, call: Waiting, answer: Answer) -> None:
        _worker, driver = self.worker_of(call)
        lane, item = self.books.lane(call.lane), self.item_of(call.attempt_id)
        if driver.epoch != lane.epoch:
            # A driver that was fenced writes nothing; but a picture makes certain what was in doubt.
            if answer.states == ("done",) and item.state == "uncertain" and self.is_last(call.attempt_id):
                self.expect(item, ("done",))
            return
        if answer.is_uncertain:
            self.expect_uncertain(item)
        elif answer.states is not None:
            self.expect(item, answer.states)
        if answer.parks:
            lane.is_parked = True
        if answer.waits_seconds is not None:
            until = self.place.clock.now() + timedelta(seconds=answer.waits_seconds)
            lane.resume_at = until if lane.resume_at is None else max(lane.resume_at, until)

    def expect_uncertain(self, item: ItemBook) -> None:
        match self.books.run_of(item.id).policy:
            case "ask":
                self.expect(item, ("uncertain",))
            case "give_up":
                self.expect(item, ("failed",))
            case _ if item.resends == 0 and self.books.run_of(item.id).state != "cancelled":
                item.resends += 1
                item.allowed += 1
                self.expect(item, ("pending",))
            case _:
                self.expect(item, ("uncertain",))

    def expect(self, item: ItemBook, states: tuple[str, ...]) -> None:
        if self.books.run_of(item.id).state == "cancelled" and "pending" in states:
            states = tuple({*states, "cancelled"} - {"pending"})
        self.expected[item.id] = (states, True)

    # --- time and death --------------------------------------------------------------------------------------

    @rule(seconds=st.sampled_from((1, 7, 31, 61, 700)))
    def wait(self, seconds: int) -> None:
        self.place.clock.advance(seconds)

    @precondition(lambda self: self.driven())
    @rule(number=CHOICE, how=st.sampled_from(("at once", "claimed", "claimed and sent")))
    def kill(self, number: int, how: str) -> None:
        """At any time; or when a claim is durable, just before or just after something is sent."""
        worker, lane_id = self.pick(self.driven(), number)
        if how == "claimed and sent":
            self.claim(worker, lane_id)
        elif how == "claimed":
            with killed_at("attempt.before_post"):
                self.claim(worker, lane_id)
        self.restart(worker)

    def restart(self, worker: Worker) -> None:
        self.run(worker.kill())
        self.workers[self.workers.index(worker)] = self.start_worker(worker.name)
