"""The log of what people did to accounts and teams, from where. No secret ever stands in it."""

from __future__ import annotations

from dataclasses import dataclass

from imageloom.features.identity.models import ADDRESS_CHARACTERS, AGENT_CHARACTERS, Activity
from imageloom.runtime.scope import Scope


@dataclass(frozen=True, kw_only=True)
class Device:
    """From where somebody asks, as far as it says so."""

    agent: str = ""
    address: str = ""

    @classmethod
    def of(cls, *, agent: str, address: str) -> Device:
        """As much of it as is kept, and nothing that cannot be shown."""
        shown = "".join(character for character in agent if character.isprintable())
        return cls(agent=shown[:AGENT_CHARACTERS], address=address[:ADDRESS_CHARACTERS])


NOWHERE = Device()


def topic_of(user_id: str) -> str:
    """What hints that something was done to an account or by it: its streams look whether they may still speak."""
    return f"person:{user_id}"


def record(
    scope: Scope,
    kind: str,
    *,
    device: Device = NOWHERE,
    user_id: str | None = None,
    subject_id: str | None = None,
    team_id: str | None = None,
    **details: str | int | None,
) -> None:
    """Writes one line in this transaction. ``user_id`` is the scope's actor where none is named."""
    if subject_id is not None:
        scope.hint(topic_of(subject_id))
    scope.session.add(
        Activity(
            id=scope.ports.ids.new(),
            kind=kind,
            user_id=user_id or scope.actor.user_id,
            subject_id=subject_id,
            team_id=team_id,
            details=details,
            agent=device.agent,
            address=device.address,
            created_at=scope.ports.clock.now(),
        )
    )
