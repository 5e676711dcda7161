"""Names of delivered files from a template, safe on every system, each different."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from typing import ClassVar

from imageloom.kit.errors import InvalidInput
from imageloom.kit.numbers import whole_number

DEFAULT_TEMPLATE = "[index]-[prompt:words=6]-[seed]"
EXT_CHARACTERS = 8
PART_BYTES = 120
TEMPLATE_CHARACTERS = 500
DEFAULT_WORDS = 10
_TOKEN = re.compile(r"\[([^\[\]]*)\]|\{([^{}]*)\}")
# What some system refuses, what cannot be seen, what turns the rest of a name around, and halves of characters.
_FORBIDDEN = re.compile(
    r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060\u2066-\u2069\ufeff\ud800-\udfff]'
)
_SEPARATOR = re.compile(r"[-_ .,]*$")
_PORTS = "0123456789¹²³"
_RESERVED = frozenset(
    {"con", "prn", "aux", "nul", "conin$", "conout$", *(f"{port}{n}" for port in ("com", "lpt") for n in _PORTS)}
)
_WITHOUT_ARGUMENT = [
    "seed",
    "batch",
    "item",
    "index",
    "project",
    "user",
    "provider",
    "model",
    "width",
    "height",
    "quality",
    "style",
    "prompt",
    "prompt_hash",
    "rating",
    "date",
    "time",
    "year",
    "month",
    "day",
    "version",
    "ext",
]
_WITH_ARGUMENT = ("prompt", "column", "wildcard", "hash")


class NameTemplateError(InvalidInput):
    """The name template holds something that is no token."""

    code: ClassVar[str] = "bad_name_template"
    title: ClassVar[str] = "The name template cannot be used."
    way_out: ClassVar[str] = f"Such as {DEFAULT_TEMPLATE}."


@dataclass(frozen=True, kw_only=True)
class NameValues:
    """What the tokens of one picture stand for. Absent values are empty."""

    index: int
    total: int
    ext: str
    created_at: datetime
    hash: str = ""
    batch: str = ""
    item: str = ""
    project: str = ""
    user: str = ""
    provider: str = ""
    model: str = ""
    prompt: str = ""
    seed: int | None = None
    width: int | None = None
    height: int | None = None
    quality: str = ""
    style: str = ""
    rating: str = ""
    version: str = ""
    columns: Mapping[str, str] = field(default_factory=dict)
    wildcards: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class _Token:
    name: str
    argument: str = ""


@dataclass(frozen=True)
class NameTemplate:
    """A parsed template: literal text and tokens. Slashes of the literals make folders."""

    parts: tuple[str | _Token, ...]
    has_ext: bool

    @property
    def begins_with_index(self) -> bool:
        """Whether no two pictures of a batch can have the same name, however the rest comes out."""
        first = self.parts[0]
        return isinstance(first, _Token) and first.name == "index"

    @classmethod
    def parse(cls, text: str) -> NameTemplate:
        """Raises :class:`NameTemplateError`, which names the token and the nearest one."""
        if not text.strip() or len(text) > TEMPLATE_CHARACTERS:
            raise NameTemplateError(
                f"A name template has 1 to {TEMPLATE_CHARACTERS} characters.", field="names", hint=DEFAULT_TEMPLATE
            )
        parts: list[str | _Token] = []
        position = 0
        for match in _TOKEN.finditer(text):
            parts.append(text[position : match.start()])
            parts.append(_parse_token(match.group(1) if match.group(1) is not None else match.group(2), match.group(0)))
            position = match.end()
        parts.append(text[position:])
        kept = tuple(part for part in parts if part != "")
        return cls(kept, any(isinstance(part, _Token) and part.name == "ext" for part in kept))

    def render(self, values: NameValues) -> str:
        """A relative path with forward slashes; never empty, never outside the folder."""
        text = ""
        for part in self.parts:
            if isinstance(part, str):
                text += part
                continue
            value = _FORBIDDEN.sub(" ", unicodedata.normalize("NFC", _value(part, values)))
            value = " ".join(value.split())
            if value:
                text += value
            else:
                # An empty value takes the separator before it along.
                head, slash, tail = text.rpartition("/")
                text = head + slash + _SEPARATOR.sub("", tail)
        if not self.has_ext:
            text += f".{values.ext}"
        return _safe_path(text, fallback=str(values.index), ext=values.ext)


class Namer:
    """Makes names different: a taken one gets ``-1``, ``-2`` and so on, whatever the case of its letters."""

    def __init__(self) -> None:
        self._taken: dict[str, int] = {}

    def unique(self, path: str) -> str:
        key = _folded(path)
        count = self._taken.get(key)
        if count is None:
            self._taken[key] = 0
            return path
        folder, slash, name = path.rpartition("/")
        stem, ext = _stem_and_ext(name)
        while True:
            count += 1
            suffix = f"-{count}"
            room = PART_BYTES - len(suffix) - len(ext.encode())
            candidate = f"{folder}{slash}{_cut(stem, room)}{suffix}{ext}"
            if _folded(candidate) not in self._taken:
                self._taken[key] = count
                self._taken[_folded(candidate)] = 0
                return candidate


def _folded(path: str) -> str:
    return unicodedata.normalize("NFC", path).casefold()


def _parse_token(body: str, shown: str) -> _Token:
    name, _, argument = body.strip().partition(":")
    name = name.strip()
    if name in _WITH_ARGUMENT and argument:
        return _with_argument(name, argument.strip(), shown)
    if name in _WITHOUT_ARGUMENT and not argument:
        return _Token(name)
    if name == "hash":
        return _Token("hash", "8")
    nearest = get_close_matches(name, [*_WITHOUT_ARGUMENT, *_WITH_ARGUMENT], n=1)
    hint = f"Did you mean [{nearest[0]}]?" if nearest else f"Known: {' '.join(sorted(_WITHOUT_ARGUMENT))}."
    raise NameTemplateError(f"{shown} is no token of a name template.", field="names", hint=hint)


def _with_argument(name: str, argument: str, shown: str) -> _Token:
    if name == "prompt":
        words = argument.removeprefix("words=")
        if not whole_number(words, most=100):
            raise NameTemplateError(f"{shown}: write [prompt:words=6], with 1 to 100.", field="names")
        return _Token("prompt", words)
    if name == "hash" and (whole_number(argument, most=64) or 0) < 4:
        raise NameTemplateError(f"{shown}: write [hash:8], with 4 to 64.", field="names")
    return _Token(name, argument)


def _value(token: _Token, values: NameValues) -> str:
    match token.name:
        case "index":
            return str(values.index).zfill(len(str(values.total)))
        case "prompt":
            return _words(values.prompt, int(token.argument or DEFAULT_WORDS))
        case "prompt_hash":
            return hashlib.sha256(values.prompt.encode()).hexdigest()[:8]
        case "column":
            return _looked_up(values.columns, token.argument)
        case "wildcard":
            return _looked_up(values.wildcards, token.argument)
        case "hash":
            return values.hash[: int(token.argument or "8")]
        case "date":
            return values.created_at.strftime("%Y-%m-%d")
        case "time":
            return values.created_at.strftime("%H%M%S")
        case "year" | "month" | "day":
            return values.created_at.strftime({"year": "%Y", "month": "%m", "day": "%d"}[token.name])
        case _:
            value = getattr(values, token.name)
            return "" if value is None else str(value)


def _looked_up(values: Mapping[str, str], name: str) -> str:
    folded = {key.casefold(): value for key, value in values.items()}
    return folded.get(name.casefold(), "")


def _words(prompt: str, count: int) -> str:
    """The first words. Chinese and Japanese have no spaces: there two characters count as a word."""
    taken: list[str] = []
    left = count * 2
    for word in prompt.split():
        wide = sum(1 for c in word if unicodedata.east_asian_width(c) in "WF")
        cost = wide or 2
        if cost > left:
            if wide:
                taken.append(word[:left])
            break
        taken.append(word.strip(".,;:!?，。；：！？、"))
        left -= cost
    return " ".join(word for word in taken if word)


def _safe_path(text: str, *, fallback: str, ext: str) -> str:
    parts = [_safe_part(part) for part in text.split("/")]
    kept = [part for part in parts if part]
    stem = kept[-1].rpartition(".")[0] if kept else ""
    if not kept or (kept[-1].startswith(".") and not stem):
        kept = [*kept[:-1], f"{fallback}.{ext}"]
    return "/".join(kept)


def _safe_part(part: str) -> str:
    part = _FORBIDDEN.sub(" ", unicodedata.normalize("NFC", part)).strip().rstrip(". ")
    if part.strip(".") == "":
        return ""
    stem, ext = _stem_and_ext(part)
    if stem.split(".")[0].strip().casefold() in _RESERVED:
        stem = f"_{stem}"
    return _cut(stem, PART_BYTES - len(ext.encode())).rstrip(". ") + ext


def _stem_and_ext(name: str) -> tuple[str, str]:
    """The ending comes with its dot; what is long or has other characters than letters and digits is none."""
    stem, dot, ext = name.rpartition(".")
    if not dot or len(ext) > EXT_CHARACTERS or not ext.isalnum():
        return name, ""
    return stem, f".{ext}"


def _cut(text: str, size: int) -> str:
    """At most ``size`` bytes of UTF-8, never inside a character or before its accents."""
    encoded = text.encode()
    if len(encoded) <= size:
        return text
    cut = encoded[:size].decode(errors="ignore")
    while cut and len(cut) < len(text) and (unicodedata.combining(text[len(cut)]) or text[len(cut)] in "\u200d\ufe0f"):
        cut = cut[:-1]
    return cut
