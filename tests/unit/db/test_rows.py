"""New rows without the mapper."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from imageloom.features.batches.models import IdempotencyKey
from imageloom.features.identity.models import User
from imageloom.runtime.actor import SYSTEM
from imageloom.runtime.db.rows import hold, insert_later, insert_now, is_new, write_later
from imageloom.runtime.scope import Scope
from tests.studio import Studio


async def keys(studio: Studio) -> list[str]:
    async with studio.application.scopes.open(SYSTEM, write=False) as scope:
        return sorted(await scope.session.scalars(select(IdempotencyKey.key)))


async def new_key(studio: Studio, key: str) -> IdempotencyKey:
    async with studio.application.scopes.open(SYSTEM, write=False) as scope:
        user_id = (await scope.session.scalars(select(User.id))).one()
    now = studio.application.ports.clock.now()
    return IdempotencyKey(user_id=user_id, key=key, body_hash="0" * 64, batch_id="b", created_at=now)


async def test_a_row_that_is_held_is_like_one_that_was_read(studio: Studio) -> None:
    row = await new_key(studio, "one")
    async with studio.application.scopes.open(SYSTEM) as scope:
        assert is_new(row)
        await insert_now(scope.session, row)
        hold(scope.session, row)
        assert not is_new(row)
        assert (await scope.session.scalars(select(IdempotencyKey))).one() is row
        row.body_hash = "1" * 64
    async with studio.application.scopes.open(SYSTEM, write=False) as scope:
        assert (await scope.session.scalars(select(IdempotencyKey.body_hash))).all() == ["1" * 64]


async def test_rows_for_later_are_there_at_the_end_or_when_somebody_asks(studio: Studio) -> None:
    first, second = await new_key(studio, "one"), await new_key(studio, "two")
    async with studio.application.scopes.open(SYSTEM) as scope:
        insert_later(scope.session, first)
        assert (await scope.session.scalars(select(IdempotencyKey.key))).all() == []
        await write_later(scope.session)
        assert (await scope.session.scalars(select(IdempotencyKey.key))).all() == ["one"]
        insert_later(scope.session, second)
    assert await keys(studio) == ["one", "two"]


async def test_of_a_transaction_that_fails_nothing_is_left(studio: Studio) -> None:
    first, again, other = await new_key(studio, "one"), await new_key(studio, "one"), await new_key(studio, "two")

    async def write(scope: Scope) -> None:
        insert_later(scope.session, other)
        insert_later(scope.session, again)

    async with studio.application.scopes.open(SYSTEM) as scope:
        insert_later(scope.session, first)
    with pytest.raises(IntegrityError):
        await studio.application.scopes.transact(SYSTEM, write)
    assert await keys(studio) == ["one"]
    with pytest.raises(IntegrityError):
        async with studio.application.scopes.open(SYSTEM) as scope:
            await insert_now(scope.session, other)
            await insert_now(scope.session, again)
    async with studio.application.scopes.open(SYSTEM) as scope:
        # The same object again, after transactions that were rolled back.
        await insert_now(scope.session, other)
    assert other.body_hash == "0" * 64
    assert await keys(studio) == ["one", "two"]
