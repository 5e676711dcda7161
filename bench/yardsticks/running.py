"""A yardstick server in a process of its own: it prints its port and serves until it is stopped."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def serving(name: str, *words: str) -> Iterator[tuple[int, int]]:
    """The process's id and the port on which it listens."""
    command = [sys.executable, "-m", f"bench.yardsticks.{name}", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield process.pid, int(process.stdout.readline())
        finally:
            process.terminate()
