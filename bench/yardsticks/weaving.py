"""How a yardstick client is run: warmed by some pictures, then measured from inside its own process."""

from __future__ import annotations

import argparse
import asyncio
import json
import tempfile
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import Protocol

WARM_PICTURES = 64


class Weave(Protocol):
    def __call__(self, base_url: str, folder: Path, *, pictures: int, in_flight: int) -> Awaitable[None]: ...


def run(weave: Weave) -> None:
    """Prints the processor seconds and the seconds that the pictures took, as JSON."""
    parser = argparse.ArgumentParser()
    parser.add_argument("base_url")
    parser.add_argument("pictures", type=int)
    parser.add_argument("in_flight", type=int)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        print(json.dumps(asyncio.run(_measured(weave, options, Path(folder)))))


async def _measured(weave: Weave, options: argparse.Namespace, folder: Path) -> dict[str, float]:
    await weave(options.base_url, folder, pictures=WARM_PICTURES, in_flight=WARM_PICTURES)
    began, used = time.monotonic(), time.process_time()
    await weave(options.base_url, folder, pictures=options.pictures, in_flight=options.in_flight)
    return {"processor": time.process_time() - used, "seconds": time.monotonic() - began}
