"""``python -m bench [NAME ...]``: runs the benches, prints what they found and writes it into the document."""

from __future__ import annotations

import argparse
import importlib

from bench.report import rows, write

BENCHES = (
    "weave",
    "submit",
    "prompts",
    "claim",
    "budgets",
    "previews",
    "start",
    "listeners",
    "lists",
    "zips",
    "prices",
    "gateway",
    "page",
)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*BENCHES, []], help="which; all when none is named")
    parser.add_argument("--rounds", type=int, default=5, help="how often each side runs")
    parser.add_argument("--print-only", action="store_true", help="leave the document alone")
    options = parser.parse_args()
    for name in options.names or BENCHES:
        findings = importlib.import_module(f"bench.{name}").run(rounds=options.rounds)
        print(f"\n{name}", *rows(findings), sep="\n", flush=True)
        if not options.print_only:
            write(name, findings)


if __name__ == "__main__":
    main()
