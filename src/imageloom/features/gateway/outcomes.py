"""What to say when there is no picture. Pure: from how the batch stands to the error that tells it honestly."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from imageloom.contracts.provider import Outcome
from imageloom.features.gateway.errors import (
    FINAL,
    Cancelled,
    Held,
    NotMade,
    OutOfQuota,
    ProviderDown,
    RateLimited,
    Refused,
    Rejected,
    StillRunning,
    Uncertain,
    after,
)
from imageloom.features.gateway.repository import TURNED_AWAY, Made, Standing
from imageloom.features.gateway.waiting import Stuck
from imageloom.features.generation.lane import RATE_LIMITED
from imageloom.features.generation.models import ItemState
from imageloom.features.library.service import FileRemoved
from imageloom.features.library.soundness import said_of_removed
from imageloom.kit.errors import Problem

DOWN_SECONDS = 30.0
HELD_SECONDS = 60.0


def still_running(run_id: str, standing: Standing) -> StillRunning:
    doing = "is being made" if standing.running else "waits for its turn"
    return StillRunning(
        f"The picture {doing} and will be stored and booked as batch {run_id}, but it was not ready in time.",
        hint="Fetch it from the library, or send the same request with the same Idempotency-Key to wait again.",
        headers=FINAL,
        batch=run_id,
    )


def turned_away(run_id: str, stuck: Stuck) -> Problem:
    """Nothing is on its way and nothing will be sent: asking again later is free."""
    hold = stuck.hold
    more: dict[str, Any] = {"batch": run_id}
    if hold.cap_reason is not None:
        headers = FINAL if stuck.seconds is None else {**FINAL, **after(stuck.seconds)}
        return OutOfQuota(f"Nothing was made or paid for. {hold.cap_reason}", headers=headers, **more)
    if hold.parked_reason is not None:
        if hold.parked_outcome == Outcome.quota_exhausted:
            return OutOfQuota(hold.parked_reason, headers=FINAL, **more)
        told = f"Nothing is sent to {hold.provider} now: {hold.parked_reason}"
        return Held(told, headers={**FINAL, **after(HELD_SECONDS)}, **more)
    if hold.is_paused:
        told = f"The operator has paused what is sent to {hold.provider}."
        return Held(told, headers={**FINAL, **after(HELD_SECONDS)}, **more)
    seconds = stuck.seconds or DOWN_SECONDS
    told = f"{hold.wait_reason or 'The provider is not available.'} Nothing was made or paid for."
    kind = RateLimited if hold.wait_reason == RATE_LIMITED else ProviderDown
    return kind(told, headers=after(seconds), hint=f"Ask again in {seconds:.0f} seconds.", **more)


def removed(run_id: str, item: Made) -> FileRemoved:
    """What was made and paid for is not made again by itself."""
    assert item.removed_at is not None
    hint = "Send it with another Idempotency-Key, and it is made and paid for again."
    return FileRemoved(said_of_removed(item.removed_at), headers=FINAL, hint=hint, batch=run_id)


def nothing_made(run_id: str, standing: Standing, items: Sequence[Made], stuck: Stuck | None) -> Problem:
    """The batch is over without a picture. ``stuck``: what its lane waits for still, if it was turned away for that."""
    item = min(items, key=lambda one: _ORDER.index(ItemState(one.state)))
    message = item.message or standing.reason or "No picture was made."
    more: dict[str, Any] = {"batch": run_id}
    match ItemState(item.state):
        case ItemState.refused:
            return Refused(message, **more)
        case ItemState.uncertain:
            hint = f"Somebody decides about batch {run_id}: imageloom reconcile {run_id}"
            return Uncertain(message, headers=FINAL, hint=hint, **more)
        case ItemState.cancelled if standing.reason == TURNED_AWAY:
            # Whoever asked with the same key in the same moment was told why, and is tried anew like this one.
            if stuck is not None:
                return turned_away(run_id, stuck)
            told = "The same request was turned away meanwhile. Nothing was made or paid for."
            return ProviderDown(told, headers=after(DOWN_SECONDS), hint="Ask again, with the same key.", **more)
        case ItemState.cancelled:
            return Cancelled(standing.reason or "The batch was cancelled.", headers=FINAL, **more)
        case _:
            return _failed(message, item, more)


def _failed(message: str, item: Made, more: dict[str, Any]) -> Problem:
    last = item.attempts[-1].outcome if item.attempts else None
    if last == Outcome.invalid:
        return Rejected(message, **more)
    if is_free_to_retry(item):
        return ProviderDown(f"{message} Nothing was paid for.", headers={**FINAL, **after(DOWN_SECONDS)}, **more)
    return NotMade(message, headers=FINAL, **more)


def is_free_to_retry(item: Made) -> bool:
    """Whether the provider was only not there: nothing was made, and nobody was billed."""
    if item.state != ItemState.failed or not item.attempts:
        return False
    return item.attempts[-1].outcome == Outcome.unavailable and all(one.billed is False for one in item.attempts)


_ORDER = (
    ItemState.refused,
    ItemState.failed,
    ItemState.uncertain,
    ItemState.cancelled,
    ItemState.done,
    ItemState.pending,
    ItemState.running,
)
"""Of several ends, the one that says most to the caller."""
