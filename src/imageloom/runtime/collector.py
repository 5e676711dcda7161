"""Python's collector of cycles, for a process that has loaded much and then works for long.

Python has it look through the young objects whenever seven hundred more were made than went, which is less than a
request makes. Everything that is under way is young then, and lives: of a picture's way through the gateway that was
a tenth of the interpreter's time.
"""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager

YOUNG_OBJECTS = 10_000
"""How many more were made than went until they are looked through. A look takes half a millisecond or so."""


@contextmanager
def loading() -> Iterator[None]:
    """What is loaded in the block stays: the collector walks it neither meanwhile, which is a tenth of the time, nor
    ever again.
    """
    gc.disable()
    try:
        yield
    finally:
        settle()
        gc.enable()


def settle() -> None:
    """What there is now stays, and what comes is looked through less often."""
    gc.freeze()
    gc.set_threshold(YOUNG_OBJECTS, *gc.get_threshold()[1:])
