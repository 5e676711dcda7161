"""How often somebody may ask: sliding windows in the memory of this process."""

from __future__ import annotations

import ipaddress
import math
import time
from dataclasses import dataclass

from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import SlidingWindowCounterRateLimiter

from imageloom.kit.errors import TooMany

NETWORK_BITS = 64
"""Of an address of IPv6: whoever has one has all that begin so."""


@dataclass(frozen=True, kw_only=True)
class Standing:
    """What is left of a limit, and in how many seconds it is whole again."""

    limit: int
    remaining: int
    reset_seconds: int

    @property
    def headers(self) -> dict[str, str]:
        return {
            "RateLimit-Limit": str(self.limit),
            "RateLimit-Remaining": str(self.remaining),
            "RateLimit-Reset": str(self.reset_seconds),
        }


class Rates:
    """Counts, per kind and caller. Of all processes of a data directory one answers requests, so one counts."""

    def __init__(self) -> None:
        self._storage = MemoryStorage()
        self._windows = SlidingWindowCounterRateLimiter(self._storage)

    def count(self, kind: str, who: str, *, per_minute: int) -> Standing:
        """Counts one request. Raises :class:`TooMany` where it is one too many."""
        item = RateLimitItemPerMinute(per_minute, namespace=kind)
        is_within = self._windows.hit(item, who)
        reset, remaining = self._windows.get_window_stats(item, who)
        # The library's windows follow the wall clock.
        seconds = max(1, math.ceil(reset - time.time()))
        standing = Standing(limit=per_minute, remaining=remaining, reset_seconds=seconds)
        if not is_within:
            raise TooMany(
                f"{per_minute} requests per minute are allowed.",
                hint=f"Ask again in {seconds} seconds.",
                headers={"Retry-After": str(seconds), **standing.headers},
            )
        return standing


def network_of(address: str) -> str:
    """What counts as one caller: an address of IPv4, a network of IPv6."""
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if known.version == 4:
        return address
    return str(ipaddress.ip_network((known, NETWORK_BITS), strict=False))
