"""Runs a local engine. Called in a worker process, with the name of the engine's module."""

from __future__ import annotations

import importlib
from dataclasses import dataclass
from pathlib import Path

from imageloom.contracts.provider import Done, Fault, ImageRequest, Outcome


@dataclass
class WorkerIO:
    """See :class:`imageloom.contracts.provider.LocalIO`."""

    folder: Path
    fraction: float = 0.0

    def progress(self, fraction: float) -> None:
        self.fraction = fraction


def run_local(module: str, request: ImageRequest, folder: Path) -> Done | Fault:
    """Whatever the engine raises is a failed attempt, not a failed server."""
    provider = importlib.import_module(module).PROVIDER
    try:
        result: Done | Fault = provider.run(request, WorkerIO(folder))
    # A process edge: engines are other people's code, and theirs is the only code that runs here.
    except Exception as error:
        return Fault(
            outcome=Outcome.failed, code="engine_error", message=f"{type(error).__name__}: {error}", billed=False
        )
    return result
