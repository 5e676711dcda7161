"""What this machine allows. A fault that it forbids is skipped with the reason, never in silence."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path


@cache
def why_no_namespaces() -> str | None:
    """Why no mount namespace can be made, or ``None``."""
    if os.name != "posix" or shutil.which("unshare") is None:
        return "there is no unshare"
    made = subprocess.run(
        ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"], capture_output=True, text=True, check=False
    )
    return None if made.returncode == 0 else f"mounts are not allowed: {made.stderr.strip()}"


@cache
def why_no_tracing() -> str | None:
    """Why system calls cannot be made to fail, or ``None``."""
    if shutil.which("strace") is None:
        return "strace is not installed (apt-get install strace)"
    tried = subprocess.run(
        ["strace", "-qq", "-e", "inject=fdatasync:error=EIO", "-o", os.devnull, "true"],
        capture_output=True,
        text=True,
        check=False,
    )
    return None if tried.returncode == 0 else f"strace may not trace: {tried.stderr.strip()}"


@cache
def why_no_other_time() -> str | None:
    """Why clocks of processes cannot be shifted, or ``None``."""
    if sys.platform != "linux":
        return "clocks are shifted by a preloaded library, on Linux"
    return None if shutil.which("cc") else "there is no C compiler (apt-get install gcc)"


def clock_of(file: Path) -> dict[str, str]:
    """The environment of a process whose wall clock is off by the seconds that ``file`` holds; write it to shift it."""
    library = file.with_suffix(".so")
    source = Path(__file__).with_name("clock.c")
    subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", str(library), str(source), "-ldl"], check=True)
    return {"LD_PRELOAD": str(library), "CLOCK_SHIFT_FILE": str(file)}
