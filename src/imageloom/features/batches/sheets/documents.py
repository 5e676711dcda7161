"""Documents: JSON lines, a JSON list and a YAML list. An entry is a prompt, or a mapping of columns to plain values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import yaml

from imageloom.features.batches.sheets.encodings import open_text
from imageloom.features.batches.sheets.errors import SheetUnreadable, row_error

DOCUMENT_BYTES = 20_000_000
YAML_BYTES = 5_000_000
COLUMNS_MAX = 1_000
PROMPT = "prompt"


def jsonl_columns(path: Path, encoding: str) -> tuple[str, ...]:
    """Every member name of every line, in the order in which they first come."""
    names: dict[str, None] = {}
    for number, values in jsonl_rows(path, encoding):
        names.update(dict.fromkeys(values))
        if len(names) > COLUMNS_MAX:
            raise row_error(number, f"the sheet has more than {COLUMNS_MAX} columns.")
    return tuple(names) or (PROMPT,)


def jsonl_rows(path: Path, encoding: str) -> Iterator[tuple[int, Mapping[str, str]]]:
    with open_text(path, encoding) as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                entry = orjson.loads(line)
            except orjson.JSONDecodeError as error:
                raise row_error(number, f"this is no JSON: {error}.", hint="Write one object a line.") from None
            yield number, as_row(number, entry)


def load_list(path: Path, encoding: str, *, kind: str) -> list[Mapping[str, str]]:
    """A whole document that is a list. Raises :class:`SheetUnreadable`."""
    limit = YAML_BYTES if kind == "yaml" else DOCUMENT_BYTES
    if path.stat().st_size > limit:
        raise SheetUnreadable(
            f"A {kind.upper()} sheet may have {limit} bytes.", field="file", hint="Use JSON lines (.jsonl) for more."
        )
    with open_text(path, encoding) as file:
        text = file.read()
    try:
        document = orjson.loads(text) if kind == "json" else _load_yaml(text)
    except (orjson.JSONDecodeError, yaml.YAMLError) as error:
        raise SheetUnreadable(f"This is no {kind.upper()}: {error}", field="file") from None
    if isinstance(document, dict):
        lists = [value for value in document.values() if isinstance(value, list)]
        document = lists[0] if len(lists) == 1 else document
    if not isinstance(document, list):
        raise SheetUnreadable(
            "The document is no list of prompts.", field="file", hint="Write a list of texts or of objects."
        )
    return [as_row(number, entry) for number, entry in enumerate(document, start=1)]


class _NoAliases(yaml.SafeLoader):
    """Aliases make a small file unfold without bound; a sheet has no use for them."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        if self.check_event(yaml.events.AliasEvent):
            raise yaml.YAMLError("aliases (*name) are not allowed in a sheet")
        return super().compose_node(parent, index)


def _load_yaml(text: str) -> Any:
    return yaml.load(text, Loader=_NoAliases)  # noqa: S506  a safe loader, with less


def columns_of(entries: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    names: dict[str, None] = {}
    for entry in entries:
        names.update(dict.fromkeys(entry))
    if len(names) > COLUMNS_MAX:
        raise SheetUnreadable(f"The sheet has more than {COLUMNS_MAX} columns.", field="file")
    return tuple(names) or (PROMPT,)


def as_row(number: int, entry: Any) -> Mapping[str, str]:
    """An entry as columns of text."""
    if isinstance(entry, str):
        return {PROMPT: entry}
    if not isinstance(entry, dict):
        raise row_error(number, f"an entry is a text or an object, not {_kind(entry)}.")
    row: dict[str, str] = {}
    for name, value in entry.items():
        if isinstance(value, bool) or not isinstance(value, str | int | float | None.__class__):
            raise row_error(number, f"{name} is {_kind(value)}; text and numbers are allowed.", column=str(name))
        row[str(name)] = "" if value is None else str(value)
    return row


def _kind(value: Any) -> str:
    return {dict: "an object", list: "a list", bool: "true or false"}.get(type(value), type(value).__name__)
