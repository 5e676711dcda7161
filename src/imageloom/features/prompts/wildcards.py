"""Wildcards: names and the values that each stands for, and the files that hold them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from typing import Any, Protocol

from imageloom.features.prompts.errors import WildcardBad

VALUES_MAX = 2_000_000
VALUE_CHARACTERS_MAX = 20_000
NAME_CHARACTERS_MAX = 200
FOLDERS_MAX = 4
"""Of ``**/`` in a pattern: each doubles what is looked for."""
_WEIGHTED = re.compile(r"\s*(\d{1,9}(?:\.\d{1,9})?|\.\d{1,9})\s*::")
_FOLDERS = re.compile(r"(?:\A|(?<=/))(?:\*\*/)+")
_NAME = re.compile(r"[\w\-.]+(?: [\w\-.]+)*(?:/[\w\-.]+(?: [\w\-.]+)*)*")


@dataclass(frozen=True)
class Values:
    """What a wildcard stands for. ``weights`` are ``None`` where all are alike."""

    texts: Sequence[str]
    weights: Sequence[float] | None = None

    @classmethod
    def of(cls, entries: Iterable[tuple[str, float]], *, source: str) -> Values:
        """The same text twice is one value with both weights. Raises :class:`WildcardBad`."""
        found: dict[str, float] = {}
        for text, weight in entries:
            if len(text) > VALUE_CHARACTERS_MAX:
                raise WildcardBad(f"{source}: a value has more than {VALUE_CHARACTERS_MAX} characters.", rule="value")
            if "\x00" in text:
                raise WildcardBad(f"{source}: a value holds a NUL character.", rule="value")
            if not 0 < weight <= 1e9:
                raise WildcardBad(f"{source}: the weight of {text[:60]!r} is not above 0, up to 10^9.", rule="weight")
            found[text] = found.get(text, 0.0) + weight
            if len(found) > VALUES_MAX:
                raise WildcardBad(f"{source}: more than {VALUES_MAX} values.", rule="size")
        alike = len(set(found.values())) <= 1
        return cls(list(found), None if alike else list(found.values()))

    @cached_property
    def longest(self) -> int:
        return max(map(len, self.texts), default=0)


class Wildcards(Protocol):
    """Where values come from. A pattern is a name, or one with ``*``, which stands for anything, folders too; ``**/``
    also stands for no folder.
    """

    def find(self, pattern: str) -> Sequence[tuple[str, Values]]:
        """Each name that the pattern means, with its values, in order of names. Raises :class:`WildcardBad`."""
        ...

    def names(self) -> Sequence[str]:
        """Every name, for the hint of a name that is none."""
        ...


@dataclass(frozen=True)
class GivenWildcards:
    """Values that are at hand."""

    given: Mapping[str, Values]

    def find(self, pattern: str) -> Sequence[tuple[str, Values]]:
        return [(name, self.given[name]) for name in matching(pattern, self.given)]

    def names(self) -> Sequence[str]:
        return list(self.given)


def matching(pattern: str, names: Iterable[str]) -> list[str]:
    """The names that a pattern means, sorted; capitals count for nothing, as on some file systems."""
    wanted = pattern.strip("/").casefold()
    if "*" not in wanted:
        return sorted(name for name in names if name.casefold() == wanted)
    patterns = _without_folders(wanted)
    return sorted(name for name in names if any(fnmatchcase(name.casefold(), one) for one in patterns))


def _without_folders(pattern: str) -> list[str]:
    """The pattern, and what it is where its ``**/`` stand for no folder: ``light/**/*`` means ``light/warm`` too."""
    pieces = _FOLDERS.split(pattern)
    if len(pieces) > FOLDERS_MAX + 1:
        raise WildcardBad(f"__{pattern[:60]}__ has more than {FOLDERS_MAX} of **/.", rule="name")
    found = [pieces[0]]
    for piece in pieces[1:]:
        found = [start + between + piece for start in found for between in ("*/", "")]
    return found


def checked_name(name: str) -> str:
    """Raises :class:`WildcardBad` for what can be no name."""
    if len(name) > NAME_CHARACTERS_MAX or not _NAME.fullmatch(name) or ".." in name or "__" in name:
        raise WildcardBad(
            f"{name[:60]!r} cannot be the name of a wildcard.",
            rule="name",
            hint="Letters, digits, spaces and -_. with / between folders.",
        )
    return name


def read_lines(lines: Iterable[str], *, source: str) -> Values:
    """One value a line; empty lines and those that begin with # are passed over."""

    def entries() -> Iterator[tuple[str, float]]:
        for line in lines:
            text = line.strip()
            if text and not text.startswith("#"):
                yield _entry(text)

    return Values.of(entries(), source=source)


def read_tree(document: Any, *, name: str, folder: str) -> dict[str, Values]:
    """The lists of a YAML or JSON document. A list alone is named as its file is; others by their keys."""
    if isinstance(document, list):
        return {checked_name(folder + name): _list(document, source=name)}
    if not isinstance(document, dict):
        raise WildcardBad(f"{name}: this is neither a list nor lists under names.", rule="file")
    found: dict[str, Values] = {}
    for key, value in document.items():
        path = f"{folder}{str(key).strip()}"
        if isinstance(value, list):
            found[_named(path, name)] = _list(value, source=f"{name}: {key}")
        elif isinstance(value, dict):
            found |= read_tree(value, name=name, folder=f"{path}/")
        elif _is_text(value) and str(value).strip():
            found[_named(path, name)] = Values.of([_entry(str(value).strip())], source=f"{name}: {key}")
        else:
            raise WildcardBad(f"{name}: {key} holds no list.", rule="file")
    return found


def _named(path: str, file: str) -> str:
    """Says which file has a name that can be none."""
    try:
        return checked_name(path)
    except WildcardBad as error:
        error.detail = f"{file}: {error.detail}"
        raise


def _is_text(value: Any) -> bool:
    """A number in JSON is the text that stands there, as it is in YAML."""
    return isinstance(value, str | int | float) and not isinstance(value, bool)


def _list(items: list[Any], *, source: str) -> Values:
    def entries() -> Iterator[tuple[str, float]]:
        for item in items:
            if _is_text(item):
                yield _entry(str(item).strip())
            elif isinstance(item, dict) and len(item) == 1:
                ((text, weight),) = item.items()
                yield str(text), _weight(weight, source=source)
            else:
                raise WildcardBad(f"{source}: an entry is a text, or one text with its weight.", rule="file")

    return Values.of(entries(), source=source)


def _weight(weight: Any, *, source: str) -> float:
    try:
        return float(weight)
    except (TypeError, ValueError, OverflowError):
        raise WildcardBad(f"{source}: {str(weight)[:60]!r} is no weight.", rule="weight") from None


def _entry(text: str) -> tuple[str, float]:
    match = _WEIGHTED.match(text) if "::" in text else None
    return (text, 1.0) if match is None else (text[match.end() :].strip(), float(match.group(1)))
