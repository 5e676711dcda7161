"""A server of a module's own, and the command line as a person types it there."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from typer.testing import CliRunner

from imageloom.doors.cli.main import app
from tests.server import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("commands") / "data") as running:
        running.start()
        yield running
        running.stop()


@pytest.fixture
def say(server: Server, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, str]]:
    """Runs a command in this process; gives its exit code and its words."""
    monkeypatch.setenv("IMAGELOOM_DATA_DIR", str(server.folder))
    monkeypatch.setenv("COLUMNS", "220")

    def run(*words: str, stdin: str | None = None) -> tuple[int, str]:
        result = CliRunner().invoke(app, list(words), input=stdin)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result.exit_code, result.output

    return run
