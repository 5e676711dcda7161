"""Servers and workers in processes of their own, forked from one that has loaded the house already.

Loading takes longer than most of what is tested of a server, and is the same each time. What is forked has read
nothing and opened nothing yet: its settings, its files and its threads are its own, and it dies of a signal as any
process does.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping, Sequence
from multiprocessing.connection import wait
from pathlib import Path

COMMAND = [sys.executable, "-m", "imageloom.doors.cli.main"]

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.preloaded"])


def execute(
    command: Sequence[str], *, environment: Mapping[str, str], log: Path, cwd: Path | None = None
) -> subprocess.Popen[bytes]:
    """A program, as a person would start it."""
    with log.open("ab") as file:
        return subprocess.Popen(command, env=environment, stdout=file, stderr=file, cwd=cwd)


class Forked:
    """``imageloom WORDS``, with what :class:`subprocess.Popen` has to wait for it and to end it."""

    def __init__(self, *words: str, environment: Mapping[str, str], log: Path, cwd: Path | None = None) -> None:
        self._process = _FORKS.Process(target=_become, args=(words, dict(environment), log, cwd))
        self._process.start()
        # Its exit code can be asked for once; two threads of a test may wait for it.
        self._lock = threading.Lock()

    @property
    def pid(self) -> int:
        pid = self._process.pid
        assert pid is not None
        return pid

    def poll(self) -> int | None:
        with self._lock:
            return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        wait([self._process.sentinel], timeout)
        code = self.poll()
        if code is None:
            raise subprocess.TimeoutExpired(COMMAND, timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _become(words: tuple[str, ...], environment: dict[str, str], log: Path, cwd: Path | None) -> None:
    os.environ.clear()
    os.environ.update(environment)
    if cwd is not None:
        os.chdir(cwd)
    with log.open("ab") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    sys.argv = ["imageloom", *words]
    from imageloom.doors.cli.main import main

    main()
