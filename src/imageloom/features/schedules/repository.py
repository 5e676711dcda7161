"""Queries about schedules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection, Select, select
from sqlalchemy.ext.asyncio import AsyncSession

from imageloom.features.schedules.models import Schedule
from imageloom.runtime.actor import Actor
from imageloom.runtime.db.visibility import visible


class ScheduleRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, schedule: Schedule) -> None:
        self._session.add(schedule)
        await self._session.flush()

    @staticmethod
    def visible_to(actor: Actor) -> Select[Schedule]:
        """Where every query about schedules starts."""
        statement = select(Schedule).where(Schedule.removed_at.is_(None))
        return visible(statement, actor, team=Schedule.team_id, project=Schedule.project_id)

    async def schedule(self, actor: Actor, schedule_id: str) -> Schedule | None:
        return (await self._session.scalars(self.visible_to(actor).where(Schedule.id == schedule_id))).one_or_none()

    async def schedules(self, actor: Actor, *, before: str | None, limit: int) -> Sequence[Schedule]:
        """A page, newest first."""
        statement = self.visible_to(actor)
        if before is not None:
            statement = statement.where(Schedule.id < before)
        return (await self._session.scalars(statement.order_by(Schedule.id.desc()).limit(limit))).all()

    async def due(self, actor: Actor, now: datetime, *, limit: int) -> Sequence[Schedule]:
        """Those whose time has come, the longest overdue first."""
        statement = self.visible_to(actor).where(Schedule.next_at <= now, Schedule.is_paused.is_(False))
        return (await self._session.scalars(statement.order_by(Schedule.next_at, Schedule.id).limit(limit))).all()


def has_any(connection: Connection) -> bool:
    """Whether any schedule waits for its time: then somebody must be there when it comes."""
    active = select(Schedule.id).where(Schedule.removed_at.is_(None), Schedule.is_paused.is_(False)).limit(1)
    return connection.execute(active).first() is not None
