"""From the text of a file to its wildcards."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import orjson

from imageloom.features.prompts.errors import WildcardBad
from imageloom.features.prompts.wildcards import Values, checked_name, read_lines, read_tree
from imageloom.kit.plain_yaml import NoYaml, load_plain

REMEMBERED = 64
"""A plan is estimated while it is written: its files are not read anew at each letter."""


@lru_cache(maxsize=REMEMBERED)
def read_file(name: str, kind: str, text: str) -> Mapping[str, Values]:
    """What a file holds, by name. Raises :class:`WildcardBad`, which names the file and the rule."""
    checked_name(name)
    if kind == "txt":
        found = {name: read_lines(text.splitlines(), source=name)}
    else:
        folder, _slash, stem = name.rpartition("/")
        found = read_tree(_document(text, kind, name), name=stem, folder=f"{folder}/" if folder else "")
    empty = [one for one, values in found.items() if not values.texts]
    if empty or not found:
        raise WildcardBad(f"{empty[0] if empty else name} holds no value.", rule="empty", hint="Write one a line.")
    return found


def _document(text: str, kind: str, name: str) -> Any:
    try:
        return orjson.loads(text) if kind == "json" else load_plain(text)
    except (orjson.JSONDecodeError, NoYaml) as error:
        raise WildcardBad(f"{name}.{kind} cannot be read: {error}", rule="file") from None
    except RecursionError:
        raise WildcardBad(f"{name}.{kind} is nested too deeply.", rule="file") from None
