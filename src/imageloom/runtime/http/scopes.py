"""A route's scope: who asks, and one transaction that ends before the answer leaves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from sqlalchemy import Connection

from imageloom.kit.errors import Unauthenticated
from imageloom.runtime.actor import Actor
from imageloom.runtime.db.reader import Reader
from imageloom.runtime.scope import Scope, Scopes

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class HttpPorts:
    """What routes reach through the app: how to open scopes and how to know who asks."""

    scopes: Scopes
    reader: Reader
    authenticate: Callable[[Connection, Request], Actor]
    """Who sends such a request: by its Authorization header, or its session's cookie."""


def http_ports(request: Request) -> HttpPorts:
    ports = request.app.state.http
    assert isinstance(ports, HttpPorts)
    return ports


async def known_actor(request: Request) -> Actor:
    """Who asks. Raises :class:`Unauthenticated` for nobody: routes that anybody may call take no scope."""
    known: Actor | None = getattr(request.state, "actor", None)
    return await read_as_actor(request, lambda _connection, actor: actor) if known is None else known


async def read_as_actor(request: Request, look: Callable[[Connection, Actor], T]) -> T:
    """Finds out who asks and looks at the database for them, in one way to a thread and back."""
    ports = http_ports(request)

    def both(connection: Connection) -> T:
        actor: Actor | None = getattr(request.state, "actor", None)
        if actor is None:
            actor = request.state.actor = _somebody(ports.authenticate(connection, request))
        return look(connection, actor)

    return await ports.reader.read(both)


def _somebody(actor: Actor) -> Actor:
    if actor.user_id is None and not actor.is_system:
        raise Unauthenticated(
            "This is not for everybody.",
            hint="Sign in, or send the header Authorization: Bearer <token>. Make one with: imageloom tokens create",
        )
    return actor


async def _read_scope(request: Request) -> AsyncIterator[Scope]:
    actor = await known_actor(request)
    async with http_ports(request).scopes.open(actor, write=False) as scope:
        yield scope


async def _write_scope(request: Request) -> AsyncIterator[Scope]:
    actor = await known_actor(request)
    async with http_ports(request).scopes.open(actor, write=True) as scope:
        yield scope


# "function": the transaction ends before the answer is sent, so that an answer is a promise kept.
ReadScope = Annotated[Scope, Depends(_read_scope, scope="function")]
WriteScope = Annotated[Scope, Depends(_write_scope, scope="function")]
KnownActor = Annotated[Actor, Depends(known_actor)]
