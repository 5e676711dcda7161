"""Writes docs/reference/commands.md from the command line itself, or checks that it is fresh."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import typer.main

from imageloom.doors.cli.main import app
from tools.gen.writing import write_or_check

HEAD = """# Commands

Generated from the command line itself. Exit codes: 0 all is done, 1 something is not done, 2 the input is wrong,
3 the server cannot be reached, 130 detached.
"""


def pages(command: object, path: str) -> Iterator[str]:
    commands = getattr(command, "commands", {})
    if not commands or getattr(command, "invoke_without_command", False):
        yield page(command, path)
    for name, child in sorted(commands.items()):
        yield from pages(child, f"{path} {name}")


def page(command: object, path: str) -> str:
    lines = [f"\n## `{path}`\n\n{(getattr(command, 'help', '') or '').strip()}\n"]
    for parameter in getattr(command, "params", []):
        if getattr(parameter, "hidden", False) or parameter.name == "help":
            continue
        is_option = parameter.param_type_name == "option"
        shown = ", ".join(parameter.opts) if is_option else str(parameter.name)
        lines.append(f"\n- `{shown}` {(getattr(parameter, 'help', '') or '').strip()}".rstrip())
    return "".join(lines) + "\n"


def main(words: list[str]) -> int:
    found = list(pages(typer.main.get_command(app), "imageloom"))
    return write_or_check(
        "docs/reference/commands.md", HEAD + "".join(found), check="--check" in words, saw=f"{len(found)} commands"
    )


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
