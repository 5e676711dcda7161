"""Queries about users, how they sign in, and what they did."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import case, delete, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from imageloom.features.identity.models import Activity, OneTimeLink, SignedIn, Throttle, Token, User
from imageloom.runtime.db.upserts import upsert


class IdentityRepository:
    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    def add(self, row: User | Token | SignedIn | OneTimeLink | Activity) -> None:
        self._session.add(row)

    async def user(self, user_id: str) -> User | None:
        return await self._session.get(User, user_id)

    async def user_of(self, email: str) -> User | None:
        return (await self._session.scalars(select(User).where(User.email == email))).one_or_none()

    async def first_admin(self) -> User | None:
        statement = select(User).where(User.is_admin, User.disabled_at.is_(None)).order_by(User.id).limit(1)
        return (await self._session.scalars(statement)).one_or_none()

    async def users(self, *, after: str | None, limit: int) -> Sequence[User]:
        statement = select(User).order_by(User.id).limit(limit)
        if after is not None:
            statement = statement.where(User.id > after)
        return (await self._session.scalars(statement)).all()

    async def operators(self) -> Sequence[str]:
        """Those who are not disabled, held until this transaction ends."""
        statement = select(User.id).where(User.is_admin, User.disabled_at.is_(None)).with_for_update()
        return (await self._session.scalars(statement)).all()

    async def activity(self, user_id: str | None, *, before: str | None, limit: int) -> Sequence[Activity]:
        """Of one user, or of everybody; the newest first."""
        statement = select(Activity).order_by(Activity.id.desc()).limit(limit)
        if user_id is not None:
            statement = statement.where(or_(Activity.user_id == user_id, Activity.subject_id == user_id))
        if before is not None:
            statement = statement.where(Activity.id < before)
        return (await self._session.scalars(statement)).all()

    async def may_operator_sign_in(self) -> bool:
        """Whether there is an operator with a password."""
        statement = select(func.count()).select_from(User).where(User.is_admin, User.password.is_not(None))
        return bool(await self._session.scalar(statement))

    async def token(self, token_id: str, *, user_id: str) -> Token | None:
        """A token of this user; a foreign one does not exist."""
        statement = select(Token).where(Token.id == token_id, Token.user_id == user_id)
        return (await self._session.scalars(statement)).one_or_none()

    async def tokens(self, user_id: str) -> Sequence[Token]:
        statement = select(Token).where(Token.user_id == user_id).order_by(Token.id.desc())
        return (await self._session.scalars(statement)).all()

    async def sessions(self, user_id: str, *, now: datetime) -> Sequence[SignedIn]:
        """The devices on which the user is signed in, the latest first."""
        statement = (
            select(SignedIn)
            .where(SignedIn.user_id == user_id, SignedIn.revoked_at.is_(None), SignedIn.expires_at > now)
            .order_by(SignedIn.seen_at.desc(), SignedIn.id.desc())
        )
        return (await self._session.scalars(statement)).all()

    async def link(self, link_id: str) -> OneTimeLink | None:
        return await self._session.get(OneTimeLink, link_id)

    async def take_link(self, link_id: str, *, now: datetime) -> bool:
        """Marks a link as taken; of two who take it in the same moment one is told that it was too late."""
        statement = (
            update(OneTimeLink)
            .where(OneTimeLink.id == link_id, OneTimeLink.used_at.is_(None), OneTimeLink.revoked_at.is_(None))
            .values(used_at=now)
            .returning(OneTimeLink.id)
        )
        return (await self._session.execute(statement)).one_or_none() is not None

    async def revoke_links(self, *conditions: Any, now: datetime) -> None:
        """Links that match and are still open can no longer be taken."""
        is_open = (OneTimeLink.used_at.is_(None), OneTimeLink.revoked_at.is_(None))
        await self._session.execute(update(OneTimeLink).where(*is_open, *conditions).values(revoked_at=now))

    async def count_try(self, key: str, *, now: datetime, window: timedelta) -> tuple[int, datetime]:
        """Counts one more try; how many there were in this window, and when it began.

        One statement, so that tries at the same time are all counted, whoever wins.
        """
        is_over = Throttle.since_at <= now - window
        statement = upsert(Throttle, dialect=self._session.get_bind().dialect.name).values(
            key=key, tries=1, since_at=now
        )
        counted = statement.on_conflict_do_update(
            index_elements=[Throttle.key],
            set_={
                "tries": case((is_over, 1), else_=Throttle.tries + 1),
                "since_at": case((is_over, now), else_=Throttle.since_at),
            },
        ).returning(Throttle.tries, Throttle.since_at)
        tries, since_at = (await self._session.execute(counted)).one()
        return tries, since_at

    async def forget_tries(self, key: str) -> None:
        await self._session.execute(delete(Throttle).where(Throttle.key == key))

    async def prune(self, *, before: datetime, throttled_before: datetime) -> None:
        """What has lost its meaning by then: sessions and links that are over, counted tries, strangers' failures."""
        ended = or_(SignedIn.expires_at < before, SignedIn.revoked_at < before)
        await self._session.execute(delete(SignedIn).where(ended))
        await self._session.execute(delete(OneTimeLink).where(OneTimeLink.expires_at < before))
        await self._session.execute(delete(Throttle).where(Throttle.since_at < throttled_before))
        # Strangers write these, as many as they like.
        nobodys = (Activity.kind == "sign_in_failed", Activity.subject_id.is_(None), Activity.created_at < before)
        await self._session.execute(delete(Activity).where(*nobodys))
