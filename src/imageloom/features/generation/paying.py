"""Whose money an attempt spends."""

from __future__ import annotations

from typing import Any

from imageloom.features.budgets.purses import Payer
from imageloom.features.credentials.service import ENVIRONMENT_ID


def payer_of(run: Any, run_id: str, lane_id: str) -> Payer:
    """Of a run, or what is known of one, on a lane."""
    provider, _, credential = lane_id.partition(":")
    return Payer(
        team_id=run.team_id,
        project_id=run.project_id,
        user_id=run.user_id,
        run_id=run_id,
        provider=provider,
        # A key that the environment lends is one key at each provider.
        credential=f"{ENVIRONMENT_ID}:{provider}" if credential == ENVIRONMENT_ID else credential or None,
    )
