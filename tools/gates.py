"""Every gate, in order, each saying what it saw. ``python run.py test`` runs this.

``--fast`` leaves PostgreSQL out; ``--long`` adds what takes longer than a coffee, and records what became of each fault
in docs/operations; other words go to pytest.
"""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import run as run_py
from tools import page

ROOT = Path(__file__).resolve().parent.parent
RECORD = ROOT / "docs" / "operations" / "faults.json"
TESTS_SECONDS = 3_000
"""What ends a run that hangs. The tests take half an hour on a quick machine, and may take longer on a slow one."""
SIDE_BY_SIDE = 2
"""Most tests wait for servers that they started, so two share the machine well; more would only wait for each other."""
COVERAGE_TOTAL = 85
COVERAGE_HEART = 95
HEART = (
    "src/imageloom/features/generation",
    "src/imageloom/features/batches",
    "src/imageloom/features/budgets",
    "src/imageloom/runtime/engine",
)


@dataclass(frozen=True)
class Gate:
    name: str
    run: Callable[[], tuple[bool, str]]


def command(*words: str, environment: dict[str, str] | None = None) -> Callable[[], tuple[bool, str]]:
    def run() -> tuple[bool, str]:
        result = subprocess.run(
            words, cwd=ROOT, capture_output=True, text=True, check=False, env={**os.environ, **(environment or {})}
        )
        return result.returncode == 0, (result.stdout + result.stderr).strip()

    return run


def python(*words: str) -> Callable[[], tuple[bool, str]]:
    return command(sys.executable, *words)


def web(*words: str) -> Callable[[], tuple[bool, str]]:
    """A script of the page's own package."""

    def run() -> tuple[bool, str]:
        try:
            environment = page.tools(run_py.find_uv)
            page.install(environment)
            return True, page.npm(["run", "--silent", *words], environment)
        except page.PageFailed as error:
            return False, str(error)

    return run


def built_page() -> tuple[bool, str]:
    """Builds the page where it is not that of its sources, as a start would."""
    try:
        if not page.is_fresh():
            page.build(say=print, find_uv=run_py.find_uv)
    except page.PageFailed as error:
        return False, str(error)
    return True, "it is that of its sources"


def client_drift() -> tuple[bool, str]:
    """Whether the page's client is the one that openapi.json comes to."""
    committed = page.WEB / "src" / "api" / "gen"
    with tempfile.TemporaryDirectory() as folder:
        try:
            environment = page.tools(run_py.find_uv)
            page.install(environment)
            page.npm(["run", "--silent", "gen"], {**environment, "GEN_OUT": folder})
        except page.PageFailed as error:
            return False, str(error)
        made = {path.relative_to(folder): path.read_bytes() for path in Path(folder).rglob("*.ts")}
    kept = {path.relative_to(committed): path.read_bytes() for path in committed.rglob("*.ts")}
    differ = sorted(str(name) for name in made.keys() | kept.keys() if made.get(name) != kept.get(name))
    if not made or differ:
        return False, f"cd web && npm run gen; these differ: {', '.join(differ) or 'all'}"
    return True, f"{len(made)} files"


def checks() -> list[Gate]:
    uv = os.environ.get("UV", "uv")
    return [
        Gate("lock file", command(uv, "lock", "--check", "--quiet", environment={"UV_PYTHON_DOWNLOADS": "never"})),
        Gate("ruff check", python("-m", "ruff", "check", ".")),
        Gate("ruff format", python("-m", "ruff", "format", "--check", ".")),
        Gate("types", python("-m", "mypy")),
        Gate("imports", command(str(Path(sys.executable).parent / "lint-imports"), "--no-cache")),
        Gate("own lints", python("-m", "tools.lint")),
        Gate("openapi.json", python("-m", "tools.gen.openapi", "--check")),
        Gate("settings page", python("-m", "tools.gen.settings_page", "--check")),
        Gate("command page", python("-m", "tools.gen.cli_page", "--check")),
        Gate("permissions page", python("-m", "tools.gen.permissions_page", "--check")),
        Gate("reliability page", python("-m", "tools.gen.reliability_page", "--check")),
        Gate("words of the server", python("-m", "tools.gen.said", "--check")),
        Gate("page: lock file", web("lockcheck")),
        Gate("page: client", client_drift),
        Gate("page: lint", web("lint")),
        Gate("page: types", web("typecheck")),
        Gate("page: unit tests", web("test")),
        Gate("page: build", built_page),
        Gate("page: budget", web("budget")),
    ]


def run_tests(words: list[str], *, databases: str, is_long: bool) -> bool:
    """With output as it comes: a person wants to see it move, and CI reads its last lines."""
    environment = {**os.environ, "IMAGELOOM_TEST_DATABASES": databases, "COVERAGE_FILE": str(ROOT / ".coverage")}
    for name in list(environment):
        if name.startswith("IMAGELOOM_") and name != "IMAGELOOM_TEST_DATABASES":
            del environment[name]
    select = [] if is_long else ["-m", "not long"]
    if is_long:
        environment["IMAGELOOM_FAULT_RECORD"] = str(RECORD)
    measure = ["--cov", "--cov-report=", "-p", "tests.measured"] if not words else []
    # In the order of their folders: with the largest modules first, long ones of few tests would come last, alone.
    shared = ["-n", str(SIDE_BY_SIDE), "--dist", "loadscope", "--no-loadscope-reorder"]
    side_by_side = shared if is_long or not words else []
    plugins = ["-p", "tests.faults.record"]
    run = [sys.executable, "-m", "pytest", *plugins, *measure, *side_by_side, *select, *words]
    # A session of their own: a process that a test left behind must not keep whoever waits for our output waiting.
    process = subprocess.Popen(run, cwd=ROOT, env=environment, start_new_session=True)
    try:
        return process.wait(timeout=None if is_long else TESTS_SECONDS) == 0
    except subprocess.TimeoutExpired:
        print(f"FAILED  tests  they did not end within {TESTS_SECONDS} s", flush=True)
        return False
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def coverage_floors() -> list[Gate]:
    def report(floor: int, *include: str) -> Callable[[], tuple[bool, str]]:
        words = ["-m", "coverage", "report", f"--fail-under={floor}", "--skip-covered"]
        if include:
            words.append("--include=" + ",".join(f"{folder}/*" for folder in include))
        return python(*words)

    gates = [Gate(f"coverage {COVERAGE_TOTAL} %", report(COVERAGE_TOTAL))]
    gates += [Gate(f"coverage {COVERAGE_HEART} % of {folder}", report(COVERAGE_HEART, folder)) for folder in HEART]
    return gates


def passes(gate: Gate) -> bool:
    started = time.monotonic()
    good, output = gate.run()
    verdict = "ok" if good else "FAILED"
    last = output.splitlines()[-1] if output else ""
    print(f"{verdict:6}  {gate.name}  ({time.monotonic() - started:.1f} s)  {last if good else ''}", flush=True)
    if not good:
        print(output, flush=True)
    return good


def main(words: list[str]) -> int:
    # A shell that starts us behind itself lets interrupts be ignored, and every process after us would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    is_long = "--long" in words
    databases = "sqlite" if "--fast" in words else "both"
    rest = [word for word in words if word not in ("--long", "--fast")]
    results = [passes(gate) for gate in checks()] if not rest else []
    tested = run_tests(rest, databases=databases, is_long=is_long)
    if is_long:
        results.append(passes(Gate("reliability page", python("-m", "tools.gen.reliability_page"))))
    if not rest:
        results += [passes(gate) for gate in coverage_floors()]
    failed = results.count(False) + (not tested)
    print("All gates pass." if not failed else f"{failed} gates failed.", flush=True)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
