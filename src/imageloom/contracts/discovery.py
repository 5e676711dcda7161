"""Finds extensions: public modules of a package, and entry points of third parties."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Broken:
    """A third-party extension that could not be loaded; reported, never fatal."""

    name: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Discovered(Generic[T]):
    found: dict[str, T]
    broken: tuple[Broken, ...]


def discover(package: str, attribute: str, *, kinds: tuple[type, ...], group: str, key: str = "id") -> Discovered[T]:
    """Every ``attribute`` of the package's public modules, plus the entry points of ``group``, by their ``key``.

    A built-in that is broken or repeats an id raises, because that is our bug. A third-party one is listed in
    ``broken``.
    """
    found: dict[str, T] = {}
    for name in sorted(_public_modules(package)):
        extension = getattr(importlib.import_module(name), attribute)
        _check(extension, kinds, name)
        _add(found, getattr(extension, key), extension, name)
    broken: list[Broken] = []
    for point in entry_points(group=group):
        try:
            extension = point.load()
            _check(extension, kinds, point.value)
            _add(found, getattr(extension, key), extension, point.value)
        # A process edge: other people's code may fail in any way, and must not take the studio down.
        except Exception as error:
            broken.append(Broken(name=point.value, reason=f"{type(error).__name__}: {error}"))
    return Discovered(found=found, broken=tuple(broken))


def _public_modules(package: str) -> Iterable[str]:
    module = importlib.import_module(package)
    for info in pkgutil.iter_modules(module.__path__):
        if not info.name.startswith("_"):
            yield f"{package}.{info.name}"


def _check(extension: object, kinds: tuple[type, ...], name: str) -> None:
    if not isinstance(extension, kinds):
        expected = " or ".join(kind.__name__ for kind in kinds)
        raise TypeError(f"{name}: {extension!r} is not a {expected}")


def _add(found: dict[str, T], key: str, extension: T, name: str) -> None:
    if key in found:
        raise ValueError(f"{name}: the id {key!r} is taken")
    found[key] = extension
