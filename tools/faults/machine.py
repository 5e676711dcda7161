"""What this machine allows. A fault that it forbids is skipped with the reason, never in silence."""

from __future__ import annotations

import ctypes.util
import os
import shutil
import subprocess
from functools import cache


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
    """The preload library that shifts clocks, or ``None`` where libfaketime is not installed."""
    found = ctypes.util.find_library("faketime")
    if found is not None:
        return found
    places = ("/usr/lib/x86_64-linux-gnu/faketime", "/usr/lib/aarch64-linux-gnu/faketime", "/usr/lib/faketime")
    for place in places:
        path = os.path.join(place, "libfaketime.so.1")  # noqa: PTH118
        if os.path.exists(path):  # noqa: PTH110
            return path
    return None
