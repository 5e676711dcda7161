"""Documents: JSON lines, a JSON list and a YAML list. An entry is a prompt, or a mapping of columns to plain values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

from imageloom.features.batches.sheets.encodings import lines_of, open_text
from imageloom.features.batches.sheets.errors import SheetUnreadable, row_error
from imageloom.features.batches.sheets.limits import SheetLimits
from imageloom.features.batches.sheets.naming import checked_names
from imageloom.kit.plain_yaml import NoYaml, load_plain

PROMPT = "prompt"


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


def _load_yaml(text: str) -> Any:
    try:
        return load_plain(text)
    except NoYaml as error:
        raise SheetUnreadable(str(error), field="file") from None


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
