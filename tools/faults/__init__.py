"""Faults on demand for tests, benches and dry runs: a bad network, full and read-only disks, failing system calls."""
