"""What the ledger hears from the floors below."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from imageloom.features.generation.service import GenerationService
from imageloom.runtime.events import Dispatcher
from imageloom.runtime.scope import Scope


async def on_asset_damaged(scope: Scope, payload: Mapping[str, Any]) -> None:
    """The full decode failed: the item was not done after all."""
    if payload["item_id"] is not None:
        await GenerationService(scope).reopen_damaged(payload["item_id"], reason=payload["reason"])


def subscribe(dispatcher: Dispatcher) -> None:
    dispatcher.subscribe("generation.asset_damaged", "asset.damaged", on_asset_damaged)
