"""From the outcome of an attempt to what happens next. Pure: the one place where retrying is decided.

Free and paid are kept apart. ``rate_limited``, ``unavailable`` and whatever the provider did not bill may be tried
again without a person; anything that may have cost money is never sent again by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import assert_never

from imageloom.contracts.provider import Outcome
from imageloom.features.generation.models import ItemState, UncertainPolicy
from imageloom.runtime.settings import GenerationSettings


@dataclass(frozen=True, kw_only=True)
class Circumstances:
    """What is known when an attempt ends. ``calls`` counts those before it, ``tries`` those of them that burned."""

    outcome: Outcome
    billed: bool | None = None
    retry_after_seconds: float | None = None
    calls: int = 0
    tries: int = 0
    resends: int = 0
    policy: UncertainPolicy = UncertainPolicy.ask
    in_outage: bool = False
    rate_limits_in_a_row: int = 0


@dataclass(frozen=True, kw_only=True)
class Decision:
    """Where the item goes, what it burned, and what the lane does.

    ``delay_seconds`` holds the item back; ``lane_pause_seconds`` holds the whole lane back; ``park`` stops the lane
    until a person acts.
    """

    to: ItemState
    tries: int = 0
    resends: int = 0
    delay_seconds: float | None = None
    lane_pause_seconds: float | None = None
    park: bool = False


def decide(now: Circumstances, settings: GenerationSettings, *, jitter: Callable[[], float]) -> Decision:
    """``jitter`` gives numbers from 0 to 1."""
    match now.outcome:
        case Outcome.succeeded:
            return Decision(to=ItemState.done)
        case Outcome.refused:
            return Decision(to=ItemState.refused)
        case Outcome.invalid:
            return Decision(to=ItemState.failed, tries=1)
        case Outcome.cancelled:
            return Decision(to=ItemState.cancelled)
        case Outcome.rate_limited:
            return Decision(to=ItemState.pending, lane_pause_seconds=_lane_pause(now, settings, jitter))
        case Outcome.quota_exhausted | Outcome.unauthorized:
            return Decision(to=ItemState.pending, park=True)
        case Outcome.unavailable:
            return _try_again(now, settings, jitter, burned=0 if now.in_outage else 1)
        case Outcome.failed:
            if now.billed is False:
                return _try_again(now, settings, jitter, burned=1)
            return Decision(to=ItemState.failed, tries=1)
        case Outcome.uncertain:
            return _uncertain(now)
        case _:
            assert_never(now.outcome)


def backoff_seconds(tries: int, settings: GenerationSettings, jitter: Callable[[], float]) -> float:
    """Exponential with full jitter."""
    ceiling = min(settings.backoff_seconds * 2.0 ** min(tries, 20), settings.backoff_cap_seconds)
    return ceiling * jitter()


def _lane_pause(now: Circumstances, settings: GenerationSettings, jitter: Callable[[], float]) -> float:
    stated = now.retry_after_seconds
    if stated is not None and stated >= 0:
        return min(stated, settings.retry_after_cap_seconds)
    # Not jittered to nothing: the provider has just said that it is too much.
    pause = backoff_seconds(now.rate_limits_in_a_row, settings, jitter)
    return max(settings.backoff_seconds, pause)


def _try_again(
    now: Circumstances, settings: GenerationSettings, jitter: Callable[[], float], *, burned: int
) -> Decision:
    if now.tries + burned >= settings.attempts_per_item:
        return Decision(to=ItemState.failed, tries=burned)
    stated = now.retry_after_seconds
    # In an outage the next probe is better another item's: this one may be why the provider fails.
    calls = now.calls if now.in_outage else now.tries
    wait = stated if stated is not None and stated >= 0 else backoff_seconds(calls, settings, jitter)
    return Decision(to=ItemState.pending, tries=burned, delay_seconds=min(wait, settings.retry_after_cap_seconds))


def _uncertain(now: Circumstances) -> Decision:
    match now.policy:
        case UncertainPolicy.ask:
            return Decision(to=ItemState.uncertain)
        case UncertainPolicy.give_up:
            return Decision(to=ItemState.failed, tries=1)
        case UncertainPolicy.resend_once:
            if now.resends == 0:
                return Decision(to=ItemState.pending, resends=1)
            return Decision(to=ItemState.uncertain)
        case _:
            assert_never(now.policy)
