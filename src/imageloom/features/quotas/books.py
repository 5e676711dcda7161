"""What quotas ask of the books, which stand above them: how much there was before a quota was set."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from imageloom.runtime.scope import Scope


class QuotaBooks(Protocol):
    async def hold_still(self, scope: Scope, *, team_id: str) -> None:
        """Until the transaction ends no call of the team starts. Before anything else is locked."""
        ...

    async def counted(self, scope: Scope, *, team_id: str, target: str, kind: str, since: datetime) -> int:
        """What the ledger says of a team, or of one person in it."""
        ...
