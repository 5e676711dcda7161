"""Queries about provider keys."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Select, bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from imageloom.features.credentials.models import Credential
from imageloom.runtime.actor import Actor

# Built once: it is asked for each submit.
_FIRST = (
    select(Credential)
    .where(
        Credential.removed_at.is_(None),
        Credential.team_id == bindparam("team"),
        Credential.provider == bindparam("provider"),
    )
    .order_by(Credential.id)
    .limit(1)
)


class CredentialRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, credential: Credential) -> None:
        self._session.add(credential)

    @staticmethod
    def visible_to(actor: Actor) -> Select[Credential]:
        """Where every query about keys starts."""
        statement = select(Credential).where(Credential.removed_at.is_(None))
        return statement if actor.is_system else statement.where(Credential.team_id.in_(actor.team_ids))

    async def all(self, actor: Actor) -> Sequence[Credential]:
        return (await self._session.scalars(self.visible_to(actor).order_by(Credential.id))).all()

    async def providers(self, team_ids: Sequence[str]) -> set[str]:
        """Those at which one of the teams has a key."""
        statement = select(Credential.provider).where(Credential.removed_at.is_(None), Credential.team_id.in_(team_ids))
        return set(await self._session.scalars(statement.distinct()))

    async def one(self, actor: Actor, credential_id: str) -> Credential | None:
        return (await self._session.scalars(self.visible_to(actor).where(Credential.id == credential_id))).one_or_none()

    async def first(self, *, team_id: str, provider: str) -> Credential | None:
        return (await self._session.scalars(_FIRST, {"team": team_id, "provider": provider})).one_or_none()
