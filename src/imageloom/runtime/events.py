"""Subscribers: handlers of outbox events, each called once per event, in order, in a transaction of its own."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy import delete, func, select
from sqlalchemy.exc import DBAPIError

from imageloom.runtime.actor import SYSTEM
from imageloom.runtime.db.outbox import OutboxRow, Subscription
from imageloom.runtime.db.upserts import upsert
from imageloom.runtime.scope import Scope, Scopes

log = structlog.get_logger(__name__)

Subscriber = Callable[[Scope, Mapping[str, Any]], Awaitable[None]]
PAGE = 100
FAR = 1_000
"""A cursor that is so many events behind, none of which concern its subscriber, is moved: what lies before every cursor
can be deleted.
"""


@dataclass
class Dispatcher:
    """Hands events to subscribers. The cursor moves in the transaction of the handler's effect, so an event is
    neither lost nor handled twice; the cursor's row lock keeps two processes apart.
    """

    scopes: Scopes
    poll_seconds: float
    _subscribers: dict[str, tuple[str, Subscriber]] = field(default_factory=dict)
    _seen: dict[str, int] = field(default_factory=dict)
    """Up to which event there is none for a subscriber, beyond its cursor."""

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
        news = await self._with_news()
        return sum([await self._dispatch_one(name, *self._subscribers[name]) for name in news])

    async def _with_news(self) -> list[str]:
        """Subscribers for whom there is an event, or whose cursor is far behind. A look that finds none keeps nobody
        from writing.
        """
        async with self.scopes.open(SYSTEM, write=False) as scope:
            last = await _last_event(scope)
            cursors = {row.name: row.last_id for row in await scope.session.scalars(select(Subscription))}
            news = [name for name in self._subscribers if await self._has_news(scope, name, cursors, last)]
        self._seen |= {name: last for name in self._subscribers if name not in news}
        return news

    async def _has_news(self, scope: Scope, name: str, cursors: Mapping[str, int], last: int) -> bool:
        cursor = cursors.get(name, 0)
        if last - cursor > FAR:
            return True
        kind, _handler = self._subscribers[name]
        after = max(cursor, self._seen.get(name, 0))
        look = select(OutboxRow.id).where(OutboxRow.id > after, OutboxRow.id <= last, OutboxRow.kind == kind).limit(1)
        return after < last and (await scope.session.scalar(look)) is not None

    async def _dispatch_one(self, name: str, kind: str, handler: Subscriber) -> int:
        async with self.scopes.open(SYSTEM) as scope:
            cursor = await _locked_cursor(scope, name)
            # Before its events are looked for: ids come in the order of commits, so none of those up to it can be
            # missing then.
            last = await _last_event(scope)
            rows = await scope.session.scalars(
                select(OutboxRow)
                .where(OutboxRow.id > cursor.last_id, OutboxRow.id <= last, OutboxRow.kind == kind)
                .order_by(OutboxRow.id)
                .limit(PAGE)
            )
            handled = rows.all()
            for row in handled:
                await handler(scope, row.payload)
            cursor.last_id = handled[-1].id if len(handled) == PAGE else max(last, cursor.last_id)
        return len(handled)


async def _locked_cursor(scope: Scope, name: str) -> Subscription:
    """How far a subscriber has read, which nobody else moves before this transaction ends."""
    locked = select(Subscription).where(Subscription.name == name).with_for_update()
    cursor = (await scope.session.scalars(locked)).one_or_none()
    if cursor is None:
        # Two processes may read the first event at once: the second waits here until the first has committed.
        first = upsert(Subscription, dialect=scope.session.get_bind().dialect.name).values(name=name, last_id=0)
        await scope.session.execute(first.on_conflict_do_nothing())
        cursor = (await scope.session.scalars(locked)).one()
    return cursor


async def _last_event(scope: Scope) -> int:
    return (await scope.session.scalar(select(func.max(OutboxRow.id)))) or 0


async def prune_events(scopes: Scopes, *, before: datetime) -> int:
    """Deletes events that every subscriber has read and no listener will ask for; returns how many.

    The newest stays: SQLite counts on from the highest number that is there.
    """
    async with scopes.open(SYSTEM) as scope:
        read = select(func.coalesce(func.min(Subscription.last_id), 0)).scalar_subquery()
        newest = select(func.max(OutboxRow.id)).scalar_subquery()
        result = await scope.session.execute(
            delete(OutboxRow)
            .where(OutboxRow.created_at < before, OutboxRow.id <= read, OutboxRow.id < newest)
            .execution_options(synchronize_session=False)
        )
        return int(result.rowcount)  # type: ignore[attr-defined]
