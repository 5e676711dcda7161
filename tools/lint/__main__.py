"""``python -m tools.lint``: prints what breaks a rule, and how much was seen."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Sequence
from pathlib import Path

from tools.lint.rules import RULES, TALK, Source, talk

ROOT = Path(__file__).resolve().parent.parent.parent
ENOUGH_FILES = 150
ENOUGH_TEXTS = 20
TEXTS = (".md", ".toml", ".yaml", ".yml", ".json", ".csv", ".txt", ".jsonl", ".sh", "justfile", "run")


def known_files() -> list[str]:
    """Every file that git knows or would know, and that is there."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout.splitlines()
    return sorted(name for name in set(listed) if (ROOT / name).is_file())


def sources(names: Sequence[str]) -> list[Source]:
    """The Python files, parsed."""
    found = []
    for name in names:
        if name.endswith(".py"):
            text = (ROOT / name).read_text(encoding="utf-8")
            found.append(Source(name=name, text=text, tree=ast.parse(text)))
    return found


def texts(names: Sequence[str]) -> list[tuple[str, str]]:
    """The files of words; some are samples of other encodings, which are read as far as they go."""
    return [(name, (ROOT / name).read_text(encoding="utf-8", errors="replace")) for name in names if is_text(name)]


def is_text(name: str) -> bool:
    return name.endswith(TEXTS)


def main() -> int:
    names = known_files()
    files, words = sources(names), texts(names)
    faults = [fault for source in files for rule in RULES for fault in rule.check(source)]
    faults += [f"{name}:{number}: speaks-of-itself: {TALK}" for name, text in words for number in talk(name, text)]
    for fault in faults:
        print(fault)
    if len(files) < ENOUGH_FILES or len(words) < ENOUGH_TEXTS:
        print(f"only {len(files)} files and {len(words)} texts were seen: the linter looks in the wrong place")
        return 1
    print(f"{len(files)} files, {len(words)} texts, {len(RULES)} rules, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    raise SystemExit(main())
