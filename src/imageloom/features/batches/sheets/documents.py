"""Documents: JSON lines, a JSON list and a YAML list. An entry is a prompt, or a mapping of columns to plain values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import yaml
from yaml import CBaseLoader

from imageloom.features.batches.sheets.encodings import lines_of, open_text
from imageloom.features.batches.sheets.errors import SheetUnreadable, row_error
from imageloom.features.batches.sheets.limits import SheetLimits
from imageloom.features.batches.sheets.naming import checked_names

PROMPT = "prompt"
_NULL = "tag:yaml.org,2002:null"
# A document, a list, an object, its value: nothing that a sheet needs is deeper.
_DEPTH_MAX = 16


def jsonl_columns(path: Path, encoding: str, *, limits: SheetLimits) -> tuple[str, ...]:
    """Every member name of every line, in the order in which they first come."""
    names: dict[str, None] = {}
    for number, values in jsonl_rows(path, encoding, limits=limits):
        names.update(dict.fromkeys(values))
        if len(names) > limits.columns:
            raise row_error(number, f"the sheet has more than {limits.columns} columns.")
    return tuple(names) or (PROMPT,)


def jsonl_rows(path: Path, encoding: str, *, limits: SheetLimits) -> Iterator[tuple[int, Mapping[str, str]]]:
    with open_text(path, encoding) as file:
        for number, line in enumerate(lines_of(file, limit=limits.line_characters), start=1):
            if not line.strip():
                continue
            try:
                entry = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise row_error(number, f"this is no JSON: {error}.", hint="Write one object a line.") from None
            yield number, as_row(number, entry, limits)


def load_list(path: Path, encoding: str, *, kind: str, limits: SheetLimits) -> list[Mapping[str, str]]:
    """A whole document that is a list. Raises :class:`SheetUnreadable`."""
    limit = limits.yaml_bytes if kind == "yaml" else limits.document_bytes
    if path.stat().st_size > limit:
        raise SheetUnreadable(
            f"A {kind.upper()} sheet may have {limit} bytes.", field="file", hint="Use JSON lines (.jsonl) for more."
        )
    with open_text(path, encoding) as file:
        text = file.read()
    document = _load_yaml(text) if kind == "yaml" else _load_json(text)
    if isinstance(document, dict):
        lists = [value for value in document.values() if isinstance(value, list)]
        document = lists[0] if len(lists) == 1 else document
    if not isinstance(document, list):
        raise SheetUnreadable(
            "The document is no list of prompts.", field="file", hint="Write a list of texts or of objects."
        )
    return [as_row(number, entry, limits) for number, entry in enumerate(document, start=1)]


def _load_json(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise SheetUnreadable(
            f"This is no JSON: {error}.", field="file", hint="A file with one object a line is named .jsonl."
        ) from None


class _PlainText(CBaseLoader):
    """Every value is the text that was written: YAML would make ``no`` false, ``007`` seven and ``12:30`` 750."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        mapping = super().construct_mapping(node, deep=deep)
        if len(mapping) < len(node.value):
            raise yaml.constructor.ConstructorError(None, None, "a name comes twice in one entry", node.start_mark)
        return dict(mapping)


_PlainText.add_implicit_resolver(_NULL, re.compile(r"(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_PlainText.add_constructor(_NULL, lambda _loader, _node: None)


def _load_yaml(text: str) -> Any:
    try:
        _refuse_unfolding(text)
        return yaml.load(text, Loader=_PlainText)  # noqa: S506  it makes nothing but texts, lists and mappings
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        place = f"Line {mark.line + 1}" if mark is not None else "The file"
        raise SheetUnreadable(f"{place}: this is no YAML: {error.problem}.", field="file") from None
    except yaml.YAMLError as error:
        raise SheetUnreadable(f"This is no YAML: {error}", field="file") from None


def _refuse_unfolding(text: str) -> None:
    """Aliases make a small file unfold without bound, and a sheet has no use for them or for depth."""
    depth = 0
    for event in yaml.parse(text, Loader=CBaseLoader):
        if isinstance(event, yaml.AliasEvent):
            raise _refused(event, "aliases (*name) are not allowed")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > _DEPTH_MAX:
                raise _refused(event, "the document is nested too deeply")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _refused(event: yaml.Event, reason: str) -> SheetUnreadable:
    line = 1 if event.start_mark is None else event.start_mark.line + 1
    return SheetUnreadable(f"Line {line}: {reason}.", field="file")


def columns_of(entries: Sequence[Mapping[str, str]], *, limits: SheetLimits) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for entry in entries:
        names.update(dict.fromkeys(entry))
    if len(names) > limits.columns:
        raise SheetUnreadable(f"The sheet has more than {limits.columns} columns.", field="file")
    return tuple(names) or (PROMPT,)


def as_row(number: int, entry: Any, limits: SheetLimits) -> Mapping[str, str]:
    """An entry as columns of text."""
    if isinstance(entry, str):
        return {PROMPT: entry}
    if not isinstance(entry, dict):
        raise row_error(number, f"an entry is a text or an object, not {_kind(entry)}.")
    try:
        names = checked_names([str(name) for name in entry], limits)
    except SheetUnreadable as error:
        raise row_error(number, error.detail, hint=error.hint) from None
    return {name: _as_text(value, row=number, column=name) for name, value in zip(names, entry.values(), strict=True)}


def _as_text(value: Any, *, row: int, column: str) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str | int | float):
        raise row_error(row, f"{column} is {_kind(value)}; text and numbers are allowed.", column=column)
    return str(value)


def _kind(value: Any) -> str:
    return {dict: "an object", list: "a list", bool: "true or false"}.get(type(value), type(value).__name__)
