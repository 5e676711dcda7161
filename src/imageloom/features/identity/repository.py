"""Queries about users and tokens."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from imageloom.features.identity.models import Token, User


class IdentityRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, row: User | Token) -> None:
        self._session.add(row)

    async def user(self, user_id: str) -> User | None:
        return await self._session.get(User, user_id)

    async def first_admin(self) -> User | None:
        statement = select(User).where(User.is_admin, User.disabled_at.is_(None)).order_by(User.id).limit(1)
        return (await self._session.scalars(statement)).one_or_none()

    async def token(self, token_id: str, *, user_id: str) -> Token | None:
        """A token of this user; a foreign one does not exist."""
        statement = select(Token).where(Token.id == token_id, Token.user_id == user_id)
        return (await self._session.scalars(statement)).one_or_none()

    async def tokens(self, user_id: str) -> Sequence[Token]:
        statement = select(Token).where(Token.user_id == user_id).order_by(Token.id.desc())
        return (await self._session.scalars(statement)).all()
