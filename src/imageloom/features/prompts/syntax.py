"""What a prompt says, as a tree. Positions count characters of the text that was parsed, from 0."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

Sampler = Literal["random", "cyclical"]


class Text(NamedTuple):
    text: str


@dataclass(frozen=True, slots=True)
class Sequence:
    parts: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Option:
    weight: float
    node: Sequence


@dataclass(frozen=True, slots=True)
class Choice:
    """``{a|b}``. ``low`` and ``high`` may be more than there are."""

    options: tuple[Option, ...]
    low: int
    high: int
    separator: str
    sampler: Sampler
    at: int
    source: str


class Reference(NamedTuple):
    """``__name__``, with arguments for the variables of its values."""

    pattern: str
    sampler: Sampler
    arguments: tuple[tuple[str, Sequence], ...]
    excluded: frozenset[str]
    at: int
    source: str


@dataclass(frozen=True, slots=True)
class Assign:
    """``${name=value}``. ``at_once`` chooses where it stands; else each use chooses. ``shown`` also says it there."""

    name: str
    value: Sequence
    at_once: bool
    shown: bool
    at: int
    source: str


@dataclass(frozen=True, slots=True)
class Use:
    """``${name}`` or ``${name:default}``."""

    name: str
    default: Sequence | None
    at: int
    source: str


Node: TypeAlias = Text | Sequence | Choice | Reference | Assign | Use


@dataclass(frozen=True, slots=True)
class Parsed:
    """``remarks`` are the comments that were left out."""

    text: str
    tree: Sequence
    remarks: tuple[str, ...]
