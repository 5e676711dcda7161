"""Servers in processes of their own: a yardstick prints its port and serves until it is stopped."""

from __future__ import annotations

import socket
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


def listen() -> socket.socket:
    """A socket on any port, as the product opens its own: for one that is not named as TCP asyncio leaves Nagle's
    algorithm on, and the body of an answer waits 40 ms for its head to be acknowledged.
    """
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.bind(("127.0.0.1", 0))
    listener.listen(1024)
    return listener
