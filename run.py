"""Sets Imageloom up and runs it, with nothing but Python's standard library.

python run.py               sets up, builds the page when it has changed, and serves on http://127.0.0.1:5000
python run.py test          sets up, then runs every gate and every test
python run.py <words>       sets up, then runs the `imageloom` command with these words
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent
ENVIRONMENT = ROOT / ".venv"
TOOLS = ROOT / ".tools"
STAMP = ENVIRONMENT / "imageloom-stamp"
OLDEST_PYTHON = (3, 11)
IS_WINDOWS = os.name == "nt"
BINARIES = "Scripts" if IS_WINDOWS else "bin"
SUFFIX = ".exe" if IS_WINDOWS else ""


def main(words: list[str]) -> int:
    if sys.version_info < OLDEST_PYTHON:
        found = ".".join(map(str, sys.version_info[:3]))
        say(f"Imageloom needs Python 3.11 or newer; this is {found}. Run it with a newer one: python3.12 run.py")
        return 2
    testing = words[:1] == ["test"]
    prepare(with_tests=testing)
    if not testing and words[:1] in ([], ["serve"]):
        build_page()
    environment = dict(os.environ)
    # Compiled once at set-up; compiling anew at each start would cost a second.
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    environment.setdefault("IMAGELOOM_DATA_DIR", str(ROOT / "data"))
    environment["IMAGELOOM_CALLED_AS"] = f"{Path(sys.executable).name} {sys.argv[0]}"
    if testing:
        environment["UV"] = str(find_uv())
        return replace_with([str(binary("python")), "-m", "tools.gates", *words[1:]], environment)
    return replace_with([str(binary("imageloom")), *(words or ["serve"])], environment)


def binary(name: str) -> Path:
    return ENVIRONMENT / BINARIES / f"{name}{SUFFIX}"


def prepare(*, with_tests: bool) -> None:
    """Makes the environment match the lock file. When it does already, this costs a hash of two files."""
    wanted = fingerprint()
    known = STAMP.read_text().split() if STAMP.exists() else []
    has_tests = "tests" in known
    if known[:1] == [wanted] and (has_tests or not with_tests) and binary("python").exists():
        return
    say("Setting up (this takes under a minute, and only now) ...")
    command = [str(find_uv()), "sync", "--frozen", "--compile-bytecode", "--quiet", "--python", sys.executable]
    if not (with_tests or has_tests):
        command.append("--no-dev")
    environment = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "VIRTUAL_ENV": ""}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    subprocess.run(command, cwd=ROOT, env=environment, check=True)
    STAMP.write_text(" ".join([wanted, *(["tests"] if with_tests or has_tests else [])]))


def build_page() -> None:
    """Without a page everything else still works, so that nothing here keeps the server from starting."""
    from tools.page import PageFailed, build, is_fresh  # from this folder, with the standard library alone

    try:
        if not is_fresh():
            build(say=say, find_uv=find_uv)
    except PageFailed as error:
        say(f"The page could not be built, and the server starts without its newest state: {error}")
        say(f"網頁無法建置，伺服器仍會啟動：{error}")


def fingerprint() -> str:
    digest = hashlib.sha256(sys.version.encode())
    for name in ("uv.lock", "pyproject.toml"):
        digest.update((ROOT / name).read_bytes())
    return digest.hexdigest()


def find_uv() -> Path:
    """The uv on the path, or one of our own from the package registry."""
    found = shutil.which("uv")
    if found is not None:
        return Path(found)
    own = TOOLS / BINARIES / f"uv{SUFFIX}"
    if not own.exists():
        try:
            subprocess.run([sys.executable, "-m", "venv", str(TOOLS)], check=True, capture_output=True)
        except subprocess.CalledProcessError:
            say("Python's venv module is incomplete here. On Debian and Ubuntu: apt install python3-venv")
            raise SystemExit(2) from None
        subprocess.run([str(TOOLS / BINARIES / "python"), "-m", "pip", "install", "--quiet", "uv"], check=True)
    return own


def replace_with(command: list[str], environment: dict[str, str]) -> int:
    """Becomes the command, so that signals reach it; on Windows, waits for it."""
    if IS_WINDOWS:
        return subprocess.run(command, env=environment, cwd=None, check=False).returncode
    sys.stdout.flush()
    if command[1:3] == ["-m", "tools.gates"]:
        os.chdir(ROOT)
    os.execve(command[0], command, environment)  # noqa: S606  it becomes the command
    return 0


def say(text: str) -> None:
    sys.stderr.write(text + "\n")


if __name__ == "__main__":
    try:
        raise SystemExit(main(sys.argv[1:]))
    except subprocess.CalledProcessError as error:
        say(f"{error.cmd[0]} failed with code {error.returncode}.")
        raise SystemExit(1) from None
