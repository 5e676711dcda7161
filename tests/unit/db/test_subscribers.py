"""Subscribers read what concerns them once, and what concerns nobody does not stay for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from imageloom.runtime import events
from imageloom.runtime.actor import SYSTEM
from imageloom.runtime.db.outbox import OutboxRow, Subscription
from imageloom.runtime.events import Dispatcher, prune_events
from imageloom.runtime.scope import Scope
from tests.studio import Studio


class Heard:
    """A dispatcher with one subscriber, which hears of ``test.said``."""

    def __init__(self, studio: Studio) -> None:
        self.scopes = studio.application.scopes
        self.words: list[str] = []
        self.dispatcher = Dispatcher(scopes=self.scopes, poll_seconds=1)
        self.dispatcher.subscribe("test.hears", "test.said", self._hear)

    async def _hear(self, _scope: Scope, payload: Mapping[str, Any]) -> None:
        self.words.append(payload["word"])

    async def say(self, *words: str, kind: str = "test.said") -> None:
        async with self.scopes.open(SYSTEM) as scope:
            for word in words:
                await scope.publish(kind, topic="test", payload={"word": word})

    async def cursor(self) -> int | None:
        async with self.scopes.open(SYSTEM, write=False) as scope:
            return await scope.session.scalar(select(Subscription.last_id).where(Subscription.name == "test.hears"))

    async def events(self) -> int:
        async with self.scopes.open(SYSTEM, write=False) as scope:
            return await scope.session.scalar(select(func.count()).select_from(OutboxRow)) or 0


async def test_events_are_heard_once_in_order_however_many_are_of_other_kinds(studio: Studio) -> None:
    heard = Heard(studio)
    await heard.say("a", "b")
    await heard.say("noise", kind="test.other")
    await heard.say("c")
    assert await heard.dispatcher.dispatch() == 3
    assert await heard.dispatcher.dispatch() == 0
    await heard.say(*(str(number) for number in range(events.PAGE + 1)))
    assert await heard.dispatcher.dispatch() == events.PAGE
    assert await heard.dispatcher.dispatch() == 1
    assert heard.words == ["a", "b", "c", *(str(number) for number in range(events.PAGE + 1))]


async def test_the_first_event_is_heard_once_though_several_processes_read_it_at_once(studio: Studio) -> None:
    several = [Heard(studio) for _ in range(8)]
    await several[0].say("first")
    handled = await asyncio.gather(*(heard.dispatcher.dispatch() for heard in several))
    assert sum(handled) == 1
    assert [word for heard in several for word in heard.words] == ["first"]
    assert await several[0].cursor() is not None


async def test_a_look_that_finds_nothing_writes_nothing(studio: Studio) -> None:
    heard = Heard(studio)
    await heard.say("noise", kind="test.other")
    assert await heard.dispatcher.dispatch() == 0
    assert await heard.cursor() is None


async def test_what_concerns_no_subscriber_is_passed_and_pruned_but_for_the_newest(studio: Studio) -> None:
    heard = Heard(studio)
    await heard.say(*["noise"] * (events.FAR + 1), kind="test.other")
    assert await heard.dispatcher.dispatch() == 0
    await studio.application.dispatcher.dispatch()
    later = studio.application.ports.clock.now() + timedelta(days=1)
    assert await prune_events(heard.scopes, before=later) >= events.FAR
    assert await heard.events() == 1
    # What comes now is not taken for something that was read.
    await heard.say("after")
    assert await heard.dispatcher.dispatch() == 1
    assert heard.words == ["after"]


async def test_what_a_subscriber_has_not_read_is_not_pruned(studio: Studio) -> None:
    heard = Heard(studio)
    await heard.say("first")
    await heard.dispatcher.dispatch()
    await heard.say("unread", *["noise"] * 3)
    later = studio.application.ports.clock.now() + timedelta(days=1)
    await prune_events(heard.scopes, before=later)
    assert await heard.dispatcher.dispatch() == 4
