"""Every fault of the catalogue has a test, or says what it waits for."""

from __future__ import annotations

from tests.faults.catalogue import ROWS
from tools.gen.reliability_page import find_tests, outcome, page


def test_every_row_has_a_test_or_says_what_it_waits_for() -> None:
    tests = find_tests()
    assert set(tests) <= set(ROWS)
    without = [number for number, row in ROWS.items() if number not in tests and row.waits_for is None]
    assert without == []


def test_the_page_tells_of_every_row_and_hides_no_failure() -> None:
    entry = {"test": "t", "seconds": 1.0}
    entries = [{**entry, "outcome": "passed"}, {**entry, "outcome": "failed"}]
    skipped = [{**entry, "outcome": "skipped", "reason": "no unshare"}]
    record = {"ended_at": "now", "machine": "a machine", "rows": {"1": entries, "2": skipped}}
    written = page(record)
    assert all(f"| {number} |" in written for number in ROWS)
    assert "1 passed, 1 failed" in written
    assert outcome(skipped) == "1 skipped (no unshare)"
    assert outcome([]) == "not run"
