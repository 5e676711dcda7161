"""Writes docs/operations/reliability.md from the catalogue of faults, the tests about them and the last long run."""

from __future__ import annotations

import ast
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from tests.faults.catalogue import INVARIANTS, ROWS
from tools.gen.writing import ROOT, write_or_check

TESTS = ROOT / "tests"
RECORD = ROOT / "docs" / "operations" / "faults.json"
NAME = "docs/operations/reliability.md"

HEAD = """# Faults that are survived

Each row is a fault that the tests make happen in the middle of a batch; then the ledger, the database, the disk and the
account of the fake provider are compared. `python run.py test` runs the short half, `python run.py test --long` all of
it, and `python run.py test --long tests/faults/test_kills.py` a part, which renews its rows alone. This page is
generated from `tests/faults/catalogue.py`, the tests that name its rows, and the record of the last long runs; the date
of a row is that of the oldest run that counts in it.

After every fault these are compared:

"""


def find_tests() -> Mapping[int, list[str]]:
    """Which tests say that they are about a row: ``file::function``, found in the sources."""
    found: dict[int, list[str]] = defaultdict(list)
    for path in sorted(TESTS.rglob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for number in _rows(node):
                    found[number].append(f"{path.relative_to(ROOT).as_posix()}::{node.name}")
    return found


def _rows(function: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[int]:
    for decorator in function.decorator_list:
        if isinstance(decorator, ast.Call) and ast.unparse(decorator.func) == "pytest.mark.fault":
            values = (argument.value for argument in decorator.args if isinstance(argument, ast.Constant))
            yield from (value for value in values if isinstance(value, int))


def outcome(entries: list[dict[str, Any]]) -> str:
    """In words: how many runs of a row's tests passed, why others did not run, and how old that is."""
    if not entries:
        return "not run"
    oldest = min(entry["on"] for entry in entries)
    counts = {word: sum(entry["outcome"] == word for entry in entries) for word in ("passed", "failed", "skipped")}
    words = ", ".join(f"{number} {word}" for word, number in counts.items() if number)
    reasons = {entry["reason"] for entry in entries if "reason" in entry}
    words += f" ({'; '.join(sorted(reasons))})" if reasons else ""
    return f"{oldest}: {words}"


def known(record: Mapping[str, Any] | None, number: int, tests: Mapping[int, list[str]]) -> list[dict[str, Any]]:
    """What is recorded of a row by tests that are still there."""
    entries = [] if record is None else record["rows"].get(str(number), [])
    return [entry for entry in entries if entry["test"].partition("[")[0] in tests.get(number, ())]


def page(record: Mapping[str, Any] | None) -> str:
    tests = find_tests()
    lines = [HEAD]
    lines += [f"- **{letter}** {text}\n" for letter, text in INVARIANTS.items()]
    if record is not None:
        lines.append(f"\nThe last long runs were on {record['machine']}.\n")
    lines.append("\n| | fault | what must be true | tests | last long run |\n| --- | --- | --- | --- | --- |\n")
    for number, row in ROWS.items():
        entries = known(record, number, tests)
        if row.waits_for is not None and number not in tests:
            lines.append(f"| {number} | {row.fault} | {row.expected} | waits for {row.waits_for} | |\n")
            continue
        files = sorted({test.partition("::")[0].rpartition("/")[2] for test in tests[number]})
        lines.append(f"| {number} | {row.fault} | {row.expected} | {', '.join(files)} | {outcome(entries)} |\n")
    return "".join(lines)


def main(words: list[str]) -> int:
    record = json.loads(RECORD.read_text()) if RECORD.exists() else None
    return write_or_check(NAME, page(record), check="--check" in words, saw=f"{len(ROWS)} rows")


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
