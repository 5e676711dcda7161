"""Who asks, in one look at the database: the user, what their token allows, and their role in each team."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Executable, bindparam, or_, select

from imageloom.features.identity.models import Token, User
from imageloom.features.identity.service import hash_token
from imageloom.features.teams.models import Membership
from imageloom.kit.errors import Unauthenticated
from imageloom.kit.ids import TeamId, UserId
from imageloom.runtime.actor import Actor, Role

# Built once, for every request begins with one of them.
_SHOWN = (User.id, User.name, User.is_admin, Membership.team_id, Membership.role)
_OF_TOKEN = (
    select(*_SHOWN, Token.scopes)
    .join(Token, Token.user_id == User.id)
    .outerjoin(Membership, Membership.user_id == User.id)
    .where(
        Token.sha256 == bindparam("sha256"),
        Token.revoked_at.is_(None),
        or_(Token.expires_at.is_(None), Token.expires_at > bindparam("now")),
        User.disabled_at.is_(None),
    )
)
_FIRST_ADMIN = select(User.id).where(User.is_admin, User.disabled_at.is_(None)).order_by(User.id).limit(1)
_OF_OWNER = (
    select(*_SHOWN)
    .outerjoin(Membership, Membership.user_id == User.id)
    .where(User.id == _FIRST_ADMIN.scalar_subquery())
)


def holder_of(connection: Connection, token: str, *, now: datetime) -> Actor:
    """Who holds this token, with the roles they have now. Raises :class:`Unauthenticated`, the same for every reason.

    Nothing is remembered: a token that was revoked, or a role that was lost, counts at once.
    """
    actor = _actor(connection, _OF_TOKEN, {"sha256": hash_token(token), "now": now})
    if actor is None:
        raise Unauthenticated("The token is unknown, expired or revoked.", hint="Make one: imageloom tokens create")
    return actor


def owner_of(connection: Connection) -> Actor:
    """The owner of this installation. Raises :class:`Unauthenticated` where there is none yet."""
    actor = _actor(connection, _OF_OWNER, {})
    if actor is None:
        raise Unauthenticated("This installation has no owner yet.")
    return actor


def _actor(connection: Connection, statement: Executable, values: Mapping[str, Any]) -> Actor | None:
    rows = connection.execute(statement, values).all()
    if not rows:
        return None
    scopes = rows[0]._mapping.get("scopes")
    return Actor(
        user_id=UserId(rows[0].id),
        name=rows[0].name,
        roles={TeamId(row.team_id): Role(row.role) for row in rows if row.team_id is not None},
        scopes=None if scopes is None else frozenset(scopes),
        is_admin=rows[0].is_admin,
    )
