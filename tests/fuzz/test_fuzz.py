"""What the fuzzers found is tried again at each change; in the long suite they look for more."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS

CORPUS = Path(__file__).parent / "corpus"
ROOT = CORPUS.parent.parent.parent
RUNS = {"workbooks": 5_000, "sheets": 20_000}
RUNS_OTHERS = 100_000
FOUND = [(target, path) for target in TARGETS for path in sorted((CORPUS / target).iterdir())]


@pytest.mark.parametrize(("target", "path"), FOUND, ids=[f"{target} {path.name}" for target, path in FOUND])
def test_what_was_found_stays_mended(target: str, path: Path) -> None:
    TARGETS[target](path.read_bytes())


def test_every_target_has_a_corpus() -> None:
    assert {target for target, _path in FOUND} == set(TARGETS)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("target", TARGETS)
def test_a_fuzzer_finds_nothing_new(target: str, tmp_path: Path) -> None:
    corpus = tmp_path / "corpus"
    shutil.copytree(CORPUS / target, corpus)
    runs = RUNS.get(target, RUNS_OTHERS)
    command = [sys.executable, "-m", "tests.fuzz.run", target, str(corpus), f"-runs={runs}", "-seed=1", "-max_len=4096"]
    # A finding is written beside the corpus; commit it there once it is mended.
    ended = subprocess.run(
        [*command, f"-artifact_prefix={tmp_path}/", "-timeout=20", "-rss_limit_mb=2048"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=1700,
    )
    assert ended.returncode == 0, ended.stderr[-4000:]
