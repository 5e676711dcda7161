"""The character 0 in JSON. PostgreSQL keeps it neither in text nor in JSON, so it becomes the character for what is
unknown.
"""

from __future__ import annotations

import re

_ESCAPED = re.compile(rb"((?<!\\)(?:\\\\)*)\\u0000")
"""The escape itself, and not a backslash that was typed before "u0000"."""


def without_nul(json: bytes) -> bytes:
    """The JSON, with another character where it escapes the character 0. Anything else stays as it is."""
    return _ESCAPED.sub(rb"\1\\ufffd", json) if b"\\u0000" in json else json
