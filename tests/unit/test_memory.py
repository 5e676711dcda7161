"""What becomes of a process that runs out of memory, seen from outside."""

from __future__ import annotations

import subprocess
import sys
import textwrap

import pytest

from imageloom.runtime import memory

EDGES = {
    "thread": """
        thread = threading.Thread(target=short)
        thread.start()
        thread.join()
        """,
    "pool": """
        class Stolen(concurrent.futures.thread._WorkItem):
            def run(self):
                short()
        concurrent.futures.thread._WorkItem = Stolen
        concurrent.futures.ThreadPoolExecutor(1).submit(int)
        """,
    "callback": """
        async def main():
            memory.watch_loop()
            asyncio.get_running_loop().call_soon(short)
            await asyncio.sleep(5)
        asyncio.run(main())
        """,
    "finalizer": """
        class Heavy:
            def __del__(self):
                short()
        Heavy()
        """,
}
BEFORE = """
import asyncio, concurrent.futures, concurrent.futures.thread, threading, time
from imageloom.runtime import memory
memory.end_without_memory()
def short():
    raise {error}
"""


def run(edge: str, error: str) -> subprocess.CompletedProcess[str]:
    program = BEFORE.format(error=error) + textwrap.dedent(EDGES[edge]) + "\nprint('went on')\ntime.sleep(0.2)\n"
    return subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize("error", ["MemoryError", "OSError(12, 'x')", 'RuntimeError("can\'t start new thread")'])
@pytest.mark.parametrize("edge", EDGES)
def test_a_shortage_ends_the_process_wherever_it_shows(edge: str, error: str) -> None:
    result = run(edge, error)
    assert result.returncode == memory.EXIT_CODE, result.stderr
    assert "ran out of memory" in result.stderr


@pytest.mark.parametrize("edge", ["thread", "finalizer"])
def test_other_errors_do_not(edge: str) -> None:
    result = run(edge, "ValueError('another')")
    assert (result.returncode, result.stdout) == (0, "went on\n")
    assert "another" in result.stderr


def test_a_wish_that_was_too_large_ends_nobody() -> None:
    with pytest.raises(MemoryError) as found:
        bytearray(2**62)
    assert memory.end_unless_spare(found.value)
    assert not memory.end_unless_spare(ValueError("another"))
