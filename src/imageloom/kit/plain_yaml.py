"""YAML in which every value is the text that was written, and nothing can unfold or go without end."""

from __future__ import annotations

import re
from typing import Any

import yaml
from yaml import CBaseLoader

_NULL = "tag:yaml.org,2002:null"
# A document, a list, an object, its value: nothing that is written by hand is much deeper.
DEPTH_MAX = 16


class NoYaml(Exception):
    """The text is no YAML, or more than is read here. ``line`` counts from 1, where it is known."""

    def __init__(self, reason: str, line: int | None) -> None:
        super().__init__(reason if line is None else f"Line {line}: {reason}")
        self.line = line


def load_plain(text: str) -> Any:
    """Texts, lists and mappings, and ``None`` for nothing. Raises :class:`NoYaml`."""
    try:
        _refuse_unfolding(text)
        return yaml.load(text, Loader=_PlainText)  # noqa: S506  it makes nothing but texts, lists and mappings
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        raise NoYaml(f"this is no YAML: {error.problem}.", None if mark is None else mark.line + 1) from None
    except yaml.YAMLError as error:
        raise NoYaml(f"This is no YAML: {error}", None) from None


class _PlainText(CBaseLoader):
    """YAML would make ``no`` false, ``007`` seven and ``12:30`` 750."""

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        mapping = super().construct_mapping(node, deep=deep)
        if len(mapping) < len(node.value):
            raise yaml.constructor.ConstructorError(None, None, "a name comes twice in one entry", node.start_mark)
        return dict(mapping)


_PlainText.add_implicit_resolver(_NULL, re.compile(r"(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_PlainText.add_constructor(_NULL, lambda _loader, _node: None)


def _refuse_unfolding(text: str) -> None:
    """Aliases make a small file unfold without bound, and nothing here has a use for them or for depth."""
    depth = 0
    for event in yaml.parse(text, Loader=CBaseLoader):
        if isinstance(event, yaml.AliasEvent):
            raise _refused(event, "aliases (*name) are not allowed.")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
            if depth > DEPTH_MAX:
                raise _refused(event, "the document is nested too deeply.")
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1


def _refused(event: yaml.Event, reason: str) -> NoYaml:
    return NoYaml(reason, 1 if event.start_mark is None else event.start_mark.line + 1)
