"""A real server under attack, and what must be true of it whatever comes."""

from __future__ import annotations

import dataclasses
import json
import re
import socket
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import psycopg
from sqlalchemy.engine import make_url

from imageloom.features.identity.service import hash_token
from tests.server import Server
from tools.upstream.client import Upstream

HANG_SECONDS = 20.0
"""Nothing is asserted about time; whoever waits this long has found something that hangs."""
MEMORY_BYTES = 900_000_000
SECRET = "sk-hostile-secret-0123456789"
_TRACES = ("Traceback (most recent call last)", 'File "/', "site-packages", "sqlalchemy", "psycopg", SECRET)


@dataclass(frozen=True, kw_only=True)
class Case:
    """One hostile input: what is sent and what must be said. ``code`` of ``None``: it is taken."""

    id: str
    sent: Any
    status: int
    code: str | None = None
    field: str | None = None
    more: dict[str, Any] = dataclasses.field(default_factory=dict)

    def __str__(self) -> str:
        return self.id


def taken(title: str, sent: Any, **more: Any) -> Case:
    return Case(id=title, sent=sent, status=more.pop("status", 201), more=more)


def refused(title: str, sent: Any, code: str, field: str | None, *, status: int = 400, **more: Any) -> Case:
    return Case(id=title, sent=sent, status=status, code=code, field=field, more=more)


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.content)


def check(answer: Answer, case: Case) -> Any:
    """The answer is the expected one, in the one shape, with nothing of the inside in it."""
    text = answer.content.decode(errors="replace")
    assert answer.status == case.status, (case.id, answer.status, text[:500])
    assert not any(trace in text for trace in _TRACES), text[:2000]
    assert len(answer.content) < 100_000, "an answer repeats what was sent"
    if case.code is None:
        return answer.json if "json" in answer.headers.get("content-type", "") else answer.content
    problem = answer.json
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["status"] == answer.status
    assert problem["code"] == case.code, problem
    assert problem["title"]
    assert problem["detail"]
    if answer.status in (400, 413, 422):
        assert problem["field"], problem
        assert problem["hint"], problem
    if case.field is not None:
        assert problem["field"] == case.field, problem
    return problem


@dataclass
class House:
    """The server, the fakes beside it, and the folders in which nothing may appear."""

    server: Server
    upstream: Upstream
    outside: Path
    token: str = ""
    client: httpx2.Client = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        address = self.server.address
        self.token = address["token"]
        self.client = httpx2.Client(base_url=address["url"], trust_env=False, timeout=HANG_SECONDS)

    def ask(self, method: str, path: str, *, token: str | None = "", headers: Any = None, **arguments: Any) -> Answer:
        """One polite request. ``token``: empty for the owner's, ``None`` for none."""
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = f"Bearer {token or self.token}"
        response = self.client.request(method, path, headers=sent, **arguments)
        return Answer(response.status_code, dict(response.headers), response.content)

    def get(self, path: str) -> Any:
        """What a good client reads."""
        answer = self.ask("GET", path)
        assert answer.status == 200, answer.content
        return answer.json

    def post(self, path: str, body: Any = None) -> Any:
        answer = self.ask("POST", path, json=body)
        assert answer.status in (200, 201), answer.content
        return answer.json

    def finished(self, batch: Any) -> Any:
        """The batch, once it is over."""
        where = f"/api/batches/{batch['id']}"
        self.server.until(lambda: self.get(where)["finished_at"] is not None)
        return self.get(where)

    def raw(self, *pieces: bytes, leaves: bool = False) -> list[Answer]:
        """Bytes as they are, and every answer that comes back before the other side closes, or is done."""
        with socket.create_connection(
            (self.client.base_url.host, self.client.base_url.port), timeout=HANG_SECONDS
        ) as wire:
            try:
                for piece in pieces:
                    wire.sendall(piece)
                if leaves:
                    wire.shutdown(socket.SHUT_WR)
            except OSError:
                # It has answered and closed before everything was sent.
                pass
            return list(_answers(_read_all(wire)))

    def head(self, method: str, path: str, *lines: str, token: str | None = "", stays: bool = False) -> bytes:
        """The first lines of a raw request. ``stays``: others may follow on the connection."""
        named = [] if token is None else [f"Authorization: Bearer {token or self.token}"]
        return "\r\n".join(
            [
                f"{method} {path} HTTP/1.1",
                "Host: studio",
                *named,
                *lines,
                *([] if stays else ["Connection: close"]),
                "",
                "",
            ]
        ).encode("latin-1")

    def upload(self, path: str, content: bytes, *, filename: str = "upload", **arguments: Any) -> Answer:
        return self.ask("POST", path, files={"file": (filename, content)}, **arguments)

    def sql(self, statement: str, values: Sequence[Any]) -> None:
        """Straight into the database: for people of other teams, whom no route makes yet."""
        url = self.server.environment.get("IMAGELOOM_DATABASE__URL")
        if url is None:
            with sqlite3.connect(self.server.folder / "imageloom.db", timeout=30) as connection:
                connection.execute(statement.replace("%s", "?"), values)
            connection.close()
            return
        with psycopg.connect(make_url(url).render_as_string(hide_password=False)) as connection:
            connection.execute(statement, values)

    def person(self, name: str, *, team: str | None, role: str = "owner", scopes: list[str] | None = None) -> str:
        """A user with a token, in a team of theirs or in the given one; returns the token."""
        now = "2026-01-01 00:00:00.000000"
        token, user = f"iml_{name}", f"user-{name}"
        own = team or f"team-{name}"
        self.sql("INSERT INTO users (id, name, is_admin, created_at) VALUES (%s, %s, %s, %s)", (user, name, False, now))
        if team is None:
            self.sql("INSERT INTO teams (id, name, created_at) VALUES (%s, %s, %s)", (own, name, now))
        self.sql(
            "INSERT INTO memberships (team_id, user_id, role, created_at) VALUES (%s, %s, %s, %s)",
            (own, user, role, now),
        )
        self.sql(
            "INSERT INTO tokens (id, user_id, name, prefix, sha256, scopes, created_at)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s)",
            (
                f"token-{name}",
                user,
                name,
                "iml_",
                hash_token(token),
                "null" if scopes is None else json.dumps(scopes),
                now,
            ),
        )
        return token

    def project(self, name: str, *, team: str) -> str:
        """A project of the team; returns its id."""
        made = f"project-{name}"
        self.sql(
            "INSERT INTO projects (id, team_id, name, created_at) VALUES (%s, %s, %s, %s)",
            (made, team, name, "2099-01-01 00:00:00.000000"),
        )
        return made

    def role_in_project(self, name: str, *, team: str, project: str, role: str) -> None:
        """Of somebody who is in the team."""
        self.sql(
            "INSERT INTO project_members (team_id, user_id, project_id, role, created_at) VALUES (%s, %s, %s, %s, %s)",
            (team, f"user-{name}", project, role, "2026-01-01 00:00:00.000000"),
        )

    def stands(self) -> None:
        """What must be true after every attack."""
        process = self.server.process
        assert process is not None
        assert process.poll() is None, self.server.log()[-3000:]
        status = Path(f"/proc/{process.pid}/status").read_text()
        peak = int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) * 1024
        assert peak < MEMORY_BYTES, f"the server took {peak} bytes"
        log = self.server.log()
        assert not any(trace in log for trace in _TRACES), log[-5000:]
        assert list(self.outside.rglob("*")) == [], "something was written outside of the data directory"


def _read_all(wire: socket.socket) -> bytes:
    received = b""
    while True:
        try:
            piece = wire.recv(1 << 16)
        except ConnectionResetError:
            return received
        if not piece:
            return received
        received += piece


def _answers(received: bytes) -> Iterator[Answer]:
    while received:
        head, _, rest = received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
        if headers.get("transfer-encoding") == "chunked":
            content, rest = _chunks(rest)
        else:
            length = int(headers.get("content-length", len(rest)))
            content, rest = rest[:length], rest[length:]
        yield Answer(int(first.split(" ")[1]), headers, content)
        received = rest


def _chunks(rest: bytes) -> tuple[bytes, bytes]:
    content = b""
    while True:
        size, _, rest = rest.partition(b"\r\n")
        length = int(size or b"0", 16)
        content, rest = content + rest[:length], rest[length + 2 :]
        if length == 0:
            return content, rest
