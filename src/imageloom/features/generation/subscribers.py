"""What the ledger hears from the floors below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from imageloom.features.generation.rehoming import rehome
from imageloom.features.generation.service import GenerationService
from imageloom.runtime.events import Dispatcher
from imageloom.runtime.scope import Scope


async def on_asset_damaged(scope: Scope, payload: Mapping[str, Any]) -> None:
    """The full decode failed: the item was not done after all."""
    if payload["item_id"] is not None:
        await GenerationService(scope).reopen_damaged(payload["item_id"], reason=payload["reason"])


async def on_keys_changed(scope: Scope, payload: Mapping[str, Any]) -> None:
    """A key came or went: what waits for one that is gone must not wait for ever, nor go on with it."""
    await rehome(scope, team_id=payload["team_id"], provider=payload["provider"])


def subscribe(dispatcher: Dispatcher) -> None:
    dispatcher.subscribe("generation.asset_damaged", "asset.damaged", on_asset_damaged)
    dispatcher.subscribe("generation.keys_changed", "keys.changed", on_keys_changed)
