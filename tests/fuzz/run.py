"""``python -m tests.fuzz.run TARGET FOLDER -runs=N``: one fuzzer over a corpus, in a process of its own."""

from __future__ import annotations

import sys

import atheris

with atheris.instrument_imports(include=["imageloom"]):
    from tests.fuzz.targets import TARGETS

if __name__ == "__main__":
    target = TARGETS[sys.argv.pop(1)]
    atheris.Setup(sys.argv, target)
    atheris.Fuzz()
