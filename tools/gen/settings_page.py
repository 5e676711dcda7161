"""Writes docs/reference/settings.md from the settings' fields, or checks that it is fresh."""

from __future__ import annotations

import sys
from collections.abc import Iterator

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from imageloom.runtime.settings import Settings
from tools.gen.writing import write_or_check

HEAD = """# Settings

Every setting is an environment variable. This page is generated; the words live beside the fields.

| variable | default | what it is |
| --- | --- | --- |
"""


def rows(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        variable = f"{prefix}{name.upper()}"
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from rows(field.annotation, f"{variable}__")
        else:
            yield f"| `{variable}` | {shown_default(field)} | {field.description} |\n"


def shown_default(field: FieldInfo) -> str:
    if field.default_factory is dict:
        return "none"
    if field.default_factory is not None:
        return "the user's data directory"
    return "none" if field.default is None else f"`{field.default}`"


def main(words: list[str]) -> int:
    lines = list(rows(Settings, "IMAGELOOM_"))
    return write_or_check(
        "docs/reference/settings.md", HEAD + "".join(lines), check="--check" in words, saw=f"{len(lines)} settings"
    )


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
