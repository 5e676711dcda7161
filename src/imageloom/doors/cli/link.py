"""The link to the server of a data directory: finding it, starting it, and speaking HTTP with it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import orjson

from imageloom.runtime.settings import Settings, make_data_dir

START_SECONDS = 60.0
LOOK_SECONDS = 0.05
CONNECT_SECONDS = 5.0
READ_SECONDS = 120.0


class CannotReach(Exception):
    """There is no server, and none could be started."""


class ProblemAnswer(Exception):
    """The server answered with a problem document."""

    def __init__(self, document: dict[str, Any]) -> None:
        super().__init__(str(document.get("detail", document)))
        self.document = document


@dataclass(frozen=True, kw_only=True)
class Address:
    """Where a server listens, and the owner's token for it."""

    url: str
    token: str
    pid: int


def address_path(data_dir: Path) -> Path:
    return data_dir / "run" / "server.json"


def write_address(data_dir: Path, address: Address) -> None:
    """For the commands of this user alone: mode 0600."""
    path = address_path(data_dir)
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_suffix(".new")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(orjson.dumps({"url": address.url, "token": address.token, "pid": address.pid}))
    temporary.replace(path)


def read_address(data_dir: Path) -> Address | None:
    try:
        document = orjson.loads(address_path(data_dir).read_bytes())
        return Address(url=document["url"], token=document["token"], pid=document["pid"])
    except (FileNotFoundError, orjson.JSONDecodeError, KeyError, TypeError):
        return None


def is_ready(address: Address) -> bool:
    """Whether that server answers and can serve requests."""
    try:
        health = httpx2.get(f"{address.url}/health", timeout=2.0, trust_env=False, verify=_proves_itself(address))
    except httpx2.HTTPError:
        return False
    return health.status_code == 200


def connect() -> Link:
    """The link to the server of the settings' data directory, started where none runs. Raises :class:`CannotReach`."""
    return Link(ensure_server(Settings().data_dir))


def ensure_server(data_dir: Path, *, start: bool = True) -> Address:
    """The address of a running server; starts one in the background when there is none. Raises :class:`CannotReach`."""
    address = read_address(data_dir)
    if address is not None and is_ready(address):
        return address
    if not start:
        raise CannotReach(f"No server works on {data_dir}. Start one: imageloom serve")
    process = _start_server(data_dir)
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        address = read_address(data_dir)
        if address is not None and is_ready(address):
            return address
        if process.poll() is not None and process.returncode != 0:
            # Another command may have started one in the same moment; then its address is there now.
            address = read_address(data_dir)
            if address is None or not is_ready(address):
                raise CannotReach(f"The server could not be started. Its last words:\n{_last_words(data_dir)}")
            return address
        time.sleep(LOOK_SECONDS)
    raise CannotReach(f"The server did not become ready in {START_SECONDS:.0f} seconds.\n{_last_words(data_dir)}")


def _log_path(data_dir: Path) -> Path:
    return data_dir / "run" / "server.log"


def _start_server(data_dir: Path) -> subprocess.Popen[bytes]:
    path = _log_path(data_dir)
    make_data_dir(data_dir)
    path.parent.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "IMAGELOOM_DATA_DIR": str(data_dir)}
    # In development it shows letters, whose links set passwords.
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "imageloom.doors.cli.main", "serve", "--background"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            env=environment,
        )


def _last_words(data_dir: Path) -> str:
    try:
        return "\n".join(_log_path(data_dir).read_text(errors="replace").splitlines()[-8:])
    except FileNotFoundError:
        return "(no log)"


def _proves_itself(address: Address) -> bool:
    """Nobody proves who they are on plain HTTP, and reading all authorities takes longer than most commands ask."""
    return address.url.startswith("https:")


class Link:
    """HTTP with one server. Raises :class:`ProblemAnswer` for problems and :class:`CannotReach` when it is gone."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self._client = httpx2.Client(
            base_url=address.url,
            headers={"Authorization": f"Bearer {address.token}"},
            timeout=httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            trust_env=False,
            verify=_proves_itself(address),
        )

    def call(self, method: str, path: str, **arguments: Any) -> Any:
        """The parsed JSON answer."""
        try:
            response = self._client.request(method, path, **arguments)
        except httpx2.HTTPError as error:
            raise CannotReach(f"The server at {self.address.url} does not answer: {error}") from error
        return _checked(response)

    def get(self, path: str, **query: Any) -> Any:
        return self.call("GET", path, params={name: value for name, value in query.items() if value is not None})

    def post(self, path: str, body: Any = None, **arguments: Any) -> Any:
        return self.call("POST", path, json=body, **arguments)

    def tagged(self, method: str, path: str, **arguments: Any) -> tuple[Any, str]:
        """The parsed JSON answer and its entity tag."""
        try:
            response = self._client.request(method, path, **arguments)
        except httpx2.HTTPError as error:
            raise CannotReach(f"The server at {self.address.url} does not answer: {error}") from error
        return _checked(response), response.headers.get("etag", "")

    def delete(self, path: str) -> Any:
        return self.call("DELETE", path)

    def pages(self, path: str, **query: Any) -> Iterator[Any]:
        """Every row of a paged list."""
        cursor: str | None = None
        while True:
            page = self.get(path, cursor=cursor, **query)
            yield from page["items"]
            cursor = page["next"]
            if cursor is None:
                return

    def download(self, path: str, target: Path, **query: Any) -> Mapping[str, str]:
        """Streams an answer into a file, which appears only when it is whole. Returns the answer's headers."""
        temporary = target.with_name(f"{target.name}.part")
        target.parent.mkdir(parents=True, exist_ok=True)
        params = {name: value for name, value in query.items() if value is not None}
        try:
            with self._client.stream("GET", path, params=params) as response:
                if not response.is_success:
                    response.read()
                    _checked(response)
                with temporary.open("wb") as file:
                    for chunk in response.iter_bytes():
                        file.write(chunk)
            temporary.replace(target)
            return response.headers
        except httpx2.HTTPError as error:
            raise CannotReach(f"The download from {self.address.url} broke off: {error}") from error
        finally:
            temporary.unlink(missing_ok=True)

    @contextmanager
    def events(self, path: str, *, last_id: str | None) -> Iterator[Iterator[tuple[str, str | None, Any]]]:
        """Server-sent events as (kind, id, document)."""
        headers = {"Accept": "text/event-stream"}
        if last_id is not None:
            headers["Last-Event-ID"] = last_id
        try:
            with self._client.stream("GET", path, headers=headers) as response:
                if not response.is_success:
                    response.read()
                    _checked(response)
                yield _parse_events(response.iter_lines())
        except httpx2.HTTPError as error:
            raise CannotReach(f"The stream from {self.address.url} broke off: {error}") from error

    def close(self) -> None:
        self._client.close()


def _checked(response: httpx2.Response) -> Any:
    if response.is_success:
        return None if response.status_code == 204 else orjson.loads(response.content)
    try:
        document = orjson.loads(response.content)
    except orjson.JSONDecodeError:
        document = {"detail": f"HTTP {response.status_code}", "status": response.status_code, "code": "http_error"}
    raise ProblemAnswer(document)


def _parse_events(lines: Iterator[str]) -> Iterator[tuple[str, str | None, Any]]:
    kind, identity, data = "message", None, ""
    for line in lines:
        if line == "":
            if data:
                yield kind, identity, orjson.loads(data)
            kind, data = "message", ""
        elif line.startswith("event:"):
            kind = line[6:].strip()
        elif line.startswith("id:"):
            identity = line[3:].strip()
        elif line.startswith("data:"):
            data += line[5:].strip()
