"""Generated files: written, or compared with what is committed."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent


def write_or_check(name: str, text: str, *, check: bool, saw: str) -> int:
    """The exit code. ``saw`` says how much went in: a generator that saw nothing would be always fresh."""
    path = ROOT / name
    if not check:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        print(f"{name}: {saw}")
        return 0
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        print(f"{name} is stale. Generate it: just gen")
        return 1
    print(f"{name}: {saw}, fresh")
    return 0
