"""Who asks, in one look at the database: the user, what their token or session allows, and their role in each team and
project.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection

from imageloom.features.identity.service import hash_token
from imageloom.features.identity.sessions import Claims
from imageloom.features.teams.repository import TeamRepository
from imageloom.kit.errors import Unauthenticated
from imageloom.kit.ids import ProjectId, TeamId, UserId
from imageloom.runtime.actor import Actor, Role


def holder_of(connection: Connection, token: str, *, now: datetime) -> Actor:
    """Who holds this token, with the roles they have now. Raises :class:`Unauthenticated`, the same for every reason.

    Nothing is remembered: a token that was revoked, or a role that was lost, counts at once.
    """
    actor = _actor(TeamRepository.holder(connection, hash_token(token), now=now))
    if actor is None:
        raise Unauthenticated("The token is unknown, expired or revoked.", hint="Make one: imageloom tokens create")
    return actor


def signed_in_as(connection: Connection, claims: Claims | None, *, now: datetime) -> Actor:
    """Who is signed in with a cookie that says so. Raises :class:`Unauthenticated`, the same for every reason."""
    actor = None
    if claims is not None:
        rows = TeamRepository.signed_in(connection, claims.session_id, user_id=claims.user_id, now=now)
        actor = _actor(rows)
    if actor is None or claims is None:
        raise Unauthenticated("The session has ended, or never was.", hint="Sign in again.")
    return replace(actor, session_id=claims.session_id)


def owner_of(connection: Connection) -> Actor:
    """The owner of this installation, on its own machine. Raises :class:`Unauthenticated` where there is none yet."""
    actor = _actor(TeamRepository.owner(connection))
    if actor is None:
        raise Unauthenticated("This installation has no owner yet.")
    return replace(actor, is_local=True)


def _actor(rows: Sequence[Any]) -> Actor | None:
    """From a row for each team and each role in a project of it, or one without a team."""
    if not rows:
        return None
    scopes = rows[0]._mapping.get("scopes")
    projects: dict[TeamId, dict[ProjectId, Role]] = {}
    for row in rows:
        if row.project_id is not None:
            projects.setdefault(TeamId(row.team_id), {})[ProjectId(row.project_id)] = Role(row.project_role)
    return Actor(
        user_id=UserId(rows[0].id),
        name=rows[0].name,
        roles={TeamId(row.team_id): Role(row.role) for row in rows if row.team_id is not None},
        projects=projects,
        scopes=None if scopes is None else frozenset(scopes),
        is_admin=rows[0].is_admin,
    )
