"""Which requests are the same: everything that is sent, and nothing of where it came from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from blake3 import blake3

from imageloom.features.generation.changes import Claimed

PARTIALS = "partial_pictures"
"""The field that says how many unfinished pictures are wished."""


def request_hash(*, provider: str, model: str, prompt: str, fields: Mapping[str, Any]) -> str:
    """Of a resolved request. Pictures that go along count by their bytes, not by their names."""
    # What is shown on the way to it does not make it another picture.
    sent = {name: value for name, value in fields.items() if name != PARTIALS}
    if "references" in sent:
        sent["references"] = [reference["blake3"] for reference in sent["references"]]
    if "mask" in sent:
        sent["mask"] = sent["mask"]["blake3"]
    document = (provider, model, prompt, sent)
    return blake3(orjson.dumps(document, option=orjson.OPT_SORT_KEYS)).hexdigest()


def hash_of(item: Claimed) -> str:
    return request_hash(provider=item.provider, model=item.model, prompt=item.prompt, fields=item.fields)
