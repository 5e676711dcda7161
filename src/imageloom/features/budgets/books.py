"""What budgets ask of the books, which stand above them: what was spent before a cap was set, and who it is about."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from imageloom.runtime.scope import Scope


@dataclass(frozen=True, kw_only=True)
class Spent:
    """What attempts that began in a period have cost, and those that have not ended, each with the most it may cost;
    those that may still turn out to have been paid are ``doubtful``.
    """

    settled_micros: int = 0
    failed_micros: int = 0
    refused_micros: int = 0
    doubt_micros: int = 0
    unknown: int = 0
    open: Mapping[str, int | None] = field(default_factory=dict)
    doubtful: Mapping[str, int | None] = field(default_factory=dict)


class Owner(NamedTuple):
    """``*`` is every team: of a key that the environment lends."""

    team_id: str
    project_id: str | None = None


class Books(Protocol):
    async def hold_still(self, scope: Scope, *, team_id: str) -> None:
        """Until the transaction ends no call of the team starts. Before anything else is locked."""
        ...

    async def spent(self, scope: Scope, *, team_id: str, kind: str, target: str, since: datetime) -> Spent:
        """What the ledger says."""
        ...

    async def owner_of(self, scope: Scope, *, kind: str, target: str) -> Owner | None:
        """Whose a batch or a key is, that the actor may see; ``None`` when there is none."""
        ...

    async def waiting(self, scope: Scope, cap_ids: Sequence[str]) -> Mapping[str, int]:
        """How many items wait for each cap."""
        ...
