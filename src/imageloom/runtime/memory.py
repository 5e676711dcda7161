"""A process that runs out of memory ends at once, wherever that shows.

A thread that dies of it takes with it the promises that it was to keep: whoever awaits a database's answer from it
waits for ever, in a process that looks alive. From an end everything comes back, for that is what the ledger is for.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import os
import sys
import threading
from typing import Any, NoReturn

EXIT_CODE = 71
"""``EX_OSERR`` of sysexits.h: the system could not give what was needed."""
SPARE_BYTES = 16 * 1024 * 1024
"""Whoever does not get so little, and a thread, is out of memory; else it was one wish that was too large."""
_LAST_WORDS = b"Imageloom ran out of memory and ends. Start it again: what was paid for is known and goes on.\n"
_NO_THREAD = "can't start new thread"
_SWALLOWERS = ("asyncio", "concurrent.futures")
"""These only log what a callback or a pool's thread died of."""


def end_without_memory() -> None:
    """To be called once, first in a process that serves."""
    threading.excepthook = _on_thread_ended
    sys.unraisablehook = _on_unraisable
    for name in _SWALLOWERS:
        logging.getLogger(name).addFilter(_watch_record)


def watch_loop() -> None:
    """The same for the running loop's callbacks and for tasks that nobody awaits."""
    asyncio.get_running_loop().set_exception_handler(_on_loop_error)


def is_shortage(error: BaseException | None) -> bool:
    """Whether the system did not give memory, or a thread, which is mostly memory too."""
    if isinstance(error, MemoryError):
        return True
    if isinstance(error, OSError):
        return error.errno == errno.ENOMEM
    return isinstance(error, RuntimeError) and str(error) == _NO_THREAD


def end_if_short(error: BaseException | None) -> None:
    """For edges of the process that only our own doing reaches: does not return from a shortage."""
    if is_shortage(error):
        _end()


def end_unless_spare(error: BaseException) -> bool:
    """For edges that wishes from outside reach: whether it was a shortage, which this wish alone may have met."""
    if not is_shortage(error):
        return False
    try:
        bytearray(SPARE_BYTES)
        threading.Thread(target=int).start()
    except (MemoryError, RuntimeError):
        _end()
    return True


def _end() -> NoReturn:
    os.write(2, _LAST_WORDS)
    os._exit(EXIT_CODE)


def _on_thread_ended(arguments: threading.ExceptHookArgs) -> None:
    end_if_short(arguments.exc_value)
    threading.__excepthook__(arguments)


def _on_unraisable(arguments: sys.UnraisableHookArgs) -> None:
    end_if_short(arguments.exc_value)
    sys.__unraisablehook__(arguments)


def _on_loop_error(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    end_if_short(context.get("exception"))
    loop.default_exception_handler(context)


def _watch_record(record: logging.LogRecord) -> bool:
    if record.exc_info:
        end_if_short(record.exc_info[1])
    return True
