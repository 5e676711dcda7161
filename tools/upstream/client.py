"""Starts the fakes as a process of their own and speaks with them. For tests and benches."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Self
from urllib.request import Request, urlopen

ROOT = Path(__file__).resolve().parent.parent.parent
START_SECONDS = 20.0


class Upstream:
    """The running fakes. Use it as a context manager, or call :meth:`stop`."""

    def __init__(self, *options: str) -> None:
        self._folder = tempfile.TemporaryDirectory()
        ready = Path(self._folder.name) / "ready.json"
        command = [sys.executable, "-m", "tools.upstream", "--ready-file", str(ready), *options]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + START_SECONDS
        while not ready.exists():
            if time.monotonic() > deadline or self._process.poll() is not None:
                raise RuntimeError("the fake upstream did not start")
            time.sleep(0.02)
        places = json.loads(ready.read_text())
        self.openai: str = places["openai"]
        self.replicate: str = places["replicate"]
        self.control: str = places["control"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        return self._process.pid

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(timeout=10)
        self._folder.cleanup()

    def config(self, **values: Any) -> None:
        self._call("config", values)

    def reset(self) -> None:
        self._call("reset", {})

    def account(self) -> dict[str, Any]:
        document: dict[str, Any] = self._call("account")
        return document

    def requests(self) -> list[dict[str, Any]]:
        rows: list[dict[str, Any]] = self._call("requests")
        return rows

    def _call(self, what: str, body: dict[str, Any] | None = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        with urlopen(Request(f"{self.control}/{what}", data=data), timeout=10) as answer:
            return json.load(answer)
