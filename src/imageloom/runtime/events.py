"""Subscribers: handlers of outbox events, each called once per event, in order, in a transaction of its own."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.exc import DBAPIError

from imageloom.runtime.actor import SYSTEM
from imageloom.runtime.db.outbox import OutboxRow, Subscription
from imageloom.runtime.scope import Scope, Scopes

log = structlog.get_logger(__name__)

Subscriber = Callable[[Scope, Mapping[str, Any]], Awaitable[None]]
PAGE = 100


@dataclass
class Dispatcher:
    """Hands events to subscribers. The cursor moves in the transaction of the handler's effect, so an event is
    neither lost nor handled twice; the cursor's row lock keeps two processes apart.
    """

    scopes: Scopes
    poll_seconds: float
    _subscribers: dict[str, tuple[str, Subscriber]] = field(default_factory=dict)

    def subscribe(self, name: str, kind: str, handler: Subscriber) -> None:
        """``name`` is stable for ever: it names the cursor."""
        self._subscribers[name] = (kind, handler)

    async def watch(self) -> None:
        signals = self.scopes.ports.signals
        kinds = [kind for kind, _handler in self._subscribers.values()]
        with signals.listen(*kinds) as wake:
            while True:
                try:
                    while await self.dispatch() > 0:
                        pass
                except DBAPIError as error:
                    log.warning("dispatch_failed", error=type(error).__name__)
                await wake.wait(timeout_seconds=self.poll_seconds * 5)

    async def dispatch(self) -> int:
        """Handles one page for each subscriber; returns how many events were handled."""
        return sum([await self._dispatch_one(name, *entry) for name, entry in self._subscribers.items()])

    async def _dispatch_one(self, name: str, kind: str, handler: Subscriber) -> int:
        handled = 0
        async with self.scopes.open(SYSTEM) as scope:
            cursor = (
                await scope.session.scalars(select(Subscription).where(Subscription.name == name).with_for_update())
            ).one_or_none()
            if cursor is None:
                cursor = Subscription(name=name, last_id=0)
                scope.session.add(cursor)
            rows = await scope.session.scalars(
                select(OutboxRow)
                .where(OutboxRow.id > cursor.last_id, OutboxRow.kind == kind)
                .order_by(OutboxRow.id)
                .limit(PAGE)
            )
            for row in rows:
                await handler(scope, row.payload)
                cursor.last_id = row.id
                handled += 1
        return handled


async def prune_events(scopes: Scopes, *, before: datetime) -> int:
    """Deletes events that every subscriber has read and no listener will ask for; returns how many."""
    async with scopes.open(SYSTEM) as scope:
        read = select(func.coalesce(func.min(Subscription.last_id), 0)).scalar_subquery()
        result = await scope.session.execute(
            delete(OutboxRow)
            .where(OutboxRow.created_at < before, OutboxRow.id <= read)
            .execution_options(synchronize_session=False)
        )
        return int(result.rowcount)  # type: ignore[attr-defined]


async def stop_tasks(tasks: list[asyncio.Task[Any]]) -> None:
    """Cancels tasks and waits until they are gone."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
