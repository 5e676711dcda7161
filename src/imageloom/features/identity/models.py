"""Tables of users, how they sign in, and what they did."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from imageloom.runtime.db.model import Model
from imageloom.runtime.db.types import JsonColumn, UtcDateTime

ADDRESS_CHARACTERS = 64
AGENT_CHARACTERS = 200


class User(Model):
    """Without ``email`` and ``password`` nobody can sign in as this user; tokens of theirs work all the same.

    ``seen_at`` is when a session of theirs began or was refreshed last; it stays when sessions are swept.
    """

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    name: Mapped[str] = mapped_column(String(200))
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    password: Mapped[str | None] = mapped_column(String(255))
    preferences: Mapped[dict[str, Any] | None] = mapped_column(JsonColumn)
    is_admin: Mapped[bool]
    disabled_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Token(Model):
    """An API token. Only a hash is kept; ``prefix`` is what a person sees to tell tokens apart."""

    __tablename__ = "tokens"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    prefix: Mapped[str] = mapped_column(String(16))
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str] | None] = mapped_column(JsonColumn)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class SignedIn(Model):
    """A session: one device that is signed in. The cookie names this row, and counts only as long as the row does."""

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id"), index=True)
    agent: Mapped[str] = mapped_column(String(AGENT_CHARACTERS))
    address: Mapped[str] = mapped_column(String(ADDRESS_CHARACTERS))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class OneTimeLink(Model):
    """A link that can be taken once. Its secret is nowhere: it is derived from the id with a key of the master key.

    ``kind`` is ``setup``, ``invitation``, ``registration``, ``reset``, ``email`` or ``notice``. What is asked
    for by a stranger has no ``user_id`` yet, whether or not somebody has that address: only the letter's job looks.
    An invitation with a ``project_id`` brings a guest into the team, who has the ``role`` in that project.
    """

    __tablename__ = "one_time_links"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    email: Mapped[str | None] = mapped_column(String(254))
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id"), index=True)
    team_id: Mapped[str | None] = mapped_column(String(26), index=True)
    role: Mapped[str | None] = mapped_column(String(16))
    project_id: Mapped[str | None] = mapped_column(String(26))
    made_by: Mapped[str | None] = mapped_column(String(26))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    expires_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    used_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    revoked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class Throttle(Model):
    """How often something was tried since ``since_at``. ``key`` is a hash: whose address it is cannot be read here."""

    __tablename__ = "throttles"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    tries: Mapped[int]
    since_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)


class Activity(Model):
    """One thing that was done: by ``user_id``, to the account ``subject_id``, in ``team_id``, where there is one."""

    __tablename__ = "activities"

    id: Mapped[str] = mapped_column(String(26), primary_key=True)
    kind: Mapped[str] = mapped_column(String(64))
    user_id: Mapped[str | None] = mapped_column(String(26), index=True)
    subject_id: Mapped[str | None] = mapped_column(String(26), index=True)
    team_id: Mapped[str | None] = mapped_column(String(26), index=True)
    details: Mapped[dict[str, Any]] = mapped_column(JsonColumn)
    agent: Mapped[str] = mapped_column(String(AGENT_CHARACTERS))
    address: Mapped[str] = mapped_column(String(ADDRESS_CHARACTERS))
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
