"""Every fault of the catalogue has a test, or says what it waits for."""

from __future__ import annotations

from tests.faults.catalogue import ROWS
from tests.faults.record import renewed
from tools.gen.reliability_page import find_tests, outcome, page


def test_every_row_has_a_test_or_says_what_it_waits_for() -> None:
    tests = find_tests()
    assert set(tests) <= set(ROWS)
    without = [number for number, row in ROWS.items() if number not in tests and row.waits_for is None]
    assert without == []


def test_the_page_tells_of_every_row_and_hides_no_failure() -> None:
    test = find_tests()[1][0]
    entry = {"test": f"{test}[1]", "seconds": 1.0, "on": "2026-11-25"}
    entries = [{**entry, "outcome": "passed"}, {**entry, "outcome": "failed", "on": "2026-11-28"}]
    skipped = [{**entry, "outcome": "skipped", "reason": "no unshare"}]
    gone = {**entry, "test": "tests/faults/test_gone.py::test_that_was", "outcome": "passed"}
    written = page({"machine": "a machine", "rows": {"1": [*entries, gone]}})
    assert all(f"| {number} |" in written for number in ROWS)
    assert "| 2026-11-25: 1 passed, 1 failed |" in written
    assert outcome(skipped) == "2026-11-25: 1 skipped (no unshare)"
    assert outcome([]) == "not run"


def test_a_run_of_some_tests_renews_what_is_known_of_those_alone() -> None:
    before = {"1": [{"test": "a", "on": "old"}, {"test": "b", "on": "old"}], "2": [{"test": "b", "on": "old"}]}
    rows = renewed(before, {1: [{"test": "b", "on": "new"}], 10: [{"test": "c", "on": "new"}]})
    assert rows == {
        "1": [{"test": "a", "on": "old"}, {"test": "b", "on": "new"}],
        "10": [{"test": "c", "on": "new"}],
    }
