"""Where price lines come from: the files that ship with the program, and those of the operator of an installation.

The operator's lie in ``prices/`` of the data directory, ``PROVIDER.yaml`` or ``PROVIDER.anything.yaml``, or with
``.yml``. They are read again when one changes. The program does not start on a broken one; one that breaks while it
runs is said, and the book stays as it was.
"""

from __future__ import annotations

import os
import re
from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path

import structlog

from imageloom.features.catalog.price_lines import PriceBookBroken, PriceLine, parse_prices
from imageloom.features.catalog.prices import PriceBook

log = structlog.get_logger(__name__)

SUFFIX = ".yaml"
_SUFFIXES = (SUFFIX, ".yml")
"""Of an operator's files."""
NAME = re.compile(r"[A-Za-z0-9_-]{1,64}(?:\.[A-Za-z0-9_-]{1,100})*\.ya?ml")
"""Of an operator's file: the provider first, and nothing that a file system or an archive could take amiss."""

_Signature = tuple[tuple[str, int, int], ...]


@dataclass
class PriceShelf:
    """The book of one installation, as its files are now."""

    folder: Path
    trouble: str | None = None
    """What is wrong with the operator's files now, while an older reading of them holds."""
    _book: PriceBook | None = field(default=None, repr=False)
    _signature: _Signature | None = field(default=None, repr=False)

    def book(self) -> PriceBook:
        """Raises :class:`PriceBookBroken` when it never could be read."""
        signature = _signature(self.folder)
        if self._book is None or signature != self._signature:
            try:
                self._book, self.trouble = load(self.folder), None
            except PriceBookBroken as error:
                if self._book is None:
                    raise
                self.trouble = str(error)
                log.exception("price_file_broken")
            self._signature = signature
        return self._book


@cache
def price_shelf(folder: Path) -> PriceShelf:
    """The shelf of an installation's folder, one in each process."""
    return PriceShelf(folder)


def load(folder: Path) -> PriceBook:
    """The book as the files are now. Raises :class:`PriceBookBroken`."""
    lines: defaultdict[str, list[PriceLine]] = defaultdict(list)
    for provider, shipped in shipped_lines().items():
        lines[provider] += shipped
    for path in override_files(folder):
        lines[provider_of(path)] += read_prices(path)
    return PriceBook(lines={provider: tuple(found) for provider, found in lines.items()})


@cache
def shipped_lines() -> dict[str, tuple[PriceLine, ...]]:
    """The lines that ship with the program, by provider."""
    return {
        file.name.removesuffix(SUFFIX): parse_prices(file.read_text(encoding="utf-8"), name=file.name)
        for file in sorted(files("imageloom.prices").iterdir(), key=lambda file: file.name)
        if file.name.endswith(SUFFIX)
    }


def override_files(folder: Path) -> Iterator[Path]:
    """The operator's files, in order of their names."""
    yield from (folder / entry.name for entry in _entries(folder))


def provider_of(path: Path) -> str:
    """Whose prices a file of the operator's holds, by its name."""
    return path.name.partition(".")[0]


def read_prices(path: Path) -> tuple[PriceLine, ...]:
    """The lines of an operator's file. Raises :class:`PriceBookBroken`."""
    if not NAME.fullmatch(path.name):
        raise PriceBookBroken(f"{path}: the name is not PROVIDER.yaml or PROVIDER.anything.yaml.")
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise PriceBookBroken(f"{path} cannot be read: {error}") from error
    return parse_prices(text, name=str(path), is_override=True)


def _signature(folder: Path) -> _Signature:
    found = []
    for entry in _entries(folder):
        # One that is taken away in this moment is simply not there.
        with suppress(FileNotFoundError):
            stat = entry.stat()
            found.append((entry.name, stat.st_mtime_ns, stat.st_size))
    return tuple(found)


def _entries(folder: Path) -> list[os.DirEntry[str]]:
    """The operator's files, in order of their names. Mostly there is not even a folder."""
    try:
        with os.scandir(folder) as entries:
            return sorted((one for one in entries if one.name.endswith(_SUFFIXES)), key=lambda one: one.name)
    except FileNotFoundError:
        return []
