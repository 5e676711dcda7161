"""What a row says for itself: flags at the end of a prompt line, or columns named like the fields."""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from difflib import get_close_matches
from functools import lru_cache
from math import prod

from imageloom.features.batches.sheets.errors import row_error
from imageloom.kit.numbers import whole_number

COUNT_MAX = 1_000
FIELDS = ("model", "size", "width", "height", "quality", "seed", "count", "negative_prompt", "format", "background")
# Flags of A1111's prompts from file: what no model here knows is listed as not sent.
_A1111 = (
    "prompt",
    "n_iter",
    "batch_size",
    "steps",
    "cfg_scale",
    "sampler_name",
    "sampler_index",
    "styles",
    "sd_model",
    "restore_faces",
    "tiling",
    "subseed",
    "subseed_strength",
    "seed_resize_from_w",
    "seed_resize_from_h",
    "prompt_for_display",
    "outpath_samples",
    "outpath_grids",
    "do_not_save_samples",
    "do_not_save_grid",
)
_FLAGS = {
    "negative": "negative_prompt",
    "n": "count",
    **{field: field for field in FIELDS},
    **{flag: flag for flag in _A1111},
}
_COLUMNS = {
    **{field: field for field in FIELDS},
    "negative": "negative_prompt",
    "模型": "model",
    "尺寸": "size",
    "寬": "width",
    "高": "height",
    "品質": "quality",
    "種子": "seed",
    "張數": "count",
    "負面提示詞": "negative_prompt",
    "格式": "format",
    "背景": "background",
}
_FLAG = re.compile(r"(?:^|\s)--([A-Za-z][A-Za-z_-]*)(?=[\s=]|$)")


def split_flags(text: str, *, row: int) -> tuple[str, dict[str, str]]:
    """The prompt without its flags, and the flags. Raises a row error for one that is unknown or has no value.

    Only from the first known flag on are words read as flags: two dashes inside a sentence stay text.
    """
    if "--" not in text:
        return text, {}
    start = next((match.start() for match in _FLAG.finditer(text) if _field(match.group(1)) is not None), None)
    if start is None:
        stray = _FLAG.search(text)
        near = get_close_matches(stray.group(1), _FLAGS, n=1, cutoff=0.7) if stray else []
        if stray and near:
            raise row_error(row, f"there is no flag --{stray.group(1)}.", hint=f"Did you mean --{near[0]}?")
        return text, {}
    try:
        words = shlex.split(text[start:])
    except ValueError:
        raise row_error(row, "a quote in the flags is not closed.") from None
    fields: dict[str, str] = {}
    position = 0
    while position < len(words):
        name, equals, value = words[position].removeprefix("--").partition("=")
        field = _field(name) if words[position].startswith("--") else None
        if field is None:
            near = get_close_matches(name, _FLAGS, n=1)
            hint = f"Did you mean --{near[0]}?" if near else "Flags stand at the end of the line."
            raise row_error(row, f"{words[position]!r} is no flag that is known.", hint=hint)
        if not equals:
            position += 1
            if position >= len(words):
                raise row_error(row, f"--{name} has no value.")
            value = words[position]
        fields[field] = value
        position += 1
    prompt = f"{text[:start].rstrip()} {fields.pop('prompt', '')}".strip()
    return prompt, _translated(fields, row=row)


def _translated(fields: dict[str, str], *, row: int) -> dict[str, str]:
    """A1111's words for the same: pictures are rounds times pictures a round, and the seed -1 is any."""
    rounds = [fields.pop(name) for name in ("n_iter", "batch_size") if name in fields]
    if rounds:
        numbers = [whole_number(text, most=COUNT_MAX) for text in rounds]
        if None in numbers:
            raise row_error(row, f"{' times '.join(rounds)} is no number of pictures.")
        fields["count"] = str(prod(number for number in numbers if number is not None))
    if fields.get("seed") == "-1":
        del fields["seed"]
    return fields


def _field(flag: str) -> str | None:
    return _FLAGS.get(flag.lower().replace("-", "_"))


@lru_cache(maxsize=1024)
def _column_field(column: str) -> str | None:
    return _COLUMNS.get(column.strip().casefold())


def column_fields(values: Mapping[str, str]) -> dict[str, str]:
    """The cells of columns that are named like a field, where they say something."""
    found: dict[str, str] = {}
    for column, text in values.items():
        field = _column_field(column)
        if field is not None and text.strip():
            found[field] = text.strip()
    return found


def join_size(fields: dict[str, str], *, row: int) -> dict[str, str]:
    """Width and height as one size."""
    width, height = fields.pop("width", None), fields.pop("height", None)
    if width is None and height is None:
        return fields
    if width is None or height is None:
        raise row_error(row, "width and height are given together, or not at all.")
    return {**fields, "size": f"{width}x{height}"}
