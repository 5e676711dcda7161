"""The page in a real browser, against a real server and the fakes of the providers. The tests are in web/tests/e2e."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import run
from tests.server import Server
from tools import page
from tools.upstream.client import Upstream

SECONDS = 300
LONG = pytest.mark.long
SCREENS = [
    "looks",
    pytest.param("auth", marks=LONG),
    pytest.param("converting", marks=LONG),
    pytest.param("create", marks=LONG),
    pytest.param("tabs", marks=LONG),
    pytest.param("again", marks=LONG),
    pytest.param("shell", marks=LONG),
    pytest.param("batches", marks=LONG),
    pytest.param("library", marks=LONG),
    pytest.param("lineups", marks=LONG),
    pytest.param("models", marks=LONG),
    pytest.param("notices", marks=LONG),
    pytest.param("offline", marks=LONG),
    pytest.param("people", marks=LONG),
    pytest.param("projects", marks=LONG),
    pytest.param("quotas", marks=LONG),
    pytest.param("said", marks=LONG),
    pytest.param("settings", marks=LONG),
    pytest.param("strain", marks=LONG),
    pytest.param("tour", marks=LONG),
    pytest.param("viewer", marks=LONG),
]
NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")


@pytest.mark.timeout(SECONDS + 120)
@pytest.mark.parametrize("screen", SCREENS)
def test_the_page_in_a_browser(tmp_path: Path, upstream: Upstream, screen: str) -> None:
    browser = next(filter(None, map(shutil.which, NAMES)), None)
    if browser is None:
        pytest.skip("There is no Chromium here. On Debian and Ubuntu: apt install chromium fonts-noto-cjk")
    if not page.is_fresh():
        page.build(say=print, find_uv=run.find_uv)
    environment = page.tools(run.find_uv)
    page.install(environment)
    results = tmp_path / "results"
    with Server(tmp_path / "studio") as server:
        server.start()
        environment |= {
            "CHROMIUM": browser,
            "STUDIO_URL": server.address["url"],
            "STUDIO_TOKEN": server.address["token"],
            "STUDIO_RESULTS": str(results),
            "STUDIO_OPENAI": upstream.openai,
            "STUDIO_SHOTS": os.environ.get("STUDIO_SHOTS", ""),
            "CI": "1",
            # Some tests kill their server: they start their own.
            "STUDIO_PYTHON": sys.executable,
        }
        npm = shutil.which("npm", path=environment["PATH"])
        assert npm is not None
        result = subprocess.run(
            [npm, "run", "--silent", "e2e", "--", f"{screen}.spec.ts"],
            cwd=page.WEB,
            env=environment,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        assert result.returncode == 0, result.stdout[-12_000:] + result.stderr[-2_000:]
        assert " passed" in result.stdout, result.stdout
        assert server.process is not None
        assert server.process.poll() is None
