"""What this machine allows. A fault that it forbids is skipped with the reason, never in silence."""

from __future__ import annotations

import importlib.util
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
def faketime_library() -> str | None:
    """The preload library that shifts clocks: the system's, which knows threads, or the one of the wheel."""
    for place in ("/usr/lib/x86_64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/usr/lib"):
        path = Path(place, "faketime", "libfaketimeMT.so.1")
        if path.exists():
            return str(path)
    wheel = importlib.util.find_spec("libfaketime")
    if wheel is None or wheel.origin is None or sys.platform != "linux":
        return None
    path = Path(wheel.origin).parent / "vendor" / "libfaketime" / "src" / "libfaketime.so.1"
    return str(path) if path.exists() else None
