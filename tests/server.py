"""A server in a process of its own, to be stopped, killed and started again."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Self

import httpx2

from tests.processes import COMMAND, Forked, execute

START_SECONDS = 40.0
WAIT_SECONDS = 60.0
HTTP = httpx2.Client(trust_env=False, limits=httpx2.Limits(max_keepalive_connections=0))
"""For all: making a client takes forty times as long as what it asks. Connections are not kept, for servers die here."""


class Server:
    """``folder`` is the data directory as this process reaches it. A server that lives on a file system of its own,
    where ``prefix`` brings it, knows it as ``place``.
    """

    def __init__(
        self,
        folder: Path,
        *,
        database_url: str | None = None,
        place: Path | None = None,
        prefix: Sequence[str] = (),
        cwd: Path | None = None,
    ) -> None:
        self.folder = folder
        self.cwd = cwd
        self.prefix = list(prefix)
        self.environment = {name: value for name, value in os.environ.items() if not name.startswith("IMAGELOOM_")}
        self.environment |= {
            "IMAGELOOM_DATA_DIR": str(place or folder),
            "IMAGELOOM_SERVER__PORT": "0",
            "IMAGELOOM_SERVER__GRACE_SECONDS": "20",
            "IMAGELOOM_GENERATION__BACKOFF_SECONDS": "0.1",
            "IMAGELOOM_ENGINE__POLL_SECONDS": "0.2",
        }
        if database_url is not None:
            self.environment["IMAGELOOM_DATABASE__URL"] = database_url
        self.command: list[str] = []
        """Another program that is a server."""
        self.process: subprocess.Popen[bytes] | Forked | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def start(self, **environment: str) -> None:
        (self.folder / "run").mkdir(parents=True, exist_ok=True)
        (self.folder / "run" / "server.json").unlink(missing_ok=True)
        environment = {**self.environment, **environment}
        log = self.folder / "run" / "test.log"
        if self.prefix or self.command:
            command = [*self.prefix, *(self.command or [*COMMAND, "serve"])]
            self.process = execute(command, environment=environment, log=log, cwd=self.cwd)
        else:
            self.process = Forked("serve", environment=environment, log=log, cwd=self.cwd)
        self.until(self._is_up, seconds=START_SECONDS)

    def _is_up(self) -> bool:
        assert self.process is not None
        assert self.process.poll() is None, self.log()[-3000:]
        try:
            return HTTP.get(f"{self.address['url']}/health", timeout=2).status_code == 200
        except (FileNotFoundError, httpx2.HTTPError):
            return False

    @property
    def address(self) -> dict[str, Any]:
        return json.loads((self.folder / "run" / "server.json").read_text())

    def log(self) -> str:
        return (self.folder / "run" / "test.log").read_text(errors="replace")

    def kill(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout=60)

    def died(self) -> None:
        """Waits for a death that was arranged."""
        assert self.process is not None
        assert self.process.wait(timeout=60) == -signal.SIGKILL

    def run(self, *words: str, stdin: str = "") -> tuple[int, str]:
        """A command against this data directory; its exit code and what it said."""
        result = subprocess.run(
            [*self.prefix, *COMMAND, *words],
            env={**self.environment, "COLUMNS": "80"},
            input=stdin,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return result.returncode, result.stdout + result.stderr

    def call(self, method: str, path: str, *, headers: dict[str, str] | None = None, **arguments: Any) -> Any:
        address = self.address
        headers = {"Authorization": f"Bearer {address['token']}", **(headers or {})}
        response = HTTP.request(method, address["url"] + path, headers=headers, timeout=60, **arguments)
        assert response.is_success, response.text
        return response.json()

    def get(self, path: str, **query: Any) -> Any:
        return self.call("GET", path, params=query)

    def post(self, path: str, body: Any = None) -> Any:
        return self.call("POST", path, json=body)

    def pages(self, path: str) -> Iterator[Any]:
        cursor: dict[str, str] = {}
        while True:
            page = self.get(path, limit=500, **cursor)
            yield from page["items"]
            if page["next"] is None:
                return
            cursor = {"cursor": page["next"]}

    def add_key(self, provider: str, base_url: str, **limits: int) -> Any:
        return self.post("/api/keys", {"provider": provider, "key": "sk-test", "base_url": base_url, "limits": limits})

    def submit(self, prompts: list[str], *, models: list[str] | None = None, **more: Any) -> Any:
        plan = {"models": models or ["openai/gpt-image-2"], "sizes": ["256x256"]}
        return self.post("/api/batches", {"prompts": prompts, "plan": plan, **more})

    def until(self, is_so: Callable[[], bool], *, seconds: float = WAIT_SECONDS) -> None:
        deadline = time.monotonic() + seconds
        while not is_so():
            assert time.monotonic() < deadline, self.log()[-3000:]
            time.sleep(0.03)


class Worker:
    """A worker beside a server: the same data directory, the same database."""

    def __init__(self, server: Server, name: str) -> None:
        self._server = server
        self._log = server.folder / "run" / f"{name}.log"
        self.process: Forked | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def start(self, **environment: str) -> None:
        self._log.touch()
        before = self.log().count("works as")
        self.process = Forked("worker", environment={**self._server.environment, **environment}, log=self._log)
        self._server.until(lambda: self.log().count("works as") > before, seconds=START_SECONDS)

    def log(self) -> str:
        return self._log.read_text(errors="replace")

    def kill(self) -> None:
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def stop(self) -> int:
        assert self.process is not None
        self.process.terminate()
        return self.process.wait(timeout=60)
