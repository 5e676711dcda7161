"""A route's scope: who asks, and one transaction that ends before the answer leaves."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar

from fastapi import Depends, Request
from sqlalchemy import Connection

from imageloom.kit.errors import Problem, Unauthenticated
from imageloom.runtime.actor import Actor
from imageloom.runtime.db.away import MAY_BE_AWAY
from imageloom.runtime.db.reader import Reader
from imageloom.runtime.rates import Rates
from imageloom.runtime.scope import Scope, Scopes

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class HttpPorts:
    """What routes reach through the app: how to open scopes and how to know who asks."""

    scopes: Scopes
    reader: Reader
    authenticate: Callable[[Connection, Request], Actor]
    """Who sends such a request: by its Authorization header, or its session's cookie."""
    rates: Rates
    requests_per_minute: int

    def count(self, request: Request, actor: Actor) -> None:
        """One more request of theirs. Raises :class:`TooMany`. Commands on the owner's machine are not counted."""
        if not actor.is_local:
            standing = self.rates.count("requests", str(actor.user_id), per_minute=self.requests_per_minute)
            request.state.rate_headers = standing.headers


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
            known = _somebody(ports.authenticate(connection, request))
            ports.count(request, known)
            actor = request.state.actor = known
        return look(connection, actor)

    return await ports.reader.read(both)


async def read_anew(request: Request, look: Callable[[Connection, Actor], T]) -> T:
    """Looks at the database for whoever sends the request by what holds now, for one that has gone on for long."""
    ports = http_ports(request)
    return await ports.reader.read(
        lambda connection: look(connection, _somebody(ports.authenticate(connection, request)))
    )


async def is_still(request: Request, actor: Actor) -> bool:
    """Whether a request that goes on for long would be judged today as it was when it came.

    While the database is away nothing is told anyway.
    """
    try:
        return await read_anew(request, lambda _connection, now: now == actor)
    except Problem:
        return False
    except MAY_BE_AWAY:
        return True


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
