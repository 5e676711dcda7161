"""How many files and connections this process may have open, and how many of them calls may take.

Where calls took all, no request could be accepted and no file opened, not even to write down what was paid.
"""

from __future__ import annotations

import os
import sys

OURS = 64
"""For databases, listeners, logs, worker processes and requests."""
PER_CALL = 3
"""A connection, the file that it fills, and the file that is being stored."""
CALLS_MAX = 1000


def raise_limit() -> None:
    """Takes all that the system gives a process that asks; many give little to one that does not."""
    if sys.platform == "win32":
        return
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard not in (soft, resource.RLIM_INFINITY):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def calls_at_once() -> int:
    """How many calls may be on their way."""
    if not hasattr(os, "sysconf"):
        return CALLS_MAX
    return max(1, min(CALLS_MAX, (os.sysconf("SC_OPEN_MAX") - OURS) // PER_CALL))
